import { EventError } from '../../errors.ts';
import type { AnswerBase, Impression, TrialEvent } from '../../events/event.ts';
import { newId, newImpressionId } from '../../events/ids.ts';
import type { Protocol } from '../../trial/protocol.ts';
import type { Trial } from '../../trial/trial.ts';
import type { Composer } from './compose.ts';
import { composingError } from './compose.ts';
import type { Impressions } from './impressions.ts';
import type { AnswerDetails, Recorded, TrialLog } from './port.ts';
import { unknownArm } from './losses.ts';
import type { Openings } from './openings.ts';
import { patientDaysOf } from './patient-day.ts';
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
    return { id, settled: recorder.record({ write: (append) => append(event), arm, at }) };
  };

  const answer = (
    impression: string,
    details: AnswerDetails,
    complete: (base: AnswerBase) => TrialEvent,
    mayBeSilent = false,
  ): Recorded => {
    const { id = newId(), at = now() } = details;
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
    const write: Parameters<Recorder['record']>[0]['write'] = async (append) => {
      const made = await event();
      return made === undefined ? { status: 'unknown' } : append(made);
    };
    return { id, settled: recorder.record({ write, arm, at }) };
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

  const patientDays = patientDaysOf({
    trial,
    composer,
    recorder,
    find: (id) => impressions.patientDay(id),
    assign: options.assign,
  });

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
