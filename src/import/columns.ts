import { ImportError } from '../errors.ts';
import type { Problem } from '../errors.ts';

/** Where a column that is wanted stands in a file. */
export interface Place {
  /** As it was asked for. */
  readonly name: string;
  readonly index: number;
}

/** Which columns are wanted. */
export interface Wanted {
  /** That must be there. */
  readonly columns: readonly string[];
  /** That may be. */
  readonly optional: readonly string[];
}

const plain = (name: string): string => name.trim().toLowerCase();
const shown = (names: readonly string[]): string =>
  names
    .slice(0, 40)
    .map((name) => JSON.stringify(name.slice(0, 64)))
    .join(', ');

const delimiters: Readonly<Record<string, string>> = {
  ',': 'a comma',
  '\t': 'a tab',
  '|': 'a bar (|)',
  ';': 'a semicolon',
};

/** Another delimiter by which one name of the header would be several that are wanted. */
function otherDelimiter(header: readonly string[], wanted: readonly string[]): string | undefined {
  const names = new Set(wanted.map(plain));
  return Object.keys(delimiters).find((delimiter) =>
    header.some((name) => {
      const parts = name.split(delimiter);
      return parts.length > 1 && parts.some((part) => names.has(plain(part)));
    }),
  );
}

/** Whether all columns are named by a record. */
export function namesAll(record: readonly string[], columns: readonly string[]): boolean {
  const names = new Set(record.map(plain));
  return columns.every((name) => names.has(plain(name)));
}

/**
 * Finds the columns that are wanted in a header. Names are compared without case and outer blanks.
 *
 * @param file its name, for messages
 * @throws ImportError when one is missing or there twice: with every fault found
 */
export function placesIn(
  header: readonly string[],
  { columns, optional }: Wanted,
  file: string,
): readonly Place[] {
  const found = new Map<string, number[]>();
  header.forEach((name, index) => {
    const known = found.get(plain(name));
    if (known === undefined) found.set(plain(name), [index]);
    else known.push(index);
  });
  const problems: Problem[] = [];
  const places: Place[] = [];
  const missing: string[] = [];
  for (const name of new Set([...columns, ...optional])) {
    const [index, second] = found.get(plain(name)) ?? [];
    if (second !== undefined) {
      problems.push({
        path: file,
        message: `has the column ${JSON.stringify(name)} twice: leave one of them out`,
      });
    } else if (index !== undefined) places.push({ name, index });
    else if (columns.includes(name)) missing.push(name);
  }
  if (missing.length > 0) {
    // Where none of the names is known, the first line may be one of data, with ids of patients.
    const names =
      places.length > 0
        ? `names ${shown(header)}`
        : `names none of the columns that are wanted, but ${header.length} others`;
    const other = otherDelimiter(header, missing);
    const hint =
      other === undefined ? '' : `; its fields seem to be parted by ${delimiters[other]}`;
    problems.push({
      path: file,
      message: `lacks the column(s) ${shown(missing)}: its first line ${names}${hint}`,
    });
  }
  if (problems.length > 0) throw new ImportError(problems);
  return places;
}
