import { isObject } from '../is-object.ts';
import type { CdsRequest } from '../types.ts';

/**
 * What a client did about a prefetch key:
 * - `satisfied`: there is a resource, or a Bundle, which may be empty
 * - `null`: the client has no data
 * - `paged`: a Bundle of which the rest must be read from the FHIR server
 * - `failed`: an OperationOutcome stands there; asking again would be in vain
 * - `malformed`: something that is no resource
 * - `absent`: nothing; the client did not try
 */
export type PrefetchState = 'satisfied' | 'null' | 'paged' | 'failed' | 'malformed' | 'absent';

/** Whether an OperationOutcome reports more than a warning; one that says nothing does. */
function isFailure(outcome: Readonly<Record<string, unknown>>): boolean {
  const issues: readonly unknown[] = Array.isArray(outcome['issue']) ? outcome['issue'] : [];
  return (
    issues.length === 0 ||
    issues.some((issue) => !isObject(issue) || /^(?:error|fatal)$/.test(String(issue['severity'])))
  );
}

/** The address of the next page of a Bundle. */
export function nextOf(bundle: unknown): string | undefined {
  const links: readonly unknown[] =
    isObject(bundle) && Array.isArray(bundle['link']) ? bundle['link'] : [];
  for (const link of links) {
    if (isObject(link) && link['relation'] === 'next' && typeof link['url'] === 'string')
      return link['url'];
  }
  return undefined;
}

/** What a prefetched value is. EHRs put warnings, such as "nothing found", beside the entries. */
export function stateOf(value: unknown): PrefetchState {
  if (value === undefined) return 'absent';
  if (value === null) return 'null';
  if (!isObject(value) || typeof value['resourceType'] !== 'string') return 'malformed';
  if (value['resourceType'] === 'OperationOutcome') return 'failed';
  if (value['resourceType'] !== 'Bundle') return 'satisfied';
  const entries: readonly unknown[] = Array.isArray(value['entry']) ? value['entry'] : [];
  const failed = entries.some((entry) => {
    const resource = isObject(entry) ? entry['resource'] : undefined;
    return (
      isObject(resource) && resource['resourceType'] === 'OperationOutcome' && isFailure(resource)
    );
  });
  if (failed) return 'failed';
  return nextOf(value) === undefined ? 'satisfied' : 'paged';
}

/**
 * What the client did about each prefetch key of a service.
 *
 * @param templates FHIR queries by key, as in the definition
 */
export function prefetchState(
  request: CdsRequest,
  templates: Readonly<Record<string, string>>,
): Readonly<Record<string, PrefetchState>> {
  const sent: ReadonlyMap<string, unknown> = new Map(Object.entries(request.prefetch ?? {}));
  return Object.fromEntries(Object.keys(templates).map((key) => [key, stateOf(sent.get(key))]));
}
