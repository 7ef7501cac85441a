import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { analyze } from '../../src/analysis/index.ts';
import { verifyTrial } from '../../src/cli/commands/verify.ts';
import { ProtocolError } from '../../src/errors.ts';
import type { TrialEvent } from '../../src/events/event.ts';
import type { Trial } from '../../src/index.ts';
import type { LoggedAssignment, OpenLogOptions, Store, TrialLog } from '../../src/store/index.ts';
import { memoryStore, openLog, openStore } from '../../src/store/index.ts';
import { first, list, practicesOf, secondWith } from '../allocation/two-step.ts';
import { planted } from '../planted.ts';
import { during, trialWith } from '../trials.ts';
import { inFolder } from './place.ts';
import {
  copyTo,
  eventsOf,
  fill,
  fixedKey,
  now,
  openBoth,
  second,
  shown,
  wholeDay,
} from './two-logs.ts';

const [nursePractice = ''] = practicesOf('nurse');
const [controlPractice = ''] = practicesOf('none');

async function verified(trial: Trial, store: Store): ReturnType<typeof verifyTrial> {
  const registered = (await store.trials()).find((each) => each.fingerprint === trial.fingerprint);
  if (registered === undefined) throw new Error('the trial is not registered');
  return verifyTrial(store, registered, trial);
}

const patients = 260;

/** Both steps on a store: nobody of a control practice is random in the second, and both verify. */
async function runBoth(store: Store): Promise<void> {
  await using logs = await openBoth(store);
  await fill(logs, patients);
  const inside = new Set(practicesOf('nurse', 'physician'));
  const events = await eventsOf(second, store);
  expect(events).toHaveLength(2 * patients + Math.ceil(patients / 3));
  for (const { practice, randomized, reason, arm } of events) {
    expect({ practice, randomized }).toEqual({
      practice,
      randomized: inside.has(practice ?? ''),
    });
    if (!randomized) expect({ reason, arm }).toEqual({ reason: 'not-enrolled', arm: 'usual' });
  }
  expect(new Set(events.filter((each) => each.randomized).map(({ arm }) => arm)).size).toBe(2);
  expect(await verified(first, store)).toMatchObject({ disagreements: [] });
  expect(await verified(second, store)).toEqual({
    rows: events.length,
    replayed: events.length,
    notReplayable: {},
    disagreements: [],
  });
}

