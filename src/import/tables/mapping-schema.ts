import * as z from 'zod';
import { ImportError, messageOf, problemsOf } from '../../errors.ts';
import { isTimeZone } from '../../trial/calendar.ts';
import { timeFormat } from '../time-format.ts';
import type { OrderMapping, StayMapping, TimeColumns } from './mapping.ts';

const needed = {
  error: ({ input }: { readonly input?: unknown }) =>
    input === undefined ? 'is missing' : undefined,
};

const column = z
  .string({ error: 'must be the name of a column' })
  .trim()
  .min(1, 'the name of a column must not be empty')
  // It would be lost in an object.
  .refine((name) => name !== '__proto__', 'no column can have this name');

const text = z.string().min(1, 'must not be empty');
const texts = z.array(text).min(1, 'must not be an empty list');

const pattern = z.string().superRefine((written, context) => {
  try {
    timeFormat(written);
  } catch (cause) {
    context.addIssue({ code: 'custom', message: messageOf(cause) });
  }
});

const times: z.ZodType<TimeColumns> = z
  .strictObject({
    at: column.optional(),
    date: column.optional(),
    time: column.optional(),
  })
  .refine(({ at, date }) => at !== undefined || date !== undefined, {
    error: 'needs `at`, a column of day and time in one, or `date`, a column of days',
  })
  .refine(({ date, time }) => time === undefined || date !== undefined, {
    path: ['time'],
    error: 'is a time of day: it needs `date`, the column of its days',
  });

const condition = z.union(
  [
    z.strictObject({ column, why: text.optional(), in: texts }),
    z.strictObject({ column, why: text.optional(), not: texts }),
    z.strictObject({ column, why: text.optional(), empty: z.boolean() }),
  ],
  {
    error:
      'must have a column and one of `in` or `not` (lists of texts) or `empty` (true or false)',
  },
);

const table = {
  title: text.optional(),
  notes: z.array(text).optional(),
  format: z.enum(['csv', 'ndjson']).optional(),
  delimiter: z
    .string()
    .regex(/^[^"\r\n]$/, 'must be one character, and no quotation mark or line end')
    .optional(),
  missing: z.array(z.string()).optional(),
  zone: z
    .string({
      error: 'is needed: the IANA time zone of the times, such as America/New_York',
    })
    .refine(isTimeZone, { error: 'must be an IANA time zone, such as America/New_York' }),
  times: z.union([pattern, z.array(pattern).min(1, 'must not be an empty list')]).optional(),
  midnight: z.enum(['instant', 'day']).optional(),
  where: z.array(condition).optional(),
};

const stays: z.ZodType<StayMapping> = z.strictObject({
  kind: z.literal('stays', { error: 'must be "stays"' }),
  ...table,
  columns: z.strictObject({
    patient: column,
    key: column.optional(),
    practice: column.optional(),
    clinician: column.optional(),
    encounter: column.optional(),
    strata: z.record(text, column).optional(),
    from: times,
    to: times,
  }),
  openEnd: z.enum(['cut-off', 'reject'], {
    error: 'must be "cut-off" or "reject": what a stay without an end is',
  }),
  longestOpenDays: z
    .int('must be a whole number of days')
    .min(1, 'must be at least 1')
    .max(36_500, 'must be at most 36,500')
    .optional(),
  dateOnly: z.enum(['reject', 'nights', 'days'], {
    error: 'must be "reject", "nights" or "days": what a date without a time is',
  }),
  ambiguous: z.enum(['reject', 'earlier', 'later']).optional(),
  keep: z.array(column).optional(),
});

const codes = z
  .strictObject({
    column,
    system: text.optional(),
    type: column.optional(),
    systems: z.record(text, texts).optional(),
  })
  .refine(
    ({ system, type, systems }) =>
      system === undefined
        ? type !== undefined && systems !== undefined
        : type === undefined && systems === undefined,
    { error: 'needs `system`, or `type` and `systems`' },
  );

const status = z
  .strictObject({
    column,
    placed: texts,
    revoked: texts.optional(),
    left: texts.optional(),
  })
  .superRefine(({ placed, revoked = [], left = [] }, context) => {
    const all = [...placed, ...revoked, ...left];
    for (const value of new Set(all.filter((each, index) => all.indexOf(each) !== index))) {
      context.addIssue({
        code: 'custom',
        message: `has "${value}" twice: a status has one meaning`,
      });
    }
  });

const orders: z.ZodType<OrderMapping> = z.strictObject({
  kind: z.literal('orders', { error: 'must be "orders"' }),
  source: text,
  ...table,
  columns: z.strictObject({
    patient: column,
    key: column,
    encounter: column.optional(),
    placed: times,
    tag: column.optional(),
  }),
  codes: z.array(codes, needed).min(1, 'needs a column of codes'),
  status: status.optional(),
});

function parsed<T>(schema: z.ZodType<T>, document: unknown): T {
  const result = schema.safeParse(document);
  if (!result.success) throw new ImportError(problemsOf(result.error.issues, 'mapping'));
  return result.data;
}

/**
 * A checked mapping of a table of stays, such as one that was read from a file.
 *
 * @throws ImportError with the place and reason of every fault
 */
export function stayMappingFrom(document: unknown): StayMapping {
  return parsed(stays, document);
}

/**
 * A checked mapping of a table of orders, such as one that was read from a file.
 *
 * @throws ImportError with the place and reason of every fault
 */
export function orderMappingFrom(document: unknown): OrderMapping {
  return parsed(orders, document);
}
