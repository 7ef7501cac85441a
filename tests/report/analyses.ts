import type { TrialAnalysis } from '../../src/analysis/index.ts';
import { analyze } from '../../src/analysis/index.ts';
import type { Trial, TrialEvent } from '../../src/index.ts';
import { randomStream } from '../../src/stats/index.ts';
import type { Store } from '../../src/store/index.ts';
import { memoryStore } from '../../src/store/index.ts';
import { eventsOf } from '../analysis/integrity/events.ts';
import { trialWith } from '../trials.ts';
import type { ClinicSize } from './clinic.ts';
import { clinic, ledgerOf } from './clinic.ts';

/** After the last response window of the trials here. */
export const over: number = Date.UTC(2026, 10, 20);
/** Before their planned end. */
export const running: number = Date.UTC(2026, 9, 31);

const draws = 499;

/** Ten practices: so few that re-randomisation decides, and all assignments are gone through. */
export async function tenPractices(
  changes: Readonly<Record<string, unknown>> = {},
): Promise<TrialAnalysis> {
  const trial = trialWith({ unit: 'practice', decision: { draws }, ...changes });
  const held = clinic(
    trial,
    {
      usual: { alertsPerDay: 5, acceptance: 0.12 },
      redesign: { alertsPerDay: 2.5, acceptance: 0.2 },
    },
    { seed: 'ten', units: 10, patientsPerUnit: 12, days: 20 },
  );
  return analyze(trial, ledgerOf(trial, held), { asOf: over });
}

const cells = [
  { name: 'early-short', factors: { timing: 'early', wording: 'short' } },
  { name: 'early-long', factors: { timing: 'early', wording: 'long' } },
  { name: 'late-short', factors: { timing: 'late', wording: 'short' } },
  { name: 'late-long', factors: { timing: 'late', wording: 'long' } },
] as const;

/** A 2 × 2 factorial trial by patient, with two strata of which one has a rare value. */
export async function factorialTrial(
  changes: Readonly<Record<string, unknown>> = {},
): Promise<TrialAnalysis> {
  const trial = trialWith({
    arms: cells.map((cell) => ({ ...cell, weight: 1, content: {} })),
    control: 'early-short',
    strata: ['language', 'age'],
    decision: { draws },
    ...changes,
  });
  const held = clinic(
    trial,
    {
      'early-short': { alertsPerDay: 4, acceptance: 0.2 },
      'early-long': { alertsPerDay: 4, acceptance: 0.15 },
      'late-short': { alertsPerDay: 3, acceptance: 0.2 },
      'late-long': { alertsPerDay: 2, acceptance: 0.25 },
    },
    { seed: 'factorial', units: 320, days: 30 },
  );
  const stream = randomStream('strata');
  const rows = held.rows.map((row) => {
    const u = stream.next();
    const language = u < 0.02 ? 'Haitian Creole' : u < 0.3 ? 'Spanish' : 'English';
    return { ...row, stratum: `language=${language};age=${stream.next() < 0.5 ? '<65' : '65+'}` };
  });
  return analyze(trial, ledgerOf(trial, { ...held, rows }), { asOf: over });
}

/** Two arms that do the same, of which equivalence is claimed. */
export async function equivalentArms(
  claim: Readonly<Record<string, unknown>> = {
    kind: 'equivalence',
    scale: 'ratio',
    lower: 0.8,
    upper: 1.25,
  },
  size: Partial<ClinicSize> = {},
): Promise<TrialAnalysis> {
  const trial = trialWith({ decision: { draws, claim } });
  const alike = { alertsPerDay: 4, acceptance: 0.2 };
  const held = clinic(
    trial,
    { usual: alike, redesign: alike },
    { seed: 'alike', units: 900, days: 40, ...size },
  );
  return analyze(trial, ledgerOf(trial, held), { asOf: over });
}

/** What goes wrong in the ledger of events below. */
export interface Faults {
  /** Answers of the redesign that are lost, as a share. */
  readonly lost?: number;
  /** Answers after the response window. */
  readonly late?: number;
  /** Alerts that are answered and missing. */
  readonly missing?: number;
  /** Patients who stand in both arms. */
  readonly moved?: number;
}

/** A ledger of events: patients of eight practices and twelve clinicians over three weeks. */
async function eventLedger(trial: Trial, faults: Faults = {}): Promise<Store> {
  const { lost = 0, late = 0, missing = 0, moved = 0 } = faults;
  const { alert, answer, days, noon } = eventsOf(trial);
  const stream = randomStream('events');
  const events: TrialEvent[] = [];
  for (let patient = 0; patient < 120; patient += 1) {
    const arm = stream.next() < 0.5 ? 'usual' : 'redesign';
    const unitId = `u${patient}`;
    const own = { unitId, patient: unitId, practice: `practice ${patient % 8}` };
    const first = stream.integer(20);
    for (let stay = 0; stay < 3; stay += 1) {
      const at = noon + (first + stay - 4) * 86_400_000;
      const day = new Date(at).toISOString().slice(0, 10);
      const given = stay === 2 && patient < moved ? other(arm) : arm;
      events.push(days({ ...own, arm: given, at, day }));
      const fired = given === 'usual' ? 3 : 2;
      for (let i = 0; i < fired; i += 1) {
        const clinician = `clinician ${(patient + i) % 12}`;
        const shown = alert({ ...own, arm: given, at: at + i * 600_000, day, clinician });
        events.push(shown);
        if (stream.next() < (given === 'redesign' ? 0.7 * (1 - lost) : 0.7)) {
          const delay = Math.round(4_000 + 40_000 * stream.next() ** 3);
          const type = stream.next() < 0.3 ? 'acceptance' : 'dismissal';
          events.push(
            answer(shown, {
              ...own,
              type,
              delay,
              at: shown.at + delay,
              receivedAt: shown.at + delay,
            }),
          );
        }
      }
    }
  }
  const day = new Date(noon).toISOString().slice(0, 10);
  const extra = { unitId: 'extra', patient: 'extra' };
  if (late > 0 || missing > 0) events.push(days({ ...extra, at: noon, day }));
  for (let i = 0; i < late; i += 1) {
    const delay = trial.responseWindow + 60_000;
    const opened = alert({ ...extra, at: noon + 1_000_000 * (1 + i), day });
    events.push(
      opened,
      answer(opened, { ...extra, delay, at: opened.at + delay, receivedAt: opened.at + delay }),
    );
  }
  for (let i = 0; i < missing; i += 1) events.push(answer(alert({ ...extra, day }), extra));
  const store = memoryStore({ key: 'a'.repeat(64) });
  await store.register(trial);
  await store.append(events);
  return store;
}

function other(arm: string): string {
  return arm === 'usual' ? 'redesign' : 'usual';
}

/** Two arms by patient with their events. */
export async function withEvents(faults: Faults = {}): Promise<TrialAnalysis> {
  const trial = trialWith({ decision: { draws } });
  return analyze(trial, await eventLedger(trial, faults), { asOf: over });
}
