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
  readonly deceasedDateTime?: string | undefined;
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
  readonly location?: readonly { readonly location?: Reference }[] | undefined;
  readonly serviceProvider?: Reference | undefined;
}

/** The resource types that are read by name. */
export interface ResourceTypes {
  readonly Patient: Patient;
  readonly Encounter: Encounter;
}

/** The type of a resource by its name. */
export type ResourceOf<T extends string> = T extends keyof ResourceTypes
  ? ResourceTypes[T]
  : Resource;
