import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { join } from 'node:path';
import type { Stage, TrialEvent } from '../../src/events/event.ts';
import type { Store, UnitCounts, UnitSummary } from '../../src/store/index.ts';
import { memoryStore, openStore } from '../../src/store/index.ts';
import type { AlertLevel, AlertState, LedgerCount } from '../../src/trial/count.ts';
import type { AnswerType } from './fixtures.ts';
import { answer, changed, hour, impression, nine, patientDay, uuid } from './fixtures.ts';
import { discard, makeFolder } from './place.ts';

const states: readonly AlertState[] = [
  'alerts',
  'silent',
  'fired',
  'repeats',
  'accepted',
  'dismissed',
  'answered',
  'timed',
  'due',
  'ignored',
  'undismissed',
  'ordered',
];

const levels: readonly AlertLevel[] = [
  'alert',
  'opening',
  'firstAlert',
  'firstFiring',
  'encounter',
  'patient',
  'patientDay',
  'clinician',
  'clinicianDay',
];

/** Every state at every level, and the filters. */
const everyCount: readonly LedgerCount[] = [
  ...states.flatMap((of) => levels.map((each) => ({ of, each }))),
  ...states.map((of) => ({ of, within: 'PT3S' })),
  ...states.map((of) => ({ of, each: 'patient' as const, eligible: true as const })),
  ...(['patient', 'encounter', 'clinician'] as const).map((known) => ({
    of: 'alerts' as const,
    known,
  })),
  { of: 'dismissed', reason: '拒否 🏥' },
  { of: 'dismissed', reason: "O'Hara", within: 'PT1H' },
  { of: 'dismissed', reason: 'nobody gave it' },
  { of: 'atRisk', each: 'patientDay' },
  { of: 'atRisk', each: 'patientDay', days: 'midnight' },
  { of: 'atRisk', each: 'patientDay', days: 'elapsed' },
  { of: 'atRisk', each: 'patientDay', known: 'encounter' },
  { of: 'atRisk', each: 'patient' },
  { of: 'atRisk', each: 'encounter' },
];

const who = fc.record({
  unitId: fc.constantFrom('u1', 'u1', 'u1', 'ü'),
  arm: fc.constantFrom('usual', 'usual', 'redesign'),
  stratum: fc.constantFrom('', '', '', 'site=1'),
  randomized: fc.constantFrom(true, true, true, true, false),
});
const ids = fc.record({
  patient: fc.constantFrom('p', 'p', 'q', undefined),
  encounter: fc.constantFrom('e', 'f', undefined),
  clinician: fc.constantFrom('c', 'd', undefined),
});
const day = fc.constantFrom('2026-10-06', '2026-10-07');

const firing = fc
  .tuple(
    who,
    ids,
    day,
    fc.constantFrom<Stage[]>('returned', 'displayed', 'displayed', 'silent'),
    fc.constantFrom(nine, nine, nine + 1_000, nine + 2 * hour),
    fc.integer({ min: 0, max: 3 }),
  )
  .map(
    ([unit, persons, day, stage, at, opening]) =>
      (id: number, first: number): TrialEvent =>
        impression(id, { ...unit, ...persons, day, stage, at, opening: uuid(first + opening) }),
  );

// The number of an answered firing, so that answers mostly find their alert, and some do not.
const reply = fc
  .tuple(
    who,
    fc.record({
      of: fc.integer({ min: 0, max: 12 }),
      type: fc.constantFrom<AnswerType[]>('dismissal', 'acceptance', 'order'),
      route: fc.constantFrom('click', 'tag', 'window'),
      delay: fc.constantFrom(-5, 0, 1, 2_950, 3_000, 3_001, 60_001, hour, 24 * hour, 24 * hour + 1),
      code: fc.constantFrom('拒否 🏥', "O'Hara", undefined),
    }),
  )
  .map(
    ([unit, { of, type, route, delay, code }]) =>
      (id: number, first: number): TrialEvent =>
        answer(type, id, first + of, {
          ...unit,
          delay,
          opening: uuid(first),
          ...(type === 'order' && { route }),
          ...(code !== undefined && { override: { code } }),
        }),
  );

const fraction = fc.constantFrom(0, 0, 0.3, 1);
const presence = fc.tuple(who, ids, day, fraction, fraction, fraction).map(
  ([unit, { patient, encounter }, day, calendar, midnight, elapsed]) =>
    (id: number): TrialEvent =>
      patientDay(id, {
        ...unit,
        patient: patient ?? 's',
        encounter,
        day,
        calendar,
        midnight,
        elapsed,
      }),
);

