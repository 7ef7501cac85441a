import type { SubjectIds } from '../../allocation/subject.ts';
import type { Trial } from '../../trial/trial.ts';
import type { RecordedIds } from './port.ts';
import { isUsableId } from '../keys/pseudonym.ts';
import type { NameOf } from '../keys/pseudonym.ts';

/** A subject as it may be written down. */
export interface Identified {
  readonly ids: RecordedIds;
  readonly stratum: string;
}

/** What an event can hold of a text that is not hashed. */
const longestText = 512;

const escapeValue = (value: string): string => value.replace(/[\\;=]/g, '\\$&');

function stratumOf(names: readonly string[], strata: SubjectIds['strata']): string {
  if (names.length === 0) return '';
  const stratum = names.map((name) => `${name}=${escapeValue(strata?.[name] ?? '')}`).join(';');
  // Better the control arm, said so, than a random arm whose events cannot be written.
  if (stratum.length > longestText) {
    throw new RangeError(`the strata of a subject must fit in ${longestText} characters`);
  }
  return stratum;
}

/**
 * Replaces the ids of persons by pseudonyms; a practice is an organisation and stays as it is. An id
 * that is no usable text, or a practice too long to be written, counts as missing. The stratum is `name=value` joined by `;` in protocol
 * order, with `\`, `;` and `=` in a value escaped by a `\`.
 */
export function identify(
  { strata }: Pick<Trial, 'strata'>,
  subject: SubjectIds,
  pseudonym: NameOf,
): Identified {
  const { patient, practice, clinician, encounter } = subject;
  // One by one, because this is done at every alert and a copy of each part would cost more than the rest.
  const ids: { -readonly [K in keyof RecordedIds]: RecordedIds[K] } = {};
  if (isUsableId(patient)) ids.patient = pseudonym('patient', patient);
  if (isUsableId(practice) && practice.length <= longestText) ids.practice = practice;
  if (isUsableId(clinician)) ids.clinician = pseudonym('clinician', clinician);
  if (isUsableId(encounter)) ids.encounter = pseudonym('encounter', encounter);
  return { ids, stratum: stratumOf(strata, subject.strata) };
}

/** A unit's id as it is written down. */
export function unitPseudonym(
  { unit }: Pick<Trial, 'unit'>,
  id: string,
  pseudonym: NameOf,
): string {
  return unit === 'practice' ? id : pseudonym(unit, id);
}
