import type { Statement } from './database.ts';

/**
 * A statement whose parameters have names: each `:name` becomes the number that PostgreSQL gives it.
 *
 * @throws RangeError when a value is missing
 */
export function bind(sql: string, values: Readonly<Record<string, unknown>>): Statement {
  const names: string[] = [];
  const text = sql.replaceAll(/(?<!:):([a-z]\w*)/gi, (_, name: string) => {
    if (!(name in values)) throw new RangeError(`the statement needs a value for :${name}`);
    if (!names.includes(name)) names.push(name);
    return `$${names.indexOf(name) + 1}`;
  });
  return { text, values: names.map((name) => values[name]) };
}
