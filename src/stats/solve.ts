import type { Matrix } from './matrix.ts';
import { identity, zeros } from './matrix.ts';

/**
 * The X with AX = B, by elimination with partial pivoting. In R: `solve(a, b)`.
 *
 * @returns `undefined` where A is singular to working precision
 * @throws RangeError when A is not square or B has another number of rows
 * @see G. H. Golub and C. F. Van Loan, Matrix Computations, section 3.4.
 */
export function solve(a: Matrix, b: Matrix): Matrix | undefined {
  const n = a.rows;
  const m = b.columns;
  if (n !== a.columns) throw new RangeError(`a matrix of ${n} by ${a.columns} is not square`);
  if (b.rows !== n) throw new RangeError(`the right side has ${b.rows} rows, not ${n}`);
  const left = Float64Array.from(a.values);
  const solution = zeros(n, m);
  const x = solution.values;
  x.set(b.values);
  // Each row by its own size, so that a column in other units does not pass for a singular one.
  const scale = Float64Array.from({ length: n }, (_, i) =>
    left.subarray(i * n, (i + 1) * n).reduce((most, v) => Math.max(most, Math.abs(v)), 0),
  );
  const swap = (list: Float64Array, width: number, i: number, j: number): void => {
    for (let k = 0; k < width; k += 1) {
      const kept = list[i * width + k] ?? 0;
      list[i * width + k] = list[j * width + k] ?? 0;
      list[j * width + k] = kept;
    }
  };
  for (let p = 0; p < n; p += 1) {
    const size = (i: number): number => Math.abs(left[i * n + p] ?? 0) / (scale[i] ?? 0);
    let pivot = p;
    for (let i = p + 1; i < n; i += 1) if (size(i) > size(pivot)) pivot = i;
    if (!(size(pivot) > 1e-15)) return undefined;
    if (pivot !== p) {
      swap(left, n, p, pivot);
      swap(x, m, p, pivot);
      swap(scale, 1, p, pivot);
    }
    for (let i = p + 1; i < n; i += 1) {
      const factor = (left[i * n + p] ?? 0) / (left[p * n + p] ?? 0);
      if (factor === 0) continue;
      for (let j = p + 1; j < n; j += 1) {
        left[i * n + j] = (left[i * n + j] ?? 0) - factor * (left[p * n + j] ?? 0);
      }
      for (let j = 0; j < m; j += 1)
        x[i * m + j] = (x[i * m + j] ?? 0) - factor * (x[p * m + j] ?? 0);
    }
  }
  for (let i = n - 1; i >= 0; i -= 1) {
    for (let j = 0; j < m; j += 1) {
      let rest = x[i * m + j] ?? 0;
      for (let k = i + 1; k < n; k += 1) rest -= (left[i * n + k] ?? 0) * (x[k * m + j] ?? 0);
      x[i * m + j] = rest / (left[i * n + i] ?? 0);
    }
  }
  return solution;
}

/**
 * The inverse of a square matrix. In R: `solve(a)`.
 *
 * @returns `undefined` where the matrix is singular to working precision
 * @throws RangeError when the matrix is not square
 */
export function inverse(a: Matrix): Matrix | undefined {
  return solve(a, identity(a.rows));
}
