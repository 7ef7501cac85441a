import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import {
  cholesky,
  identity,
  inverse,
  matrixFrom,
  multiply,
  rowsOfMatrix,
  solve,
  symmetricEigen,
  transpose,
  zeros,
} from '../../src/stats/index.ts';
import type { Matrix } from '../../src/stats/index.ts';

type Rows = readonly (readonly number[])[];

/** Made by R 4.2.2 with `oracle.R`; Hilbert's matrix is times 27720 there, so that it is exact. */
const reference: {
  readonly solve: readonly {
    readonly a: Rows;
    readonly b: Rows;
    readonly x: Rows;
    readonly inverse: Rows;
  }[];
  readonly cholesky: readonly { readonly a: Rows; readonly factor: Rows }[];
  readonly eigen: readonly {
    readonly a: Rows;
    readonly values: readonly number[];
    readonly vectors: Rows;
  }[];
} = JSON.parse(readFileSync(new URL('reference.json', import.meta.url), 'utf8'));

/** The largest difference of two matrices over the largest element of the second. */
function distance(a: Matrix | undefined, b: Matrix): number {
  expect(a).toMatchObject({ rows: b.rows, columns: b.columns });
  const got = a?.values ?? new Float64Array(0);
  const size = Math.max(...b.values.map(Math.abs));
  return Math.max(0, ...b.values.map((x, i) => Math.abs((got[i] ?? NaN) - x))) / (size || 1);
}

const scaledBy = (a: Matrix, row: readonly number[], column: readonly number[]): Matrix => ({
  ...a,
  values: a.values.map(
    (x, k) => x * (row[Math.floor(k / a.columns)] ?? 1) * (column[k % a.columns] ?? 1),
  ),
});

const element = fc.integer({ min: -10_000, max: 10_000 }).map((x) => x / 1000);
const order = fc.integer({ min: 1, max: 8 });
const matrixOf = (rows: number, columns: number): fc.Arbitrary<Matrix> =>
  fc
    .array(fc.array(element, { minLength: columns, maxLength: columns }), {
      minLength: rows,
      maxLength: rows,
    })
    .map((list) => matrixFrom(list));
const symmetric = order
  .chain((n) => matrixOf(n, n))
  .map((a) => {
    const values = a.values.map(
      (x, k) => x + (a.values[(k % a.rows) * a.rows + Math.floor(k / a.rows)] ?? 0),
    );
    return { ...a, values };
  });
/** XᵀX + 1: positive definite and not worse conditioned than 1e4. */
const positive = order
  .chain((n) => matrixOf(n + 2, n))
  .map((x) => {
    const gram = multiply(transpose(x), x);
    return { ...gram, values: gram.values.map((v, k) => v + (k % (gram.rows + 1) === 0 ? 1 : 0)) };
  });

describe('matrices', () => {
  test('hold their rows one after the other', () => {
    const a = matrixFrom([[1, 2, 3], Float64Array.of(4, 5, 6)]);
    expect(a).toEqual({ rows: 2, columns: 3, values: Float64Array.of(1, 2, 3, 4, 5, 6) });
    expect(rowsOfMatrix(a)).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(rowsOfMatrix(transpose(a))).toEqual([
      [1, 4],
      [2, 5],
      [3, 6],
    ]);
    expect(rowsOfMatrix(identity(2))).toEqual([
      [1, 0],
      [0, 1],
    ]);
    expect(zeros(2, 1)).toEqual({ rows: 2, columns: 1, values: Float64Array.of(0, 0) });
  });

  test('may be empty', () => {
    expect(matrixFrom([])).toEqual(zeros(0, 0));
    expect(rowsOfMatrix(zeros(2, 0))).toEqual([[], []]);
    expect(transpose(zeros(2, 0))).toEqual(zeros(0, 2));
    expect(multiply(zeros(2, 0), zeros(0, 3))).toEqual(zeros(2, 3));
  });

  test('multiply row by column', () => {
    const a = matrixFrom([
      [1, 2, 0],
      [-1, 0, 3],
    ]);
    const b = matrixFrom([
      [2, 1],
      [0, -1],
      [5, 4],
    ]);
    expect(rowsOfMatrix(multiply(a, b))).toEqual([
      [2, -1],
      [13, 11],
    ]);
  });

  test('keep the infinities and NaN of a product', () => {
    const row = matrixFrom([[0, 1]]);
    expect(multiply(row, matrixFrom([[Infinity], [1]])).values[0]).toBeNaN();
    expect(multiply(row, matrixFrom([[1], [NaN]])).values[0]).toBeNaN();
    expect(multiply(row, matrixFrom([[1], [Infinity]])).values[0]).toBe(Infinity);
  });

  test('refuse rows of unequal length and products that do not fit', () => {
    expect(() => matrixFrom([[1, 2], [3]])).toThrow(/row 1 holds 1 numbers where row 0 holds 2/);
    expect(() => multiply(zeros(2, 3), zeros(2, 3))).toThrow(
      /a matrix of 3 columns cannot multiply one of 2 rows/,
    );
    expect(() => matrixFrom([[1, 2], [3]])).toThrow(RangeError);
    expect(() => multiply(zeros(2, 3), zeros(2, 3))).toThrow(RangeError);
  });
});

