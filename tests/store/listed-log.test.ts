import { describe, expect, jest, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AssignedRow } from '../../src/allocation/index.ts';
import { allocate, amend, assign, clustersFrom, replay } from '../../src/allocation/index.ts';
import type { Store } from '../../src/store/index.ts';
import { memoryStore, openLog } from '../../src/store/index.ts';
import { sealed } from '../../src/allocation/list/checksum.ts';
import { startOfDay } from '../../src/trial/calendar.ts';
import type { Trial } from '../../src/trial/trial.ts';
import { listedTrial, listOf, week } from '../allocation/list/fixtures.ts';

const key = 'ab'.repeat(32);
const shown = { stage: 'displayed', alert: 'influenza' } as const;
const hour = 3_600_000;
const subjectOf = (practice: string, patient = 'p') => ({ practice, patient }) as never;

async function rowsOf(store: Store, trial: Trial): Promise<readonly AssignedRow[]> {
  const rows: AssignedRow[] = [];
  for await (const { event } of store.read({ trial: trial.fingerprint })) {
    rows.push({ ...event, assignedAt: 'delay' in event ? event.at - event.delay : event.at });
  }
  return rows;
}

describe('A log of a trial with a list', () => {
  const trial = listedTrial({ method: 'complete' });
  const list = listOf(trial);
  const noon = startOfDay(week(1), trial.timeZone) + 12 * hour;
  const [first] = list.clusters;

  test('is not opened without its list, and keeps the one it is given', async () => {
    await using store = memoryStore({ key });
    await expect(openLog(trial, store)).rejects.toMatchObject({
      code: 'ERR_ALLOCATION_INVALID',
      message: expect.stringMatching(/allocates from a list and has none yet/),
    });
    await (await openLog(trial, store, { allocation: list })).close();
    expect(await store.allocation(trial.fingerprint)).toEqual(list);
    await using log = await openLog(trial, store, { now: () => noon });
    expect(log.assign(subjectOf(first?.id ?? ''))).toMatchObject({
      arm: first?.arms[0],
      reason: 'listed',
      randomized: true,
      unitId: first?.id,
    });
    await expect(
      openLog(trial, store, { allocation: listOf(trial, 12, 'another') }),
    ).rejects.toMatchObject({ message: expect.stringMatching(/amended, never replaced/) });
    const other = listedTrial({ method: 'complete' }, { round: 2 });
    await expect(openLog(other, store, { allocation: list })).rejects.toMatchObject({
      message: expect.stringMatching(/belongs to another protocol/),
    });
  });

  test('serves the control arm to who is not on it, counts that apart, and holds up in a replay', async () => {
    await using store = memoryStore({ key });
    await using log = await openLog(trial, store, { allocation: list, now: () => noon });
    const stranger = log.assign(subjectOf('practice-99'));
    expect(stranger).toMatchObject({ arm: 'usual', reason: 'not-listed', randomized: false });
    for (const { id } of [...list.clusters, { id: 'practice-99' }]) {
      const { id: impression } = log.impression(log.assign(subjectOf(id)), shown);
      log.acceptance(impression, { at: noon + hour });
      log.patientDays(subjectOf(id), { day: week(1), calendar: 1, midnight: 1, elapsed: 1 });
    }
    await log.flush();
    const summaries = await store.summaries(trial.fingerprint);
    expect(summaries).toHaveLength(12);
    for (const { unitId, arm, alerts, calendarDays } of summaries) {
      expect([arm, alerts, calendarDays]).toEqual([
        list.clusters.find(({ id }) => id === unitId)?.arms[0],
        1,
        1,
      ]);
    }
    const rows = await rowsOf(store, trial);
    const report = await replay(trial, rows, { allocation: list });
    expect(report).toEqual({ rows: 39, replayed: 39, notReplayable: {}, disagreements: [] });
    const flipped = rows.map((row, i) => ({
      ...row,
      arm: i === 0 ? (row.arm === 'usual' ? 'redesign' : 'usual') : row.arm,
    }));
    const { disagreements } = await replay(trial, flipped, { allocation: list });
    expect(disagreements).toMatchObject([{ id: rows[0]?.id, field: 'arm' }]);
    // Without the list nobody is on it.
    expect((await replay(trial, rows)).disagreements.length).toBeGreaterThan(12);
  });

  test('takes up an amendment while it is open, from its day on', async () => {
    await using store = memoryStore({ key });
    let clock = noon;
    await using log = await openLog(trial, store, {
      allocation: list,
      now: () => clock,
      refreshEvery: 10,
    });
    const amended = amend(trial, list, {
      from: week(2),
      reason: 'closed',
      change: { kind: 'withdraw', cluster: first?.id ?? '' },
    });
    await store.keepAllocation(amended);
    const reason = (): string => log.assign(subjectOf(first?.id ?? '')).reason;
    clock = startOfDay(week(2), trial.timeZone);
    for (let i = 0; i < 100 && reason() === 'listed'; i += 1) await sleep(10);
    expect(reason()).toBe('withdrawn');
    clock -= 1;
    expect(reason()).toBe('listed');
  });

  test('is opened with the list as it was before an amendment, and goes by the amendment', async () => {
    await using store = memoryStore({ key });
    await (await openLog(trial, store, { allocation: list })).close();
    const amended = amend(trial, list, {
      from: week(1),
      reason: 'closed',
      change: { kind: 'withdraw', cluster: first?.id ?? '' },
    });
    await store.keepAllocation(amended);
    const warn = jest.fn();
    const logger = { info: jest.fn(), warn, error: jest.fn() } as never;
    await using log = await openLog(trial, store, { allocation: list, now: () => noon, logger });
    expect(log.assign(subjectOf(first?.id ?? '')).reason).toBe('withdrawn');
    expect(await store.allocation(trial.fingerprint)).toEqual(amended);
    expect(warn.mock.calls).toEqual([
      [{ amendments: 1 }, 'the ledger keeps the list with more amendments: they hold'],
    ]);
  });

  test('goes by the last list where the ledger keeps one that could not have been made, and says so once', async () => {
    await using store = memoryStore({ key });
    const error = jest.fn();
    const logger = { info: jest.fn(), warn: jest.fn(), error } as never;
    await using log = await openLog(trial, store, {
      allocation: list,
      now: () => noon,
      logger,
      refreshEvery: 10,
    });
    const { checksum: amends, ...rest } = list;
    const cluster = first?.id ?? '';
    const base = { from: trial.protocol.start, reason: 'x', amends } as const;
    await store.keepAllocation(
      sealed({ ...rest, amendments: [{ kind: 'merge', ...base, cluster, into: cluster }] }),
    );
    await sleep(100);
    expect(log.assign(subjectOf(cluster))).toMatchObject({ reason: 'listed', unitId: cluster });
    expect(error.mock.calls).toEqual([
      [
        { error: 'AllocationError' },
        'the list that the ledger keeps was refused: the last one holds',
      ],
    ]);
  });

  test('that is given one of another trial leaves no trace', async () => {
    await using store = memoryStore({ key });
    const other = listedTrial({ method: 'complete' }, { round: 2 });
    await expect(openLog(other, store, { allocation: list })).rejects.toMatchObject({
      code: 'ERR_ALLOCATION_INVALID',
    });
    expect(await store.trials()).toEqual([]);
  });

  test('of persons holds pseudonyms', async () => {
    const persons = listedTrial({ method: 'complete' }, { unit: 'clinician' });
    await using store = memoryStore({ key });
    const names = ['ann', 'ben', 'cy', 'dee'];
    const clusters = clustersFrom(
      persons,
      names.map((name) => ({ id: store.pseudonym('clinician', name) })),
    );
    const allocation = allocate(persons, clusters, { seed: 's' });
    await using log = await openLog(persons, store, { allocation, now: () => noon });
    for (const clinician of names) {
      expect(log.assign({ clinician })).toMatchObject({ reason: 'listed' });
    }
    expect(JSON.stringify(allocation)).not.toMatch(/ann|dee/);
    expect(log.assign({ clinician: 'eve' }).reason).toBe('not-listed');
  });
});

