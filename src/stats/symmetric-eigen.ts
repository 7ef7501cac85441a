import type { Matrix } from './matrix.ts';
import { identity } from './matrix.ts';

/** The eigenvalues of a symmetric matrix, the largest first, with their vectors. */
export interface SymmetricEigen {
  readonly values: Float64Array;
  /** Column j is the unit vector of `values[j]`. */
  readonly vectors: Matrix;
}

const mostSweeps = 60;

/**
 * Eigenvalues and eigenvectors of a symmetric matrix, A = V Λ Vᵀ, from its lower triangle, by cyclic
 * Jacobi rotations, which give the small eigenvalues of a positive definite matrix to high relative
 * accuracy. Meant for orders up to about 50.
 *
 * @throws RangeError when the matrix is not square or holds a number that is not finite
 * @see G. H. Golub and C. F. Van Loan, Matrix Computations, section 8.5. In R:
 *   `eigen(a, symmetric = TRUE)`, whose vectors may have other signs.
 */
export function symmetricEigen({ rows: n, columns, values }: Matrix): SymmetricEigen {
  if (n !== columns) throw new RangeError(`a matrix of ${n} by ${columns} is not square`);
  if (!values.every(Number.isFinite)) throw new RangeError('every element must be finite');
  // What rounding has left unsymmetric is made symmetric.
  const a = Float64Array.from(values, (_, k) => {
    const [i, j] = [Math.floor(k / n), k % n];
    return values[Math.max(i, j) * n + Math.min(i, j)] ?? 0;
  });
  const v = identity(n).values;
  const at = (i: number, j: number): number => a[i * n + j] ?? 0;
  const rotate = (list: Float64Array, i: number, j: number, c: number, s: number): void => {
    const [x, y] = [list[i] ?? 0, list[j] ?? 0];
    list[i] = c * x - s * y;
    list[j] = s * x + c * y;
  };
  for (let sweep = 0; sweep < mostSweeps; sweep += 1) {
    let moved = false;
    for (let p = 0; p < n; p += 1) {
      for (let q = p + 1; q < n; q += 1) {
        const off = at(p, q);
        // Negligible beside both of its diagonal elements: nothing left to turn. Beside a zero on
        // the diagonal nothing but zero is negligible.
        if (
          Math.abs(off) <=
          1e-17 * Math.sqrt(Math.abs(at(p, p))) * Math.sqrt(Math.abs(at(q, q)))
        ) {
          continue;
        }
        moved = true;
        const theta = (at(q, q) - at(p, p)) / (2 * off);
        const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1));
        const c = 1 / Math.hypot(t, 1);
        const s = t * c;
        for (let k = 0; k < n; k += 1) rotate(a, k * n + p, k * n + q, c, s);
        for (let k = 0; k < n; k += 1) rotate(a, p * n + k, q * n + k, c, s);
        a[p * n + q] = 0;
        a[q * n + p] = 0;
        for (let k = 0; k < n; k += 1) rotate(v, k * n + p, k * n + q, c, s);
      }
    }
    if (!moved) break;
  }
  const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => at(j, j) - at(i, i));
  return {
    values: Float64Array.from(order, (i) => at(i, i)),
    vectors: {
      rows: n,
      columns: n,
      values: Float64Array.from(
        { length: n * n },
        (_, k) => v[Math.floor(k / n) * n + (order[k % n] ?? 0)] ?? 0,
      ),
    },
  };
}
