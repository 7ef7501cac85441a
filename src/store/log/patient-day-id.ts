import { derivedId } from '../../events/ids.ts';
import type { EventBase } from '../../events/event.ts';
import type { Trial } from '../../trial/trial.ts';

/** The id of a patient's time at risk on a day: the same day twice is one event. */
export function patientDayId(
  { unit, fingerprint, protocol }: Pick<Trial, 'unit' | 'fingerprint' | 'protocol'>,
  {
    patient,
    unitId,
    reason,
    day,
  }: Pick<EventBase, 'unitId' | 'reason' | 'day'> & { readonly patient: string },
): string {
  const parts = ['patient-days', fingerprint, patient, day];
  // On one day, a patient may be at risk within the arms of a first step and outside them.
  if (protocol.within !== undefined && reason === 'not-enrolled') parts.push(reason);
  // A patient may be at risk in two practices or encounters on one day.
  return unit === 'patient' ? derivedId(...parts) : derivedId(...parts, unitId ?? '');
}

/**
 * The id of a correction of it, which follows from that of its first event: two services that amend at once
 * cannot both have their way.
 *
 * @param first id of the first event of the patient-day
 * @param number from 1
 */
export function amendmentId(first: string, number: number): string {
  return derivedId('amendment', first, String(number));
}