describe('linear equations', () => {
  test.each(reference.solve)('are solved as by R, case %#', ({ a, b, x, inverse: inverted }) => {
    expect(distance(solve(matrixFrom(a), matrixFrom(b)), matrixFrom(x))).toBeLessThan(1e-9);
    expect(distance(inverse(matrixFrom(a)), matrixFrom(inverted))).toBeLessThan(1e-9);
  });

  test('a random matrix times its solution is the right side', () => {
    fc.assert(
      fc.property(
        order.chain((n) => fc.tuple(matrixOf(n, n), matrixOf(n, 2))),
        ([a, b]) => {
          const x = solve(a, b);
          fc.pre(x !== undefined);
          const product = multiply(a, x ?? b).values;
          const size = (x?.values ?? []).reduce((most, v) => Math.max(most, Math.abs(v)), 0);
          // Backward stable: the residual is rounding beside |A||x|, however ill the condition.
          const bound = 1e-15 * a.rows * (10 * a.rows * size + 10);
          b.values.forEach((v, i) => {
            expect(Math.abs((product[i] ?? NaN) - v)).toBeLessThan(bound);
          });
        },
      ),
    );
  });

  test('the given matrices are left as they were', () => {
    const a = matrixFrom([
      [0, 2],
      [3, 4],
    ]);
    const b = matrixFrom([[2], [7]]);
    expect(solve(a, b)?.values).toEqual(Float64Array.of(1, 1));
    expect([...a.values, ...b.values]).toEqual([0, 2, 3, 4, 2, 7]);
  });

  test('rows and columns in other units make no difference', () => {
    const a = matrixFrom([
      [2, 1, 0.5],
      [1, 3, -1],
      [0.3, -1, 4],
    ]);
    const truth = inverse(a) ?? zeros(0, 0);
    for (const [row, column] of [
      [
        [1, 1, 1],
        [1e12, 1, 1e-12],
      ],
      [
        [1e12, 1, 1e-12],
        [1, 1, 1],
      ],
      [
        [1e12, 1, 1e-12],
        [1e12, 1, 1e-12],
      ],
      [
        [1e-12, 1, 1e12],
        [1e12, 1, 1e-12],
      ],
      [
        [1e150, 1, 1e-150],
        [1e-100, 1, 1e140],
      ],
    ] as const) {
      const inverted = inverse(scaledBy(a, row, column));
      const back = inverted && scaledBy(inverted, column, row);
      expect(distance(back, truth)).toBeLessThan(1e-14);
    }
  });

  test('a singular matrix has no solution', () => {
    const singular: readonly Rows[] = [
      [[0]],
      [
        [1, 2],
        [2, 4],
      ],
      [
        [1, 2, 3],
        [4, 5, 6],
        [7, 8, 9],
      ],
      [
        [0, 1],
        [0, 2],
      ],
      [
        [0, 0],
        [1, 2],
      ],
      [
        [1, 0.1, 0.7 + 0.3 * 0.1],
        [1, 0.2, 0.7 + 0.3 * 0.2],
        [1, 0.7, 0.7 + 0.3 * 0.7],
      ],
      [
        [1e-12, 1e12],
        [2e-12, 2e12],
      ],
      [
        [1, NaN],
        [0, 1],
      ],
      [
        [1, 0],
        [Infinity, 1],
      ],
    ];
    for (const rows of singular) expect(inverse(matrixFrom(rows))).toBeUndefined();
  });

  test('a matrix that is only nearly singular has one', () => {
    const near = inverse(
      matrixFrom([
        [1, 1],
        [1, 1 + 2 ** -40],
      ]),
    );
    expect(near?.values[3]).toBe(2 ** 40);
  });

  test('of order 0 and 1 they are solved too', () => {
    expect(solve(zeros(0, 0), zeros(0, 2))).toEqual(zeros(0, 2));
    expect(solve(matrixFrom([[-4]]), matrixFrom([[2, 8]]))?.values).toEqual(
      Float64Array.of(-0.5, -2),
    );
    expect(inverse(zeros(0, 0))).toEqual(zeros(0, 0));
  });

  test('what does not fit is refused', () => {
    expect(() => solve(zeros(2, 3), zeros(2, 1))).toThrow(/a matrix of 2 by 3 is not square/);
    expect(() => solve(identity(2), zeros(3, 1))).toThrow(/the right side has 3 rows, not 2/);
    expect(() => inverse(zeros(1, 2))).toThrow(RangeError);
    expect(() => solve(identity(2), zeros(3, 1))).toThrow(RangeError);
  });
});

