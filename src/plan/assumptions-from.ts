import * as z from 'zod';
import { messageOf, PlanError, problemsOf } from '../errors.ts';
import type { AssumedAlerts, AssumedExposure, PlanAssumptions } from './assumptions.ts';
import { iccOf } from './power/index.ts';

const number = z.number({ error: 'must be a number' });
const positive = number.gt(0, 'must be above 0');
const spread = number.min(0, 'must be at least 0');
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
  .strictObject({
    mean: positive.optional(),
    cv: spread.optional(),
    perSize: positive.optional(),
  })
  .superRefine(oneOf(['mean', 'perSize'], { isNeeded: true }))
  .refine(({ cv, perSize }) => cv === undefined || perSize === undefined, {
    path: ['cv'],
    error: 'comes from the sizes of the clusters here: leave it out',
  }) as z.ZodType<AssumedExposure>;

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the refinement is what makes it one of the two
const alerts = z
  .strictObject({
    control: positive,
    overdispersion: number.min(1, 'must be at least 1: 1 is a Poisson variance').optional(),
    kappa: spread.optional(),
    icc: icc.optional(),
  })
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
    effects: z.record(z.string(), effect),
    overTime: z
      .strictObject({
        clusterAutocorrelation: correlation.optional(),
        structure: z.enum(['nested-exchangeable', 'exponential-decay']).optional(),
        trend: positive.optional(),
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
