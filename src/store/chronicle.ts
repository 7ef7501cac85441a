import type { Subject } from '../allocation/subject.ts';
import { EventError } from '../errors.ts';
import type { AnswerBase, Impression, TrialEvent } from '../events/event.ts';
import { derivedId, newId, newImpressionId } from '../events/ids.ts';
import { calendarDay, startOfDay } from '../trial/calendar.ts';
import type { Protocol } from '../trial/protocol.ts';
import type { Trial } from '../trial/trial.ts';
import type { Composer } from './compose.ts';
import { composingError } from './compose.ts';
import type { Impressions } from './impressions.ts';
import type {
  AnswerDetails,
  LoggedAssignment,
  PatientDayDetails,
  Recorded,
  TrialLog,
} from './log-port.ts';
import { unknownArm } from './losses.ts';
import type { Openings } from './openings.ts';
import type { Recorder } from './recorder.ts';

/** The part of a log that writes down what happened. */
export type Chronicle<P extends Protocol> = Pick<
  TrialLog<P>,
  'impression' | 'dismissal' | 'acceptance' | 'acceptedOrder' | 'patientDays' | 'deviation'
>;

/** What a chronicle works with. */
export interface ChronicleOptions<P extends Protocol> {
  readonly trial: Trial<P>;
  readonly composer: Composer;
  readonly recorder: Recorder;
  readonly openings: Openings;
  readonly impressions: Impressions;
  readonly now: () => number;
  readonly assign: TrialLog<P>['assign'];
}

/** The id of a patient's time at risk on a day: the same day twice is one event. */
function patientDayId(
  { unit, fingerprint, protocol }: Pick<Trial, 'unit' | 'fingerprint' | 'protocol'>,
  { ids, unitId, reason }: LoggedAssignment,
  day: string,
): string {
  if (ids.patient === undefined) return newId();
  const parts = ['patient-days', fingerprint, ids.patient, day];
  // On one day, a patient may be at risk within the arms of a first step and outside them.
  if (protocol.within !== undefined && reason === 'not-enrolled') parts.push(reason);
  // A patient may be at risk in two practices or encounters on one day.
  return unit === 'patient' ? derivedId(...parts) : derivedId(...parts, unitId ?? '');
}

/** A chronicle whose methods never throw. */
export function chronicleOf<P extends Protocol>(options: ChronicleOptions<P>): Chronicle<P> {
  const { trial, composer, recorder, openings, impressions, now } = options;

  const reject = (id: string, cause: unknown): Recorded => ({
    id,
    settled: recorder.reject(cause),
  });
  const guarded = (make: () => Recorded): Recorded => {
    try {
      return make();
    } catch (cause) {
      return reject(newId(), cause);
    }
  };
  const record = (event: TrialEvent): Recorded => {
    const { id, arm, at } = event;
    return { id, settled: recorder.record({ event: async () => event, arm, at }) };
  };

  const answer = (
    impression: string,
    details: AnswerDetails,
    complete: (base: AnswerBase) => TrialEvent,
    mayBeSilent = false,
  ): Recorded => {
    const received = now();
    const { id = newId(), at = received } = details;
    const event = async (): Promise<TrialEvent | undefined> => {
      const found = await impressions.find(impression);
      if (found === undefined) return undefined;
      if (found.stage === 'silent' && !mayBeSilent) {
        throw new EventError([
          {
            path: 'impression',
            message:
              'a silent alert was not shown, so nobody can have answered it: an order that was seen afterwards has the route "window"',
          },
        ]);
      }
      try {
        return complete(composer.answer(found, { id, at }));
      } catch (cause) {
        throw composingError(cause);
      }
    };
    const arm = impressions.peek(impression)?.arm ?? unknownArm;
    // The time of an answer that could not be made may be no time.
    const lostAt = Number.isSafeInteger(at) && at >= 0 ? at : received;
    return { id, settled: recorder.record({ event, arm, at: lostAt }) };
  };

  const impression: Chronicle<P>['impression'] = (assignment, details) => {
    try {
      const { id = newImpressionId(), at = now(), stage, alert } = details;
      const base = composer.base(assignment, { id, at });
      const opening = openings.of({ ...base, alert });
      const event: Impression = { ...base, type: 'impression', stage, alert, opening };
      const recorded = record(event);
      impressions.add(event, recorded.settled);
      return { ...recorded, repeat: opening !== id };
    } catch (cause) {
      return { ...reject(newId(), cause), repeat: false };
    }
  };

  const patientDays = (subject: Subject<P['unit']>, details: PatientDayDetails): Recorded => {
    const { day, calendar, midnight, elapsed } = details;
    const at = startOfDay(day, trial.timeZone);
    if (calendarDay(at, trial.timeZone) !== day) {
      throw new EventError([
        { path: 'day', message: `${day} did not take place in ${trial.timeZone}` },
      ]);
    }
    const assignment = options.assign(subject, { at });
    const id = patientDayId(trial, assignment, day);
    const base = composer.base(assignment, { id, at });
    // An unknown patient is refused by the schema of events, with the reason.
    const patient = base.patient ?? '';
    return record({ ...base, type: 'patient-days', patient, calendar, midnight, elapsed });
  };

  return {
    impression,
    dismissal: (id, details = {}) =>
      guarded(() =>
        answer(id, details, (base) => ({
          ...base,
          type: 'dismissal',
          override: details.override,
        })),
      ),
    acceptance: (id, details = {}) =>
      guarded(() =>
        answer(id, details, (base) => ({
          ...base,
          type: 'acceptance',
          suggestion: details.suggestion,
        })),
      ),
    acceptedOrder: (id, details) =>
      guarded(() =>
        answer(
          id,
          details,
          (base) => ({
            ...base,
            type: 'order',
            route: details.route,
            order: details.order,
          }),
          details.route === 'window',
        ),
      ),
    patientDays: (subject, details) => guarded(() => patientDays(subject, details)),
    deviation: (assignment, what, { at = now() } = {}) =>
      guarded(() =>
        record({
          ...composer.base(assignment, { id: newId(), at }),
          type: 'deviation',
          what,
        }),
      ),
  };
}
