import { FhirError } from '../errors.ts';
import type { Resource, ResourceOf } from './r4.ts';
import { valueOf } from './value-of.ts';
import { issueCodes } from './wire/issue-codes.ts';

/** Whether a resource is of a type. Of what is in it, nothing is checked. */
export function isOfType<T extends string>(
  resource: Resource,
  resourceType: T,
): resource is Resource & ResourceOf<T> {
  return resource.resourceType === resourceType;
}

/** Whether a value is a resource: an object that says its type, and whose id is a text where it has one. */
export function isResource(value: unknown): value is Resource {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const id = valueOf(value, 'id');
  return (
    typeof valueOf(value, 'resourceType') === 'string' &&
    (id === undefined || typeof id === 'string')
  );
}

/** What one page of a search holds. */
export interface PageContent<T extends string> {
  /** The resources of the type that was asked for. */
  readonly resources: readonly ResourceOf<T>[];
  /** The issue codes of each OperationOutcome. Its texts may hold identifiers, and are left. */
  readonly outcomes: readonly (readonly string[])[];
  /** How many other entries there were. */
  readonly others: number;
}

/**
 * Sorts the entries of a page of search results.
 *
 * @throws FhirError when it is not a Bundle of search results, or an entry holds no resource
 */
export function readBundle<T extends string>(bundle: Resource, resourceType: T): PageContent<T> {
  const what = `search of ${resourceType}`;
  if (bundle.resourceType !== 'Bundle') {
    throw new FhirError(`${what}: the FHIR server sent no Bundle`);
  }
  const entries: unknown = bundle['entry'] ?? [];
  if (!Array.isArray(entries)) throw new FhirError(`${what}: the entries are not a list`);
  const resources: ResourceOf<T>[] = [];
  const outcomes: (readonly string[])[] = [];
  let others = 0;
  for (const entry of entries as readonly unknown[]) {
    const resource = valueOf(entry, 'resource');
    if (!isResource(resource)) throw new FhirError(`${what}: an entry holds no resource`);
    const mode = valueOf(valueOf(entry, 'search'), 'mode');
    if (mode === 'outcome' || resource.resourceType === 'OperationOutcome') {
      outcomes.push(issueCodes(resource));
    } else if (isOfType(resource, resourceType)) {
      resources.push(resource);
    } else {
      others += 1;
    }
  }
  return { resources, outcomes, others };
}

/**
 * The link to the next page as the server wrote it, if there is one.
 *
 * @throws FhirError when it cannot be told whether there is one, or where it leads: what comes after
 *   would be lost in silence
 */
export function nextLinkOf(bundle: Resource): string | undefined {
  const links: unknown = bundle['link'] ?? [];
  if (!Array.isArray(links)) throw new FhirError('the links of a page are not a list');
  const nexts = links.filter((link: unknown) => valueOf(link, 'relation') === 'next');
  if (nexts.length > 1) throw new FhirError('a page has more than one link to the next page');
  if (nexts.length === 0) return undefined;
  const url = valueOf(nexts[0], 'url');
  if (typeof url === 'string' && url !== '') return url;
  throw new FhirError('the link to the next page is not an address');
}
