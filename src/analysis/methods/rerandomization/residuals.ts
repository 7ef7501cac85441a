import type { Estimable } from '../../estimable.ts';
import type { ReplayOptions } from './reference-set.ts';
import type { Rerandomization } from './rerandomize.ts';
import { rerandomize } from './rerandomize.ts';

/** What a randomised unit has left after a model without treatment. */
export interface ResidualUnit {
  /** The sum of its residuals, observed less fitted. */
  readonly residual: number;
  /** What the sum runs over (patients, patient-days); with 0 the unit took part in the randomisation alone. */
  readonly size: number;
  readonly treated: boolean;
}

/** What is compared of residuals, and by how many draws. */
export interface ResidualOptions extends ReplayOptions {
  /** Averaged over the units of an arm: each unit's mean residual (default), or its sum. */
  readonly by?: 'mean' | 'sum' | undefined;
  /** Whether the statistic is divided by its standard error (unequal variances); default true. */
  readonly studentized?: boolean | undefined;
}

/**
 * A re-randomisation test adjusted for covariates: the outcome is fitted once, without treatment, and
 * the assignment is replayed over the residuals of the units. Exact under the sharp null hypothesis
 * of no effect on any unit, whether or not the model is right: it depends on the outcomes and the
 * covariates alone, and neither changes with the assignment. A better model makes a stronger test.
 *
 * The residuals are those of any regression without the treatment among its columns, for example
 * a Poisson or logistic independence estimating equation on covariates and baseline rates: add up
 * y - μ̂ over the rows of each unit, and give the number of rows (or the exposure) as `size`.
 *
 * Sources: Gail, Mark, Carroll, Green & Pee 1996, Stat Med 15:1069; Li, Turner & Heagerty 2017, Stat
 * Med 36:3791. In R: `cvcrand::cptest(outcome, clustername, z, cspacedatname, outcometype)`, which is
 * `by: 'mean'`, `studentized: false` over a list of allocations.
 *
 * @throws RangeError as `rerandomize` does
 */
export function rerandomizeResiduals(
  units: readonly ResidualUnit[],
  { by = 'mean', studentized, ...replay }: ResidualOptions,
): Estimable<Rerandomization> {
  const isMean = by === 'mean';
  return rerandomize(
    units.map(({ residual, size, treated }) => ({
      numerator: residual,
      denominator: isMean ? size : size > 0 ? 1 : size,
      treated,
    })),
    { ...replay, studentized, statistic: 'meanDifference' },
  );
}