describe('Cholesky’s triangle', () => {
  test.each(reference.cholesky)('is that of R, case %#', ({ a, factor }) => {
    expect(distance(cholesky(matrixFrom(a)), matrixFrom(factor))).toBeLessThan(1e-12);
  });

  test('times its transpose is the matrix, and above the diagonal it is 0', () => {
    fc.assert(
      fc.property(positive, (a) => {
        const l = cholesky(a) ?? zeros(0, 0);
        expect(distance(multiply(l, transpose(l)), a)).toBeLessThan(1e-14 * a.rows);
        rowsOfMatrix(l).forEach((row, i) =>
          expect(row.slice(i + 1).every((x) => x === 0)).toBe(true),
        );
      }),
    );
  });

  test('reads the lower triangle alone', () => {
    const l = cholesky(
      matrixFrom([
        [4, 99],
        [2, 5],
      ]),
    );
    expect(l?.values).toEqual(Float64Array.of(2, 0, 1, 2));
  });

  test('does not mind the units of the variables', () => {
    const a = matrixFrom([
      [4, 2, 1],
      [2, 5, 3],
      [1, 3, 6],
    ]);
    const units = [1e12, 1, 1e-12];
    const l = cholesky(a) ?? zeros(0, 0);
    expect(
      distance(
        scaledBy(
          cholesky(scaledBy(a, units, units)) ?? l,
          units.map((u) => 1 / u),
          [],
        ),
        l,
      ),
    ).toBeLessThan(1e-15);
  });

  test('exists for positive definite matrices only', () => {
    const others: readonly Rows[] = [
      [[0]],
      [[-1]],
      [[NaN]],
      [[Infinity]],
      [
        [1, 2],
        [2, 1],
      ],
      [
        [1, 1],
        [1, 1],
      ],
      [
        [1, 1],
        [1, 1 + 2 ** -45],
      ],
      [
        [1, NaN],
        [NaN, 1],
      ],
    ];
    for (const rows of others) expect(cholesky(matrixFrom(rows))).toBeUndefined();
    expect(
      cholesky(
        matrixFrom([
          [1, 1],
          [1, 1 + 2 ** -40],
        ]),
      )?.values[3],
    ).toBe(2 ** -20);
    expect(cholesky(zeros(0, 0))).toEqual(zeros(0, 0));
    expect(() => cholesky(zeros(1, 2))).toThrow(/a matrix of 1 by 2 is not square/);
    expect(() => cholesky(zeros(1, 2))).toThrow(RangeError);
  });
});

