import type { AllocationPlan } from './allocation-plan.ts';
import type { CustomMetric } from './metric.ts';
import type { RegisteredMetric } from './metrics.ts';

/** Any value that JSON can hold. */
export type Json =
  null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** What is randomised. It is a *cluster* when it holds more than one patient. */
export type Unit = 'patient' | 'practice' | 'clinician' | 'encounter';

/** The units in the order used in messages and tables. */
export const units: readonly Unit[] = ['patient', 'practice', 'clinician', 'encounter'];

/** The level of each factor, by the factor's name. */
export type FactorLevels = Readonly<Record<string, string>>;

/** An alert variant with its share of the units. */
export interface ShownArm {
  /** Letters, digits, `-` and `_`; unique in the trial. */
  readonly name: string;
  /** Positive whole number; an arm gets `weight / sum of weights` of the units. */
  readonly weight: number;
  readonly description?: string | undefined;
  /** In a factorial trial, the level of each factor: `{ wording: 'quality', image: 'with' }`. */
  readonly factors?: FactorLevels | undefined;
  readonly silent?: false | undefined;
  /** What the alert shows in this arm: any JSON. The meaning is the integrator's. */
  readonly content: Json;
}

/** An arm whose alert is never shown: each time it would have fired is logged as a silent impression. */
export interface SilentArm {
  readonly name: string;
  readonly weight: number;
  readonly description?: string | undefined;
  readonly factors?: FactorLevels | undefined;
  readonly silent: true;
  /** What would have been shown. */
  readonly content?: Json | undefined;
}

export type Arm = ShownArm | SilentArm;

/** From a calendar day on, the fraction of units that are in the trial. */
export interface EnrolmentStep {
  /** `YYYY-MM-DD` in the trial's time zone. */
  readonly from: string;
  /** From 0 to 1; never below the step before. */
  readonly fraction: number;
}

/** A share of a layer: trials on one alert that take disjoint ranges of one layer exclude each other. */
export interface Layer {
  readonly id: string;
  /** First slot of 10,000 that this trial takes. */
  readonly from: number;
  /** One past the last slot. */
  readonly to: number;
}

/**
 * The first step of a trial in two steps: another trial, of larger units, some of whose arms this trial
 * lies within. A subject is randomised here only while its unit there has one of those arms at random.
 */
export interface Within {
  /** Id of the first trial. */
  readonly trial: string;
  readonly round: number;
  /** Fingerprint of its protocol, 64 lower-case hexadecimal digits. */
  readonly fingerprint: string;
  /** At least one of its arms, and not all of them. */
  readonly arms: readonly string[];
}

/** The measures that a protocol can name: those of the registry, and its own. */
export type MetricName = RegisteredMetric | (string & Record<never, never>);

/** Which alerts are counted: every firing, or one for each opening of a chart. */
export type AlertCounting = 'fired' | 'opening';

/**
 * Which patient-days are counted, all of them of eligible patients and whatever the arm did:
 * calendar days touched, midnights present, or elapsed hours / 24.
 */
export type PatientDayCounting = 'calendar' | 'midnight' | 'elapsed';

/** A measure with its numerator and denominator stated. */
export interface Outcome {
  readonly metric: MetricName;
  /** Which direction is an improvement. */
  readonly better: 'lower' | 'higher';
  /** Of metrics of the registry that count alerts shown or accepted; default `fired`. */
  readonly alerts?: AlertCounting | undefined;
  /** Of metrics of the registry that count patient-days; default `calendar`. */
  readonly patientDays?: PatientDayCounting | undefined;
}

/** A measure that must not get worse by more than a margin. */
export interface Guardrail extends Outcome {
  /** `difference`: arm minus control; `ratio`: arm over control. */
  readonly scale: 'difference' | 'ratio';
  /**
   * The worst effect that is tolerated, on `scale`: below 0 (or between 0 and 1 for a ratio) where
   * higher is better, above 0 (or above 1) where lower is better.
   */
  readonly margin: number;
}

