import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { allocate, clustersFrom, replay } from '../../../src/allocation/index.ts';
import { analyze } from '../../../src/analysis/index.ts';
import type { TrialEvent } from '../../../src/events/event.ts';
import type { Trial } from '../../../src/index.ts';
import { assignerOf } from '../../../src/store/log/assigner.ts';
import type { Store, TrialLog, UnitSummary } from '../../../src/store/index.ts';
import { memoryStore, openLog, openStore } from '../../../src/store/index.ts';
import { addKey, createKeyFile } from '../../../src/store/keys/key-file.ts';
import { parseKey } from '../../../src/store/keys/key.ts';
import { patientDayId } from '../../../src/store/log/patient-day-id.ts';
import { pseudonymizer } from '../../../src/store/keys/pseudonym.ts';
import { rekeyLedger } from '../../../src/store/keys/rekey.ts';
import { openSpool } from '../../../src/store/spool/index.ts';
import { practices } from '../../allocation/list/fixtures.ts';
import { changed, hour, impression, nine, trial } from '../fixtures.ts';
import { inFolder } from '../place.ts';
import { eventsOf, fillStore, person } from './filled.ts';

const first = '01'.repeat(32);
const second = '02'.repeat(32);
const third = '03'.repeat(32);
const ring = [first, second];
const patients = 60;

/** The sums without the names of their units, in an order that does not depend on them. */
const sumsOf = (summaries: readonly UnitSummary[]): readonly string[] =>
  summaries.map((summary) => JSON.stringify({ ...summary, unitId: '' })).sort();

const assignedAt = (event: TrialEvent): number =>
  'delay' in event ? event.at - event.delay : event.at;

/** Every arm of a trial, computed again. */
async function replayed(store: Store, of: Trial, original?: (pseudonym: string) => string) {
  const events = await eventsOf(store, of);
  const rows = events.map((event) => ({ ...event, assignedAt: assignedAt(event) }));
  return replay(of, rows, { original });
}

