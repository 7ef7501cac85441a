import { FhirError } from '../errors.ts';
import type { FhirSource } from './client.ts';
import { idIn, listOf } from './reference.ts';

/**
 * The ids of the patients who are members of a Group now, for the `patients` of `ingest`. The Group is
 * read when the first of them is asked for.
 *
 * @param id of the Group
 * @throws FhirError when there is no such Group, it holds another Group, or no patient
 */
export async function* groupMembers(
  source: Pick<FhirSource, 'read'>,
  id: string,
): AsyncGenerator<string, void, undefined> {
  const group = await source.read('Group', id);
  if (group === undefined) throw new FhirError('the FHIR server holds no such Group');
  const members = listOf(group.member).filter(({ inactive }) => inactive !== true);
  const isNested = members.some(({ entity }) => idIn(entity, 'Group') !== undefined);
  if (isNested) throw new FhirError('a Group of Groups is not read: name each Group of patients');
  const patients = members.flatMap(({ entity }) => idIn(entity, 'Patient') ?? []);
  if (patients.length === 0) throw new FhirError('the Group lists no patient as a member');
  yield* patients;
}
