import type { AnswerBase, EventBase, Impression, TrialEvent } from '../../../src/events/event.ts';
import type { Trial } from '../../../src/index.ts';
import { randomStream } from '../../../src/stats/index.ts';
import { trialWith } from '../../trials.ts';

const dayLength = 86_400_000;
const patients = 20_000;
const practices = 150;
const days = 60;
/** On average, of which 23 are alerts. */
const eventsPerPatientDay = 40;

/** The units of randomisation of the two trials that are measured. */
export type Unit = 'practice' | 'patient';

/** A synthetic trial of sixty days. */
export function trialOf(unit: Unit): Trial {
  return trialWith({ id: `${unit}-trial`, unit, end: '2026-12-04', guardrails: [], secondary: [] });
}

/** The arm of a unit by its number: every other one is in the arm that is tested. */
const armOf = (number: number): string => (number % 2 === 0 ? 'usual' : 'redesign');

/** UUIDs in their order, as new events have them. */
function idOf(number: number): string {
  const hex = number.toString(16).padStart(12, '0');
  return `01990000-${hex.slice(0, 4)}-7000-8000-${hex.slice(4).padStart(12, '0')}`;
}

/**
 * Makes so many events of a trial, in the order in which they happen: alerts (57 %), dismissals (32 %),
 * acceptances (5 %), orders (4 %) and patient-days (2.5 %) of 20,000 patients in 150 practices. The
 * same in every run.
 */
export function* eventsOf(
  trial: Trial,
  { events, unit }: { readonly events: number; readonly unit: Unit },
): Generator<TrialEvent, void> {
  const { integer, next: uniform } = randomStream('store bench');
  const patientDays = Math.ceil(events / eventsPerPatientDay);
  let made = 0;
  const nextId = (): string => idOf((made += 1));

  function* visit(number: number): Generator<TrialEvent, void> {
    const patient = integer(patients);
    const practice = patient % practices;
    const since = Math.floor((number / patientDays) * days) * dayLength;
    const from = trial.startsAt + since;
    const day = new Date(from).toISOString().slice(0, 10);
    const base = (id: string, at: number): EventBase & { readonly patient: string } => ({
      id,
      trial: trial.fingerprint,
      arm: armOf(unit === 'patient' ? patient : practice),
      randomized: true,
      reason: 'hashed',
      unitId: unit === 'patient' ? `patient ${patient}` : `practice ${practice}`,
      patient: `patient ${patient}`,
      practice: `practice ${practice}`,
      clinician: `clinician ${practice}.${patient % 7}`,
      encounter: `encounter ${number}`,
      stratum: '',
      at,
      day,
      receivedAt: at,
    });
    yield {
      ...base(nextId(), from),
      type: 'patient-days',
      calendar: 1,
      midnight: number % 2,
      elapsed: 0.25,
    };
    for (let alerts = 16 + integer(14); alerts > 0; alerts -= 1) {
      const id = nextId();
      const at = from + (30 - alerts) * 600_000;
      const impression: Impression = {
        ...base(id, at),
        type: 'impression',
        stage: 'displayed',
        alert: 'influenza',
        opening: id,
      };
      yield impression;
      const answer = (delay: number): AnswerBase => ({
        ...base(nextId(), at + delay),
        impression: id,
        opening: id,
        alertDay: day,
        delay,
      });
      const draw = uniform();
      if (draw < 0.56) {
        yield { ...answer(4_000), type: 'dismissal', override: { code: 'not-now' } };
      } else if (draw < 0.645) yield { ...answer(9_000), type: 'acceptance' };
      if (draw > 0.58 && draw < 0.65) yield { ...answer(60_000), type: 'order', route: 'window' };
    }
  }

  for (let number = 0; ; number += 1) {
    for (const event of visit(number)) {
      yield event;
      if (made >= events) return;
    }
  }
}

/** The next so many events, or as many as are left. */
export function take(source: Iterator<TrialEvent>, count: number): readonly TrialEvent[] {
  const events: TrialEvent[] = [];
  while (events.length < count) {
    const { value, done } = source.next();
    if (done === true) break;
    events.push(value);
  }
  return events;
}
