import {
  chiSquared,
  cholesky,
  fisherF,
  identity,
  matrixFrom,
  multiply,
  solve,
  sum,
  transpose,
} from '../../../stats/index.ts';
import type { Matrix } from '../../../stats/index.ts';
import type { Estimable } from '../../estimable.ts';
import { notEstimable } from '../../estimable.ts';
import type { ArmEstimate } from './arm-estimates.ts';
import { noUnitsLeft, requireArms } from './arm-estimates.ts';
import { requireFinite } from '../check.ts';

/** A joint test of q contrasts. */
export interface Omnibus {
  /** W/q, the F statistic. */
  readonly statistic: number;
  /** W = (Lb)ᵀ(LVLᵀ)⁻¹(Lb). */
  readonly wald: number;
  /** q contrasts, and units less parameters; `Infinity` for the χ² limit. */
  readonly degreesOfFreedom: readonly [number, number];
  readonly pValue: number;
}

/** What is tested, and how well the covariance is known. */
export interface OmnibusOptions {
  /** L, one row a contrast, one column an estimate; by default every estimate is 0 under the null. */
  readonly contrasts?: readonly (readonly number[])[] | undefined;
  /** Units less parameters, K - p; `Infinity` for the χ² test, too liberal below some 100 units. */
  readonly degreesOfFreedom: number;
}

/**
 * Wald's test that L b = 0: W = (Lb)ᵀ(LVLᵀ)⁻¹(Lb), and W/q against F(q, K - p), or W against χ²(q)
 * where the degrees of freedom are `Infinity`. It does not depend on how L spells its contrasts. V
 * should be a small-sample one (Mancl-DeRouen); F stays liberal where q is not small beside K - p.
 *
 * In R: `aod::wald.test(V, b, L = L, df = K - p)`, or
 * `W <- t(L %*% b) %*% solve(L %*% V %*% t(L), L %*% b); pf(W / q, q, K - p, lower.tail = FALSE)`.
 *
 * @param estimates b; leave the intercept out, or name the contrasts
 * @param covariance V of the estimates, symmetric, row by row
 * @throws RangeError when sizes do not fit, V is not symmetric, a number is not finite, there is no
 *   contrast, or one contrast is a combination of others
 * @see A. Wald, Trans. Amer. Math. Soc. 54 (1943) 426.
 */
export function omnibusTest(
  estimates: readonly number[],
  covariance: readonly (readonly number[])[],
  { contrasts, degreesOfFreedom }: OmnibusOptions,
): Estimable<Omnibus> {
  estimates.forEach((estimate, i) => requireFinite(`estimates[${i}]`, estimate));
  if (Number.isNaN(degreesOfFreedom)) throw new RangeError('degreesOfFreedom must be a number');
  const v = covarianceOf(covariance, estimates.length);
  const l = contrasts === undefined ? identity(estimates.length) : contrastsOf(contrasts, v.rows);
  if (l.rows === 0) throw new RangeError('a joint test takes at least one contrast');
  if (cholesky(multiply(l, transpose(l))) === undefined) {
    throw new RangeError('one contrast is a combination of the others: leave it out');
  }
  if (degreesOfFreedom <= 0) return notEstimable(noUnitsLeft);
  const factor = cholesky(multiply(multiply(l, v), transpose(l)));
  const effects = multiply(l, matrixFrom(estimates.map((estimate) => [estimate])));
  // With LVLᵀ = CCᵀ, W = |C⁻¹Lb|², which rounding cannot make negative.
  const scaled = factor && !isRounding(factor, uncancelled(l, v)) && solve(factor, effects);
  if (!scaled) {
    return notEstimable('the covariance of the contrasts is singular, so they cannot be weighed');
  }
  const wald = sum(scaled.values.map((value) => value * value));
  const q = l.rows;
  const pValue =
    degreesOfFreedom === Infinity
      ? chiSquared.cdf(wald, q).upper
      : fisherF.cdf(wald / q, q, degreesOfFreedom).upper;
  return {
    estimable: true,
    statistic: wald / q,
    wald,
    degreesOfFreedom: [q, degreesOfFreedom],
    pValue,
  };
}

/**
 * The test that all arms are equal, from arms estimated independently of each other: Wald's test of
 * the p - 1 differences with V = diag(seₐ²), F(p - 1, K - p) for K units. Of two arms it is the square
 * of the t test.
 *
 * In R: `b <- estimates; V <- diag(se^2); L <- cbind(-1, diag(p - 1))` in the formula of
 * {@link omnibusTest}.
 *
 * @param arms as {@link estimateArms} gives them: logarithms where arms are compared by ratio
 * @throws RangeError when there are fewer than 2 arms, one stands twice, or a number is none
 * @see A. Wald, Trans. Amer. Math. Soc. 54 (1943) 426.
 */
export function omnibusOfArms(arms: readonly ArmEstimate[]): Estimable<Omnibus> {
  requireArms(arms);
  const p = arms.length;
  return omnibusTest(
    arms.map(({ estimate }) => estimate),
    diagonalCovariance(arms),
    {
      contrasts: arms.slice(1).map((_, i) => arms.map((_, j) => (j === 0 ? -1 : +(j === i + 1)))),
      degreesOfFreedom: sum(arms.map(({ units }) => units)) - p,
    },
  );
}

/** The covariance of arms that share no unit. */
export function diagonalCovariance(arms: readonly ArmEstimate[]): readonly (readonly number[])[] {
  return arms.map(({ standardError }, i) =>
    arms.map((_, j) => (i === j ? standardError * standardError : 0)),
  );
}

/** What the variance of each contrast would be if nothing in it cancelled, (Σ |l| se)². */
function uncancelled({ rows, columns, values }: Matrix, v: Matrix): readonly number[] {
  return Array.from({ length: rows }, (_, i) => {
    const weights = values.subarray(i * columns, (i + 1) * columns);
    return sum(weights.map((w, j) => Math.abs(w) * Math.sqrt(v.values[j * columns + j] ?? 0))) ** 2;
  });
}

/** Whether some pivot of LVLᵀ is what rounding leaves of variances that cancel. */
function isRounding({ columns, values }: Matrix, sizes: readonly number[]): boolean {
  return sizes.some((size, i) => !((values[i * columns + i] ?? 0) ** 2 > 1e-13 * size));
}

function covarianceOf(rows: readonly (readonly number[])[], order: number): Matrix {
  const v = matrixFrom(rows);
  if (v.rows !== order || v.columns !== order) {
    throw new RangeError(`${order} estimates need a covariance of ${order} by ${order}`);
  }
  rows.forEach((row, i) => {
    row.forEach((value, j) => {
      requireFinite(`covariance[${i}][${j}]`, value);
      const size = Math.sqrt(Math.abs((rows[i]?.[i] ?? 0) * (rows[j]?.[j] ?? 0)));
      if (Math.abs(value - (rows[j]?.[i] ?? 0)) > 1e-8 * size) {
        throw new RangeError(`covariance[${i}][${j}] differs from its mirror image`);
      }
    });
  });
  return v;
}

function contrastsOf(rows: readonly (readonly number[])[], columns: number): Matrix {
  rows.forEach((row, i) => {
    if (row.length !== columns) {
      throw new RangeError(`contrast ${i} weighs ${row.length} estimates, there are ${columns}`);
    }
    row.forEach((weight, j) => requireFinite(`contrasts[${i}][${j}]`, weight));
  });
  return matrixFrom(rows);
}
