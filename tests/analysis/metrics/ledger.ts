import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Impression, PatientDays, TrialEvent } from '../../../src/index.ts';
import type { Store } from '../../../src/store/index.ts';
import { memoryStore, openStore } from '../../../src/store/index.ts';
import { answer, changed, hour, impression, nine, patientDay, uuid } from '../../store/fixtures.ts';
import type { AnswerType } from '../../store/fixtures.ts';

/** A trial of practices. */
export const trial = changed({
  unit: 'practice',
  primary: { metric: 'alertsPerPatientDay', better: 'lower' },
});

const dayTwo = nine + 24 * hour;
const dayFive = nine + 96 * hour;

/** The analysis is made an hour after alert 5, which can still be answered. */
export const asOf = dayFive + hour;

const practiceOf = (unitId: string, arm: string): Pick<Impression, 'unitId' | 'arm' | 'trial'> => ({
  unitId,
  arm,
  trial: trial.fingerprint,
});
const north = practiceOf('Nord', 'usual');
const south = practiceOf('Süd 病棟', 'usual');

type Changes = Parameters<typeof answer>[3];

function reply(
  type: AnswerType,
  [id, of, opening = of]: readonly [number, number, number?],
  changes: Changes,
): TrialEvent {
  return answer(type, id, of, { opening: uuid(opening), ...changes });
}

/**
 * Two practices of the usual arm, counted by hand in the test:
 *
 * | alert | patient | encounter | clinician | day | answers                                        |
 * | 1     | p1      | e1        | c1        | 6   | accepted after 2.0 s, ordered by click after 5 s |
 * | 2 (of opening 1) | p1 | e1  | c1        | 6   | dismissed, "not-indicated", after 2.9 s        |
 * | 3     | p2      | e2        | c1        | 6   | none                                           |
 * | 4     | p2      | e2        | c2        | 7   | dismissed, "später", after 10 s, accepted after 60 s |
 * | 5     | p3      | -         | -         | 10  | none yet                                       |
 * | 6     | p4      | e4        | c3        | 6   | dismissed, "not-indicated", 5 ms before the alert |
 * | 7 (silent) | p5 | e5        | c3        | 6   | an order seen in the record after 1 h          |
 */
const alerts: readonly TrialEvent[] = [
  impression(1, { ...north, patient: 'p1', encounter: 'e1', clinician: 'c1' }),
  impression(2, {
    ...north,
    patient: 'p1',
    encounter: 'e1',
    clinician: 'c1',
    at: nine + 60_000,
    opening: uuid(1),
  }),
  impression(3, { ...north, patient: 'p2', encounter: 'e2', clinician: 'c1' }),
  impression(4, { ...north, patient: 'p2', encounter: 'e2', clinician: 'c2', at: dayTwo }),
  impression(5, { ...north, patient: 'p3', at: dayFive }),
  impression(6, { ...south, patient: 'p4', encounter: 'e4', clinician: 'c3' }),
  impression(7, { ...south, patient: 'p5', encounter: 'e5', clinician: 'c3', stage: 'silent' }),
  reply('acceptance', [11, 1], { ...north, delay: 2_000 }),
  reply('order', [12, 1], { ...north, delay: 5_000 }),
  reply('dismissal', [13, 2, 1], { ...north, delay: 2_900, override: { code: 'not-indicated' } }),
  reply('dismissal', [14, 4], { ...north, delay: 10_000, override: { code: 'später' } }),
  reply('acceptance', [15, 4], { ...north, delay: 60_000 }),
  reply('dismissal', [16, 6], { ...south, delay: -5, override: { code: 'not-indicated' } }),
  reply('order', [17, 7], { ...south, delay: hour, route: 'window' }),
];

const present = (id: number, unit: typeof north, changes: Partial<PatientDays>): TrialEvent =>
  patientDay(id, { ...unit, ...changes });

const days: readonly TrialEvent[] = [
  present(31, north, { patient: 'p1', encounter: 'e1' }),
  present(32, north, { patient: 'p1', encounter: 'e1', day: '2026-10-07' }),
  present(33, north, { patient: 'p2', encounter: 'e2' }),
  present(34, north, {
    patient: 'p2',
    encounter: 'e2',
    day: '2026-10-07',
    midnight: 0,
    elapsed: 0.5,
  }),
  present(35, north, { patient: 'p3', encounter: 'e3', day: '2026-10-10' }),
  present(36, south, { patient: 'p5', encounter: 'e5' }),
  present(37, south, { patient: 'p6', encounter: 'e6' }),
];

/** Two practices of the redesign: three patients with a day each, one alert, accepted. */
const east = practiceOf('Ost', 'redesign');
const west = practiceOf('West', 'redesign');
const redesign: readonly TrialEvent[] = [
  impression(51, { ...east, patient: 'q1', encounter: 'f1', clinician: 'd1' }),
  reply('acceptance', [52, 51], { ...east, delay: 3_001 }),
  present(53, east, { patient: 'q1', encounter: 'f1' }),
  present(54, east, { patient: 'q2', encounter: 'f2' }),
  impression(55, { ...west, patient: 'q3', encounter: 'f3', clinician: 'd2' }),
  present(56, west, { patient: 'q3', encounter: 'f3' }),
];

/** What is not random and is never counted. */
const others: readonly TrialEvent[] = [
  impression(71, { ...north, patient: 'p9', randomized: false, reason: 'forced' }),
  reply('acceptance', [72, 71], { ...north, randomized: false, reason: 'forced' }),
  present(73, north, { patient: 'p9', randomized: false, reason: 'opted-out' }),
];

export const events: readonly TrialEvent[] = [...alerts, ...days, ...redesign, ...others];

/** The stores, each by a name and a way to make one that goes with the test. */
export const stores: readonly (readonly [
  string,
  () => Promise<{ readonly store: Store; readonly dispose: () => Promise<void> }>,
])[] = [
  ['in memory', async () => ({ store: memoryStore(), dispose: async () => undefined })],
  [
    'in the embedded store',
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'rapidcycle-'));
      return {
        store: await openStore(join(folder, 'ledger.db')),
        dispose: () => rm(folder, { recursive: true, force: true }),
      };
    },
  ],
];
