/** A value that is withheld because few persons stand behind it. */
export interface Suppressed {
  readonly suppressed: true;
}

/** A value, or that it is withheld. */
export type Suppressible<T> = T | Suppressed;

/** What stands in the place of a value that is withheld. */
export const suppressed: Suppressed = { suppressed: true };

/** A table of counts, one list a row, all of one length. */
export type CountTable = readonly (readonly number[])[];

/**
 * Which cells of a table to withhold so that neither they nor the totals of rows and columns show a
 * count from 1 to `smallest` - 1. First the small cells themselves, in any of the tables (persons,
 * events); then, in each row or column where fewer than two cells or fewer than `smallest` persons
 * are withheld together, one of the others that is not empty (where the line that crosses there
 * withholds something already, and the smallest of them), until no line gives any away. A zero is shown. This stops subtraction; it does not stop bounds from several overlapping tables.
 *
 * @param tables persons first, which decide what is withheld beside; others of the same shape
 * @param smallest the smallest count that may be shown, such as 11; 0 or 1 withholds nothing
 * @returns true where a cell is withheld
 * @throws RangeError when the tables or their rows differ in shape, a count is negative or no finite
 *   number, or `smallest` is no whole number from 0 on
 * @see CMS cell size suppression policy (2020): no cell of 10 or less, nor what leads to it. R has no
 *   counterpart of this rule (`sdcTable::protectTable` solves the general problem).
 */
export function smallCells(
  tables: readonly CountTable[],
  smallest: number = 11,
): readonly (readonly boolean[])[] {
  if (!(Number.isSafeInteger(smallest) && smallest >= 0)) {
    throw new RangeError(`smallest must be a whole number of at least 0, not ${smallest}`);
  }
  const [persons = []] = tables;
  const columns = persons[0]?.length ?? 0;
  for (const table of tables) {
    if (table.length !== persons.length || table.some((row) => row.length !== columns)) {
      throw new RangeError('every table must have the same rows and columns');
    }
    if (!table.flat().every((count) => Number.isFinite(count) && count >= 0)) {
      throw new RangeError('every count must be a number of at least 0');
    }
  }
  const counts = persons.flat();
  const hidden = counts.map((_, i) =>
    tables.some((table) => {
      const count = table.flat()[i] ?? 0;
      return count > 0 && count < smallest;
    }),
  );
  const lines = [
    ...persons.map((_, row) => Array.from({ length: columns }, (_, k) => row * columns + k)),
    ...Array.from({ length: columns }, (_, k) => persons.map((_, row) => row * columns + k)),
  ];
  let again = true;
  while (again) {
    again = false;
    for (const line of lines) {
      const next = nextToHide(line, { lines, counts, hidden, smallest });
      if (next === undefined) continue;
      hidden[next] = true;
      again = true;
    }
  }
  return persons.map((_, row) => hidden.slice(row * columns, (row + 1) * columns));
}

/** The cell of a row or column to withhold next so that its total gives nothing away. */
function nextToHide(
  line: readonly number[],
  found: {
    readonly lines: readonly (readonly number[])[];
    readonly counts: readonly number[];
    readonly hidden: readonly boolean[];
    readonly smallest: number;
  },
): number | undefined {
  const { lines, counts, hidden, smallest } = found;
  const isHidden = (i: number): boolean => hidden[i] === true;
  const size = (i: number): number => counts[i] ?? 0;
  const withheld = line.filter(isHidden);
  const together = withheld.reduce((total, i) => total + size(i), 0);
  if (withheld.length === 0 || (withheld.length > 1 && together >= smallest)) return undefined;
  // A line that withholds something anyway costs less than one that did not have to.
  const costs = (i: number): number =>
    lines.some((other) => other !== line && other.includes(i) && other.some(isHidden)) ? 0 : 1;
  const shown = line.filter((i) => !isHidden(i));
  const people = shown.filter((i) => size(i) > 0);
  return (people.length > 0 ? people : shown).toSorted(
    (a, b) => costs(a) - costs(b) || size(a) - size(b),
  )[0];
}
