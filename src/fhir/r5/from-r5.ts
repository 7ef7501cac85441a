import type { Resource } from '../r4.ts';
import { valueOf } from '../value-of.ts';
import { encounterFromR5 } from './encounter.ts';

/** A resource with other elements, and some of its own left out. */
function changed(
  resource: Resource,
  { without, elements }: { readonly without: string; readonly elements: Partial<Resource> },
): Resource {
  const { [without]: _left, ...rest } = resource;
  const said = Object.entries(elements).filter(([, value]) => value !== undefined);
  return { ...rest, ...Object.fromEntries(said), resourceType: resource.resourceType };
}

/** A MedicationRequest: its medication is a concept or a reference under one name. */
function medicationRequestFromR5(request: Resource): Resource {
  const { medication, reported, status } = request;
  return changed(request, {
    without: 'medication',
    elements: {
      // R4 had no name of its own for it.
      status: status === 'ended' ? 'completed' : status,
      medicationCodeableConcept: valueOf(medication, 'concept'),
      medicationReference: valueOf(medication, 'reference'),
      reportedBoolean: reported,
    },
  });
}

/** A ServiceRequest: its code may be a reference to a definition, which has no place in R4. */
function serviceRequestFromR5(request: Resource): Resource {
  const { code } = request;
  return changed(request, { without: 'code', elements: { code: valueOf(code, 'concept') } });
}

const forms: Readonly<Record<string, (resource: Resource) => Resource>> = {
  Encounter: encounterFromR5,
  MedicationRequest: medicationRequestFromR5,
  ServiceRequest: serviceRequestFromR5,
};

/**
 * Brings a resource of R5 into the form of R4, as far as Rapidcycle reads it: Encounter,
 * MedicationRequest and ServiceRequest; Patient, Immunization, Medication and Group say what is read of
 * them alike in both. Elements that R4 does not have stay as they are.
 *
 * R5 keeps the history of an encounter in resources of its own (EncounterHistory), so an encounter has
 * no `statusHistory` and no `classHistory` here.
 *
 * @see https://hl7.org/fhir/R5/encounter.html and its `R4 conversion`
 */
export function fromR5(resource: Resource): Resource {
  const type = resource.resourceType;
  const form = Object.hasOwn(forms, type) ? forms[type] : undefined;
  return form?.(resource) ?? resource;
}
