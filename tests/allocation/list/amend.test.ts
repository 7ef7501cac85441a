import { describe, expect, test } from '@jest/globals';
import type { Allocation, Amendment, Change } from '../../../src/allocation/index.ts';
import {
  allocationFrom,
  allocationText,
  amend,
  assign,
  clustersFrom,
  referenceSetOf,
} from '../../../src/allocation/index.ts';
import { AllocationError } from '../../../src/errors.ts';
import { startOfDay } from '../../../src/trial/calendar.ts';
import { checksumsOf, sealed } from '../../../src/allocation/list/checksum.ts';
import { hasNewAmendments } from '../../../src/allocation/list/extends.ts';
import { randomStream } from '../../../src/stats/index.ts';
import { listedTrial, listOf, methods, practices, week } from './fixtures.ts';

const trial = listedTrial({ method: 'complete' });
const list = listOf(trial);
const at = (day: string): number => startOfDay(day, trial.timeZone);

function faultsOf(run: () => unknown): readonly string[] {
  try {
    run();
  } catch (error) {
    if (!(error instanceof AllocationError)) throw error;
    return error.problems.map(({ path, message }) => `${path}: ${message}`);
  }
  return [];
}

const with_ = (
  change: Change,
  { from = week(2), allocation = list }: { from?: string; allocation?: Allocation } = {},
): Allocation => amend(trial, allocation, { from, reason: 'so it was', change });

const late = (method: unknown, from = 12, count = 3) =>
  clustersFrom(listedTrial(method), practices(from + count).slice(from), { late: true });

