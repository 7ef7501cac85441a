import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  allocate,
  allocationFrom,
  allocationText,
  clustersFrom,
  referenceSetOf,
} from '../../../src/allocation/index.ts';
import { AllocationError } from '../../../src/errors.ts';
import { randomStream } from '../../../src/stats/index.ts';
import { trialWith } from '../../trials.ts';
import { listedTrial, listOf, methods, practices, week } from './fixtures.ts';

function faultsOf(run: () => unknown): readonly string[] {
  try {
    run();
  } catch (error) {
    if (!(error instanceof AllocationError)) throw error;
    return error.problems.map(({ path, message }) => `${path}: ${message}`);
  }
  return [];
}

const mutable = (document: unknown): Record<string, unknown> =>
  JSON.parse(JSON.stringify(document)) as Record<string, unknown>;

describe('A list', () => {
  test.each(methods)('is the same from the same protocol, clusters and seed: %j', (method) => {
    const trial = listedTrial(method);
    const list = listOf(trial);
    expect(listOf(trial)).toEqual(list);
    expect(listOf(trial, 12, 'another').checksum).not.toBe(list.checksum);
    expect(list.clusters).toHaveLength(12);
    expect(new Set(list.clusters.map(({ id }) => id))).toEqual(
      new Set(practices(12).map(({ id }) => id)),
    );
    expect(list).toMatchObject({
      form: 'rapidcycle-allocation/1',
      trial: trial.fingerprint,
      id: trial.id,
      round: 1,
      method,
      periods: null,
      seed: 'seed',
      amendments: [],
    });
  });

  test('is another in another round, with the same seed', () => {
    const method = { method: 'complete' };
    const arms = [1, 2, 3, 4].map((round) =>
      listOf(listedTrial(method, { round }), 20)
        .clusters.map((cluster) => cluster.arms[0])
        .join(),
    );
    expect(new Set(arms).size).toBe(4);
  });

  test.each(methods)('has arms of the sizes that its method gives: %j', (method) => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), (seed) => {
        const list = listOf(listedTrial(method), 12, seed);
        const treated = list.clusters.filter(({ arms }) => arms[0] === 'redesign').length;
        // Blocks of two strata can leave one each unfilled, and minimisation has no fixed sizes.
        const slack =
          method['method'] === 'blocks' ? 2 : method['method'] === 'minimisation' ? 4 : 0;
        expect(Math.abs(treated - 6)).toBeLessThanOrEqual(slack);
        expect(list.diagnostics.groups.map(({ clusters }) => clusters)).toEqual([
          12 - treated,
          treated,
        ]);
      }),
      { numRuns: 8 },
    );
  });

  test.each(methods)('is one of its own reference set, which can be drawn from: %j', (method) => {
    const trial = listedTrial(method);
    const list = listOf(trial);
    const reference = referenceSetOf(trial, list);
    expect(reference).toBe(referenceSetOf(trial, list));
    const actual = list.clusters.map(({ arms }) =>
      trial.arms.findIndex(({ name }) => name === arms[0]),
    );
    expect([...(reference.actual[0] ?? [])]).toEqual(actual);
    const drawn = reference.draw(randomStream('x'));
    expect(drawn).toHaveLength(1);
    const other = reference.from(drawn);
    expect(other.clusters.map(({ id }) => id)).toEqual(list.clusters.map(({ id }) => id));
    expect(other.clusters.map(({ arms }) => arms[0])).toEqual(
      [...(drawn[0] ?? [])].map((group) => trial.arms[group]?.name),
    );
  });

  test('gives the sizes, the balance and what was left to chance', () => {
    const list = listOf(listedTrial(methods[4]), 12);
    const { groups, balance, together, guess, constraint, periods, warnings } = list.diagnostics;
    expect(groups.reduce((sum, { size }) => sum + (size ?? 0), 0)).toBe(
      practices(12).reduce((sum, { size }) => sum + Number(size), 0),
    );
    expect(balance.map(({ name }) => name)).toEqual(['size', 'rate', 'region = south']);
    expect(periods).toEqual([{ usual: 6, redesign: 6 }]);
    expect(constraint?.possible.count).toBe(924);
    expect(constraint?.candidates).toBeGreaterThanOrEqual(92);
    expect(constraint?.meanScore.constrained).toBeLessThan(constraint?.meanScore.complete ?? 0);
    expect(together?.expected).toBeCloseTo(5 / 11, 2);
    expect(guess.byWeight).toBe(0.5);
    expect(guess.share).toBeGreaterThan(0.5);
    expect(warnings).toEqual([]);
  });

  test('says where single clusters do not have the chances that the weights say', () => {
    const arms = [1, 3].map((weight, i) => ({
      name: ['usual', 'redesign'][i],
      weight,
      content: {},
    }));
    const warningsOf = (method: unknown): string =>
      listOf(listedTrial(method, { arms }), 16).diagnostics.warnings.join(' ');
    expect(warningsOf(methods[5])).toMatch(/depends on its place in the file/);
    expect(warningsOf({ method: 'complete' })).toBe('');
    const waves = practices(16).map((each, i) => ({ ...each, wave: i < 8 ? 1 : 2 }));
    const trial = listedTrial({ ...methods[4], wave: 'wave' }, { arms });
    const list = allocate(trial, clustersFrom(trial, waves), { seed: 's' });
    expect(list.diagnostics.warnings.join(' ')).toMatch(
      /small wave .* cannot keep unequal weights/,
    );
  });

  test('does not name partners of a pair as kept apart', () => {
    const { together } = listOf(listedTrial(methods[2])).diagnostics;
    expect(together?.least.share).toBe(0);
    expect(together?.seldom).toEqual([]);
  });

  test('gives each sequence of a stepped wedge its clusters, and says how many have each arm when', () => {
    const trial = listedTrial(
      { method: 'complete' },
      { periods: { design: 'stepped-wedge', starts: [week(0), week(1), week(2), week(3)] } },
    );
    const list = listOf(trial, 9);
    expect(list.diagnostics.groups.map(({ clusters }) => clusters)).toEqual([3, 3, 3]);
    expect(list.diagnostics.periods).toEqual([
      { usual: 9, redesign: 0 },
      { usual: 6, redesign: 3 },
      { usual: 3, redesign: 6 },
      { usual: 0, redesign: 9 },
    ]);
    for (const { arms } of list.clusters) expect(arms).toHaveLength(4);
  });

  test('of a switchback holds every arm once in each block, drawn anew for each', () => {
    const trial = listedTrial(
      { method: 'complete' },
      { periods: { design: 'switchback', starts: [0, 1, 2, 3, 4, 5].map(week) } },
    );
    const list = listOf(trial, 16);
    const orders = new Set<string>();
    for (const { arms } of list.clusters) {
      expect(arms).toHaveLength(6);
      for (const block of [0, 2, 4]) {
        expect(new Set(arms.slice(block, block + 2)).size).toBe(2);
      }
      orders.add(arms.join());
    }
    // With one order for all blocks there would be two.
    expect(orders.size).toBeGreaterThan(3);
    expect(list.diagnostics.periods.map((counts) => counts['usual'])).toEqual([8, 8, 8, 8, 8, 8]);
  });

  test('is not made for a trial that hashes, without a seed, or of clusters that the method cannot take', () => {
    const trial = listedTrial({ method: 'complete' });
    const clusters = clustersFrom(trial, practices(12));
    expect(faultsOf(() => allocate(trialWith(), clusters, { seed: 's' })).join()).toMatch(
      /assigns by hash and needs no list/,
    );
    expect(faultsOf(() => allocate(trial, clusters, { seed: '' }))).toEqual([
      'seed: must be a text that is not empty',
    ]);
    expect(faultsOf(() => allocate(trial, clusters, { seed: '\ud800' }))).toHaveLength(1);
    const bare = {
      waves: [
        [
          { id: 'a', values: {} },
          { id: 'b', values: {} },
        ],
      ],
      warnings: [],
    };
    expect(faultsOf(() => allocate(listedTrial(methods[1]), bare, { seed: 's' })).join()).toMatch(
      /clusters: .*region/,
    );
  });

  test('has a text with the groups, their balance, every cluster and the checksum', () => {
    const list = listOf(listedTrial(methods[4]));
    const text = allocationText(list);
    expect(text).toMatch(/12 clusters by the method "constrained", seed "seed"/);
    expect(text).toMatch(/^usual {5}6 {9}794$/m);
    expect(text).toMatch(/Drawn from the best \d+ of 924 allocations/);
    for (const { id, arms } of list.clusters) {
      expect(text).toMatch(new RegExp(`^${id} +${arms[0]}$`, 'm'));
    }
    expect(text).toMatch(new RegExp(`Checksum ${list.checksum}$`));
  });
});

