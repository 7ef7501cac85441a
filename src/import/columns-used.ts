import type { AlertLogMapping, ColumnNames } from './mapping.ts';

/** Several names as a list. */
export function namesOf(names: ColumnNames | undefined): readonly string[] {
  if (names === undefined) return [];
  return typeof names === 'string' ? [names] : names;
}

/** The columns that a mapping reads: of the extract, and of the file that is joined to it. */
export function columnsUsed({ columns, where = [], join }: AlertLogMapping): {
  readonly extract: readonly string[];
  readonly joined: readonly string[];
} {
  const { key, time, answeredAt, strata = {}, ...others } = columns;
  const all = [
    ...namesOf(key),
    ...namesOf(time),
    ...namesOf(answeredAt),
    ...Object.values(strata),
    ...Object.values(others).filter((name) => name !== undefined),
    ...where.map(({ column }) => column),
  ];
  if (join === undefined) return { extract: [...new Set(all)], joined: [] };
  const taken = new Set(join.columns);
  return {
    extract: [...new Set([join.column, ...all.filter((name) => !taken.has(name))])],
    joined: [
      ...new Set([join.key, ...join.columns, ...(join.where ?? []).map(({ column }) => column)]),
    ],
  };
}
