import * as z from 'zod';
import type { AllocationPlan } from './allocation-plan.ts';
import { isCalendarDay } from './calendar.ts';

const column = z
  .string()
  .regex(/^\S(?:.{0,62}\S)?$/u, 'a column has 1 to 64 characters, none of them a space at an end');

const columns = z.array(column).min(1, 'name at least one column, or leave it out');

const weight = z.number().gt(0, 'a weight is above 0').max(1_000_000, 'at most 1,000,000');

const covariate = z.strictObject({
  name: column,
  kind: z.enum(['continuous', 'categorical']).optional(),
  weight: weight.optional(),
});

const covariates = z.array(covariate).min(1, 'name at least one covariate');

const method = z.discriminatedUnion('method', [
  z.strictObject({ method: z.literal('complete') }),
  z.strictObject({
    method: z.literal('blocks'),
    sizes: z.array(z.int().min(2, 'a block holds at least two').max(1_000)).min(1),
    strata: columns.optional(),
  }),
  z
    .strictObject({
      method: z.literal('matched'),
      set: column.optional(),
      covariates: covariates.optional(),
    })
    .refine(({ set, covariates: by }) => (set === undefined) !== (by === undefined), {
      error: 'give either `set`, the column that names the sets, or `covariates` to match by',
    }),
  z.strictObject({
    method: z.literal('constrained'),
    covariates,
    score: z.enum(['l1', 'l2']).optional(),
    cutoff: z
      .union([
        z.strictObject({ quantile: z.number().gt(0, 'a quantile is above 0').max(1, 'at most 1') }),
        z.strictObject({ count: z.int().min(1, 'at least one candidate') }),
      ])
      .optional(),
    enumerateUpTo: z.int().min(1).max(2_000_000).optional(),
    sample: z.int().min(1_000, 'too few to find a cut-off').max(2_000_000).optional(),
    strata: columns.optional(),
    wave: column.optional(),
  }),
  z.strictObject({
    method: z.literal('minimisation'),
    factors: z.array(covariate.omit({ kind: true })).min(1, 'name at least one factor'),
    measure: z.enum(['range', 'variance']).optional(),
    probability: z
      .number()
      .gt(0, 'a chance is above 0')
      .lt(1, 'a chance of 1 leaves nothing to randomise, so nothing to test')
      .optional(),
  }),
]);

const calendarDay = z.string().refine(isCalendarDay, {
  error: 'must be a calendar day that exists, written YYYY-MM-DD',
});

const base = {
  starts: z.array(calendarDay).min(2, 'a design over time has at least two periods').max(104),
  washout: z.int().min(0).max(365).optional(),
};

const periods = z.discriminatedUnion('design', [
  z.strictObject({
    design: z.literal('stepped-wedge'),
    ...base,
    steps: z.array(z.int()).min(1, 'name at least one step').optional(),
  }),
  z.strictObject({
    design: z.literal('crossover'),
    ...base,
    sequences: z.array(z.array(z.string())).min(2, 'name at least two orders').optional(),
  }),
  z.strictObject({ design: z.literal('switchback'), ...base }),
]);

/** The shape of an allocation plan. How it fits its protocol is for `allocationFaults`. */
export const allocationPlan: z.ZodType<AllocationPlan> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('hashed') }),
  z.strictObject({
    kind: z.literal('listed'),
    method,
    levels: z
      .record(column, z.array(z.string().min(1)).min(1, 'name at least one value'))
      .optional(),
    periods: periods.optional(),
  }),
]);
