import { requireCount, requireNumber, requireProbability } from './check.ts';
import { countQuantile } from './count-quantile.ts';
import { normalQuantile } from './normal-quantile.ts';
import type { Tail, Tails } from './tails.ts';

/** Up to this total of the samples the counts keep eleven digits. */
const LARGEST_TOTAL = 400;

function requireSamples(m: number, n: number): void {
  requireCount('m', m);
  requireCount('n', n);
  if (m === 0 || n === 0) {
    throw new RangeError(`m and n must be 1 or more, got ${m} and ${n}`);
  }
  if (m + n > LARGEST_TOTAL) {
    throw new RangeError(
      `m + n must be ${LARGEST_TOTAL} or less to count the orders, got ${m + n}; use the normal approximation`,
    );
  }
}

/**
 * How many of the C(m + n, m) orders of the pooled samples have W = w, for w from 0 to mn / 2: the
 * coefficients of Gauss's polynomial ∏ᵢ (1 − q^(n+i)) / (1 − q^i), i = 1 … m, one factor at a time.
 */
function countOrders(m: number, n: number): Float64Array {
  const few = Math.min(m, n);
  const many = Math.max(m, n);
  const counts = new Float64Array(Math.floor((m * n) / 2) + 1);
  counts[0] = 1;
  for (let i = 1; i <= few; i += 1) {
    for (let w = counts.length - 1; w >= many + i; w -= 1) {
      counts[w] = (counts[w] ?? 0) - (counts[w - many - i] ?? 0);
    }
    for (let w = i; w < counts.length; w += 1) counts[w] = (counts[w] ?? 0) + (counts[w - i] ?? 0);
  }
  return counts;
}

/** P(W = w) and P(W ≤ w) for w from 0 to mn / 2; the law is symmetric about mn / 2. */
function lowerHalf(
  m: number,
  n: number,
): { readonly at: Float64Array; readonly upTo: Float64Array } {
  const at = countOrders(m, n);
  const upTo = new Float64Array(at.length);
  let total = 0;
  at.forEach((count, w) => {
    total += count;
    upTo[w] = total;
  });
  // Where mn is even the middle value is its own mirror image.
  const all = 2 * total - ((m * n) % 2 === 0 ? (at[at.length - 1] ?? 0) : 0);
  return { at: at.map((count) => count / all), upTo: upTo.map((count) => count / all) };
}

/** Both tails at w from those of the lower half. */
function tailsAt(w: number, upTo: Float64Array, largest: number): Tails {
  const whole = Math.floor(w);
  if (whole < 0) return { lower: 0, upper: 1 };
  if (whole >= largest) return { lower: 1, upper: 0 };
  const mirrored = largest - 1 - whole;
  if (whole <= mirrored) {
    const lower = upTo[whole] ?? 0;
    return { lower, upper: 1 - lower };
  }
  const upper = upTo[mirrored] ?? 0;
  return { lower: 1 - upper, upper };
}

/**
 * The distribution of Wilcoxon's rank-sum statistic W (Mann and Whitney's U) when both samples come
 * from one continuous law: of the mn pairs of an x (m of them) and a y (n of them), how many have
 * x > y. The orders are counted, so it is exact; it does not hold with ties.
 */
export const wilcoxonRankSum = {
  /**
   * The probability P(W = w); 0 where w is not a whole number from 0 to mn.
   *
   * @param w the number of pairs.
   * @param m the size of the first sample, a whole number, 1 or more.
   * @param n the size of the second sample, a whole number, 1 or more; m + n up to 400.
   * @throws RangeError if `w` is NaN, a size is not a whole number, 1 or more, or m + n is above 400.
   * @see H. B. Mann and D. R. Whitney, Ann. Math. Statist. 18 (1947) 50; G. E. Andrews, The Theory
   *   of Partitions (1976), chapter 3. In R: `dwilcox(w, m, n)`.
   */
  density: (w: number, m: number, n: number): number => {
    requireNumber('w', w);
    requireSamples(m, n);
    if (!Number.isInteger(w) || w < 0 || w > m * n) return 0;
    return lowerHalf(m, n).at[Math.min(w, m * n - w)] ?? 0;
  },

  /**
   * Both tails, P(W ≤ w) and P(W > w).
   *
   * @param w any real number; the tails are those of its whole part.
   * @param m the size of the first sample, a whole number, 1 or more.
   * @param n the size of the second sample, a whole number, 1 or more; m + n up to 400.
   * @throws RangeError if `w` is NaN, a size is not a whole number, 1 or more, or m + n is above 400.
   * @see H. B. Mann and D. R. Whitney, Ann. Math. Statist. 18 (1947) 50. In R: `pwilcox(w, m, n)` and
   *   `pwilcox(w, m, n, lower.tail = FALSE)`.
   */
  cdf: (w: number, m: number, n: number): Tails => {
    requireNumber('w', w);
    requireSamples(m, n);
    return tailsAt(w, lowerHalf(m, n).upTo, m * n);
  },

  /**
   * The smallest w with P(W ≤ w) ≥ p, or with P(W > w) ≤ p for the upper tail.
   *
   * @param p between 0 and 1.
   * @param m the size of the first sample, a whole number, 1 or more.
   * @param n the size of the second sample, a whole number, 1 or more; m + n up to 400.
   * @param tail the side p is counted from.
   * @throws RangeError if `p` is not a probability, a size is not a whole number, 1 or more, or m + n
   *   is above 400.
   * @see In R: `qwilcox(p, m, n)` and `qwilcox(p, m, n, lower.tail = FALSE)`.
   */
  quantile: (p: number, m: number, n: number, tail: Tail = 'lower'): number => {
    requireProbability('p', p);
    requireSamples(m, n);
    const { upTo } = lowerHalf(m, n);
    return countQuantile(p, tail, normalQuantile(p) * (tail === 'lower' ? 1 : -1), {
      cdf: (w) => tailsAt(w, upTo, m * n),
      mean: (m * n) / 2,
      standardDeviation: Math.sqrt((m * n * (m + n + 1)) / 12),
      maximum: m * n,
    });
  },
} as const;
