import { newId } from '../../src/events/ids.ts';
import type { EventBase, Impression, PatientDays, TrialEvent } from '../../src/events/event.ts';
import type { RandomStream } from '../../src/stats/random.ts';
import { calendarDay } from '../../src/trial/calendar.ts';
import { hour, nine, trial } from '../store/fixtures.ts';

const dayLength = 24 * hour;
const units = 12;
const largest = 100;
const remembered = 40;

/** Batches as one caller of a service appends them: from one event to a hundred, without end. */
export interface Batches {
  /** Each event names its batch and the size of it, so that a torn batch shows in the ledger. */
  readonly next: () => readonly TrialEvent[];
}

/** The name and the size of the batch that an event belongs to. */
export function batchOf({ practice = '' }: EventBase): {
  readonly name: string;
  readonly size: number;
} {
  const [name = '', size = '0'] = practice.split(' of ');
  return { name, size: Number(size) };
}

/** What happens to a few synthetic patients over three days, in a random order. */
export function batchesOf(caller: string, { integer, next: uniform }: RandomStream): Batches {
  const shown: Impression[] = [];
  let present: PatientDays | undefined;
  let batch = 0;

  const baseOf = (practice: string): EventBase & { readonly patient: string } => {
    const at = nine + integer(3) * dayLength + integer(hour);
    const unit = integer(units);
    return {
      id: newId(),
      trial: trial.fingerprint,
      arm: unit % 2 === 0 ? 'usual' : 'redesign',
      ...(uniform() < 0.95
        ? { randomized: true, reason: 'hashed' }
        : { randomized: false, reason: 'forced' }),
      unitId: `unit ${unit}`,
      patient: `patient ${unit}.${integer(3)}`,
      practice,
      stratum: '',
      at,
      day: calendarDay(at, trial.timeZone),
      receivedAt: at,
    };
  };
  const impressionIn = (practice: string): Impression => {
    const base = baseOf(practice);
    const earlier = shown.at(-1);
    const impression: Impression = {
      ...base,
      type: 'impression',
      stage: (['returned', 'displayed', 'silent'] as const)[integer(3)] ?? 'displayed',
      alert: 'influenza',
      opening: earlier?.unitId === base.unitId && uniform() < 0.5 ? earlier.opening : base.id,
    };
    if (shown.length < remembered) shown.push(impression);
    else shown[integer(remembered)] = impression;
    return impression;
  };
  const answerIn = (practice: string, to: Impression): TrialEvent => {
    const delay = [-hour, 0, 60_000, dayLength, dayLength + 1][integer(5)] ?? 0;
    const { day: alertDay, opening, id: impression, ...base } = to;
    const { randomized, reason, arm, unitId, patient, stratum } = base;
    const common = {
      id: newId(),
      trial: trial.fingerprint,
      randomized,
      reason,
      arm,
      unitId,
      stratum,
      patient,
      practice,
      impression,
      opening,
      alertDay,
      delay,
      at: to.at + delay,
      receivedAt: to.at + delay,
      day: calendarDay(to.at + delay, trial.timeZone),
    };
    switch (integer(3)) {
      case 0:
        return { ...common, type: 'dismissal', override: { code: 'not now' } };
      case 1:
        return { ...common, type: 'acceptance', suggestion: 'vaccinate' };
      default: {
        const route = (['click', 'tag', 'window'] as const)[integer(3)] ?? 'click';
        return { ...common, type: 'order', route };
      }
    }
  };
  const eventIn = (practice: string): TrialEvent => {
    const draw = uniform();
    const to = shown[integer(remembered)];
    if (draw < 0.55 && to !== undefined) return answerIn(practice, to);
    if (draw > 0.9) {
      const base = baseOf(practice);
      if (present !== undefined && uniform() < 0.3) {
        // It turned out that the patient was not there.
        const { id: amends, calendar, midnight, elapsed, ...day } = present;
        present = undefined;
        const difference = { calendar: -calendar, midnight: 0 - midnight, elapsed: -elapsed };
        return { ...day, ...difference, id: base.id, practice, amends };
      }
      present = {
        ...base,
        type: 'patient-days',
        calendar: 1,
        midnight: integer(2),
        elapsed: uniform(),
      };
      return present;
    }
    return impressionIn(practice);
  };

  return {
    next: () => {
      batch += 1;
      // Most are small, as an alert service makes them.
      const size = uniform() < 0.6 ? 1 : 1 + integer(largest);
      const practice = `${caller} ${batch} of ${size}`;
      return Array.from({ length: size }, () => eventIn(practice));
    },
  };
}
