import { describe, expect, test } from '@jest/globals';
import type { Procedure } from '../../../src/analysis/methods/rerandomization/index.ts';
import { listAssignments } from '../../../src/analysis/methods/rerandomization/list-assignments.ts';

const listed = (
  procedure: Procedure,
  labels: readonly number[],
  { arms = 2, atMost = 1_000 }: { readonly arms?: number; readonly atMost?: number } = {},
): readonly string[] | undefined =>
  listAssignments(procedure, { labels, arms, atMost })
    ?.map((way) => way.join(''))
    .sort();

describe('The assignments of a procedure', () => {
  test('of fixed sizes are all that have these sizes, whichever arm is the largest', () => {
    expect(listed({ kind: 'complete' }, [0, 1, 1, 0])).toEqual([
      '0011',
      '0101',
      '0110',
      '1001',
      '1010',
      '1100',
    ]);
    expect(listed({ kind: 'complete' }, [1, 0, 1])).toEqual(['011', '101', '110']);
    expect(listed({ kind: 'complete' }, [0, 1, 2], { arms: 3 })).toEqual([
      '012',
      '021',
      '102',
      '120',
      '201',
      '210',
    ]);
  });

  test('within strata are those of the strata together', () => {
    expect(listed({ kind: 'stratified', strata: ['a', 'b', 'a', 'b'] }, [0, 1, 1, 0])).toEqual([
      '0011',
      '0110',
      '1001',
      '1100',
    ]);
  });

  test('on a list are the list', () => {
    const allocations = [
      [0, 1, 0],
      [1, 0, 1],
    ];
    expect(listed({ kind: 'listed', allocations }, [0, 1, 0])).toEqual(['010', '101']);
    expect(listed({ kind: 'listed', allocations, weights: [1, 2] }, [0, 1, 0])).toBeUndefined();
  });

  test('are not listed where they are too many, not known, or not equally likely to be told apart', () => {
    expect(listed({ kind: 'complete' }, [0, 0, 1, 1], { atMost: 6 })).toHaveLength(6);
    expect(listed({ kind: 'complete' }, [0, 0, 1, 1], { atMost: 5 })).toBeUndefined();
    expect(listed({ kind: 'complete', sizes: [2, 2] }, [0, 0, 1])).toBeUndefined();
    const sampler: Procedure = { kind: 'sampler', sample: () => [0, 1] };
    expect(listed(sampler, [0, 1])).toBeUndefined();
  });
});