describe('The logs of two steps', () => {
  let store: Store;
  beforeEach(() => {
    store = memoryStore({ key: fixedKey });
  });
  afterEach(() => store.close());

  test('keep patients of control practices out of the second, in memory', () => runBoth(store));

  test('keep patients of control practices out of the second, in an embedded ledger', () =>
    inFolder(async (folder) => {
      await using embedded = await openStore(join(folder, 'ledger.db'));
      await runBoth(embedded);
    }));

  test('assign a patient of an intervention practice as the second trial alone would', async () => {
    await using logs = await openBoth(store);
    const plain = secondWith({ within: undefined });
    await using alone = await openLog(plain, memoryStore({ key: fixedKey }), { now });
    expect(
      logs.inner.assign({ patient: planted('mrn', 1), practice: nursePractice }),
    ).toMatchObject({
      arm: alone.assign({ patient: planted('mrn', 1) }).arm,
      reason: 'hashed',
      unitId: store.pseudonym('patient', planted('mrn', 1)),
      fingerprint: second.fingerprint,
      ids: { practice: nursePractice },
    });
  });

  test('ask the first at the instant of the alert', async () => {
    const longer = secondWith({ round: 2, start: '2026-09-01', end: '2026-12-31' });
    await using logs = await openBoth(store);
    await using inner = await openLog(longer, store, { now, within: logs.outer });
    const subject = { patient: 'p', practice: nursePractice };
    const reasonAt = (at: number): string => inner.assign(subject, { at }).reason;
    expect(
      [first.startsAt - 1, first.startsAt, first.endsAt - 1, first.endsAt].map(reasonAt),
    ).toEqual(['not-enrolled', 'hashed', 'hashed', 'not-enrolled']);
  });

  test.each<readonly [string, OpenLogOptions]>([
    ['opted-out', { optedOut: [planted('mrn', 1)] }],
    ['opted-out', { optedOut: [nursePractice] }],
    ['forced', { forced: new Map([[nursePractice, 'physician']]) }],
  ])('hand on that a subject is %s in the first, and verify', async (reason, outer) => {
    await using logs = await openBoth(store, { outer });
    const subject = { patient: planted('mrn', 1), practice: nursePractice };
    const assignment = logs.inner.assign(subject);
    expect(assignment).toMatchObject({ reason, arm: 'usual', randomized: false });
    logs.inner.impression(assignment, shown);
    await logs.inner.flush();
    expect(await verified(second, store)).toMatchObject({
      replayed: 0,
      notReplayable: { [reason]: 1 },
      disagreements: [],
    });
  });

  test('hear of a stop of the first, and verify', async () => {
    await using logs = await openBoth(store, { outer: { refreshEvery: 10 } });
    const subject = { patient: 'p', practice: nursePractice };
    logs.inner.impression(logs.inner.assign(subject), shown);
    await store.stop(first.fingerprint, during);
    await sleep(60);
    const later = logs.inner.assign(subject);
    expect(later).toMatchObject({ reason: 'not-enrolled', arm: 'usual' });
    logs.inner.impression(later, shown);
    await logs.inner.flush();
    expect(await verified(second, store)).toMatchObject({ replayed: 2, disagreements: [] });
  });

  test('serve the control arm where the first log breaks', async () => {
    await using logs = await openBoth(store);
    const broken = {
      trial: first,
      assign: (): LoggedAssignment => {
        throw new Error('boom');
      },
    };
    await using inner = await openLog(second, store, { now, within: broken });
    expect(logs.inner.assign({ patient: 'p', practice: nursePractice }).reason).toBe('hashed');
    expect(inner.assign({ patient: 'p', practice: nursePractice })).toMatchObject({
      arm: 'usual',
      reason: 'fault',
      randomized: false,
    });
  });

  test('keep both days of a patient who was in practices of both kinds', async () => {
    await using logs = await openBoth(store);
    const written = [controlPractice, nursePractice, controlPractice].map((practice) =>
      logs.inner.patientDays({ patient: 'p', practice }, wholeDay),
    );
    const settlements = await Promise.all(written.map(({ settled }) => settled));
    expect(settlements.map(({ status }) => status)).toEqual(['durable', 'durable', 'duplicate']);
    const [summary, ...others] = await store.summaries(second.fingerprint);
    expect(summary).toMatchObject({ calendarDays: 1, patients: 1 });
    expect(others).toEqual([]);
  });

  test('give an analysis of the second step that counts nobody else', async () => {
    await using logs = await openBoth(store);
    await fill(logs, patients);
    const events = await eventsOf(second, store);
    const inside = events.filter(({ randomized }) => randomized);
    const alerts = inside.filter(({ type }) => type === 'impression').length;
    const analysis = await analyze(second, store, { asOf: second.endsAt + second.responseWindow });
    const total = (column: 'units' | 'alerts' | 'patientDays'): number =>
      analysis.arms.reduce((sum, arm) => sum + arm[column], 0);
    expect([total('units'), total('alerts'), total('patientDays')]).toEqual([
      alerts,
      alerts,
      alerts,
    ]);
    expect(analysis.notRandomized).toEqual([{ reason: 'not-enrolled', alerts: patients - alerts }]);
    expect(analysis.warnings).toEqual([]);
    expect(analysis.sampleRatio).toMatchObject({ estimable: true, mismatch: false });
    expect(analysis.primary.comparisons).toHaveLength(1);
  });
});

