/**
 * What Rapidcycle reads of FHIR R4: loose, as servers differ, and no more than is used.
 *
 * @see https://hl7.org/fhir/R4/
 */

/** Any resource. */
export interface Resource {
  readonly resourceType: string;
  readonly id?: string | undefined;
  readonly [element: string]: unknown;
}

export interface Period {
  readonly start?: string | undefined;
  readonly end?: string | undefined;
}

export interface FhirCoding {
  readonly system?: string | undefined;
  readonly code?: string | undefined;
  readonly display?: string | undefined;
}

export interface CodeableConcept {
  readonly coding?: readonly FhirCoding[] | undefined;
  readonly text?: string | undefined;
}

export interface Identifier {
  readonly system?: string | undefined;
  readonly value?: string | undefined;
}

export interface Reference {
  readonly reference?: string | undefined;
  readonly display?: string | undefined;
}

/** @see https://hl7.org/fhir/R4/patient.html */
export interface Patient extends Resource {
  readonly resourceType: 'Patient';
  readonly active?: boolean | undefined;
  readonly gender?: string | undefined;
  readonly birthDate?: string | undefined;
  readonly deceasedBoolean?: boolean | undefined;
  readonly deceasedDateTime?: string | undefined;
  /** Other Patients that are the same person. */
  readonly link?: readonly { readonly type?: string; readonly other?: Reference }[] | undefined;
}

/** A place of a patient within an encounter, such as a ward. */
export interface EncounterLocation {
  readonly location?: Reference | undefined;
  readonly status?: string | undefined;
  readonly period?: Period | undefined;
}

/** @see https://hl7.org/fhir/R4/encounter.html */
export interface Encounter extends Resource {
  readonly resourceType: 'Encounter';
  readonly status?: string | undefined;
  readonly statusHistory?:
    readonly { readonly status?: string; readonly period?: Period }[] | undefined;
  readonly class?: FhirCoding | undefined;
  readonly classHistory?:
    readonly { readonly class?: FhirCoding; readonly period?: Period }[] | undefined;
  readonly subject?: Reference | undefined;
  readonly period?: Period | undefined;
  readonly location?: readonly EncounterLocation[] | undefined;
  readonly serviceProvider?: Reference | undefined;
  readonly partOf?: Reference | undefined;
}

/** What the resources that ask for something have in common. */
interface Request extends Resource {
  readonly identifier?: readonly Identifier[] | undefined;
  readonly status?: string | undefined;
  readonly intent?: string | undefined;
  readonly doNotPerform?: boolean | undefined;
  readonly subject?: Reference | undefined;
  readonly encounter?: Reference | undefined;
  readonly authoredOn?: string | undefined;
}

/** @see https://hl7.org/fhir/R4/servicerequest.html */
export interface ServiceRequest extends Request {
  readonly resourceType: 'ServiceRequest';
  readonly code?: CodeableConcept | undefined;
}

/** @see https://hl7.org/fhir/R4/medicationrequest.html */
export interface MedicationRequest extends Request {
  readonly resourceType: 'MedicationRequest';
  readonly medicationCodeableConcept?: CodeableConcept | undefined;
  readonly medicationReference?: Reference | undefined;
  /** Told by somebody, such as of what a patient takes at home, and not ordered here. */
  readonly reportedBoolean?: boolean | undefined;
  readonly reportedReference?: Reference | undefined;
  readonly contained?: readonly Resource[] | undefined;
}

/** @see https://hl7.org/fhir/R4/immunization.html */
export interface Immunization extends Resource {
  readonly resourceType: 'Immunization';
  readonly identifier?: readonly Identifier[] | undefined;
  readonly status?: string | undefined;
  readonly vaccineCode?: CodeableConcept | undefined;
  readonly patient?: Reference | undefined;
  readonly encounter?: Reference | undefined;
  readonly occurrenceDateTime?: string | undefined;
  /** A time in words, such as "last autumn". */
  readonly occurrenceString?: string | undefined;
  readonly recorded?: string | undefined;
  readonly primarySource?: boolean | undefined;
}

/** @see https://hl7.org/fhir/R4/medication.html */
export interface Medication extends Resource {
  readonly resourceType: 'Medication';
  readonly code?: CodeableConcept | undefined;
}

/** @see https://hl7.org/fhir/R4/group.html */
interface Group extends Resource {
  readonly resourceType: 'Group';
  readonly member?:
    | readonly {
        readonly entity?: Reference;
        readonly inactive?: boolean;
        readonly period?: Period;
      }[]
    | undefined;
}

/** The resource types that are read by name. */
export interface ResourceTypes {
  readonly Patient: Patient;
  readonly Encounter: Encounter;
  readonly ServiceRequest: ServiceRequest;
  readonly MedicationRequest: MedicationRequest;
  readonly Immunization: Immunization;
  readonly Medication: Medication;
  readonly Group: Group;
}

/** The type of a resource by its name. */
export type ResourceOf<T extends string> = T extends keyof ResourceTypes
  ? ResourceTypes[T]
  : Resource;
