import type { Coding } from '../events/event.ts';
import type { Protocol, ShownArm } from '../trial/protocol.ts';
import type { Trial } from '../trial/trial.ts';
import { defineTrial } from '../trial/trial.ts';
import type { PlaceKind } from './places.ts';

/** A coded reason for overriding a card. */
export type OverrideReason = {
  readonly code: string;
  readonly system: string;
  readonly display: string;
};

/** A card of CDS Hooks 2.0 without its uuid, which the service adds to each card that it returns. */
export type CardContent = {
  /** Shorter than 140 characters. */
  readonly summary: string;
  /** GitHub-flavoured Markdown. */
  readonly detail: string;
  readonly indicator: 'info' | 'warning' | 'critical';
  readonly source: {
    readonly label: string;
    readonly topic: { readonly system: string; readonly code: string; readonly display: string };
  };
  /** Without actions: the service adds the draft order, which names the patient. */
  readonly suggestions: readonly {
    readonly label: string;
    readonly uuid: string;
    readonly isRecommended?: boolean;
  }[];
  readonly selectionBehavior: 'at-most-one' | 'any';
  readonly overrideReasons: readonly OverrideReason[];
};

/** What an arm of the demonstration trial holds. */
export type AlertContent = {
  readonly cards: readonly CardContent[];
  /** Kinds of places (codes of `placeKinds`) in which the cards are not shown. */
  readonly quietIn: readonly PlaceKind[];
};

type AlertArm<Name extends string> = Omit<ShownArm, 'content'> & {
  readonly name: Name;
  readonly content: AlertContent;
};

/** The shape of the protocol of the demonstration trial. */
export interface InfluenzaProtocol extends Protocol {
  readonly unit: 'patient';
  readonly arms: readonly [AlertArm<'usual'>, AlertArm<'redesign'>];
  readonly control: 'usual';
}

/** Id of the CDS service that the synthetic hospital calls. */
export const influenzaAlert = 'influenza-vaccination';

const nonAdherence = 'http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes';

/** The reasons offered on both cards, by the categories of HL7's code system of non-adherence reasons. */
export const overrideReasons: readonly (OverrideReason & Coding)[] = [
  {
    system: nonAdherence,
    code: 'does-not-align-preferences',
    display: 'The patient declines, or prefers to decide later',
  },
  {
    system: nonAdherence,
    code: 'cds-not-applicable',
    display: 'Does not apply: vaccinated already, or contraindicated',
  },
  {
    system: nonAdherence,
    code: 'cds-suboptimal-context',
    display: 'Not now: acutely ill, or not my patient',
  },
  {
    system: nonAdherence,
    code: 'not-convenient-feasible',
    display: 'Not feasible during this stay',
  },
  {
    system: nonAdherence,
    code: 'recipient-disagrees-evidence',
    display: 'I disagree with the recommendation',
  },
];

const source = {
  label: 'Synthetic hospital, immunization guidance (synthetic data)',
  topic: {
    system: 'http://hl7.org/fhir/sid/cvx',
    code: '88',
    display: 'influenza, unspecified formulation',
  },
} as const;

/**
 * The protocol of the demonstration trial, after the inpatient influenza vaccination alert of
 * Austrian et al. 2021: patients are randomised for six weeks between the usual alert and one with
 * new text that stays quiet in procedural areas, as a review of that alert later proposed. The weeks
 * cross the end of summer time. Everything in it is synthetic.
 *
 * @see J. Austrian et al., J. Med. Internet Res. 23 (2021) e16651, doi 10.2196/16651
 */
export const influenzaProtocol: InfluenzaProtocol = {
  algorithm: 'murmur3-32/1',
  id: 'influenza-inpatient',
  round: 1,
  title:
    'Does a redesigned inpatient influenza alert fire less without losing orders? (synthetic demonstration)',
  unit: 'patient',
  timeZone: 'America/New_York',
  arms: [
    {
      name: 'usual',
      weight: 1,
      description: 'The alert as it is: the same text wherever the chart is opened',
      content: {
        cards: [
          {
            summary: 'Influenza vaccine is due',
            detail:
              'No influenza vaccination is documented for this season. Order the vaccine, or give a reason.',
            indicator: 'warning',
            source,
            suggestions: [
              { label: 'Order influenza vaccine', uuid: '5f0a9c52-2f0f-4c3e-9f4e-1c1d4c1f8a01' },
            ],
            selectionBehavior: 'any',
            overrideReasons,
          },
        ],
        quietIn: [],
      },
    },
    {
      name: 'redesign',
      weight: 1,
      description: 'New text with a default, and quiet in procedural areas',
      content: {
        cards: [
          {
            summary: 'Vaccinate against influenza before discharge?',
            detail:
              'This patient can be vaccinated during this stay. **One click orders it** for the next medication round.',
            indicator: 'info',
            source,
            suggestions: [
              {
                label: 'Order for the next medication round',
                uuid: '5f0a9c52-2f0f-4c3e-9f4e-1c1d4c1f8a02',
                isRecommended: true,
              },
              {
                label: 'Order for the day of discharge',
                uuid: '5f0a9c52-2f0f-4c3e-9f4e-1c1d4c1f8a03',
              },
            ],
            selectionBehavior: 'at-most-one',
            overrideReasons,
          },
        ],
        quietIn: ['CATH', 'ENDOS', 'RADDX'],
      },
    },
  ],
  control: 'usual',
  start: '2026-10-05',
  end: '2026-11-15',
  primary: { metric: 'alertsPerPatientDay', better: 'lower' },
  guardrails: [
    { metric: 'acceptanceRate', better: 'higher', scale: 'difference', margin: -0.03 },
    // What is ordered, free of the count of alerts: fewer and better alerts must not cost orders.
    { metric: 'acceptedPerPatientDay', better: 'higher', scale: 'ratio', margin: 0.8 },
  ],
  responseWindow: 'PT24H',
  decision: { worthwhile: 0.9 },
  governance: {
    determination: 'synthetic',
    reference: 'synthetic data, no determination needed',
    owner: 'nobody: this trial is a demonstration',
    optOut: 'nobody can opt out of a simulation',
  },
};

/** The demonstration trial: `influenzaProtocol`, checked and frozen. */
export const influenzaTrial: Trial<InfluenzaProtocol> = defineTrial(influenzaProtocol);