describe('The verification of two steps', () => {
  test.each<readonly [string, string, Partial<TrialEvent>, readonly string[]]>([
    [
      'was let in',
      controlPractice,
      { reason: 'hashed', randomized: true, arm: 'redesign' },
      ['arm redesign usual', 'reason hashed not-enrolled'],
    ],
    [
      'was moved to a practice of the control arm',
      nursePractice,
      { practice: controlPractice, arm: 'redesign' },
      ['arm redesign usual', 'reason hashed not-enrolled'],
    ],
    [
      'lost its practice',
      nursePractice,
      { practice: undefined, arm: 'redesign' },
      ['arm redesign usual', 'reason hashed not-enrolled'],
    ],
  ])('finds one row that %s', async (_, practice, changes, found) => {
    await using copy = memoryStore({ key: fixedKey });
    let target: string | undefined;
    await copyTo(copy, [first, second], (event) => {
      if (target !== undefined || event.practice !== practice) return event;
      target = event.id;
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the changes keep the type of the event
      return { ...event, ...changes } as TrialEvent;
    });
    const { disagreements } = await verified(second, copy);
    expect(
      disagreements.map(({ id, ...rest }) =>
        [id, rest.field, rest.recorded, rest.expected].join(' '),
      ),
    ).toEqual(found.map((text) => `${target} ${text}`));
  });

  test('says that nothing can be computed again where the ledger does not hold the first', async () => {
    await using copy = memoryStore({ key: fixedKey });
    await copyTo(copy, [second]);
    const { rows, replayed, notReplayable, disagreements, missing } = await verified(second, copy);
    expect({ rows, replayed, disagreements, missing }).toEqual({
      rows: 122,
      replayed: 0,
      disagreements: [],
      missing: second.protocol.within,
    });
    const { hashed = 0, 'not-enrolled': others = 0 } = notReplayable;
    expect(hashed).toBeGreaterThan(40);
    expect(hashed + others).toBe(122);
  });
});

describe('A log of a second step', () => {
  let store: Store;
  beforeEach(() => {
    store = memoryStore({ key: fixedKey });
  });
  afterEach(() => store.close());

  test.each<readonly [string, () => Trial, () => Promise<TrialLog> | undefined, RegExp]>([
    [
      'without the log of the first',
      () => second,
      () => undefined,
      /within: trial wording, round 1, lies within delivery, round 1: open the log of that one first/,
    ],
    [
      'with the log of another trial',
      () => second,
      () => openLog(trialWith({ id: 'other', unit: 'practice' }), store),
      /lies within delivery, round 1, not within other, round 1/,
    ],
    [
      'with a log that it does not need',
      () => trialWith(),
      () => openLog(first, store, { allocation: list }),
      /lies within no other trial/,
    ],
  ])('is not opened %s, and leaves no trace', async (_, trial, outer, message) => {
    await using log = await outer();
    const opened = openLog(trial(), store, { within: log });
    await expect(opened).rejects.toThrow(ProtocolError);
    await expect(opened).rejects.toThrow(message);
    expect(await store.trials()).toHaveLength(log === undefined ? 0 : 1);
  });

  test('is not opened on another key than the first, where that one randomises persons', async () => {
    const clinicians = trialWith({ id: 'delivery', unit: 'clinician' });
    const { fingerprint } = clinicians;
    const inner = secondWith({
      within: { trial: 'delivery', round: 1, fingerprint, arms: ['redesign'] },
    });
    await using outer = await openLog(clinicians, store, { now });
    await using other = memoryStore({ key: 'cd'.repeat(32) });
    await expect(openLog(inner, other, { within: outer })).rejects.toMatchObject({
      code: 'ERR_KEY_INVALID',
      message: expect.stringMatching(/delivery, round 1, works with another key/),
    });
    expect(await other.trials()).toEqual([]);
    await using same = memoryStore({ key: fixedKey });
    await (await openLog(inner, same, { within: outer })).close();
    // Practices are known by their own ids.
    await using third = memoryStore({ key: fixedKey });
    await using practices = await openLog(first, third, { allocation: list });
    await (await openLog(second, other, { within: practices })).close();
  });
});
