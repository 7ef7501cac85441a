/** A dense matrix of real numbers, row by row: element (i, j) is `values[i * columns + j]`. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float64Array;
}

/** A matrix of zeros. In R: `matrix(0, rows, columns)`. */
export function zeros(rows: number, columns: number): Matrix {
  return { rows, columns, values: new Float64Array(rows * columns) };
}

/**
 * A matrix from its rows. In R: `do.call(rbind, rows)`.
 *
 * @throws RangeError when the rows differ in length
 */
export function matrixFrom(rows: readonly ArrayLike<number>[]): Matrix {
  const columns = rows[0]?.length ?? 0;
  const matrix = zeros(rows.length, columns);
  rows.forEach((row, i) => {
    if (row.length !== columns) {
      throw new RangeError(`row ${i} holds ${row.length} numbers where row 0 holds ${columns}`);
    }
    matrix.values.set(row, i * columns);
  });
  return matrix;
}

/** The rows of a matrix as plain lists, for results that JSON keeps. */
export function rowsOfMatrix({ rows, columns, values }: Matrix): readonly (readonly number[])[] {
  return Array.from({ length: rows }, (_, i) => [
    ...values.subarray(i * columns, (i + 1) * columns),
  ]);
}

/** The identity matrix of an order. In R: `diag(order)`. */
export function identity(order: number): Matrix {
  const matrix = zeros(order, order);
  for (let i = 0; i < order; i += 1) matrix.values[i * order + i] = 1;
  return matrix;
}

/** The transpose Aᵀ: rows for columns. In R: `t(a)`. */
export function transpose({ rows, columns, values }: Matrix): Matrix {
  const turned = zeros(columns, rows);
  for (let i = 0; i < rows; i += 1) {
    for (let j = 0; j < columns; j += 1) turned.values[j * rows + i] = values[i * columns + j] ?? 0;
  }
  return turned;
}

/**
 * The product AB, with elements Σₖ aᵢₖ bₖⱼ. In R: `a %*% b`.
 *
 * @throws RangeError when the columns of A are not as many as the rows of B
 */
export function multiply(a: Matrix, b: Matrix): Matrix {
  if (a.columns !== b.rows) {
    throw new RangeError(`a matrix of ${a.columns} columns cannot multiply one of ${b.rows} rows`);
  }
  const product = zeros(a.rows, b.columns);
  for (let i = 0; i < a.rows; i += 1) {
    for (let k = 0; k < a.columns; k += 1) {
      const factor = a.values[i * a.columns + k] ?? 0;
      for (let j = 0; j < b.columns; j += 1) {
        const at = i * b.columns + j;
        product.values[at] =
          (product.values[at] ?? 0) + factor * (b.values[k * b.columns + j] ?? 0);
      }
    }
  }
  return product;
}
