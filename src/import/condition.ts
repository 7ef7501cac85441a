import type { Condition } from './mapping.ts';
import type { SourceRow } from './rows.ts';

/** Tells why a row is dropped; undefined when it meets every condition. */
export function filterOf(
  conditions: readonly Condition[],
): (fields: SourceRow['fields']) => string | undefined {
  const checks = conditions.map((condition) => {
    const { column, why = `${column} is another` } = condition;
    if ('empty' in condition) {
      return { column, why, meets: (text: string) => (text === '') === condition.empty };
    }
    const isIn = 'in' in condition;
    const known = new Set(isIn ? condition.in : condition.not);
    return { column, why, meets: (text: string) => known.has(text) === isIn };
  });
  return (fields) => checks.find(({ column, meets }) => !meets((fields[column] ?? '').trim()))?.why;
}
