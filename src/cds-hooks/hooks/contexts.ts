/**
 * What a call says about its occasion, hook by hook, as the CDS Hooks Library has it.
 *
 * @link https://build.fhir.org/ig/HL7/cds-hooks-library/
 */
import type { FhirResource } from '../resource.ts';

/** The chart of a patient was opened. */
export interface PatientViewContext {
  /** `Practitioner/1`, `PractitionerRole/1`, `Patient/1` or `RelatedPerson/1`. */
  readonly userId: string;
  /** The bare id. */
  readonly patientId: string;
  /** The bare id. */
  readonly encounterId?: string | undefined;
}

/** An order was chosen and may still lack its details. */
export interface OrderSelectContext extends PatientViewContext {
  /** References into `draftOrders` of what has just been chosen. */
  readonly selections: readonly string[];
  /** A Bundle of every order that is not yet signed. */
  readonly draftOrders: FhirResource;
}

/** Orders are about to be signed, or signed once more after a change. */
export interface OrderSignContext extends PatientViewContext {
  /** A Bundle; orders that are signed once more are not drafts. */
  readonly draftOrders: FhirResource;
}

/** Someone is chosen to carry out orders that exist already. Nobody is named as looking on. */
export interface OrderDispatchContext {
  readonly patientId: string;
  /** References such as `ServiceRequest/1`. */
  readonly dispatchedOrders: readonly string[];
  /** Reference to who is asked to carry the orders out. */
  readonly performer: string;
  /** A Task for each order. */
  readonly fulfillmentTasks?: readonly FhirResource[] | undefined;
}

/** An encounter begins. */
export interface EncounterStartContext extends PatientViewContext {
  readonly encounterId: string;
}

/** A patient is being discharged. */
export interface EncounterDischargeContext extends PatientViewContext {
  readonly encounterId: string;
}

/** Appointments are being booked. */
export interface AppointmentBookContext extends PatientViewContext {
  /** A Bundle by the library's table, a list of Appointments in its examples: both are sent. */
  readonly appointments: FhirResource | readonly FhirResource[];
}

/** An allergy is being recorded. */
export interface AllergyIntoleranceCreateContext extends PatientViewContext {
  /** The resource by the library's table, wrapped in its example: both are sent. */
  readonly allergyIntolerance: FhirResource | { readonly resource: FhirResource };
}

/** Problems were added to the problem list. */
export interface ProblemListItemCreateContext extends PatientViewContext {
  /** A Bundle of Conditions. */
  readonly conditions: FhirResource;
}

/** A refill was asked for, often with nobody looking on. */
export interface MedicationRefillContext {
  readonly userId?: string | undefined;
  readonly patientId: string;
  readonly encounterId?: string | undefined;
  /** A Bundle of MedicationRequests. */
  readonly medications: FhirResource;
}

/** The hooks of the library, and what their calls hold. */
export interface HookContexts {
  readonly 'patient-view': PatientViewContext;
  readonly 'order-select': OrderSelectContext;
  readonly 'order-sign': OrderSignContext;
  readonly 'order-dispatch': OrderDispatchContext;
  readonly 'encounter-start': EncounterStartContext;
  readonly 'encounter-discharge': EncounterDischargeContext;
  readonly 'appointment-book': AppointmentBookContext;
  readonly 'allergyintolerance-create': AllergyIntoleranceCreateContext;
  readonly 'problem-list-item-create': ProblemListItemCreateContext;
  readonly 'medication-refill': MedicationRefillContext;
}

/** The name of a hook of the library. */
export type HookName = keyof HookContexts;

/**
 * The context of a call as it is let through: what is there has its type, but anything may be
 * missing, because an alert is not refused for the want of something it may not need. `parseContext`
 * gives the context with everything that its hook requires.
 */
export type SentContext<H extends string = string> = Readonly<Record<string, unknown>> &
  (H extends HookName
    ? { readonly [K in keyof HookContexts[H]]?: HookContexts[H][K] | null | undefined }
    : unknown);
