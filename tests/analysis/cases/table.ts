import { readFileSync } from 'node:fs';

type Row = Readonly<Record<string, string>>;

/** A file of reference data beside this one: its rows by the names of its columns. */
export function rowsOf(name: string): readonly Row[] {
  const text = readFileSync(new URL(`./${name}.csv`, import.meta.url), 'utf8');
  const [head = [], ...lines] = text
    .trim()
    .split('\n')
    .map((line) => line.split(',').map((cell) => cell.replaceAll('"', '').trim()));
  return lines.map((cells) =>
    Object.fromEntries(head.map((column, i) => [column, cells[i] ?? ''])),
  );
}

/** A column as numbers. */
export function numbers(rows: readonly Row[], column: string): number[] {
  return rows.map((row) => Number(row[column]));
}

/** The totals of columns by practice and arm, in the order in which practices appear. */
export function practicesOf(
  rows: readonly Row[],
  numerator: string,
  denominator: string,
): readonly { readonly arm: string; readonly numerator: number; readonly denominator: number }[] {
  const totals = new Map<string, { arm: string; numerator: number; denominator: number }>();
  for (const row of rows) {
    const unit = totals.get(row['practice'] ?? '') ?? {
      arm: row['arm'] ?? '',
      numerator: 0,
      denominator: 0,
    };
    unit.numerator += Number(row[numerator]);
    unit.denominator += Number(row[denominator]);
    totals.set(row['practice'] ?? '', unit);
  }
  return [...totals.values()];
}