describe('eigenvalues of a symmetric matrix', () => {
  const column = ({ rows, columns, values }: Matrix, j: number): readonly number[] =>
    Array.from({ length: rows }, (_, i) => values[i * columns + j] ?? NaN);

  test.each(reference.eigen)('are those of R, case %#', ({ a, values, vectors }) => {
    const got = symmetricEigen(matrixFrom(a));
    const most = Math.max(...values.map(Math.abs));
    values.forEach((value, j) => {
      expect(Math.abs((got.values[j] ?? NaN) - value)).toBeLessThan(1e-14 * most);
      const expected = column(matrixFrom(vectors), j);
      const dot = column(got.vectors, j).reduce((sum, x, i) => sum + x * (expected[i] ?? NaN), 0);
      expect(Math.abs(Math.abs(dot) - 1)).toBeLessThan(1e-9);
    });
  });

  test('the vectors are orthonormal and give back the matrix, the values fall', () => {
    fc.assert(
      fc.property(symmetric, (a) => {
        const n = a.rows;
        const { values, vectors } = symmetricEigen(a);
        const turned = transpose(vectors);
        expect(distance(multiply(turned, vectors), identity(n))).toBeLessThan(1e-14 * n);
        const stretched = scaledBy(vectors, [], [...values]);
        expect(distance(multiply(stretched, turned), a)).toBeLessThan(1e-14 * n);
        expect([...values]).toEqual([...values].sort((x, y) => y - x));
        const trace = rowsOfMatrix(a).reduce((sum, row, i) => sum + (row[i] ?? 0), 0);
        expect(Math.abs(values.reduce((x, y) => x + y, 0) - trace)).toBeLessThan(1e-12);
      }),
    );
  });

  test('zeros on the diagonal are turned as any others', () => {
    const swap = symmetricEigen(
      matrixFrom([
        [0, 1],
        [1, 0],
      ]),
    );
    expect(swap.values[0]).toBeCloseTo(1, 15);
    expect(swap.values[1]).toBeCloseTo(-1, 15);
    const mixed = symmetricEigen(
      matrixFrom([
        [0, 3, 0],
        [3, -8, 0],
        [0, 0, 0],
      ]),
    ).values;
    expect([...mixed].map((x) => Math.round(x * 1e12) / 1e12 + 0)).toEqual([1, 0, -9]);
    const tiny = symmetricEigen(
      matrixFrom([
        [0, 1e-200],
        [1e-200, 1],
      ]),
    ).values;
    expect([...tiny]).toEqual([1, 0]);
  });

  test('a matrix of rank 1 has one value that is not 0', () => {
    const v = [1, -2, 3, 0.5, 7, 0.1];
    const { values } = symmetricEigen(matrixFrom(v.map((x) => v.map((y) => x * y))));
    const norm = v.reduce((sum, x) => sum + x * x, 0);
    expect(Math.abs((values[0] ?? NaN) / norm - 1)).toBeLessThan(1e-14);
    expect(values.slice(1).every((x) => Math.abs(x) < 1e-14 * norm)).toBe(true);
  });

  test('small eigenvalues keep their digits where the variables have very different units', () => {
    // D A D with D = diag(1e8, 1, 1e-8): mpmath 1.3.0, eigsy with 60 digits.
    const a = matrixFrom([
      [4, 2, 1],
      [2, 5, 3],
      [1, 3, 6],
    ]);
    const units = [1e8, 1, 1e-8];
    const { values } = symmetricEigen(scaledBy(a, units, units));
    [4e16, 4.0, 4.1875e-16].forEach((expected, i) =>
      expect(Math.abs((values[i] ?? NaN) / expected - 1)).toBeLessThan(1e-14),
    );
  });

  test('only the lower triangle is read, and the matrix is left as it was', () => {
    const a = matrixFrom([
      [2, 77],
      [1, 2],
    ]);
    expect([...symmetricEigen(a).values].map((x) => Math.round(x * 1e13) / 1e13)).toEqual([3, 1]);
    expect(a.values).toEqual(Float64Array.of(2, 77, 1, 2));
  });

  test('order 0 and 1, zero and diagonal matrices need no turning', () => {
    expect(symmetricEigen(zeros(0, 0))).toEqual({
      values: new Float64Array(0),
      vectors: zeros(0, 0),
    });
    expect(symmetricEigen(matrixFrom([[-3]]))).toEqual({
      values: Float64Array.of(-3),
      vectors: identity(1),
    });
    expect(symmetricEigen(zeros(3, 3))).toEqual({
      values: new Float64Array(3),
      vectors: identity(3),
    });
    expect(
      symmetricEigen(
        matrixFrom([
          [1, 0],
          [0, 4],
        ]),
      ),
    ).toEqual({
      values: Float64Array.of(4, 1),
      vectors: matrixFrom([
        [0, 1],
        [1, 0],
      ]),
    });
  });

  test('what is not square or not finite is refused', () => {
    expect(() => symmetricEigen(zeros(2, 1))).toThrow(/a matrix of 2 by 1 is not square/);
    expect(() => symmetricEigen(matrixFrom([[NaN]]))).toThrow(/every element must be finite/);
    expect(() => symmetricEigen(matrixFrom([[Infinity]]))).toThrow(RangeError);
  });
});
