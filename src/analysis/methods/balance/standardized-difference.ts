import { requireLevel } from '../check.ts';
import { matrixFrom, normal, solve, sum } from '../../../stats/index.ts';
import type { Estimable } from '../../estimable.ts';
import { notEstimable } from '../../estimable.ts';
import { weightedMean } from '../clusters/units.ts';

/** A standardised difference, arm minus control, in standard deviations. */
export interface StandardizedDifference {
  readonly estimate: number;
  readonly standardError: number;
  readonly lower: number;
  readonly upper: number;
}

/** Successes of a number of persons. */
export interface Share {
  readonly count: number;
  readonly of: number;
}

export interface DifferenceOptions {
  /** Confidence level; default 0.95. */
  readonly level?: number | undefined;
}

/** The values of both arms. */
export interface TwoArms<T> {
  readonly arm: T;
  readonly control: T;
}

/** Why a difference without spread is not standardised. */
const noSpread = 'no arm has any spread, so there is nothing to standardise by';

/**
 * The interval d ± z √((n₁ + n₀)/(n₁n₀) + d²/(2(n₁ + n₀))), for independent persons.
 *
 * @see Hedges & Olkin 1985, Statistical Methods for Meta-Analysis, chapter 5.
 */
function withInterval(
  estimate: number,
  [n1, n0]: readonly [number, number],
  level: number,
): Estimable<StandardizedDifference> {
  const standardError = Math.sqrt((n1 + n0) / (n1 * n0) + estimate ** 2 / (2 * (n1 + n0)));
  const reach = normal.quantile((1 - level) / 2, 'upper') * standardError;
  return {
    estimable: true,
    estimate,
    standardError,
    lower: estimate - reach,
    upper: estimate + reach,
  };
}

/**
 * The standardised mean difference d = (x̄₁ - x̄₀) / √((s₁² + s₀²)/2) of a continuous covariate. It
 * describes how alike the arms are whatever their size; a p value would not. The interval takes
 * persons as independent: in a cluster-randomised trial read the estimate alone.
 *
 * @param values one value a person
 * @throws RangeError for a value that is no finite number, or a level that is not between 0 and 1
 * @see Austin 2009, Stat Med 28:3083. In R: `stddiff::stddiff.numeric`, or
 *   `(mean(x1) - mean(x0)) / sqrt((var(x1) + var(x0)) / 2)`.
 */
export function continuousDifference(
  { arm, control }: TwoArms<readonly number[]>,
  { level = 0.95 }: DifferenceOptions = {},
): Estimable<StandardizedDifference> {
  requireLevel(level);
  if (![...arm, ...control].every(Number.isFinite)) {
    throw new RangeError('every value must be a finite number: leave missing ones out');
  }
  if (arm.length < 2 || control.length < 2) {
    return notEstimable('an arm with one value or none has no standard deviation');
  }
  const [one, other] = [momentsOf(arm), momentsOf(control)];
  const spread = Math.sqrt((one.variance + other.variance) / 2);
  if (spread === 0) return notEstimable(noSpread);
  return withInterval((one.mean - other.mean) / spread, [arm.length, control.length], level);
}

function momentsOf(values: readonly number[]): {
  readonly mean: number;
  readonly variance: number;
} {
  const { mean, squares } = weightedMean(values);
  return { mean, variance: squares / (values.length - 1) };
}

/**
 * The standardised difference d = (p₁ - p₀) / √((p₁(1 - p₁) + p₀(1 - p₀))/2) of a yes-or-no
 * covariate, with its interval for independent persons.
 *
 * @throws RangeError for counts that are no whole numbers or exceed their number of persons
 * @see Austin 2009, Commun Stat Simul Comput 38:1228. In R: `stddiff::stddiff.binary`.
 */
export function binaryDifference(
  { arm, control }: TwoArms<Share>,
  { level = 0.95 }: DifferenceOptions = {},
): Estimable<StandardizedDifference> {
  requireLevel(level);
  for (const { count, of } of [arm, control]) {
    if (!(Number.isSafeInteger(count) && Number.isSafeInteger(of) && count >= 0 && count <= of)) {
      throw new RangeError(`a share must be a whole number of persons, not ${count} of ${of}`);
    }
  }
  if (arm.of === 0 || control.of === 0) return notEstimable('an arm has no persons');
  const [p1, p0] = [arm.count / arm.of, control.count / control.of];
  const spread = Math.sqrt((p1 * (1 - p1) + p0 * (1 - p0)) / 2);
  if (spread === 0) return notEstimable(noSpread);
  return withInterval((p1 - p0) / spread, [arm.of, control.of], level);
}

/** A distance between two sets of shares. */
export interface StandardizedDistance {
  /** Never negative: categories have no direction. */
  readonly estimate: number;
}

/**
 * The standardised distance between the shares of several categories,
 * d = √((p₁ - p₀)ᵀ S⁻¹ (p₁ - p₀)) with S the mean of both multinomial covariances, all but one
 * category. Two categories give the size of `binaryDifference`. No interval: a distance cannot be
 * negative, so that a symmetric interval near 0 would be wrong.
 *
 * @param counts persons by category, in the same order in both arms
 * @throws RangeError when the lists differ in length or a count is no whole number
 * @see Yang & Dalton 2012, A unified approach to measuring the effect size between two groups, SAS
 *   Global Forum 335. In R: `stddiff::stddiff.category`.
 */
export function categoricalDifference({
  arm,
  control,
}: TwoArms<readonly number[]>): Estimable<StandardizedDistance> {
  if (arm.length !== control.length || arm.length < 2) {
    throw new RangeError('give one count for each category in both arms, for two or more');
  }
  if (![...arm, ...control].every((count) => Number.isSafeInteger(count) && count >= 0)) {
    throw new RangeError('every count must be a whole number of at least 0');
  }
  const [n1, n0] = [sum(arm), sum(control)];
  if (n1 === 0 || n0 === 0) return notEstimable('an arm has no persons');
  const used = arm.map((_, i) => i).filter((i) => (arm[i] ?? 0) + (control[i] ?? 0) > 0);
  // The last category is what the others leave.
  const free = used.slice(0, -1);
  if (free.length === 0) return notEstimable('everyone is in the same category');
  const p1 = free.map((i) => (arm[i] ?? 0) / n1);
  const p0 = free.map((i) => (control[i] ?? 0) / n0);
  const covariance = (p: readonly number[], i: number, j: number): number =>
    i === j ? (p[i] ?? 0) * (1 - (p[i] ?? 0)) : -(p[i] ?? 0) * (p[j] ?? 0);
  const between = matrixFrom(
    free.map((_, i) => free.map((_, j) => (covariance(p1, i, j) + covariance(p0, i, j)) / 2)),
  );
  const gaps = p1.map((p, i) => p - (p0[i] ?? 0));
  const solved = solve(between, matrixFrom(gaps.map((gap) => [gap])));
  if (solved === undefined) {
    return notEstimable('the arms share no category, so there is nothing to standardise by');
  }
  const square = sum(gaps.map((gap, i) => gap * (solved.values[i] ?? 0)));
  return { estimable: true, estimate: Math.sqrt(Math.max(0, square)) };
}
