import { normal, wilcoxonRankSum } from '../../../stats/index.ts';
import type { Estimable } from '../../estimable.ts';
import { notEstimable } from '../../estimable.ts';
import { orderedDifference } from './ordered-difference.ts';
import type { Ranks } from './rank-sums.ts';
import { countRankSums, rankTogether } from './rank-sums.ts';
import { requireLevel } from '../check.ts';

/** How two samples are ranked against each other. */
export interface WilcoxonOptions {
  /** Of the arm's values against the control's; default `two-sided`. */
  readonly alternative?: 'two-sided' | 'greater' | 'less' | undefined;
  /** Default: `exact` when both arms hold fewer than 50 values, else `normal`. */
  readonly method?: 'exact' | 'normal' | undefined;
  /** Whether the normal approximation moves the statistic by ½ towards its mean; default true. */
  readonly continuity?: boolean | undefined;
  /** Confidence level of the shift; default 0.95. */
  readonly level?: number | undefined;
}

/** The interval of a shift. */
export interface ShiftInterval {
  readonly lower: number;
  readonly upper: number;
  /** The level it really has, at least the one asked for when it is exact. */
  readonly coverage: number;
}

/** A rank-sum test with the shift that it estimates. */
export interface WilcoxonTest {
  /** W: pairs in which the arm's value is the larger, ties counted half. */
  readonly statistic: number;
  readonly pValue: number;
  readonly alternative: 'two-sided' | 'greater' | 'less';
  /**
   * What the p value comes from: the exact distribution without ties, the exact permutation
   * distribution of the tied ranks, or the normal approximation with its variance corrected for ties.
   */
  readonly method: 'exact' | 'exact-permutation' | 'normal';
  /** Hodges and Lehmann's estimate: the median of all differences, arm minus control. */
  readonly shift: number;
  /** Two-sided, whatever the alternative. */
  readonly interval: Estimable<ShiftInterval>;
}

const exactBelow = 50;
const mostCounted = 200;
const mostExact = 400;

/**
 * The rank-sum test of Wilcoxon, Mann and Whitney of the units' values, arm against control.
 *
 * Exact by counting; with ties over the permutations of the tied ranks, two-sided by distance from
 * the mean: P(|W - mn/2| ≥ |w - mn/2|). Normal: z = (w - mn/2 ∓ ½) / √(mn/12 (N + 1 - Σ(t³ - t) /
 * (N(N - 1)))). The interval runs from the C-th smallest to the C-th largest difference, C the
 * α/2 quantile of W without ties; closed, it keeps its level with ties too (Noether 1967).
 *
 * Sources: Hollander & Wolfe 1999, sections 4.1 to 4.3; Noether 1967, JASA 62:184. In R:
 * `wilcox.test(x, y, conf.int = TRUE)` without ties; `coin::wilcox_test(v ~ arm, distribution =
 * "exact")` with ties; `wilcox.test(x, y, exact = FALSE)` for the normal p value, while R then finds
 * shift and interval by another, approximate way.
 *
 * @param arm one value a unit
 * @throws RangeError when a value or an option is not possible, or `exact` is asked of more than 400
 *   values (200 with ties)
 */
export function wilcoxonTest(
  arm: readonly number[],
  control: readonly number[],
  { alternative = 'two-sided', method, continuity = true, level = 0.95 }: WilcoxonOptions = {},
): Estimable<WilcoxonTest> {
  requireLevel(level);
  if (![...arm, ...control].every(Number.isFinite)) {
    throw new RangeError('every value must be a finite number');
  }
  const [m, n] = [arm.length, control.length];
  if (m === 0 || n === 0) return notEstimable('an arm has no unit');
  if (m + n === 2) return notEstimable('one unit against one cannot give a p value below 1');
  const ranks = rankTogether(arm, control);
  const total = m + n;
  if (ranks.tieSum === total ** 3 - total) {
    return notEstimable('every unit has the same value, so there is nothing to rank');
  }
  const statistic = (ranks.doubled.subarray(0, m).reduce((a, b) => a + b, 0) - m * (m + 1)) / 2;
  const exact = (method ?? (Math.max(m, n) < exactBelow ? 'exact' : 'normal')) === 'exact';
  const tails = exact
    ? exactTails(statistic, ranks, m)
    : normalTails(statistic, { m, n, tieSum: ranks.tieSum, continuity });

  const x = Float64Array.from(arm).sort();
  const y = Float64Array.from(control).sort();
  const pairs = m * n;
  return {
    estimable: true,
    statistic,
    pValue: Math.min(1, tails[alternative]),
    alternative,
    method: exact ? (ranks.tieSum > 0 ? 'exact-permutation' : 'exact') : 'normal',
    shift:
      (orderedDifference(x, y, Math.ceil(pairs / 2)) +
        orderedDifference(x, y, Math.floor(pairs / 2) + 1)) /
      2,
    interval: shiftInterval(x, y, level),
  };
}

