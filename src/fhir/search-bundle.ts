import { FhirError } from '../errors.ts';
import type { Resource, ResourceOf } from './r4.ts';
import { valueOf } from './value-of.ts';

interface Entry {
  readonly resource?: Resource;
  readonly search?: { readonly mode?: string };
}

/** Whether a resource is of a type. Of what is in it, nothing is checked. */
export function isOfType<T extends string>(
  resource: Resource,
  resourceType: T,
): resource is Resource & ResourceOf<T> {
  return resource.resourceType === resourceType;
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

function issueCodes(outcome: Resource): readonly string[] {
  const issues: unknown = outcome['issue'];
  if (!Array.isArray(issues)) return [];
  return issues.map((issue: { readonly code?: unknown } | null) =>
    typeof issue?.code === 'string' ? issue.code : 'unknown',
  );
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
  entries.forEach((entry: Entry | null) => {
    const resource = entry?.resource;
    if (typeof resource?.resourceType !== 'string') {
      throw new FhirError(`${what}: an entry holds no resource`);
    }
    if (entry?.search?.mode === 'outcome' || resource.resourceType === 'OperationOutcome') {
      outcomes.push(issueCodes(resource));
    } else if (isOfType(resource, resourceType)) {
      resources.push(resource);
    } else {
      others += 1;
    }
  });
  return { resources, outcomes, others };
}

/** The link to the next page as the server wrote it, if there is one. */
export function nextLinkOf(bundle: Resource): string | undefined {
  const links: unknown = bundle['link'];
  if (!Array.isArray(links)) return undefined;
  const next: unknown = links.find(
    (link: { readonly relation?: unknown } | null) => link?.relation === 'next',
  );
  const url = valueOf(next, 'url');
  return typeof url === 'string' && url !== '' ? url : undefined;
}