describe('A ledger that is re-keyed', () => {
  let source: Store;
  let target: Store;
  beforeEach(async () => {
    source = memoryStore({ key: first });
    target = memoryStore({ key: ring });
    await fillStore(source, trial, patients);
  });
  afterEach(async () => {
    await source.close();
    await target.close();
  });

  test('has every event, and no pseudonym of the old key in any of its columns', async () => {
    const report = await rekeyLedger(source, target, { ring });
    const before = await eventsOf(source, trial);
    const after = await eventsOf(target, trial);
    expect(report).toEqual({ trials: 1, events: before.length, copied: before.length });
    expect(after).toHaveLength(before.length);
    expect(new Set(before.map(({ type }) => type)).size).toBe(6);
    const old = new Set(
      before.flatMap((event) => [event.unitId, event.patient, event.clinician, event.encounter]),
    );
    const text = JSON.stringify(after);
    for (const pseudonym of old) expect(text).not.toContain(pseudonym);
    // Ids that follow from a pseudonym would tell as much.
    const daysBefore = before.filter(({ type }) => type === 'patient-days');
    for (const { id } of daysBefore) expect(text).not.toContain(id);
    expect(after.map(({ arm, at, practice, type }) => [arm, at, practice, type])).toEqual(
      before.map(({ arm, at, practice, type }) => [arm, at, practice, type]),
    );
  });

  test('counts as before, also the corrections of patient-days, and comes to the same verdict', async () => {
    await rekeyLedger(source, target, { ring });
    const { fingerprint } = trial;
    expect(sumsOf(await target.summaries(fingerprint))).toEqual(
      sumsOf(await source.summaries(fingerprint)),
    );
    expect(await target.flow(fingerprint)).toEqual(await source.flow(fingerprint));
    const asOf = trial.endsAt + 48 * hour;
    const before = await analyze(trial, source, { asOf });
    const after = await analyze(trial, target, { asOf });
    expect(after.primary).toEqual(before.primary);
    expect(after.verdicts).toEqual(before.verdicts);
    expect(String(after)).toBe(String(before));
  });

  test('knows everybody by the pseudonym and the arm that the whole ring gives', async () => {
    await rekeyLedger(source, target, { ring });
    const options = {
      trial,
      logger: undefined,
      now: () => nine,
      stoppedAt: () => undefined,
      allocation: () => undefined,
      within: undefined,
      optedOut: ['patient 3'],
      forced: [['patient 4', 'redesign'] as const],
    };
    const before = assignerOf({ ...options, pseudonym: pseudonymizer(parseKey(first)) });
    const after = assignerOf({ ...options, pseudonym: pseudonymizer(parseKey(ring)) });
    const known = new Map((await eventsOf(target, trial)).map((each) => [each.patient, each]));
    const arms = new Set<string>();
    for (let number = 0; number < patients; number += 1) {
      const then = before(person(number));
      const now = after(person(number));
      expect(now).toMatchObject({ arm: then.arm, reason: then.reason });
      expect(now.ids.patient).not.toBe(then.ids.patient);
      expect(now.unitId).toBe(now.ids.patient);
      expect(known.get(now.ids.patient)).toMatchObject({
        clinician: now.ids.clinician,
        encounter: now.ids.encounter,
      });
      arms.add(`${now.arm} ${now.reason}`);
    }
    expect([...arms].sort()).toEqual([
      'redesign forced',
      'redesign hashed',
      'usual hashed',
      'usual opted-out',
    ]);
  });

  test('goes on: a log with the ring gives the same arms, and finds the days that are there', async () => {
    await rekeyLedger(source, target, { ring });
    const events = await eventsOf(target, trial);
    const log = await openLog(trial, target, { now: () => nine + hour });
    const day = { day: '2026-10-06', calendar: 1, midnight: 1, elapsed: 1 };
    for (const number of [1, 2, 3]) {
      expect(await log.patientDays(person(number), day).settled).toEqual({ status: 'duplicate' });
    }
    // Corrected twice before: now a third time, by the difference to what stands.
    expect(await log.patientDays(person(10), day).settled).toMatchObject({ status: 'durable' });
    await log.close();
    const last = (await eventsOf(target, trial)).at(-1);
    expect(last).toMatchObject({ type: 'patient-days', midnight: 1, elapsed: 0.75 });
    expect(
      events.some(({ id }) => last !== undefined && 'amends' in last && id === last.amends),
    ).toBe(true);
  });

  test('can be replayed with the ring, and without it every other arm disagrees', async () => {
    await rekeyLedger(source, target, { ring });
    const { original } = pseudonymizer(parseKey(ring));
    expect((await replayed(source, trial)).disagreements).toEqual([]);
    const report = await replayed(target, trial, original);
    expect(report.disagreements).toEqual([]);
    expect(report.replayed).toBe(report.rows);
    expect((await replayed(target, trial)).disagreements.length).toBeGreaterThan(patients / 4);
  });

  test('takes what has come since, and is re-keyed again under a third key', async () => {
    await rekeyLedger(source, target, { ring });
    await source.append([
      impression(1, { unitId: source.pseudonym('patient', 'late'), patient: undefined }),
    ]);
    const again = await rekeyLedger(source, target, { ring });
    expect(again.copied).toBe(1);
    expect(again.events).toBe((await eventsOf(source, trial)).length);

    const whole = [...ring, third];
    await using last = memoryStore({ key: whole });
    await rekeyLedger(target, last, { ring: whole });
    // In one step it is the same as in two.
    await using direct = memoryStore({ key: whole });
    await rekeyLedger(source, direct, { ring: whole });
    expect(await eventsOf(last, trial)).toEqual(await eventsOf(direct, trial));
    const { original } = pseudonymizer(parseKey(whole));
    expect((await replayed(last, trial, original)).disagreements).toEqual([]);
  });

  test('is refused unless the ring is that of the target and begins with that of the source', async () => {
    const refused = async (into: Store, given: readonly string[], words: RegExp): Promise<void> => {
      const answer = rekeyLedger(source, into, { ring: given });
      await expect(answer).rejects.toMatchObject({ code: 'ERR_KEY_INVALID' });
      await expect(answer).rejects.toThrow(words);
      expect(await into.trials()).toEqual([]);
    };
    await refused(target, [first, third], /another ring/);
    await refused(target, [first], /another ring/);
    await using reversed = memoryStore({ key: [second, first] });
    await refused(reversed, [second, first], /does not begin with the key/);
    await using same = memoryStore({ key: first });
    await refused(same, [first], /no new key/);
    await expect(rekeyLedger(target, source, { ring: [first] })).rejects.toThrow(
      /does not begin with/,
    );
    await expect(rekeyLedger(source, target, { ring: 'secret' })).rejects.toThrow(
      /the ring is malformed/,
    );
  });

  test('is refused where an id is no pseudonym, and for a list of persons', async () => {
    await using other = memoryStore({ key: first });
    await other.register(trial);
    await other.append([impression(1, { unitId: 'MRN-4711', patient: 'MRN-4711' })]);
    const answer = rekeyLedger(other, target, { ring });
    await expect(answer).rejects.toMatchObject({ code: 'ERR_STORE_UNUSABLE' });
    await expect(answer).rejects.toThrow(/no pseudonym/);
    await expect(answer).rejects.not.toThrow(/4711/);

    const listed = changed({
      id: 'listed',
      unit: 'clinician',
      allocation: { kind: 'listed', method: { method: 'complete' } },
    });
    await source.register(listed);
    await source.keepAllocation(
      allocate(listed, clustersFrom(listed, practices(12)), { seed: 'seed' }),
    );
    await expect(rekeyLedger(source, target, { ring })).rejects.toThrow(/clinicians from a list/);
    // Without it, the others can be re-keyed.
    const report = await rekeyLedger(source, target, { ring, trials: [trial.fingerprint] });
    expect(report.trials).toBe(1);
  });

  test('keeps practices, which are organisations, and arms by their names', async () => {
    const ofPractices = changed({ id: 'practices', unit: 'practice' });
    await fillStore(source, ofPractices, 20);
    await rekeyLedger(source, target, { ring, trials: [ofPractices.fingerprint] });
    const events = await eventsOf(target, ofPractices);
    expect(events.every(({ unitId, practice }) => unitId === practice)).toBe(true);
    expect((await replayed(target, ofPractices)).disagreements).toEqual([]);
    const days = events.filter(
      (event) => event.type === 'patient-days' && event.amends === undefined,
    );
    expect(days).toHaveLength(20);
    for (const day of days) {
      expect(day.type === 'patient-days' && patientDayId(ofPractices, day)).toBe(day.id);
    }
  });

  test('gives the same arms through a spool too, and in a file', async () => {
    await inFolder(async (folder) => {
      const before = await openLog(trial, source, { now: () => nine });
      const stores = [
        await openStore(join(folder, 'ledger.db'), { key: ring }),
        await openSpool(join(folder, 'spool.db'), { upstream: async () => target, key: ring }),
      ];
      for (const store of stores) {
        const after = await openLog(trial, store, { now: () => nine });
        const arms = (log: TrialLog): readonly string[] =>
          Array.from({ length: patients }, (_patient, number) => log.assign(person(number)).arm);
        expect(arms(after)).toEqual(arms(before));
        await after.close();
        await store.close();
      }
      await before.close();
    });
  }, 30_000);

  test('comes from one file into another, with the keys beside them, though neither key is given', async () => {
    await inFolder(async (folder) => {
      const [old, fresh] = [join(folder, 'old.db'), join(folder, 'new.db')];
      await createKeyFile(`${old}.key`);
      {
        await using ledger = await openStore(old);
        await fillStore(ledger, trial, patients);
      }
      const made = await addKey(`${old}.key`, `${fresh}.key`);
      {
        await using ledger = await openStore(old, { key: null });
        await using renewed = await openStore(fresh);
        const { copied } = await rekeyLedger(ledger, renewed, { ring: made });
        expect(copied).toBe((await eventsOf(ledger, trial)).length);
        expect(renewed.pseudonym('patient', 'patient 1')).not.toBe(
          pseudonymizer(parseKey(made))('patient', 'patient 2'),
        );
      }
      // The old key does not open the new ledger any more.
      await expect(openStore(fresh, { key: made.export().subarray(0, 32) })).rejects.toMatchObject({
        code: 'ERR_KEY_INVALID',
      });
    });
  }, 30_000);
});
