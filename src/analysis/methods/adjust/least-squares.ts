import { sum } from '../../../stats/index.ts';
import type { Estimable } from '../../estimable.ts';
import { notEstimable } from '../../estimable.ts';

/**
 * The variance of a coefficient: of one residual variance for all (`classical`), or allowing each
 * observation its own, with squared residuals as they are (`HC0`), times n/(n - p) (`HC1`), over
 * 1 - h (`HC2`) or over (1 - h)² (`HC3`), h the leverage.
 */
export type RobustVariance = 'classical' | 'HC0' | 'HC1' | 'HC2' | 'HC3';

/** The last coefficient of a least-squares fit. */
export interface LastCoefficient {
  readonly value: number;
  readonly standardError: number;
  /** Observations less coefficients. */
  readonly degreesOfFreedom: number;
}

/** What a fit is made to. */
export interface Regression {
  /** One list a coefficient, each as long as the outcome. */
  readonly columns: readonly Float64Array[];
  readonly outcome: Float64Array;
  readonly weights: Float64Array;
}

/** A column whose part beyond those before it is smaller than this is a combination of them. */
const dependent = 1e-9;

/**
 * The last coefficient of (weighted) least squares, from an orthogonal basis of the columns: with
 * q the last basis vector and r its length, b = q'y / r and b's influence values are qᵢeᵢ / r, so no
 * cross products are formed and none lose digits.
 *
 * Sources: MacKinnon & White 1985, J Econometrics 29:305 (HC1 to HC3); Giraud, Langou & Rozložník 2005
 * (orthogonalising twice is enough).
 */
export function lastCoefficient(
  { columns, outcome, weights }: Regression,
  variance: RobustVariance,
): Estimable<LastCoefficient> {
  const [n, p] = [outcome.length, columns.length];
  const degreesOfFreedom = n - p;
  if (degreesOfFreedom < 1) {
    return notEstimable(`${n} units are too few for ${p} coefficients`);
  }
  const roots = weights.map(Math.sqrt);
  const basis: Float64Array[] = [];
  let length = 0;
  for (const column of columns) {
    const q = column.map((x, i) => x * (roots[i] ?? 0));
    const before = lengthOf(q);
    takeOut(basis, q);
    length = lengthOf(q);
    if (!(length > dependent * before)) {
      return notEstimable('a covariate does not vary, or follows from the others or from the arm');
    }
    basis.push(q.map((x) => x / length));
  }

  const target = outcome.map((y, i) => y * (roots[i] ?? 0));
  const residuals = target.slice();
  takeOut(basis, residuals);
  if (!(lengthOf(residuals) > 1e-13 * lengthOf(target))) {
    return notEstimable('the outcome follows from arm and covariates, so no variance is left');
  }
  const q = basis[p - 1] ?? new Float64Array(n);
  const leverage = q.map((_, i) => sum(basis.map((each) => (each[i] ?? 0) ** 2)));
  if ((variance === 'HC2' || variance === 'HC3') && leverage.some((h) => h > 1 - 1e-9)) {
    return notEstimable('one unit alone fixes a coefficient, so its residual says nothing');
  }
  const squares = squaredFactors(variance, { leverage, degreesOfFreedom, residuals });
  return {
    estimable: true,
    value: dot(q, target) / length,
    standardError: Math.sqrt(sum(q.map((x, i) => x * x * (squares[i] ?? 0)))) / length,
    degreesOfFreedom,
  };
}

/** What stands for the squared error of each observation. */
function squaredFactors(
  variance: RobustVariance,
  {
    leverage,
    degreesOfFreedom,
    residuals,
  }: {
    readonly leverage: Float64Array;
    readonly degreesOfFreedom: number;
    readonly residuals: Float64Array;
  },
): Float64Array {
  const squares = residuals.map((e) => e * e);
  switch (variance) {
    case 'classical': {
      const shared = sum(squares) / degreesOfFreedom;
      return squares.fill(shared);
    }
    case 'HC0':
      return squares;
    case 'HC1':
      return squares.map((square) => (square * squares.length) / degreesOfFreedom);
    case 'HC2':
      return squares.map((square, i) => square / (1 - (leverage[i] ?? 0)));
    case 'HC3':
      return squares.map((square, i) => square / (1 - (leverage[i] ?? 0)) ** 2);
  }
}

/** Takes the parts along a basis out of a vector, twice against rounding. */
function takeOut(basis: readonly Float64Array[], vector: Float64Array): void {
  for (const q of [...basis, ...basis]) {
    const along = dot(q, vector);
    for (let i = 0; i < vector.length; i += 1) vector[i] = (vector[i] ?? 0) - along * (q[i] ?? 0);
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  return sum(a.map((x, i) => x * (b[i] ?? 0)));
}

function lengthOf(vector: Float64Array): number {
  return Math.sqrt(dot(vector, vector));
}
