import type { JsonObject } from './json.ts';
import { textAt } from './json.ts';

const largestPage = 1_000;

function pageSize(params: URLSearchParams): number {
  const asked = Number(params.get('_count') ?? '100');
  return Number.isInteger(asked) && asked > 0 ? Math.min(asked, largestPage) : 100;
}

/** The ids named by a reference parameter: `a`, `Patient/a`, `Patient/a,Patient/b`. */
function idsNamed(value: string): ReadonlySet<string> {
  return new Set(value.split(',').map((reference) => reference.replace(/^Patient\//, '')));
}

function matches(resource: JsonObject, params: URLSearchParams): boolean {
  const ids = params.get('_id');
  if (ids !== null && !idsNamed(ids).has(textAt(resource, 'id'))) return false;
  const patient = params.get('patient') ?? params.get('subject');
  if (patient === null || resource['resourceType'] !== 'Encounter') return true;
  return idsNamed(patient).has(textAt(resource, 'subject', 'reference').replace(/^Patient\//, ''));
}

/**
 * Answers a search with one page: a searchset Bundle with `total` and, but for the last page, a link
 * to the next. `_id`, `patient`, `subject` and `_count` are heeded; all other parameters are ignored
 * and left out of the `self` link, as the standard has it.
 *
 * @param resources of one type, in a fixed order
 * @param url the base URL of this type, such as `http://127.0.0.1:8080/fhir/Encounter`
 */
export function searchPage(
  resources: readonly JsonObject[],
  url: string,
  params: URLSearchParams,
): JsonObject {
  const found = resources.filter((resource) => matches(resource, params));
  const size = pageSize(params);
  const asked = Number(params.get('_offset') ?? '0');
  const offset = Number.isInteger(asked) && asked > 0 ? asked : 0;
  const heeded = new URLSearchParams(
    [...params].filter(([name]) => ['_id', 'patient', 'subject'].includes(name)),
  );
  const linkTo = (start: number): string => {
    const query = new URLSearchParams(heeded);
    query.set('_count', String(size));
    if (start > 0) query.set('_offset', String(start));
    return `${url}?${query.toString()}`;
  };
  const link = [{ relation: 'self', url: linkTo(offset) }];
  if (offset + size < found.length) link.push({ relation: 'next', url: linkTo(offset + size) });
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    total: found.length,
    link,
    entry: found.slice(offset, offset + size).map((resource) => ({
      fullUrl: `${url}/${textAt(resource, 'id')}`,
      resource,
      search: { mode: 'match' },
    })),
  };
}
