/** Any FHIR resource. */
export interface FhirResource {
  readonly resourceType: string;
  readonly [element: string]: unknown;
}
