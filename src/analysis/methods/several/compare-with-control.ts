import { dunnett, studentT } from '../../../stats/index.ts';
import type { Estimable } from '../../estimable.ts';
import { notEstimable } from '../../estimable.ts';
import type { Alternative } from '../independent/counts.ts';
import { noUnitsLeft } from './arm-estimates.ts';
import { requireDistinct, requireFinite, requireFraction } from '../check.ts';

/** An arm's estimated difference from the control that it shares with the other arms. */
export interface ControlContrast {
  readonly arm: string;
  /** Arm minus control; a difference of logarithms for a ratio. */
  readonly estimate: number;
  readonly standardError: number;
  /** λ, with λᵢλⱼ the correlation of the estimates of arms i and j: from 0 to below 1. */
  readonly loading: number;
}

/** How arms are compared with their control. */
export interface ControlOptions {
  /** Whether arms that differ, are above or are below the control count; default `two-sided`. */
  readonly alternative?: Alternative | undefined;
  /** Confidence of the simultaneous intervals: that all of them hold; default 0.95. */
  readonly level?: number | undefined;
}

/** One arm against control, judged as one of several. */
export interface ControlComparison {
  readonly arm: string;
  readonly estimate: number;
  /** Of the estimate; for a ratio, of its logarithm. */
  readonly standardError: number;
  readonly statistic: number;
  /** Of this comparison alone, without regard to the others. */
  readonly pValue: number;
  /** Single-step: that any of the arms would be as far from control; agrees with the interval. */
  readonly adjusted: number;
  /** Step-down: as valid as `adjusted` and never larger, but without intervals. */
  readonly stepDown: number;
  /** Simultaneous; `-Infinity` (0 for a ratio) for the alternative `less`. */
  readonly lower: number;
  /** Simultaneous; `Infinity` for the alternative `greater`. */
  readonly upper: number;
}

/** Several arms against one control. */
export interface ControlComparisons {
  readonly comparisons: readonly ControlComparison[];
  /** What a statistic must pass to be significant in the single-step test at 1 - `level`. */
  readonly critical: number;
  readonly degreesOfFreedom: number;
}

/**
 * Dunnett's comparison of arms with a common control, from estimates whose correlation is a product
 * λᵢλⱼ, as it is for independent arms: λᵢ = √(v₀ / (v₀ + vᵢ)) with v the variances of the arms.
 *
 * adjustedᵢ = P(max |T| ≥ |tᵢ|) over all arms; the critical value c is the 1 - level point of that
 * maximum, intervals are estimate ± c se. Step-down: the arms in order of |t|, the largest first, each
 * against the maximum over the arms that are left, and never below the one before. One-sided: the same
 * with max T. Exact for normal estimates with one pooled variance; for ratios of totals, whose
 * variances are estimated arm by arm, a good approximation. Step-down Holm (`adjustPValues`) needs no
 * correlation and costs little power.
 *
 * @param contrasts one an arm, control not among them
 * @throws RangeError when there is none, an arm stands twice, a number is not finite, a standard error
 *   is not above 0, a loading is outside [0, 1), the degrees of freedom are no number, or the level is
 *   not between 0 and 1
 * @see C. W. Dunnett, JASA 50 (1955) 1096; C. W. Dunnett and A. C. Tamhane, Stat. Med. 10 (1991) 939
 *   (step-down). In R: `summary(multcomp::glht(multcomp::parm(estimates, vcov, df)))`, with
 *   `test = adjusted("free")` for step-down, and `confint`.
 */
export function compareWithControl(
  contrasts: readonly ControlContrast[],
  {
    degreesOfFreedom: df,
    alternative = 'two-sided',
    level = 0.95,
  }: ControlOptions & { readonly degreesOfFreedom: number },
): Estimable<ControlComparisons> {
  requireContrasts(contrasts);
  requireFraction('level', level);
  if (Number.isNaN(df)) throw new RangeError('degreesOfFreedom must be a number');
  if (df <= 0) return notEstimable(noUnitsLeft);
  const sides = alternative === 'two-sided' ? 2 : 1;
  const loadings = contrasts.map(({ loading }) => loading);
  const statistics = contrasts.map(({ estimate, standardError }) => estimate / standardError);
  const extremes = statistics.map((t) =>
    alternative === 'two-sided' ? Math.abs(t) : alternative === 'less' ? -t : t,
  );
  const adjusted = extremes.map((t) => dunnett.cdf(t, { loadings, df, sides }).upper);
  const stepDown = stepDownOf(extremes, loadings, { df, sides });
  const critical = dunnett.quantile(1 - level, { loadings, df, sides }, 'upper');
  const comparisons = contrasts.map(({ arm, estimate, standardError }, i) => ({
    arm,
    estimate,
    standardError,
    statistic: statistics[i] ?? 0,
    pValue: Math.min(1, sides * studentT.cdf(extremes[i] ?? 0, df).upper),
    adjusted: adjusted[i] ?? 1,
    stepDown: stepDown[i] ?? 1,
    lower: alternative === 'less' ? -Infinity : estimate - critical * standardError,
    upper: alternative === 'greater' ? Infinity : estimate + critical * standardError,
  }));
  return { estimable: true, comparisons, critical, degreesOfFreedom: df };
}

function stepDownOf(
  extremes: readonly number[],
  loadings: readonly number[],
  { df, sides }: { readonly df: number; readonly sides: 1 | 2 },
): readonly number[] {
  const order = extremes.map((_, i) => i).sort((i, j) => (extremes[j] ?? 0) - (extremes[i] ?? 0));
  const stepDown = Array.from(extremes);
  let most = 0;
  order.forEach((i, rank) => {
    const left = order.slice(rank).map((j) => loadings[j] ?? 0);
    most = Math.max(most, dunnett.cdf(extremes[i] ?? 0, { loadings: left, df, sides }).upper);
    stepDown[i] = most;
  });
  return stepDown;
}

function requireContrasts(contrasts: readonly ControlContrast[]): void {
  if (contrasts.length === 0) throw new RangeError('there is no arm to compare with the control');
  requireDistinct(
    'the arm',
    contrasts.map(({ arm }) => arm),
  );
  for (const { arm, estimate, standardError, loading } of contrasts) {
    requireFinite(`estimate of "${arm}"`, estimate);
    if (!(standardError > 0 && standardError < Infinity)) {
      throw new RangeError(
        `standardError of "${arm}" must be finite and greater than 0, got ${standardError}`,
      );
    }
    if (!(loading >= 0 && loading < 1)) {
      throw new RangeError(`loading of "${arm}" must be at least 0 and below 1, got ${loading}`);
    }
  }
}
