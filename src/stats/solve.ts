import type { Matrix } from './matrix.ts';
import { identity, zeros } from './matrix.ts';

/** The power of two next below the size of a number: scaling by it rounds nothing. */
function powerOfTwo(size: number): number {
  return 2 ** Math.max(-1022, Math.floor(Math.log2(size)));
}

/** The largest size of `count` numbers, from `start` on, `stride` apart. */
function largest(
  values: Float64Array,
  {
    start,
    stride,
    count,
  }: { readonly start: number; readonly stride: number; readonly count: number },
): number {
  let most = 0;
  for (let k = 0; k < count; k += 1) {
    const size = Math.abs(values[start + k * stride] ?? 0);
    // A NaN is kept, so that it is seen.
    if (!(size <= most)) most = size;
  }
  return most;
}

function swapRows(values: Float64Array, width: number, [i, j]: readonly [number, number]): void {
  for (let k = 0; k < width; k += 1) {
    const kept = values[i * width + k] ?? 0;
    values[i * width + k] = values[j * width + k] ?? 0;
    values[j * width + k] = kept;
  }
}

/**
 * The X with AX = B, by elimination with partial pivoting. In R: `solve(a, b)`.
 *
 * Rows and columns of A are first brought to a like size, so that a variable in other units does not
 * pass for a singular one. A pivot of not more than 2⁻⁵⁰ n then means that a row is a combination of
 * the others but for rounding.
 *
 * @returns `undefined` where A is singular to working precision or holds a number that is not finite
 * @throws RangeError when A is not square or B has another number of rows
 * @see G. H. Golub and C. F. Van Loan, Matrix Computations, sections 3.4 and 3.5.
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
  for (let i = 0; i < n; i += 1) {
    const size = largest(left, { start: i * n, stride: 1, count: n });
    if (!(size > 0 && size < Infinity)) return undefined;
    const unit = powerOfTwo(size);
    for (let j = 0; j < n; j += 1) left[i * n + j] = (left[i * n + j] ?? 0) / unit;
    for (let j = 0; j < m; j += 1) x[i * m + j] = (x[i * m + j] ?? 0) / unit;
  }
  const units = new Float64Array(n);
  for (let j = 0; j < n; j += 1) {
    const size = largest(left, { start: j, stride: n, count: n });
    if (size === 0) return undefined;
    const unit = powerOfTwo(size);
    units[j] = unit;
    for (let i = 0; i < n; i += 1) left[i * n + j] = (left[i * n + j] ?? 0) / unit;
  }
  for (let p = 0; p < n; p += 1) {
    const size = (i: number): number => Math.abs(left[i * n + p] ?? 0);
    let pivot = p;
    for (let i = p + 1; i < n; i += 1) if (size(i) > size(pivot)) pivot = i;
    if (!(size(pivot) > n * 2 ** -50)) return undefined;
    if (pivot !== p) {
      swapRows(left, n, [p, pivot]);
      swapRows(x, m, [p, pivot]);
    }
    for (let i = p + 1; i < n; i += 1) {
      const factor = (left[i * n + p] ?? 0) / (left[p * n + p] ?? 0);
      if (factor === 0) continue;
      for (let j = p + 1; j < n; j += 1) {
        left[i * n + j] = (left[i * n + j] ?? 0) - factor * (left[p * n + j] ?? 0);
      }
      for (let j = 0; j < m; j += 1) {
        x[i * m + j] = (x[i * m + j] ?? 0) - factor * (x[p * m + j] ?? 0);
      }
    }
  }
  for (let i = n - 1; i >= 0; i -= 1) {
    for (let j = 0; j < m; j += 1) {
      let rest = x[i * m + j] ?? 0;
      for (let k = i + 1; k < n; k += 1) rest -= (left[i * n + k] ?? 0) * (x[k * m + j] ?? 0);
      x[i * m + j] = rest / (left[i * n + i] ?? 0);
    }
  }
  for (let i = 0; i < n; i += 1) {
    for (let j = 0; j < m; j += 1) x[i * m + j] = (x[i * m + j] ?? 0) / (units[i] ?? 1);
  }
  return solution;
}

/**
 * The inverse of a square matrix. In R: `solve(a)`.
 *
 * @returns `undefined` where the matrix is singular to working precision or not finite
 * @throws RangeError when the matrix is not square
 * @see `solve`.
 */
export function inverse(a: Matrix): Matrix | undefined {
  return solve(a, identity(a.rows));
}
