import * as z from 'zod';
import { messageOf, PlanError, problemsOf } from '../errors.ts';
import type { AssumedAlerts, AssumedExposure, PlanAssumptions } from './assumptions.ts';
import { iccOf } from './power/index.ts';

const number = z.number({ error: 'must be a number' });
const positive = number.gt(0, 'must be above 0');
/** No trial's own; beyond it counts cannot be drawn, and numbers say nothing. */
const mostVariation = 100;
const spread = number
  .min(0, 'must be at least 0')
  .max(mostVariation, `is a coefficient of variation: at most ${mostVariation}`);
const share = number.gt(0, 'must be above 0').lt(1, 'must be below 1');
const correlation = number.min(0, 'must be from 0 to 1').max(1, 'must be from 0 to 1');

const icc = z.union([number, z.string()]).superRefine((value, context) => {
  if (typeof value === 'number') {
    if (value >= 0 && value < 1) return;
    context.addIssue({ code: 'custom', message: 'must be from 0 to below 1' });
    return;
  }
  try {
    iccOf(value);
  } catch (cause) {
    context.addIssue({ code: 'custom', message: messageOf(cause) });
  }
});

/** Of a key that holds others. */
const needed = {
  error: ({ code, input }: { readonly code?: string | undefined; readonly input?: unknown }) =>
    code === 'invalid_type'
      ? input === undefined
        ? 'is missing'
        : 'must be an object with keys of its own'
      : undefined,
} as const;

/** Of two keys that say the same in two ways exactly one, or at most one. */
function oneOf(
  [one, other]: readonly [string, string],
  { isNeeded }: { readonly isNeeded: boolean },
): (value: Readonly<Record<string, unknown>>, context: z.RefinementCtx) => void {
  return (value, context) => {
    const given = [one, other].filter((key) => value[key] !== undefined).length;
    if (given === 1 || (given === 0 && !isNeeded)) return;
    const message = `give ${isNeeded ? '' : 'at most one of '}\`${one}\` or \`${other}\`${isNeeded ? ', one of the two' : ''}`;
    context.addIssue({ code: 'custom', message });
  };
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the refinement is what makes it one of the two
const patientDays = z
  .strictObject(
    {
      mean: positive.optional(),
      cv: spread.optional(),
      perSize: positive.optional(),
    },
    needed,
  )
  .superRefine(oneOf(['mean', 'perSize'], { isNeeded: true }))
  .refine(({ cv, perSize }) => cv === undefined || perSize === undefined, {
    path: ['cv'],
    error: 'comes from the sizes of the clusters here: leave it out',
  }) as z.ZodType<AssumedExposure>;

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the refinement is what makes it one of the two
const alerts = z
  .strictObject(
    {
      control: positive,
      overdispersion: number
        .min(1, 'must be at least 1: 1 is a Poisson variance')
        .max(1e6, 'must be at most 1,000,000')
        .optional(),
      kappa: spread.optional(),
      icc: icc.optional(),
    },
    needed,
  )
  .superRefine(oneOf(['kappa', 'icc'], { isNeeded: true }))
  .refine(({ control, icc: given }) => given === undefined || control < 1, {
    path: ['icc'],
    error: 'is of whether a patient-day has an alert: with 1 alert a day and more, give `kappa`',
  }) as z.ZodType<AssumedAlerts>;

const effect = z
  .strictObject({
    alertsRatio: positive.optional(),
    acceptanceDifference: number.optional(),
    acceptanceRatio: positive.optional(),
  })
  .superRefine(oneOf(['acceptanceDifference', 'acceptanceRatio'], { isNeeded: false }));

const schema: z.ZodType<PlanAssumptions> = z
  .strictObject({
    units: z.int('must be a whole number').min(2, 'must be at least 2').max(1_000_000).optional(),
    patientDays,
    alerts,
    acceptance: z.strictObject({ control: share, icc }).optional(),
    effects: z.record(z.string(), effect, needed),
    overTime: z
      .strictObject({
        clusterAutocorrelation: correlation.optional(),
        structure: z.enum(['nested-exchangeable', 'exponential-decay']).optional(),
        trend: number
          .min(0.1, 'is from one period to the next: from 0.1 to 10')
          .max(10, 'is from one period to the next: from 0.1 to 10')
          .optional(),
      })
      .optional(),
    power: share.optional(),
    baselineCorrelation: number
      .min(0, 'must be from 0 to below 1')
      .lt(1, 'must be from 0 to below 1')
      .optional(),
  })
  .superRefine(({ acceptance, effects }, context) => {
    for (const [arm, own] of Object.entries(effects)) {
      const { acceptanceDifference, acceptanceRatio = 1 } = own;
      const key = acceptanceDifference === undefined ? 'acceptanceRatio' : 'acceptanceDifference';
      const isGiven = own[key] !== undefined;
      const message =
        acceptance === undefined
          ? 'needs `acceptance`, that of the control arm'
          : insideShares(
              acceptanceDifference === undefined
                ? acceptance.control * acceptanceRatio
                : acceptance.control + acceptanceDifference,
            );
      if (isGiven && message !== undefined) {
        context.addIssue({ code: 'custom', path: ['effects', arm, key], message });
      }
    }
  });

function insideShares(value: number): string | undefined {
  return value > 0 && value < 1
    ? undefined
    : `would make the acceptance of the arm ${Number(value.toPrecision(6))}: it lies between 0 and 1`;
}

/**
 * Takes up assumptions from a document that may be anything, such as parsed JSON.
 *
 * @throws PlanError with every fault found, by its path under `assumptions`; nothing is repaired
 */
export function assumptionsFrom(document: unknown): PlanAssumptions {
  const parsed = schema.safeParse(document);
  if (!parsed.success) throw new PlanError(problemsOf(parsed.error.issues, 'assumptions'));
  return parsed.data;
}