describe('The clusters of a list', () => {
  test('may have no stratum that the protocol does not know', () => {
    const allocation = {
      kind: 'listed',
      method: { method: 'blocks', sizes: [2], strata: ['region'] },
      levels: { region: ['north', 'south'] },
    };
    const trial = trialWith({ unit: 'practice', allocation });
    expect(clustersFrom(trial, practices(12)).waves[0]).toHaveLength(12);
    const [first, ...rest] = practices(12);
    expect(faultsOf(() => clustersFrom(trial, [{ ...first, region: 'east' }, ...rest]))).toEqual([
      '[0].region: "east" is not one of "north", "south"',
    ]);
  });

  test('keep, of persons, no column that the method does not need', () => {
    const method = { method: 'blocks', sizes: [2], strata: ['region'] };
    const rows = practices(8).map((each, i) => ({ ...each, name: `Dr ${i}` }));
    const { waves, warnings } = clustersFrom(listedTrial(method, { unit: 'clinician' }), rows);
    for (const { values } of waves.flat()) expect(Object.keys(values)).toEqual(['region']);
    expect(warnings.map(({ message }) => message).join(' ')).toMatch(
      /a list of clinicians holds only what its method needs, so it is without "rate", "pair", "name"/,
    );
    expect(JSON.stringify(clustersFrom(listedTrial(method), rows).waves)).toContain('Dr 7');
  });

  test('are the cells of a factorial trial as they are other arms', () => {
    const cells = ['a', 'b', 'c', 'd'].map((name, i) => ({
      name,
      weight: 1,
      content: {},
      factors: { image: i % 2 === 0 ? 'with' : 'without', text: i < 2 ? 'short' : 'long' },
    }));
    const trial = listedTrial({ method: 'complete' }, { arms: cells, control: 'a' });
    expect(listOf(trial, 12).diagnostics.groups.map(({ clusters }) => clusters)).toEqual([
      3, 3, 3, 3,
    ]);
  });
});