/** What has to be shown of an arm's primary outcome. */
export type Claim =
  | { readonly kind: 'superiority' }
  | {
      /** Worse by less than a margin, as a guardrail is. */
      readonly kind: 'non-inferiority';
      readonly scale: 'difference' | 'ratio';
      readonly margin: number;
    }
  | {
      /** Neither better nor worse than two bounds, with no effect between them. */
      readonly kind: 'equivalence';
      readonly scale: 'difference' | 'ratio';
      readonly lower: number;
      readonly upper: number;
    };

/** How the question is decided. */
export interface DecisionRule {
  /** What has to be shown of the primary outcome; default superiority. */
  readonly claim?: Claim | undefined;
  /** Two-sided level; default 0.05. Each one-sided test uses half of it. */
  readonly alpha?: number | undefined;
  /**
   * Which p value decides: the model-based t test, the re-randomisation test, or (`auto`, the
   * default) re-randomisation below 40 units and the t test from there on.
   */
  readonly test?: 'auto' | 'model' | 'rerandomization' | undefined;
  /** Number of re-randomisations; default 9,999. */
  readonly draws?: number | undefined;
  /**
   * The smallest effect on the primary outcome worth adopting, as a ratio arm over control. When the
   * finished trial rules it out, the arm is discarded.
   */
  readonly worthwhile?: number | undefined;
}

/** Who answers for the trial, and on what grounds it runs without individual consent, if it does. */
export interface Governance {
  readonly determination:
    'quality-improvement' | 'research-with-consent' | 'research-with-waiver' | 'synthetic';
  /** Number of the determination or approval. */
  readonly reference: string;
  readonly owner: string;
  /** Where the list of those who opted out is kept; the ids themselves never stand in a protocol. */
  readonly optOut: string;
}

/** The version of the assignment algorithm; a fix gets a new name, so that no running trial is reshuffled. */
export type Algorithm = 'murmur3-32/1';

/** The document that defines one round of a trial. Plain JSON; the fingerprint is taken of it as written. */
export interface Protocol {
  readonly algorithm: Algorithm;
  /** Letters, digits, `-`, `_` and `.`. */
  readonly id: string;
  /** 1 for the first round; every change of the protocol is a new round. */
  readonly round: number;
  readonly title: string;
  readonly unit: Unit;
  /** IANA name, such as `America/New_York`; every calendar day of the trial is a day there. */
  readonly timeZone: string;
  /** At least two; their order is part of the assignment. */
  readonly arms: readonly Arm[];
  /** The name of the reference arm (usual care). */
  readonly control: string;
  /** First day, `YYYY-MM-DD` in the trial's time zone. */
  readonly start: string;
  /** Last day, `YYYY-MM-DD` in the trial's time zone. */
  readonly end: string;
  /**
   * How units get their arms: each by the hash of its id (the default), or from a list made before the
   * start by one of the methods for known clusters.
   */
  readonly allocation?: AllocationPlan | undefined;
  /** Extra key material: a new salt gives a new randomisation. */
  readonly salt?: string | undefined;
  /** Fraction of units in the trial, or its steps over time; default 1. */
  readonly enrolment?: number | readonly EnrolmentStep[] | undefined;
  readonly layer?: Layer | undefined;
  /**
   * Of the second of two linked trials: the first, such as one of practices within whose intervention
   * arms this one randomises patients. Each is analysed by itself, at its own unit.
   */
  readonly within?: Within | undefined;
  /** Names of the factors that subjects carry in `strata`. */
  readonly strata?: readonly string[] | undefined;
  readonly primary: Outcome;
  readonly guardrails: readonly Guardrail[];
  readonly secondary?: readonly Outcome[] | undefined;
  /** Measures of its own, made of counts of events, which its outcomes can name. */
  readonly metrics?: readonly CustomMetric[] | undefined;
  /** ISO 8601 duration after an alert within which an answer counts, such as `PT24H`. */
  readonly responseWindow: string;
  /** ISO 8601 duration within which repeats count as the same opening of a chart; default `PT10M`. */
  readonly repeatWindow?: string | undefined;
  readonly decision?: DecisionRule | undefined;
  readonly governance: Governance;
}

/** The names of the arms of a protocol. */
export type ArmName<P extends Protocol = Protocol> = P['arms'][number]['name'];
