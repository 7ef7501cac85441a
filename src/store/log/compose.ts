import { EventError, messageOf, RapidcycleError } from '../../errors.ts';
import type { AnswerBase, EventBase, Gap, Impression } from '../../events/event.ts';
import { newId } from '../../events/ids.ts';
import { calendarDay } from '../../trial/calendar.ts';
import type { Trial } from '../../trial/trial.ts';
import type { AnswerDetails, LoggedAssignment } from './port.ts';
import type { Loss } from './losses.ts';

/** Makes the parts that events have in common. */
export interface Composer {
  base(
    assignment: LoggedAssignment,
    event: { readonly id: string; readonly at: number },
  ): EventBase;
  answer(
    impression: Impression,
    details: AnswerDetails & { readonly id: string; readonly at: number },
  ): AnswerBase;
  readonly gap: (loss: Loss) => Gap;
}

const quarter = 900_000;
/** From here on, every zone is whole quarters of an hour from UTC, so that days begin with one. */
const wholeQuarters = Date.UTC(1973, 0, 1);

/** The calendar day of an instant, which is mostly that of the one before. */
function daysIn(timeZone: string): (at: number) => string {
  let last = Number.NaN;
  let day = '';
  return (at) => {
    if (!(at >= wholeQuarters)) return calendarDay(at, timeZone);
    const begun = Math.floor(at / quarter);
    if (begun !== last) {
      day = calendarDay(at, timeZone);
      last = begun;
    }
    return day;
  };
}

/**
 * A composer for one trial.
 *
 * @param now the clock, whole milliseconds
 */
export function composerOf(
  { fingerprint, timeZone, arms }: Pick<Trial, 'fingerprint' | 'timeZone' | 'arms'>,
  now: () => number,
): Composer {
  const names = new Set(arms.map(({ name }) => name));
  const dayOf = daysIn(timeZone);
  return {
    base: (assignment, { id, at }) => {
      if (assignment.fingerprint !== fingerprint) {
        throw new EventError([
          {
            path: 'trial',
            message: 'the assignment is of another trial: use the log of that trial',
          },
        ]);
      }
      const { arm, randomized, reason, unitId, ids, stratum } = assignment;
      // The ledger cannot be mended: one row of an arm that does not exist would stop every analysis.
      if (!names.has(arm)) {
        throw new EventError([
          {
            path: 'arm',
            message: `"${arm}" is no arm of the trial: take the assignment as the log gave it`,
          },
        ]);
      }
      const day = dayOf(at);
      return {
        id,
        trial: fingerprint,
        arm,
        randomized,
        reason,
        unitId,
        patient: ids.patient,
        practice: ids.practice,
        clinician: ids.clinician,
        encounter: ids.encounter,
        stratum,
        at,
        day,
        receivedAt: now(),
      };
    },
    answer: (impression, { id, at }) => ({
      id,
      trial: fingerprint,
      arm: impression.arm,
      randomized: impression.randomized,
      reason: impression.reason,
      unitId: impression.unitId,
      patient: impression.patient,
      practice: impression.practice,
      clinician: impression.clinician,
      encounter: impression.encounter,
      stratum: impression.stratum,
      at,
      day: dayOf(at),
      receivedAt: now(),
      impression: impression.id,
      opening: impression.opening,
      alertDay: impression.day,
      delay: at - impression.at,
    }),
    gap: ({ arm, from, to, count }) => {
      const at = now();
      return {
        id: newId(),
        trial: fingerprint,
        arm,
        // Who was lost is not known, so a gap is never counted for a unit.
        randomized: false,
        reason: 'fault',
        unitId: null,
        stratum: '',
        at,
        day: dayOf(at),
        receivedAt: at,
        type: 'gap',
        from,
        to,
        count,
      };
    },
  };
}

/** Whatever went wrong while an event was made, as the error that says so. */
export function composingError(cause: unknown): RapidcycleError {
  if (cause instanceof RapidcycleError) return cause;
  return new EventError([{ path: '', message: messageOf(cause) }], { cause });
}