describe('A unit whose arm changes with time', () => {
  const trial = listedTrial(
    { method: 'complete' },
    { periods: { design: 'stepped-wedge', starts: [0, 2, 4].map(week) } },
  );
  const allocation = listOf(trial, 6);
  const cluster = allocation.clusters.find(({ arms }) => arms[1] === 'usual');
  const practice = cluster?.id ?? '';
  const armAt = (at: number): string => assign(trial, { practice }, { allocation, at }).arm;

  test('has each arm from the first instant of its period to the last, in the time zone of the trial', () => {
    // The third period begins after the clocks of New York went back, at 05:00 and not 04:00 UTC.
    const step = Date.UTC(2026, 10, 2, 5);
    expect(startOfDay(week(4), trial.timeZone)).toBe(step);
    expect(armAt(trial.startsAt)).toBe('usual');
    expect(armAt(step - 1)).toBe('usual');
    expect(armAt(step)).toBe('redesign');
    expect(armAt(trial.endsAt - 1)).toBe('redesign');
    expect(assign(trial, { practice }, { allocation, at: trial.endsAt }).reason).toBe('after-end');
    expect(assign(trial, { practice }, { allocation, at: trial.startsAt - 1 }).reason).toBe(
      'before-start',
    );
  });

  test('has its patient-days in the arm of their day', async () => {
    await using store = memoryStore({ key });
    await using log = await openLog(trial, store, { allocation, now: () => trial.endsAt });
    for (const day of ['2026-11-01', '2026-11-02']) {
      log.patientDays(subjectOf(practice), { day, calendar: 1, midnight: 1, elapsed: 1 });
    }
    await log.flush();
    const rows = await store.unitDays(trial.fingerprint);
    expect(rows.map(({ day, arm, calendarDays }) => [day, arm, calendarDays])).toEqual([
      ['2026-11-02', 'redesign', 1],
      ['2026-11-01', 'usual', 1],
    ]);
  });

  test('is nobody without its list, and nobody with that of another trial', () => {
    const at = trial.startsAt;
    expect(assign(trial, { practice }, { at })).toMatchObject({
      arm: 'usual',
      reason: 'not-listed',
      randomized: false,
    });
    const other = listedTrial({ method: 'complete' });
    expect(assign(trial, { practice }, { at, allocation: listOf(other) })).toMatchObject({
      arm: 'usual',
      reason: 'fault',
    });
  });
});
