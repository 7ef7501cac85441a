import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { smallCells } from '../../../src/analysis/methods/heterogeneity/index.ts';

const table = fc.array(
  fc.array(
    fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 15 }), fc.integer({ min: 0, max: 300 })),
    { minLength: 3, maxLength: 3 },
  ),
  { minLength: 2, maxLength: 5 },
);

describe('Which cells are withheld', () => {
  test('none of 11 persons or more, and no zero', () => {
    expect(
      smallCells([
        [
          [11, 0],
          [40, 12],
        ],
      ]),
    ).toEqual([
      [false, false],
      [false, false],
    ]);
  });

  test('one of 10, with the smallest that its totals would give it away by', () => {
    // The smallest of the row, the smallest of the column, and then the corner between them.
    expect(
      smallCells([
        [
          [10, 30, 20],
          [50, 60, 70],
          [40, 80, 90],
        ],
      ]),
    ).toEqual([
      [true, false, true],
      [false, false, false],
      [true, false, true],
    ]);
  });

  test('a zero only where nothing else is there to hide it', () => {
    expect(smallCells([[[3, 0]]])).toEqual([[true, true]]);
    expect(smallCells([[[3, 0, 90]]])).toEqual([[true, false, true]]);
    expect(smallCells([[[3]]])).toEqual([[true]]);
  });

  test('more where those withheld together are still few', () => {
    expect(smallCells([[[1, 2, 30, 20]]])).toEqual([[true, true, false, true]]);
    expect(smallCells([[[5, 6, 30, 20]]])).toEqual([[true, true, false, false]]);
    expect(smallCells([[[5, 5, 30, 20]]])).toEqual([[true, true, false, true]]);
  });

  test('for few events though there are many persons', () => {
    expect(smallCells([[[50, 60, 55]], [[4, 30, 30]]])).toEqual([[true, false, true]]);
  });

  test('none where nothing is asked to be', () => {
    for (const smallest of [0, 1])
      expect(smallCells([[[1, 2]]], smallest)).toEqual([[false, false]]);
    expect(smallCells([[[1, 2, 9]]], 2)).toEqual([[true, true, false]]);
    expect(smallCells([])).toEqual([]);
  });

  test('so that in every line nothing, or two cells and 11 persons or all of it, is withheld', () => {
    fc.assert(
      fc.property(table, (counts) => {
        const hidden = smallCells([counts]);
        const check = (line: readonly number[], mask: readonly boolean[]) => {
          line.forEach((count, i) => {
            if (count > 0 && count < 11) expect(mask[i]).toBe(true);
          });
          const withheld = line.filter((_, i) => mask[i]);
          if (withheld.length === 0 || withheld.length === line.length) return;
          expect(withheld.length).toBeGreaterThan(1);
          expect(withheld.reduce((a, b) => a + b, 0)).toBeGreaterThanOrEqual(11);
        };
        counts.forEach((row, i) => check(row, hidden[i] ?? []));
        counts[0]?.forEach((_, column) =>
          check(
            counts.map((row) => row[column] ?? 0),
            hidden.map((row) => row[column] ?? false),
          ),
        );
      }),
    );
  });

  test('refuses tables of different shapes and what is no count', () => {
    expect(() => smallCells([[[1, 2]], [[1]]])).toThrow(/same rows and columns/);
    expect(() =>
      smallCells([
        [[1, 2]],
        [
          [1, 2],
          [3, 4],
        ],
      ]),
    ).toThrow(/same rows and columns/);
    expect(() => smallCells([[[1, 2], [3]]])).toThrow(/same rows and columns/);
    expect(() => smallCells([[[1, -2]]])).toThrow(/at least 0/);
    expect(() => smallCells([[[1, Infinity]]])).toThrow(RangeError);
    for (const smallest of [-1, 1.5]) {
      expect(() => smallCells([[[1]]], smallest)).toThrow(/smallest/);
    }
  });
});