/** The p value of each alternative. */
type PValues = Readonly<Record<'two-sided' | 'greater' | 'less', number>>;

function exactTails(statistic: number, { doubled, tieSum }: Ranks, m: number): PValues {
  const total = doubled.length;
  const n = total - m;
  if (tieSum === 0) {
    const less = wilcoxonRankSum.cdf(statistic, m, n).lower;
    // The law is symmetric, and a lower tail keeps its digits.
    const greater = wilcoxonRankSum.cdf(m * n - statistic, m, n).lower;
    return { less, greater, 'two-sided': 2 * Math.min(less, greater) };
  }
  if (total > mostCounted) {
    throw new RangeError(
      `with ties at most ${mostCounted} values can be counted exactly, not ${total}: use the normal approximation`,
    );
  }
  // The smaller sample's sum says as much and is counted faster.
  const few = Math.min(m, n);
  const own = (few === m ? doubled.subarray(0, m) : doubled.subarray(m)).reduce((a, b) => a + b, 0);
  const centre = few * (total + 1);
  const counts = countRankSums(doubled, few);
  let [all, low, high, far] = [0, 0, 0, 0];
  counts.forEach((count, s) => {
    all += count;
    if (s <= own) low += count;
    if (s >= own) high += count;
    if (Math.abs(s - centre) >= Math.abs(own - centre)) far += count;
  });
  const [less, greater] = few === m ? [low, high] : [high, low];
  return { less: less / all, greater: greater / all, 'two-sided': far / all };
}

function normalTails(
  statistic: number,
  {
    m,
    n,
    tieSum,
    continuity,
  }: {
    readonly m: number;
    readonly n: number;
    readonly tieSum: number;
    readonly continuity: boolean;
  },
): PValues {
  const distance = statistic - (m * n) / 2;
  const spread = spreadOf(m, n, tieSum);
  const half = continuity ? 0.5 : 0;
  const either = normal.cdf((distance - Math.sign(distance) * half) / spread);
  return {
    less: normal.cdf((distance + half) / spread).lower,
    greater: normal.cdf((distance - half) / spread).upper,
    'two-sided': 2 * Math.min(either.lower, either.upper),
  };
}

/** The standard deviation of W. */
function spreadOf(m: number, n: number, tieSum: number): number {
  const total = m + n;
  return Math.sqrt(((m * n) / 12) * (total + 1 - tieSum / (total * (total - 1))));
}

function shiftInterval(x: Float64Array, y: Float64Array, level: number): Estimable<ShiftInterval> {
  const [m, n] = [x.length, y.length];
  const outside = (1 - level) / 2;
  const counted = m + n <= mostExact;
  const [middle, spread] = [(m * n) / 2, spreadOf(m, n, 0)];
  const rank = counted
    ? wilcoxonRankSum.quantile(outside, m, n)
    : Math.floor(middle - normal.quantile(outside, 'upper') * spread + 0.5);
  if (rank < 1) {
    return notEstimable(
      `${m} against ${n} values are too few for an interval at the level of ${level}`,
    );
  }
  const below = counted
    ? wilcoxonRankSum.cdf(rank - 1, m, n)
    : normal.cdf((rank - 0.5 - middle) / spread);
  return {
    estimable: true,
    lower: orderedDifference(x, y, rank),
    upper: orderedDifference(x, y, m * n - rank + 1),
    coverage: 1 - 2 * below.lower,
  };
}