const history = fc.tuple(
  fc.array(firing, { minLength: 1, maxLength: 12 }),
  fc.array(reply, { maxLength: 15 }),
  fc.array(presence, { maxLength: 8 }),
  fc.constantFrom(nine, nine + 24 * hour, nine + 24 * hour + 1, nine + 72 * hour),
);

const columns = [
  ['alerts', { of: 'alerts' }],
  ['alertsByOpening', { of: 'alerts', each: 'opening' }],
  ['silent', { of: 'silent' }],
  ['exposedDays', { of: 'alerts', each: 'patientDay' }],
  ['patients', { of: 'atRisk', each: 'patient' }],
  ['calendarDays', { of: 'atRisk', each: 'patientDay' }],
  ['midnightDays', { of: 'atRisk', each: 'patientDay', days: 'midnight' }],
  ['elapsedDays', { of: 'atRisk', each: 'patientDay', days: 'elapsed' }],
] as const satisfies readonly (readonly [keyof UnitSummary, LedgerCount])[];

/** Those that need the alerts of the answers to be in the ledger, in the same unit. */
const answerColumns = [
  ['accepted', { of: 'accepted' }],
  ['acceptedByOpening', { of: 'accepted', each: 'opening' }],
  ['ordered', { of: 'ordered' }],
] as const satisfies readonly (readonly [keyof UnitSummary, LedgerCount])[];

describe('The counts depend on the set of events only', () => {
  let folder: string;
  let embedded: Store;
  beforeAll(async () => {
    folder = makeFolder();
    embedded = await openStore(join(folder, 'ledger.db'));
  });
  afterAll(async () => {
    await embedded.close();
    await discard(folder);
  });

  test('by SQL as in memory, and they are those of the summaries where both count', async () => {
    let round = 100;
    let next = 1_000;
    await fc.assert(
      fc.asyncProperty(history, async ([firings, replies, presences, asOf]) => {
        round += 1;
        const trial = changed({ round });
        const first = next;
        next += 50;
        const events = [...firings, ...replies, ...presences].map((make, index): TrialEvent => {
          const event = make(first + index, first);
          return {
            ...event,
            trial: trial.fingerprint,
            reason: event.randomized ? 'hashed' : 'forced',
          };
        });
        const memory = memoryStore();
        for (const store of [memory, embedded]) {
          await store.register(trial);
          await store.append(events);
        }
        const ask = (store: Store): Promise<readonly UnitCounts[]> =>
          store.counts(trial.fingerprint, { counts: everyCount, asOf });
        const counted = await ask(embedded);
        expect(counted).toEqual(await ask(memory));
        expect(await embedded.delays(trial.fingerprint)).toEqual(
          await memory.delays(trial.fingerprint),
        );

        const summaries = await embedded.summaries(trial.fingerprint);
        const own = await embedded.counts(trial.fingerprint, {
          counts: columns.map(([, count]) => count),
          asOf,
        });
        for (const { unitId, arm, stratum, values } of own) {
          const summary = summaries.find(
            (row) => row.unitId === unitId && row.arm === arm && row.stratum === stratum,
          );
          expect(values).toEqual(columns.map(([column]) => summary?.[column]));
        }
      }),
      { numRuns: 120 },
    );
  }, 60_000);

  test('answers are those of the summaries when each is of an alert of its own unit', async () => {
    const trial = changed({ round: 99 });
    const events: TrialEvent[] = [
      impression(1),
      impression(2, { opening: uuid(1) }),
      impression(3, { stage: 'silent' }),
      impression(4),
      answer('acceptance', 11, 1),
      answer('dismissal', 12, 1),
      answer('order', 13, 2, { opening: uuid(1), route: 'tag' }),
      answer('order', 14, 3, { route: 'window' }),
      answer('dismissal', 15, 4),
    ].map((event) => ({ ...event, trial: trial.fingerprint }));
    await embedded.register(trial);
    await embedded.append(events);
    const [counted] = await embedded.counts(trial.fingerprint, {
      counts: [...answerColumns.map(([, count]) => count), { of: 'dismissed' }],
      asOf: nine,
    });
    const [summary] = await embedded.summaries(trial.fingerprint);
    expect(counted?.values).toEqual([
      ...answerColumns.map(([column]) => summary?.[column]),
      (summary?.dismissed ?? 0) - (summary?.acceptedAndDismissed ?? 0),
    ]);
    expect(counted?.values).toEqual([2, 1, 2, 1]);
  });
});
