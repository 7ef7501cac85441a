import type { Estimable } from '../../estimable.ts';
import { notEstimable } from '../../estimable.ts';
import { sum } from '../../../stats/index.ts';

/** What the values are counted in. */
export interface PermutationTestOptions {
  /** All values are whole multiples of it; default 1. For mid-ranks 0.5. */
  readonly unit?: number | undefined;
}

/** An exact two-sample permutation test of sums. */
export interface PermutationTest {
  /** The sum of the treated values. */
  readonly observed: number;
  /** The mean of that sum over all divisions. */
  readonly expected: number;
  /** Two-sided: a sum at least as far from the expected one. Never 0, but at least 5 · 10⁻³²⁴. */
  readonly pValue: number;
  /** One-sided, of a sum at most as large. */
  readonly pLess: number;
  /** One-sided, of a sum at least as large. */
  readonly pGreater: number;
}

/** Beyond so many sums in memory, or steps (some ten seconds), the counting is not begun. */
const mostCells = 2e7;
const mostSteps = 4e9;

/**
 * The exact permutation test of two samples by their sums (Fisher and Pitman): every division of the
 * values into groups of these sizes is counted, not drawn. With f(k, s) the chance that k of the first
 * j values are in a group and add up to s, the next value a takes its place by sampling without
 * replacement, f(k + 1, s + a) += f(k, s) (m - k)/(n - j) - the shift algorithm of Streitberg & Röhmel
 * 1986 (Stat Software Newsletter 12:10), on chances instead of counts, so that nothing overflows.
 *
 * In R: `coin::oneway_test(y ~ g, distribution = "exact")`,
 * `exactRankTests::perm.test(x, y, exact = TRUE)`; on ranks it is the exact Wilcoxon test with ties.
 *
 * @throws RangeError when a value is not a whole multiple of `unit`, or `unit` is not above 0
 */
export function permutationTest(
  treated: readonly number[],
  control: readonly number[],
  { unit = 1 }: PermutationTestOptions = {},
): Estimable<PermutationTest> {
  if (!(unit > 0 && Number.isFinite(unit))) {
    throw new RangeError(`unit must be a number above 0, not ${unit}`);
  }
  const [one, other] = [scoresOf(treated, unit), scoresOf(control, unit)];
  if (one.length === 0 || other.length === 0) return notEstimable('each arm needs a value');
  const all = [...one, ...other];
  const lowest = all.reduce((least, score) => Math.min(least, score));
  if (all.every((score) => score === lowest)) {
    return notEstimable('every value is the same, so every division gives the same sums');
  }
  // The smaller group is counted; its sum says that of the other.
  const isTreated = one.length <= other.length;
  const group = isTreated ? one : other;
  const m = group.length;
  const shifted = all.map((score) => score - lowest).sort((a, b) => a - b);
  const top = sum(shifted.slice(-m));
  const cells = (m + 1) * (top + 1);
  if (cells > mostCells || cells * all.length > mostSteps) {
    return notEstimable(
      `the sums run over ${top + 1} values, too many to count them all`,
      'a test by draws (rerandomize), or a larger unit',
    );
  }
  const chances = chancesOf(shifted, m, top);
  const total = sum(shifted);
  const actual = sum(group) - m * lowest;
  // Distances from the expectation mΣ/n in whole numbers, n times as large.
  const distance = (s: number): number => Math.abs(all.length * s - m * total);
  const share = (holds: (s: number) => boolean): number =>
    Math.min(1, Math.max(Number.MIN_VALUE, sum(chances.filter((_, s) => holds(s)))));
  const atMost = share((s) => s <= actual);
  const atLeast = share((s) => s >= actual);
  return {
    estimable: true,
    observed: sum(treated),
    expected: (treated.length * sum([...treated, ...control])) / all.length,
    pValue: share((s) => distance(s) >= distance(actual)),
    pLess: isTreated ? atMost : atLeast,
    pGreater: isTreated ? atLeast : atMost,
  };
}

/** Values in whole units. */
function scoresOf(values: readonly number[], unit: number): readonly number[] {
  return values.map((value, i) => {
    const score = Math.round(value / unit);
    if (!(Math.abs(value / unit - score) <= 1e-9 * Math.max(1, Math.abs(score)))) {
      throw new RangeError(
        `value ${i} must be a whole multiple of the unit ${unit}, not ${value}: name a smaller unit`,
      );
    }
    return score;
  });
}

/** The chance of each sum, from 0 to `top`, of m scores drawn without replacement. Scores ascend. */
function chancesOf(scores: readonly number[], m: number, top: number): Float64Array {
  const width = top + 1;
  const f = new Float64Array((m + 1) * width);
  f[0] = 1;
  let reach = 0;
  scores.forEach((score, j) => {
    reach = Math.min(top, reach + score);
    const left = scores.length - j;
    for (let k = Math.min(m, j + 1); k >= 0; k -= 1) {
      const own = k * width;
      const stay = 1 - (m - k) / left;
      const join = (m - k + 1) / left;
      for (let s = reach; s >= 0; s -= 1) {
        const before = k > 0 && s >= score ? (f[own - width + s - score] ?? 0) * join : 0;
        f[own + s] = (f[own + s] ?? 0) * stay + before;
      }
    }
  });
  return f.subarray(m * width);
}
