/**
 * What Rapidcycle writes of FHIR R4, and no more of each resource than it writes.
 *
 * @see https://hl7.org/fhir/R4/
 */

export interface OutCoding {
  readonly system: string;
  readonly code: string;
  readonly display?: string | undefined;
}

export interface OutConcept {
  readonly coding?: readonly OutCoding[] | undefined;
  readonly text?: string | undefined;
}

export interface OutIdentifier {
  readonly system: string;
  readonly value: string;
}

export interface OutExtension {
  readonly url: string;
  readonly valueCode?: string | undefined;
  readonly valueId?: string | undefined;
  readonly valueReference?: OutReference | undefined;
}

/** To a resource of the export, or to one that is known by its pseudonym alone. */
export interface OutReference {
  readonly extension?: readonly OutExtension[] | undefined;
  readonly reference?: string | undefined;
  readonly type?: string | undefined;
  readonly identifier?: OutIdentifier | undefined;
}

export interface OutPeriod {
  readonly start: string;
  readonly end?: string | undefined;
}

interface ClosedPeriod {
  readonly start: string;
  readonly end: string;
}

interface OutResource<T extends string> {
  readonly resourceType: T;
  readonly id: string;
  readonly meta?: { readonly security: readonly OutCoding[] } | undefined;
}

/** @see https://hl7.org/fhir/R4/device.html */
export interface OutDevice extends OutResource<'Device'> {
  readonly deviceName: readonly { readonly name: string; readonly type: 'model-name' }[];
  readonly type: OutConcept;
}

/** @see https://hl7.org/fhir/R4/researchstudy.html */
export interface OutResearchStudy extends OutResource<'ResearchStudy'> {
  readonly identifier: readonly OutIdentifier[];
  readonly title: string;
  readonly status:
    | 'approved'
    | 'active'
    | 'closed-to-accrual-and-intervention'
    | 'completed'
    | 'administratively-completed'
    | 'withdrawn';
  readonly primaryPurposeType: OutConcept;
  readonly phase: OutConcept;
  readonly category: readonly OutConcept[];
  readonly description: string;
  readonly period: OutPeriod;
  readonly arm: readonly {
    readonly extension: readonly OutExtension[];
    readonly name: string;
    readonly type: OutConcept;
    readonly description?: string | undefined;
  }[];
  readonly objective: readonly { readonly name: string; readonly type: OutConcept }[];
}

/** @see https://hl7.org/fhir/R4/researchsubject.html */
export interface OutResearchSubject extends OutResource<'ResearchSubject'> {
  readonly identifier: readonly OutIdentifier[];
  readonly status: 'on-study' | 'follow-up' | 'off-study';
  readonly period?: OutPeriod | undefined;
  readonly study: OutReference;
  readonly individual: OutReference;
  readonly assignedArm: string;
  readonly actualArm?: string | undefined;
}

/** @see https://hl7.org/fhir/R4/group.html */
export interface OutGroup extends OutResource<'Group'> {
  readonly identifier: readonly OutIdentifier[];
  readonly type: 'person' | 'practitioner';
  readonly actual: true;
  readonly code: OutConcept;
  readonly name: string;
  readonly quantity: number;
  readonly characteristic: readonly {
    readonly code: OutConcept;
    readonly valueReference?: OutReference | undefined;
    readonly valueCodeableConcept?: OutConcept | undefined;
    readonly exclude: false;
  }[];
  readonly member?:
    | readonly { readonly entity: OutReference; readonly period?: OutPeriod | undefined }[]
    | undefined;
}

/** @see https://hl7.org/fhir/R4/auditevent.html */
export interface OutAuditEvent extends OutResource<'AuditEvent'> {
  readonly type: OutCoding;
  readonly subtype: readonly OutCoding[];
  readonly action: 'C' | 'U' | 'E';
  readonly period: ClosedPeriod;
  readonly recorded: string;
  readonly outcome: '0' | '4' | '8';
  readonly outcomeDesc?: string | undefined;
  readonly agent: readonly {
    readonly type: OutConcept;
    readonly who: OutReference;
    readonly requestor: boolean;
  }[];
  readonly source: { readonly observer: OutReference; readonly type: readonly OutCoding[] };
  readonly entity: readonly {
    readonly what: OutReference;
    readonly type: OutCoding;
    readonly role: OutCoding;
    readonly detail?:
      readonly { readonly type: string; readonly valueString: string }[] | undefined;
  }[];
}

interface Expression {
  readonly description: string;
  readonly language: 'application/json';
  readonly expression: string;
}

/** @see https://hl7.org/fhir/R4/measure.html */
export interface OutMeasure extends OutResource<'Measure'> {
  readonly url: string;
  readonly name: string;
  readonly title: string;
  /** How what is counted is counted, of a measure of the registry. */
  readonly subtitle?: string | undefined;
  readonly status: 'active';
  readonly date: string;
  readonly description: string;
  readonly scoring: OutConcept;
  readonly improvementNotation: OutConcept;
  readonly group: readonly {
    readonly population: readonly { readonly code: OutConcept; readonly criteria: Expression }[];
    readonly stratifier: readonly { readonly code: OutConcept; readonly criteria: Expression }[];
  }[];
}

export interface OutPopulation {
  readonly code: OutConcept;
  readonly count?: number | undefined;
  /** Stands in the place of a count that is withheld. */
  readonly _count?: { readonly extension: readonly OutExtension[] } | undefined;
}

/** @see https://hl7.org/fhir/R4/measurereport.html */
export interface OutMeasureReport extends OutResource<'MeasureReport'> {
  readonly identifier: readonly OutIdentifier[];
  readonly status: 'complete';
  readonly type: 'summary';
  readonly measure: string;
  readonly date: string;
  readonly period: ClosedPeriod;
  readonly improvementNotation: OutConcept;
  readonly group: readonly {
    readonly population: readonly OutPopulation[];
    readonly stratifier: readonly {
      readonly code: readonly OutConcept[];
      readonly stratum: readonly {
        readonly value: OutConcept;
        readonly population: readonly OutPopulation[];
        readonly measureScore?: { readonly value: number; readonly unit: string } | undefined;
      }[];
    }[];
  }[];
}
