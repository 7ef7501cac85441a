import type { Subject } from '../../allocation/subject.ts';
import { EventError } from '../../errors.ts';
import type { PatientDays } from '../../events/event.ts';
import { newId } from '../../events/ids.ts';
import { parseEvent } from '../../events/schema.ts';
import { calendarDay, startOfDay } from '../../trial/calendar.ts';
import type { Protocol } from '../../trial/protocol.ts';
import type { Trial } from '../../trial/trial.ts';
import type { Composer } from './compose.ts';
import type { Impressions } from './impressions.ts';
import type { PatientDayDetails, Recorded, Settlement, TrialLog } from './port.ts';
import { amendmentId, patientDayId } from './patient-day-id.ts';
import type { Recorder } from './recorder.ts';
import { dayLength, wholeMilliseconds } from './share-of-day.ts';

/** What time at risk is written down with. */
export interface PatientDayOptions<P extends Protocol> {
  readonly trial: Trial<P>;
  readonly composer: Composer;
  readonly recorder: Recorder;
  /** Finds a patient-day or an amendment of one in the ledger. */
  readonly find: Impressions['patientDay'];
  readonly assign: TrialLog<P>['assign'];
}

// A service that counts down to nothing may well end at -0, which is nothing too.
const plain = (share: number): number => (share === 0 ? 0 : share);

// Whoever is overtaken so often has others correct one day at the same moment, again and again.
const mostAttempts = 20;

/** Calendar day, midnight and time elapsed, in whole milliseconds. */
type Time = readonly [number, number, number];

const inMilliseconds = ({ calendar, midnight, elapsed }: PatientDayDetails | PatientDays): Time => [
  wholeMilliseconds(calendar),
  wholeMilliseconds(midnight),
  wholeMilliseconds(elapsed),
];

const plus = (left: Time, right: Time): Time => [
  left[0] + right[0],
  left[1] + right[1],
  left[2] + right[2],
];

const minus = (left: Time, right: Time): Time => [
  left[0] - right[0],
  left[1] - right[1],
  left[2] - right[2],
];

/** Two random arms contradict each other: then something is wrong that no correction of hours mends. */
const contradicts = (first: PatientDays, wanted: PatientDays): boolean =>
  first.randomized && wanted.randomized && first.arm !== wanted.arm;

/**
 * What must be written so that the ledger says of a patient-day what `wanted` says: an amendment by
 * the difference to what stands, or nothing but its first event where that is said already.
 *
 * Its id follows from the first event and its number, so what is sent again changes nothing.
 */
async function amendmentOf(
  wanted: PatientDays,
  { first, find }: { readonly first: PatientDays } & Pick<PatientDayOptions<Protocol>, 'find'>,
): Promise<PatientDays> {
  // What is wrong with the values must not hide in a difference.
  parseEvent(wanted);
  let standing = inMilliseconds(first);
  for (let number = 1; ; number += 1) {
    const id = amendmentId(first.id, number);
    // oxlint-disable-next-line no-await-in-loop -- whether there is another depends on this one
    const amendment = await find(id);
    if (amendment !== undefined) {
      standing = plus(standing, inMilliseconds(amendment));
      continue;
    }
    const difference = minus(inMilliseconds(wanted), standing);
    if (difference.every((milliseconds) => milliseconds === 0)) return first;
    const [calendar, midnight, elapsed] = difference;
    return {
      // The patient was assigned once, however often his day is corrected.
      ...first,
      id,
      receivedAt: wanted.receivedAt,
      calendar: calendar / dayLength,
      midnight: midnight / dayLength,
      elapsed: elapsed / dayLength,
      amends: first.id,
    };
  }
}

/**
 * Makes what writes time at risk down, and amends what turns out to have been otherwise. It throws
 * where the day or the subject is malformed.
 */
export function patientDaysOf<P extends Protocol>(
  options: PatientDayOptions<P>,
): TrialLog<P>['patientDays'] {
  const { trial, composer, recorder } = options;
  const find: Impressions['patientDay'] = async (id) => {
    try {
      return await options.find(id);
    } catch {
      // Of a server that is away it is not known what stands there, and a spool still takes what is new:
      // an id that says something else there is refused, and never counted twice.
      return undefined;
    }
  };
  const inTurn = new Map<string, Promise<unknown>>();

  const firstOf = (subject: Subject<P['unit']>, details: PatientDayDetails): PatientDays => {
    const { day, calendar, midnight, elapsed } = details;
    const at = startOfDay(day, trial.timeZone);
    if (calendarDay(at, trial.timeZone) !== day) {
      throw new EventError([
        { path: 'day', message: `${day} did not take place in ${trial.timeZone}` },
      ]);
    }
    const assignment = options.assign(subject, { at });
    const { ids, unitId, reason } = assignment;
    // An unknown patient is refused by the schema of events, with the reason.
    const { patient = '' } = ids;
    const id = patient === '' ? newId() : patientDayId(trial, { patient, unitId, reason, day });
    return {
      ...composer.base(assignment, { id, at }),
      type: 'patient-days',
      patient,
      calendar: plain(calendar),
      midnight: plain(midnight),
      elapsed: plain(elapsed),
    };
  };

  const write = (wanted: PatientDays, before: Promise<unknown>): Promise<Settlement> => {
    const { arm, at } = wanted;
    return recorder.record({
      arm,
      at,
      write: async (append) => {
        await before;
        for (let attempt = 1; ; attempt += 1) {
          const first = await find(wanted.id);
          // The ledger refuses a contradiction itself, in its own words.
          const stands = first !== undefined && !contradicts(first, wanted);
          const event = stands ? await amendmentOf(wanted, { first, find }) : wanted;
          const settlement = await append(event);
          // Another service was first: what remains to be said is the difference to that.
          const isOvertaken =
            settlement.status === 'rejected' && (first === undefined || event.amends !== undefined);
          if (isOvertaken && attempt < mostAttempts) continue;
          const amended = event.amends !== undefined && settlement.status === 'durable';
          return amended ? { ...settlement, amended } : settlement;
        }
      },
    });
  };

  return (subject, details): Recorded => {
    const wanted = firstOf(subject, details);
    const { id } = wanted;
    const before = inTurn.get(id) ?? Promise.resolve();
    const settled = write(wanted, before);
    // One that was refused at once must not let the next overtake those before it.
    const turn: Promise<unknown> = Promise.all([before, settled]).finally(() => {
      if (inTurn.get(id) === turn) inTurn.delete(id);
    });
    inTurn.set(id, turn);
    return { id, settled };
  };
}
