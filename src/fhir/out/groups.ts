import type { Allocation } from '../../allocation/index.ts';
import { derivedId } from '../../events/ids.ts';
import type { Trial } from '../../trial/trial.ts';
import type { Names } from './names.ts';
import { knownAs, labelsOf, plainText, referenceTo } from './names.ts';
import type { Participant } from './participants.ts';
import type { Phase } from './phase.ts';
import { periodOf } from './research-subjects.ts';
import type { OutGroup } from './resources.ts';

/** The id of the group of an arm. */
export function groupId({ fingerprint }: Pick<Trial, 'fingerprint'>, arm: string): string {
  return derivedId('fhir', 'Group', fingerprint, arm);
}

/** What a group of an arm is made of. */
export interface GroupSources {
  readonly participants: readonly Participant[];
  /** The list of a trial that allocates from one. */
  readonly allocation: Allocation | undefined;
  readonly phase: Phase;
  readonly names: Names;
}

/**
 * An arm of a trial of practices or clinicians, with those who were randomised to it: R4's ResearchSubject
 * can only be a patient. A practice stands there as a group of persons that is known by the practice's own
 * id. Practices of the list stand there before anything happened in them.
 *
 * @see https://hl7.org/fhir/R4/group.html
 */
export function armGroup(trial: Trial, arm: string, sources: GroupSources): OutGroup {
  const { participants, phase, names } = sources;
  const kind = trial.unit === 'clinician' ? 'clinician' : 'practice';
  const type = kind === 'clinician' ? 'Practitioner' : 'Group';
  const own = participants.filter((each) => each.arm === arm);
  const known = new Set(own.map(({ unitId }) => unitId));
  const waiting = kind === 'practice' ? listedIn(arm, sources.allocation) : [];
  const member = [
    ...own.map((each) => ({
      entity: knownAs(type, names.identifier(kind, each.unitId)),
      period: periodOf(trial, each, phase),
    })),
    ...waiting
      .filter((id) => !known.has(id))
      .map((id) => ({ entity: knownAs(type, names.identifier(kind, id)) })),
  ];
  const id = groupId(trial, arm);
  return {
    resourceType: 'Group',
    id,
    ...labelsOf(trial, { pseudonyms: kind === 'clinician' }),
    identifier: [names.identifier('arm', id)],
    type: kind === 'clinician' ? 'practitioner' : 'person',
    actual: true,
    code: { text: 'Arm of a randomised trial' },
    name: plainText(`${trial.id}, round ${trial.round}: ${arm}`),
    quantity: member.length,
    characteristic: [
      {
        code: { text: 'Randomised in' },
        valueReference: referenceTo('ResearchStudy', trial.fingerprint),
        exclude: false,
      },
      {
        code: { text: 'Randomised to the arm' },
        valueCodeableConcept: { text: arm },
        exclude: false,
      },
    ],
    member: member.length === 0 ? undefined : member,
  };
}

/** The practices that a list gives an arm, in some period at least. */
function listedIn(arm: string, allocation: Allocation | undefined): readonly string[] {
  const added = (allocation?.amendments ?? []).flatMap((each) =>
    each.kind === 'add' ? each.clusters : [],
  );
  return [...(allocation?.clusters ?? []), ...added]
    .filter(({ arms }) => arms.includes(arm))
    .map(({ id }) => id);
}
