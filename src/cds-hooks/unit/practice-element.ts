import { isObject } from '../is-object.ts';
import { nextOf, stateOf } from '../prefetch/prefetch-state.ts';
import type { CdsRequest } from '../types.ts';
import { currentLocations } from './current-locations.ts';
import { listOf, normalReference, sourcesOf, textOf } from './sources-of.ts';
import type { Sources, UnitOptions } from './unit-resolver.ts';

type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Where a call names the practice:
 * - `Encounter.serviceProvider`: the organisation that the encounter is at
 * - `Encounter.location`: the location, often a department, where the patient is now or was last
 * - `Location.managingOrganization`: the organisation of that location
 * - `PractitionerRole.organization`, `PractitionerRole.location`: where the clinician works
 * - `Patient.managingOrganization`: who looks after the patient, wherever the alert fires
 * - `Patient.generalPractitioner`, `context.userId`: the clinician of the patient, or at the screen,
 *   which need a crosswalk
 */
export type PracticeElement =
  | 'Encounter.serviceProvider'
  | 'Encounter.location'
  | 'Location.managingOrganization'
  | 'PractitionerRole.organization'
  | 'PractitionerRole.location'
  | 'Patient.managingOrganization'
  | 'Patient.generalPractitioner'
  | 'context.userId';

/** The FHIR query that brings each element, by its key. */
export const queries: Readonly<Record<PracticeElement, Readonly<Record<string, string>>>> = {
  'Encounter.serviceProvider': { encounter: 'Encounter/{{context.encounterId}}' },
  'Encounter.location': { encounter: 'Encounter/{{context.encounterId}}' },
  'Location.managingOrganization': {
    encounterAndLocations: 'Encounter?_id={{context.encounterId}}&_include=Encounter:location',
  },
  'PractitionerRole.organization': {
    roles: 'PractitionerRole?practitioner={{userPractitionerId}}',
  },
  'PractitionerRole.location': { roles: 'PractitionerRole?practitioner={{userPractitionerId}}' },
  'Patient.managingOrganization': { patient: 'Patient/{{context.patientId}}' },
  'Patient.generalPractitioner': { patient: 'Patient/{{context.patientId}}' },
  'context.userId': {},
};

/** Whether a text names an element. */
export function isPracticeElement(text: unknown): text is PracticeElement {
  return typeof text === 'string' && Object.hasOwn(queries, text);
}

/** The resources of one type that came with a call, under whatever key, each once. */
interface Prefetched {
  readonly resources: readonly JsonObject[];
  /** Whether some of them are on a page that did not come. */
  readonly isPaged: boolean;
}

function prefetched({ prefetch }: CdsRequest, resourceType: string): Prefetched {
  const found = new Map<unknown, JsonObject>();
  let isPaged = false;
  for (const value of Object.values(prefetch ?? {})) {
    if (!isObject(value) || !/^(?:satisfied|paged)$/.test(stateOf(value))) continue;
    const isBundle = value['resourceType'] === 'Bundle';
    const within = isBundle
      ? listOf(value['entry']).map((entry) => (isObject(entry) ? entry['resource'] : undefined))
      : [value];
    const own = within.filter(isObject).filter((each) => each['resourceType'] === resourceType);
    for (const each of own) found.set(each['id'] ?? each, each);
    if (own.length > 0 && nextOf(value) !== undefined) isPaged = true;
  }
  return { resources: [...found.values()], isPaged };
}

function idOf(reference: unknown, resourceType: string): string | undefined {
  const text = textOf(reference);
  const [, id] = text?.match(`^(?:.*/)?${resourceType}/([^/]+)(?:/_history/[^/]*)?$`) ?? [];
  return id;
}

function theOne(resources: readonly JsonObject[]): JsonObject | 'prefetch-missing' | 'ambiguous' {
  const [first, second] = resources;
  if (first === undefined) return 'prefetch-missing';
  return second === undefined ? first : 'ambiguous';
}

function encounterOf(request: CdsRequest): JsonObject | 'prefetch-missing' | 'ambiguous' {
  const { resources } = prefetched(request, 'Encounter');
  const written = request.context['encounterId'];
  const id = idOf(written, 'Encounter') ?? textOf(written);
  // Where the call names none, an encounter that is over is not where the patient is.
  return theOne(
    resources.filter((each) =>
      id === undefined ? each['status'] === 'in-progress' : each['id'] === id,
    ),
  );
}

function rolesOf(request: CdsRequest): Prefetched {
  const { resources, isPaged } = prefetched(request, 'PractitionerRole');
  const clinician = idOf(request.context['userId'], 'Practitioner');
  const role = idOf(request.context['userId'], 'PractitionerRole');
  const own = resources.filter((each) => {
    if (each['active'] === false) return false;
    if (role !== undefined) return each['id'] === role;
    const { practitioner } = each;
    const reference = isObject(practitioner) ? practitioner['reference'] : undefined;
    return clinician !== undefined && idOf(reference, 'Practitioner') === clinician;
  });
  // A role that the call names itself is the one, whatever else there is.
  return { resources: own, isPaged: isPaged && role === undefined };
}

function patientOf(request: CdsRequest): JsonObject | 'prefetch-missing' | 'ambiguous' {
  const written = request.context['patientId'];
  const id = idOf(written, 'Patient') ?? textOf(written);
  return theOne(
    prefetched(request, 'Patient').resources.filter(
      (each) => id !== undefined && each['id'] === id,
    ),
  );
}

/**
 * The source ids at one place of a call.
 */
export function readElement(
  element: PracticeElement,
  { request, ...options }: UnitOptions & { readonly request: CdsRequest },
): Sources {
  const sources = sourcesOf(request, options);
  const at = (resource: JsonObject, name: string): readonly string[] =>
    listOf(resource[name]).flatMap((named) => sources(named, resource));

  switch (element) {
    case 'context.userId': {
      const user = textOf(request.context['userId']);
      return user === undefined ? [] : [normalReference(user, request.fhirServer)];
    }
    case 'Encounter.serviceProvider': {
      const encounter = encounterOf(request);
      return typeof encounter === 'string' ? encounter : at(encounter, 'serviceProvider');
    }
    case 'Encounter.location': {
      const encounter = encounterOf(request);
      if (typeof encounter === 'string') return encounter;
      return currentLocations(encounter).flatMap((location) => sources(location, encounter));
    }
    case 'Location.managingOrganization': {
      const encounter = encounterOf(request);
      if (typeof encounter === 'string') return encounter;
      const { resources } = prefetched(request, 'Location');
      const placesOf = sourcesOf(request, {});
      const places = new Set(
        currentLocations(encounter).flatMap((each) => placesOf(each, encounter)),
      );
      const found = resources.filter(({ id }) => places.has(`Location/${String(id)}`));
      if (found.length < places.size) return 'prefetch-missing';
      return found.flatMap((location) => at(location, 'managingOrganization'));
    }
    case 'PractitionerRole.organization':
    case 'PractitionerRole.location': {
      const { resources, isPaged } = rolesOf(request);
      if (isPaged) return 'ambiguous';
      if (resources.length === 0) return 'prefetch-missing';
      const name = element === 'PractitionerRole.organization' ? 'organization' : 'location';
      return resources.flatMap((role) => at(role, name));
    }
    case 'Patient.managingOrganization':
    case 'Patient.generalPractitioner': {
      const patient = patientOf(request);
      const name =
        element === 'Patient.managingOrganization' ? 'managingOrganization' : 'generalPractitioner';
      return typeof patient === 'string' ? patient : at(patient, name);
    }
  }
}
