import { fisherF } from '../../../stats/index.ts';
import type { Estimable } from '../../estimable.ts';
import { notEstimable } from '../../estimable.ts';
import type { ExactTest } from './binomial-test.ts';
import { binomialPValue } from './binomial-test.ts';
import { requireLevel } from '../check.ts';
import type { Alternative, RateCounts } from './counts.ts';
import { requireRate } from './counts.ts';

/** How `poissonRateRatio` is asked. */
export interface PoissonRateRatioOptions {
  /** The ratio under the null hypothesis. Default 1. */
  readonly ratio?: number | undefined;
  /** What the alternative says of arm over control. Default `two-sided`. */
  readonly alternative?: Alternative | undefined;
  /** Default 0.95. */
  readonly level?: number | undefined;
}

/**
 * The ratio of two rates of independent events, (y₁/E₁) / (y₀/E₀), by the exact conditional test: given
 * y = y₁ + y₀ events, y₁ ~ Bin(y, rE₁/(rE₁ + E₀)) at a ratio of r. The p value is that binomial's
 * (two-sided: all counts no likelier than y₁, ties within a relative 1e-7); the limits are the
 * Clopper-Pearson limits of the odds, times E₀/E₁. A one-sided alternative has a one-sided interval.
 *
 * Without events in the arm the interval runs from 0 to a limit; without events in the control the
 * estimate and the upper limit are `Infinity`; without events in either the ratio is not estimable.
 *
 * The events must be independent, as a Poisson count has them. Alerts that fire again for the same
 * patient, or gather in some practices, are not: in simulated practice-level trials a Poisson test at 5 %
 * rejected about 70 % of true nulls. For those take `ratioOfTotals` with `relativeOf`, or `rerandomize`.
 *
 * Sources: Przyborowski & Wilenski 1940; Clopper & Pearson 1934. In R:
 * `poisson.test(c(y1, y0), c(E1, E0), ratio, alternative)`.
 *
 * @returns not estimable without exposure in an arm or events in any
 * @throws RangeError when events are not a count, an exposure is not finite and 0 or more, events
 *   happened in no exposure, `ratio` is not finite and above 0, or `level` is not between 0 and 1
 */
export function poissonRateRatio(
  arm: RateCounts,
  control: RateCounts,
  { ratio = 1, alternative = 'two-sided', level = 0.95 }: PoissonRateRatioOptions = {},
): Estimable<ExactTest> {
  requireRate(arm);
  requireRate(control);
  requireLevel(level);
  if (!(ratio > 0 && ratio < Infinity)) {
    throw new RangeError(`ratio must be finite and above 0, got ${ratio}`);
  }
  if (arm.exposure === 0 || control.exposure === 0) {
    return notEstimable('an arm has no exposure');
  }
  const [y1, y0] = [arm.events, control.events];
  if (y1 + y0 === 0) {
    return notEstimable(
      'neither arm has an event, so nothing is known of the ratio',
      'read `poissonRate` of each arm',
    );
  }
  const tail = alternative === 'two-sided' ? (1 - level) / 2 : 1 - level;
  const perOdds = control.exposure / arm.exposure;
  return {
    estimable: true,
    estimate: (y1 / y0) * perOdds,
    // Odds of a beta variable are a multiple of an F variable, which loses nothing near 0 and 1.
    lower:
      alternative === 'less' || y1 === 0
        ? 0
        : (y1 / (y0 + 1)) * fisherF.quantile(tail, 2 * y1, 2 * (y0 + 1)) * perOdds,
    upper:
      alternative === 'greater' || y0 === 0
        ? Infinity
        : ((y1 + 1) / y0) * fisherF.quantile(tail, 2 * (y1 + 1), 2 * y0, 'upper') * perOdds,
    pValue: binomialPValue(y1, {
      n: y1 + y0,
      probability: (ratio * arm.exposure) / (ratio * arm.exposure + control.exposure),
      alternative,
    }),
  };
}