describe('An amendment', () => {
  test('of a cluster that left serves it the control arm from its day on', () => {
    const { id = '', arms = [] } = list.clusters.find((each) => each.arms[0] === 'redesign') ?? {};
    const allocation = with_({ kind: 'withdraw', cluster: id });
    const before = assign(trial, { practice: id }, { allocation, at: at(week(2)) - 1 });
    expect(before).toMatchObject({ arm: arms[0], reason: 'listed', randomized: true });
    expect(assign(trial, { practice: id }, { allocation, at: at(week(2)) })).toMatchObject({
      arm: 'usual',
      reason: 'withdrawn',
      randomized: false,
      unitId: id,
    });
  });

  test('of a cluster that became part of another makes it that one from its day on', () => {
    const one = list.clusters.find((each) => each.arms[0] === 'usual');
    const [two, three] = list.clusters.filter((each) => each.arms[0] === 'redesign');
    const merged = with_({ kind: 'merge', cluster: one?.id ?? '', into: two?.id ?? '' });
    const both = with_(
      { kind: 'merge', cluster: two?.id ?? '', into: three?.id ?? '' },
      { from: week(3), allocation: merged },
    );
    const seen = [week(1), week(2), week(3)].map((day) => {
      const { unitId, arm } = assign(
        trial,
        { practice: one?.id ?? '' },
        { allocation: both, at: at(day) },
      );
      return [unitId, arm];
    });
    expect(seen).toEqual([
      [one?.id, 'usual'],
      [two?.id, 'redesign'],
      [three?.id, 'redesign'],
    ]);
  });

  test.each(methods)('adds late clusters without touching the others: %j', (method) => {
    const own = listedTrial(method);
    const before = listOf(own);
    const count = method['method'] === 'matched' ? 4 : 3;
    const change = { kind: 'add', clusters: late(method, 12, count), seed: 'late' } as const;
    const options = { from: week(1), reason: 'opened in October', change };
    const after = amend(own, before, options);
    expect(after.clusters).toEqual(before.clusters);
    expect(after.diagnostics).toEqual(before.diagnostics);
    expect(after.checksum).not.toBe(before.checksum);
    expect(after).toEqual(amend(own, before, options));
    const [amendment] = after.amendments;
    if (amendment?.kind !== 'add') throw new Error('no addition');
    expect(amendment.clusters.map(({ id }) => id)).toEqual(
      practices(12 + count)
        .slice(12)
        .map(({ id }) => id),
    );
    expect(amendment.amends).toBe(before.checksum);
    // What is added is part of what the test replays.
    const { clusters, draw } = referenceSetOf(own, after);
    expect(clusters).toHaveLength(12 + count);
    expect(draw(randomStream('x'))[0]).toHaveLength(12 + count);
    expect(allocationFrom(own, JSON.parse(JSON.stringify(after)))).toEqual(after);

    const first = amendment.clusters[0];
    const early = assign(
      own,
      { practice: first?.id ?? '' },
      { allocation: after, at: at(week(1)) - 1 },
    );
    expect(early).toMatchObject({ arm: 'usual', reason: 'not-listed' });
    expect(
      assign(own, { practice: first?.id ?? '' }, { allocation: after, at: at(week(1)) }),
    ).toMatchObject({ arm: first?.arms[0], reason: 'listed' });
  });

  test('stands behind the list with its reason, and the text says so', () => {
    const change = { kind: 'withdraw', cluster: 'practice-1' } as const;
    const text = allocationText(with_(change));
    expect(text).toMatch(/Amendment 1, from 2026-10-19: practice-1 withdrawn\. Reason: so it was/);
    const added = with_({ kind: 'add', clusters: late({ method: 'complete' }), seed: 'q' });
    expect(allocationText(added)).toMatch(
      /practice-13, practice-14, practice-15 added \(seed "q"\)/,
    );
    expect(
      allocationText(with_({ kind: 'merge', cluster: 'practice-1', into: 'practice-2' })),
    ).toMatch(/practice-1 merged into practice-2/);
  });

  const withdrawn = with_({ kind: 'withdraw', cluster: 'practice-1' });
  test.each<[string, () => unknown, RegExp]>([
    [
      'an unknown cluster',
      () => with_({ kind: 'withdraw', cluster: 'x' }),
      /cluster: "x" is not on the list/,
    ],
    [
      'one that is gone',
      () => with_({ kind: 'withdraw', cluster: 'practice-1' }, { allocation: withdrawn }),
      /was withdrawn or merged before/,
    ],
    [
      'a merger into one that is gone',
      () =>
        with_(
          { kind: 'merge', cluster: 'practice-2', into: 'practice-1' },
          { allocation: withdrawn },
        ),
      /into: "practice-1" was withdrawn/,
    ],
    [
      'a merger into itself',
      () => with_({ kind: 'merge', cluster: 'practice-2', into: 'practice-2' }),
      /cannot become part of itself/,
    ],
    [
      'a cluster that is there',
      () => with_({ kind: 'add', clusters: late({ method: 'complete' }, 11, 2), seed: 's' }),
      /"practice-12" is on the list already/,
    ],
    [
      'a cluster that looks like one that is there',
      () => {
        const clusters = clustersFrom(trial, [{ id: 'Practice-1' }], { late: true });
        return with_({ kind: 'add', clusters, seed: 's' });
      },
      /"Practice-1" differs from "practice-1" of the list only in letter case/,
    ],
    [
      'a day before the trial',
      () => with_({ kind: 'withdraw', cluster: 'practice-1' }, { from: '2026-10-04' }),
      /must be a day of the trial/,
    ],
    [
      'a day after it',
      () => with_({ kind: 'withdraw', cluster: 'practice-1' }, { from: '2026-11-16' }),
      /must be a day of the trial/,
    ],
    [
      'no day',
      () => with_({ kind: 'withdraw', cluster: 'practice-1' }, { from: '2026-02-30' }),
      /calendar day that exists/,
    ],
    [
      'a day before the last amendment',
      () =>
        with_(
          { kind: 'withdraw', cluster: 'practice-2' },
          { from: week(1), allocation: withdrawn },
        ),
      /a later one cannot hold from before/,
    ],
    [
      'no reason',
      () =>
        amend(trial, list, {
          from: week(1),
          reason: ' ',
          change: { kind: 'withdraw', cluster: 'practice-1' },
        }),
      /reason: every amendment needs its reason/,
    ],
    [
      'no seed',
      () => with_({ kind: 'add', clusters: late({ method: 'complete' }), seed: '' }),
      /seed: must be a text/,
    ],
  ])('is refused for %s', (_, run, message) => {
    expect(faultsOf(run).join()).toMatch(message);
  });

  test('cannot be edited, taken out or put before another', () => {
    const twice = with_({ kind: 'withdraw', cluster: 'practice-2' }, { allocation: withdrawn });
    const { checksum: _, ...rest } = twice;
    for (const amendments of [
      twice.amendments.slice(1),
      [...twice.amendments].reverse(),
      twice.amendments.map((each) => ({ ...each, reason: 'another' })),
    ]) {
      const faults = faultsOf(() => allocationFrom(trial, { ...rest, amendments, checksum: 'x' }));
      expect(faults.join()).toMatch(/checksum: does not match/);
      expect(faults.join()).toMatch(/amendments\[\d\]\.amends: is not the checksum of the list/);
    }
  });

  // Amendments that `amend` would refuse, with checksums that are right.
  const crafted = (...changes: readonly Readonly<Record<string, unknown>>[]): Allocation =>
    changes.reduce<Allocation>((allocation, change) => {
      const { checksum: amends, ...rest } = allocation;
      const amendment = { from: week(2), reason: 'so it was', amends, ...change } as Amendment;
      return sealed({ ...rest, amendments: [...rest.amendments, amendment] });
    }, list);
  const merge = (cluster: number, into: number) => ({
    kind: 'merge',
    cluster: `practice-${cluster}`,
    into: `practice-${into}`,
  });

  test.each<[string, Allocation, readonly string[]]>([
    [
      // The look-up in the alert path would go round for ever.
      'two that became part of each other',
      crafted(merge(1, 2), merge(2, 1)),
      ['amendments[1].into: "practice-1" was withdrawn or merged before'],
    ],
    [
      'one that became part of itself',
      crafted(merge(1, 1)),
      ['amendments[0].into: a cluster cannot become part of itself'],
    ],
    [
      'one that left twice',
      crafted({ kind: 'withdraw', cluster: 'practice-3' }, merge(3, 4)),
      ['amendments[1].cluster: "practice-3" was withdrawn or merged before'],
    ],
    [
      'one that nobody knows',
      crafted({ kind: 'withdraw', cluster: 'x' }),
      ['amendments[0].cluster: "x" is not on the list'],
    ],
    [
      'days that go back',
      crafted(merge(1, 2), { kind: 'withdraw', cluster: 'practice-3', from: week(1) }),
      [
        'amendments[1].from: an amendment holds from 2026-10-19 on: a later one cannot hold from before',
      ],
    ],
    [
      'a day after the trial and no reason',
      crafted({ kind: 'withdraw', cluster: 'practice-3', from: '2027-01-01', reason: ' ' }),
      [
        'amendments[0].from: must be a day of the trial, 2026-10-05 to 2026-11-15',
        'amendments[0].reason: every amendment needs its reason',
      ],
    ],
  ])('that could not have been made is refused in a document: %s', (_, document, faults) => {
    expect(faultsOf(() => allocationFrom(trial, document))).toEqual(faults);
  });

  test('is known by the checksum of each list on the way, whatever the number of them', () => {
    const merged = with_({ kind: 'merge', cluster: 'practice-2', into: 'practice-3' });
    const opened = with_(
      { kind: 'add', clusters: late({ method: 'complete' }), seed: 'q' },
      { from: week(3), allocation: merged },
    );
    expect(checksumsOf(opened)).toEqual([list.checksum, merged.checksum, opened.checksum]);
    expect(checksumsOf(list)).toEqual([list.checksum]);
  });

  test('is new to who keeps the list as it was, and the list as it was to nobody', () => {
    expect(hasNewAmendments(list, list)).toBe(false);
    expect(hasNewAmendments(list, withdrawn)).toBe(true);
    const twice = with_({ kind: 'withdraw', cluster: 'practice-2' }, { allocation: withdrawn });
    expect(hasNewAmendments(list, twice)).toBe(true);
    // A service that is started again with the file it had before.
    expect(hasNewAmendments(withdrawn, list)).toBe(false);
    expect(hasNewAmendments(twice, withdrawn)).toBe(false);
    expect(hasNewAmendments(twice, list)).toBe(false);
    expect(() => hasNewAmendments(twice, listOf(trial, 12, 'again'))).toThrow(/never replaced/);
    expect(() =>
      hasNewAmendments(withdrawn, with_({ kind: 'withdraw', cluster: 'practice-2' })),
    ).toThrow(AllocationError);
    expect(() => hasNewAmendments(list, listOf(trial, 12, 'again'))).toThrow(/never replaced/);
  });
});
