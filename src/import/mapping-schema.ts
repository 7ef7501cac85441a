import { z } from 'zod';
import { ImportError, problemsOf } from '../errors.ts';
import type { Problem } from '../errors.ts';
import { isTimeZone } from '../trial/calendar.ts';
import type { AlertLogMapping } from './mapping.ts';
import { timeFormat } from './time-format.ts';

const words = z.string().min(1).max(512);
// A column of this name would be lost in an object.
const column = words.refine((name) => name !== '__proto__', 'no column can have this name');
const columns = z.union([column, z.array(column).min(1)]).readonly();
const table = <T extends z.ZodType>(value: T): z.ZodRecord<z.ZodString, T> =>
  z.record(z.string(), value);

const condition = z.union(
  [
    z.strictObject({ column, why: words.optional(), in: z.array(z.string()).min(1).readonly() }),
    z.strictObject({ column, why: words.optional(), not: z.array(z.string()).min(1).readonly() }),
    z.strictObject({ column, why: words.optional(), empty: z.boolean() }),
  ],
  {
    error:
      'must have a column and one of "in" or "not" (lists of texts) or "empty" (true or false)',
  },
);

const shown = ['returned', 'displayed', 'silent', 'overridden', 'accepted'] as const;
const meaning = z.union([z.enum(shown), z.strictObject({ drop: words })], {
  error: `must be one of ${shown.join(', ')}, or { "drop": why }`,
});

const zone = z
  .string()
  .refine(isTimeZone, 'must be an IANA time zone, such as America/New_York')
  .nullable();

const time = z.string().superRefine((pattern, context) => {
  try {
    timeFormat(pattern);
  } catch (cause) {
    context.addIssue({ code: 'custom', message: cause instanceof Error ? cause.message : '' });
  }
});

const shape = z.strictObject({
  title: words.optional(),
  notes: z.array(z.string()).readonly().optional(),
  source: words,
  format: z.enum(['csv', 'ndjson']).optional(),
  delimiter: z
    .string()
    .regex(/^[^"\r\n]$/, 'must be one character')
    .optional(),
  missing: z.array(z.string()).readonly().optional(),
  zone,
  times: z.union([time, z.array(time).min(1)]).optional(),
  ambiguous: z.enum(['reject', 'earlier', 'later']).optional(),
  columns: z.strictObject({
    key: columns,
    time: columns,
    patient: column.optional(),
    clinician: column.optional(),
    encounter: column.optional(),
    practice: column.optional(),
    strata: table(column).optional(),
    alert: column.optional(),
    arm: column.optional(),
    code: column.optional(),
    overrideReason: column.optional(),
    order: column.optional(),
    answeredAt: columns.optional(),
  }),
  alert: words.optional(),
  alerts: table(words).optional(),
  arms: table(words).optional(),
  codes: table(meaning).optional(),
  meaning: z.enum(shown).optional(),
  overrideSystem: words.optional(),
  orderSystem: words.optional(),
  where: z.array(condition).readonly().optional(),
  join: z
    .strictObject({
      column,
      key: column,
      columns: z.array(column).min(1).readonly(),
      where: z.array(condition).readonly().optional(),
    })
    .optional(),
});

function contradictions(mapping: AlertLogMapping): readonly Problem[] {
  const { columns, alert, alerts, arms, codes, meaning: always } = mapping;
  const problems: Problem[] = [];
  const report = (path: string, message: string): void => {
    problems.push({ path, message });
  };
  const ids = new Map<string, string>();
  for (const kind of ['patient', 'clinician', 'encounter', 'practice'] as const) {
    const column = columns[kind]?.trim().toLowerCase();
    const other = column === undefined ? undefined : ids.get(column);
    if (other !== undefined) {
      report(`columns.${kind}`, `is the same column as columns.${other}: one of them is another`);
    } else if (column !== undefined) ids.set(column, kind);
  }
  if ((columns.code === undefined) !== (codes === undefined)) {
    report('codes', 'goes together with columns.code: give both or neither');
  }
  if (columns.code !== undefined && always !== undefined) {
    report('meaning', 'is for extracts without a column of codes: leave it out');
  }
  if ((columns.arm === undefined) !== (arms === undefined)) {
    report('arms', 'goes together with columns.arm: give both or neither');
  }
  if ((columns.alert === undefined) === (alert === undefined)) {
    report('alert', 'give either the alert, or columns.alert where a column names it');
  }
  if (alerts !== undefined && columns.alert === undefined) {
    report('alerts', 'needs columns.alert');
  }
  return problems;
}

/**
 * Checks a mapping from outside, such as parsed JSON.
 *
 * @throws ImportError with every fault found; nothing is repaired
 */
export function mappingFrom(document: unknown): AlertLogMapping {
  const parsed = shape.safeParse(document);
  if (!parsed.success) throw new ImportError(problemsOf(parsed.error.issues, 'mapping'));
  const mapping: AlertLogMapping = parsed.data;
  const problems = contradictions(mapping);
  if (problems.length > 0) {
    throw new ImportError(
      problems.map(({ path, message }) => ({ path: `mapping.${path}`, message })),
    );
  }
  return mapping;
}
