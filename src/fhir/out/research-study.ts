import { calendarDay } from '../../trial/calendar.ts';
import { metricNamed } from '../../trial/outcome.ts';
import type { Arm, Outcome } from '../../trial/protocol.ts';
import type { Trial } from '../../trial/trial.ts';
import { groupId } from './groups.ts';
import type { Names, NamingOptions } from './names.ts';
import { labelsOf, namesOf, plainText, referenceTo } from './names.ts';
import type { Phase, PhaseOptions } from './phase.ts';
import { phaseAt } from './phase.ts';
import type { OutConcept, OutResearchStudy } from './resources.ts';

/** When the trial is looked at, and how it is named. */
export interface StudyOptions extends NamingOptions, PhaseOptions {}

// Extensions by which R4 says what R5 has elements for.
const fromR5 =
  'http://hl7.org/fhir/5.0/StructureDefinition/extension-ResearchStudy.comparisonGroup';

const determinations = {
  'quality-improvement': 'quality improvement',
  'research-with-consent': 'research with consent',
  'research-with-waiver': 'research with a waiver of consent',
  synthetic: 'synthetic data',
} as const;

/**
 * A trial as a FHIR R4 ResearchStudy: its arms, dates, state and outcomes. Its id is the fingerprint of
 * its protocol, so that a changed protocol is another study. Arms have the ids of R5 by extension,
 * `arm-1` for the first of the protocol.
 *
 * @throws RangeError when `asOf` or `base` is malformed
 * @see https://hl7.org/fhir/R4/researchstudy.html
 */
export function researchStudy(trial: Trial, options: StudyOptions): OutResearchStudy {
  return studyOf(trial, phaseAt(trial, options), namesOf(trial, options));
}

/** A trial in a phase, named. */
export function studyOf(trial: Trial, phase: Phase, names: Names): OutResearchStudy {
  const { protocol, fingerprint } = trial;
  return {
    resourceType: 'ResearchStudy',
    id: fingerprint,
    ...labelsOf(trial, { pseudonyms: false }),
    identifier: [
      names.identifier('protocol', fingerprint),
      names.identifier('trial', `${trial.id}/${trial.round}`),
    ],
    title: plainText(trial.title),
    status: statusIn(trial, phase),
    primaryPurposeType: {
      coding: [
        {
          system: 'http://terminology.hl7.org/CodeSystem/research-study-prim-purp-type',
          code: 'health-services-research',
          display: 'Health Services Research',
        },
      ],
    },
    phase: {
      coding: [
        {
          system: 'http://terminology.hl7.org/CodeSystem/research-study-phase',
          code: 'n-a',
          display: 'N/A',
        },
      ],
    },
    category: [
      { text: 'Randomised trial of an alert' },
      { text: `Randomised by ${trial.unit}` },
      { text: capital(determinations[protocol.governance.determination]) },
    ],
    description: plainText(descriptionOf(trial)),
    period: {
      start: protocol.start,
      end: isWithdrawn(trial, phase) ? undefined : calendarDay(phase.endsAt - 1, protocol.timeZone),
    },
    arm: trial.arms.map((arm, i) => armOf(trial, arm, i)),
    objective: [
      objective(trial, trial.primary, 'primary'),
      ...trial.guardrails.map((each) => objective(trial, each, 'secondary', 'Guardrail')),
      ...trial.secondary.map((each) => objective(trial, each, 'secondary')),
    ],
  };
}

/** Whether it was stopped before it began. */
function isWithdrawn({ startsAt }: Trial, { early, endsAt }: Phase): boolean {
  return early && endsAt <= startsAt;
}

function statusIn(trial: Trial, phase: Phase): OutResearchStudy['status'] {
  if (isWithdrawn(trial, phase)) return 'withdrawn';
  switch (phase.name) {
    case 'before':
      return 'approved';
    case 'running':
      return 'active';
    case 'following':
      return 'closed-to-accrual-and-intervention';
    case 'over':
      return phase.early ? 'administratively-completed' : 'completed';
  }
}

function descriptionOf({ id, round, unit, timeZone, protocol }: Trial): string {
  const { determination, reference, owner } = protocol.governance;
  return [
    `Trial ${id}, round ${round}: an alert in variants, randomised by ${unit}.`,
    `Determination: ${determinations[determination]}; reference: ${reference}; owner: ${owner}.`,
    `Calendar days are those of ${timeZone}.`,
  ].join(' ');
}

function armOf(trial: Trial, arm: Arm, index: number): OutResearchStudy['arm'][number] {
  const shown = arm.silent === true ? 'the alert is not shown' : 'the alert is shown';
  return {
    extension: [
      { url: `${fromR5}.linkId`, valueId: `arm-${index + 1}` },
      ...(trial.unit === 'practice' || trial.unit === 'clinician'
        ? [
            {
              url: `${fromR5}.observedGroup`,
              valueReference: referenceTo('Group', groupId(trial, arm.name)),
            },
          ]
        : []),
    ],
    name: arm.name,
    type: { text: `${arm.name === trial.control ? 'Control arm' : 'Tested arm'}: ${shown}` },
    description: arm.description === undefined ? undefined : textOrNothing(arm.description),
  };
}

function objective(
  trial: Trial,
  { metric, better }: Outcome,
  code: 'primary' | 'secondary',
  text?: string,
): { readonly name: string; readonly type: OutConcept } {
  const title = metricNamed(metric, trial.metrics)?.title ?? metric;
  return {
    name: plainText(`${title} (${better} is better)`),
    type: {
      coding: [
        {
          system: 'http://terminology.hl7.org/CodeSystem/research-study-objective-type',
          code,
          display: capital(code),
        },
      ],
      text,
    },
  };
}

/** FHIR has no empty texts. */
function textOrNothing(text: string): string | undefined {
  return text.trim() === '' ? undefined : plainText(text);
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