describe('A list that is taken up again', () => {
  const trial = listedTrial({ method: 'complete' });
  const list = listOf(trial);

  test('is as it was, and shares nothing with the document', () => {
    const document = mutable(list);
    const taken = allocationFrom(trial, document);
    expect(taken).toEqual(list);
    document['seed'] = 'changed';
    expect(taken.seed).toBe('seed');
  });

  test('is refused when anything in it was edited', () => {
    const edits: readonly ((document: Record<string, unknown>) => void)[] = [
      (document) => (document['seed'] = 'other'),
      (document) => (document['round'] = 2),
      (document) => {
        const [first] = document['clusters'] as { arms: string[] }[];
        first?.arms.splice(0, 1, first.arms[0] === 'usual' ? 'redesign' : 'usual');
      },
      (document) => {
        (document['diagnostics'] as { warnings: string[] }).warnings.push('no');
      },
    ];
    for (const edit of edits) {
      const document = mutable(list);
      edit(document);
      expect(faultsOf(() => allocationFrom(trial, document)).join()).toMatch(
        /checksum: does not match: the list was edited/,
      );
    }
  });

  test('is refused when it is of another protocol, or no list at all', () => {
    const other = listedTrial({ method: 'complete' }, { round: 2 });
    expect(faultsOf(() => allocationFrom(other, list)).join()).toMatch(
      /trial: belongs to another protocol \(influenza, round 1, .*: a changed protocol needs its own list/,
    );
    expect(faultsOf(() => allocationFrom(trial, null))).not.toEqual([]);
    expect(faultsOf(() => allocationFrom(trial, { ...list, extra: 1 }))).not.toEqual([]);
    expect(faultsOf(() => allocationFrom(trial, { ...list, clusters: [] }))).not.toEqual([]);
    expect(faultsOf(() => allocationFrom(trialWith(), list)).join()).toMatch(/assigns by hash/);
  });

  test('is refused by whoever replays it when its arms are not those of its seed', async () => {
    const { checksumOf } = await import('../../../src/allocation/list/checksum.ts');
    const forged = mutable(list) as unknown as typeof list;
    const arms = forged.clusters.map((cluster) => cluster.arms);
    const swapped = {
      ...forged,
      clusters: forged.clusters.map((cluster, i) => ({
        ...cluster,
        arms: arms[(i + 1) % arms.length] ?? [],
      })),
    };
    const sealed = { ...swapped, checksum: checksumOf(swapped) };
    const taken = allocationFrom(trial, sealed);
    expect(faultsOf(() => referenceSetOf(trial, taken)).join()).toMatch(
      /but its protocol and seed give .*: this list was not made by the method it names/,
    );
  });
});
