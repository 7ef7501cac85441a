/**
 * HL7's codes for why a recommendation was not followed, each below its category, with what it says in a
 * few words.
 *
 * @see https://build.fhir.org/ig/HL7/cds-hooks/CodeSystem-non-adherence-reason-codes.html, after Boxwala et
 *   al., AHRQ Publication 25-0073, 2025
 */
export const nonAdherence = {
  'cds-not-applicable': {
    title: 'The advice does not apply',
    reasons: {
      'patient-ineligible': 'The patient does not qualify',
      'indication-order-exists': 'Already indicated or ordered',
      'action-completed': 'Already done',
      'action-unsuccessful': 'Tried before without success',
      'action-performed-no-adverse-effect': 'Done before without harm',
      'action-not-priority': 'Not a priority now',
    },
  },
  'cds-suboptimal-context': {
    title: 'Wrong moment or recipient',
    reasons: {
      'limited-time': 'No time',
      'wrong-time-workflow': 'Wrong time in the workflow',
      'inappropriate-recipient': 'Wrong recipient',
      'need-more-info': 'More information is needed first',
    },
  },
  'recipient-disagrees-evidence': {
    title: 'Disagrees with the evidence',
    reasons: {
      'does-not-align-latest-evidence': 'Newer evidence says otherwise',
      'expert-contradicts': 'An expert says otherwise',
      'policy-contradicts': 'Local policy says otherwise',
      'recipient-does-not-trust': 'Does not agree or trust',
    },
  },
  'recipient-concerns-outcomes': {
    title: 'Concerned about the outcome',
    reasons: {
      'risk-benefit-ratio': 'Risk outweighs benefit',
      'mitigate-risk-negative-outcome': 'The risk is dealt with otherwise',
      'likely-negative-health-outcomes': 'Likely to harm',
      'patient-contraindication': 'Contraindicated',
    },
  },
  'does-not-align-preferences': {
    title: 'Against what the patient wants',
    reasons: {
      'patient-fears-discomfort': 'Fears discomfort',
      'patient-does-not-want-change': 'Does not want to change',
      'cultural-religious-reason': 'Cultural or religious reason',
      'prefers-alternative': 'Prefers an alternative',
      'patient-refuses': 'Declined, no reason known',
    },
  },
  'not-convenient-feasible': {
    title: 'Not convenient or feasible',
    reasons: {
      'inadequate-support': 'No support at home',
      'service-not-available': 'Not available',
      'implementation-challenges': 'Technical obstacle',
      'too-costly-uncovered': 'Too costly or not covered',
      'recipient-does-not-understand': 'Not understood',
      'comorbidity-disability': 'Illness or disability is in the way',
    },
  },
} as const;

/** The address of HL7's code system. */
export const nonAdherenceSystem =
  'http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes';

/** One of the six categories. */
export type NonAdherenceCategory = keyof typeof nonAdherence;

type ReasonsOf<C> = C extends NonAdherenceCategory
  ? keyof (typeof nonAdherence)[C]['reasons']
  : never;

/** A category, or one of the 29 reasons below them. */
export type NonAdherenceCode = NonAdherenceCategory | ReasonsOf<NonAdherenceCategory>;

/** The category of each code. */
export const nonAdherenceCategories: ReadonlyMap<string, NonAdherenceCategory> = new Map(
  categories().flatMap((category) => [
    [category, category] as const,
    ...Object.keys(nonAdherence[category].reasons).map((code) => [code, category] as const),
  ]),
);

/** The six categories, in HL7's order. */
export function categories(): readonly NonAdherenceCategory[] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- they are its keys
  return Object.keys(nonAdherence) as NonAdherenceCategory[];
}

/** The category of a code: of a category itself. */
export function nonAdherenceCategory(code: NonAdherenceCode): NonAdherenceCategory {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- every code has one
  return nonAdherenceCategories.get(code) as NonAdherenceCategory;
}

/** What a code says in a few words. */
export function nonAdherenceTitle(code: NonAdherenceCode): string {
  const category = nonAdherence[nonAdherenceCategory(code)];
  return new Map<string, string>(Object.entries(category.reasons)).get(code) ?? category.title;
}

/** Whether a text is one of HL7's codes. */
export function isNonAdherenceCode(text: string): text is NonAdherenceCode {
  return nonAdherenceCategories.has(text);
}
