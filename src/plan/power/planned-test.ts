import { findRoot, noncentralT, normal, studentT } from '../../stats/index.ts';
import { requireFraction } from '../../analysis/methods/check.ts';

/**
 * How the statistic of a planned test is thought to be distributed.
 *
 * - `noncentral-t`: Student's t shifted by effect / standard error, exact for normal cluster values;
 * - `t`: the same moved as a whole, whose sums of two t quantiles stand in published sample size
 *   formulas (Bloom 1995, Eval. Rev. 19:547); a little too hopeful below ten clusters;
 * - `z`: normal, for very many clusters, or patients.
 */
export type ReferenceLaw = 'noncentral-t' | 't' | 'z';

/** How a planned effect will be tested. */
export interface PlannedTest {
  /** Two-sided level; default 0.05. */
  readonly alpha?: number | undefined;
  /** Default `noncentral-t`. */
  readonly test?: ReferenceLaw | undefined;
}

/**
 * The chance that a two-sided test rejects in the direction of the effect: P(T > c), with c the
 * critical value and T shifted by |effect| / standard error. Rejections to the wrong side are no
 * success and are not counted.
 */
export function powerAt(
  shift: number,
  degreesOfFreedom: number,
  { alpha = 0.05, test = 'noncentral-t' }: PlannedTest,
): number {
  requireFraction('alpha', alpha);
  const df = test === 'z' ? Infinity : degreesOfFreedom;
  const critical = studentT.quantile(alpha / 2, df, 'upper');
  // No standard error is 40 times too large, nor a normal error 40 standard errors out.
  if (shift > 40 * (1 + critical)) return 1;
  if (test === 'noncentral-t') return noncentralT.cdf(critical, df, shift).upper;
  return studentT.cdf(critical - shift, df).upper;
}

/**
 * The shift |effect| / standard error at which the power is as wanted: z₁₋α/₂ + z_power, the same sum
 * of t quantiles, or the noncentrality, by the law of the test. The inverse of `powerAt`.
 *
 * @throws RangeError when the power is not between alpha / 2 and 1
 */
export function shiftFor(
  power: number,
  degreesOfFreedom: number,
  { alpha = 0.05, test = 'noncentral-t' }: PlannedTest,
): number {
  requireFraction('alpha', alpha);
  if (!(power > alpha / 2 && power < 1)) {
    throw new RangeError(`power must be above alpha / 2 and below 1, as 0.8 is, got ${power}`);
  }
  const df = test === 'z' ? Infinity : degreesOfFreedom;
  const critical = studentT.quantile(alpha / 2, df, 'upper');
  const sum = critical + studentT.quantile(power, df);
  if (test !== 'noncentral-t') return sum;
  const excess = (shift: number): number =>
    normal.quantile(noncentralT.cdf(critical, df, shift).upper) - normal.quantile(power);
  let upper = Math.max(1, sum);
  while (excess(upper) < 0) upper *= 2;
  return findRoot(excess, { lower: 0, upper });
}
