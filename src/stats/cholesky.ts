import type { Matrix } from './matrix.ts';
import { zeros } from './matrix.ts';

/**
 * The lower triangle L of a symmetric positive definite matrix A = LLᵀ, from the lower triangle of A.
 *
 * @returns `undefined` where A is not positive definite to working precision: a pivot that is not
 *   above 1e-13 of its diagonal element means that a column is a combination of those before it.
 * @throws RangeError when the matrix is not square
 * @see G. H. Golub and C. F. Van Loan, Matrix Computations, section 4.2. In R: `t(chol(a))`.
 */
export function cholesky({ rows: n, columns, values }: Matrix): Matrix | undefined {
  if (n !== columns) throw new RangeError(`a matrix of ${n} by ${columns} is not square`);
  const factor = zeros(n, n);
  const l = factor.values;
  for (let i = 0; i < n; i += 1) {
    for (let j = 0; j <= i; j += 1) {
      let rest = values[i * n + j] ?? 0;
      for (let k = 0; k < j; k += 1) rest -= (l[i * n + k] ?? 0) * (l[j * n + k] ?? 0);
      if (i > j) {
        l[i * n + j] = rest / (l[j * n + j] ?? 0);
      } else {
        if (!(rest > 1e-13 * (values[i * n + i] ?? 0))) return undefined;
        l[i * n + i] = Math.sqrt(rest);
      }
    }
  }
  return factor;
}
