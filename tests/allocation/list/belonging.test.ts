import { describe, expect, test } from '@jest/globals';
import {
  allocationFrom,
  amend,
  clustersFrom,
  referenceSetOf,
} from '../../../src/allocation/index.ts';
import type { Allocation, AmendOptions } from '../../../src/allocation/index.ts';
import { sealed } from '../../../src/allocation/list/checksum.ts';
import { AllocationError } from '../../../src/errors.ts';
import { listedTrial, listOf, practices, week } from './fixtures.ts';

const first = listedTrial({ method: 'complete' });
const second = listedTrial({ method: 'complete' }, { round: 2 });

function faultsOf(run: () => unknown): readonly string[] {
  try {
    run();
  } catch (error) {
    if (!(error instanceof AllocationError)) throw error;
    return error.problems.map(({ path, message }) => `${path}: ${message}`);
  }
  return [];
}

const foreign = [
  expect.stringMatching(
    /^trial: belongs to another protocol \(influenza, round 1, \w{12}\), not to influenza, round 2 \(\w{12}\): a changed protocol needs its own list$/,
  ),
];

describe('The list of one round', () => {
  test('is no reference set of another, not even once it was replayed for its own', () => {
    const list = listOf(first);
    expect(faultsOf(() => referenceSetOf(second, list))).toEqual(foreign);
    expect(referenceSetOf(first, list).clusters).toHaveLength(12);
    expect(faultsOf(() => referenceSetOf(second, list))).toEqual(foreign);
  });

  test('is none where the seed gives the arms of both by chance', () => {
    // Of four clusters there are six lists, so that every sixth would do.
    for (let i = 0; i < 24; i += 1) {
      expect(faultsOf(() => referenceSetOf(second, listOf(first, 4, `seed ${i}`)))).toEqual(
        foreign,
      );
    }
  });

  test.each<[string, AmendOptions['change']]>([
    ['withdraw', { kind: 'withdraw', cluster: 'practice-1' }],
    ['merge', { kind: 'merge', cluster: 'practice-1', into: 'practice-2' }],
    [
      'add',
      {
        kind: 'add',
        clusters: clustersFrom(second, practices(14).slice(12), { late: true }),
        seed: 'late',
      },
    ],
  ])('is not amended by the protocol of another: %s', (_, change) => {
    const options = { from: week(1), reason: 'so it was', change };
    expect(faultsOf(() => amend(second, listOf(first), options))).toEqual(foreign);
    expect(amend(first, listOf(first), options).amendments).toHaveLength(1);
  });

  test('says of what trial and round it is', () => {
    const { checksum: _, ...list } = listOf(first);
    const faults = (changes: Partial<Allocation>) =>
      faultsOf(() => allocationFrom(first, sealed({ ...list, ...changes })));
    expect(faults({})).toEqual([]);
    expect(faults({ id: 'another' })).toEqual(['id: must be influenza, as in the protocol']);
    expect(faults({ round: 2 })).toEqual(['round: must be 1, as in the protocol']);
  });
});
