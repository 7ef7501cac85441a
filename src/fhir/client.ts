import { setTimeout as timer } from 'node:timers/promises';
import { Client } from 'fhir-kit-client';
import type { Logger } from 'pino';
import { FhirError } from '../errors.ts';
import { checkedNextLink } from './next-link.ts';
import type { Resource, ResourceOf } from './r4.ts';
import type { RetryOptions } from './retry.ts';
import { passingStatuses, retryAfter, waitBefore } from './retry.ts';
import { isOfType, nextLinkOf, readBundle } from './search-bundle.ts';
import { valueOf } from './value-of.ts';

export interface FhirSourceOptions extends RetryOptions {
  /** Base URL of the FHIR server, such as `https://ehr.example/fhir/r4`. */
  readonly baseUrl: string;
  /** Headers of every request, or a function that gives them, such as with a fresh token. */
  readonly headers?:
    | Readonly<Record<string, string>>
    | (() => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>)
    | undefined;
  /** Milliseconds that one request may take; default 30,000. */
  readonly timeout?: number | undefined;
  /** Pages of one search after which it is refused as endless; default 10,000. */
  readonly maxPages?: number | undefined;
  /** Silent by default. No address or identifier is logged. */
  readonly logger?: Logger | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Search parameters; those that are `undefined` are left out, lists are repeated. */
export type SearchParameters = Readonly<
  Record<string, string | number | boolean | readonly (string | number | boolean)[] | undefined>
>;

/** What a source met besides what it was asked for. */
export interface SourceCounters {
  /** Requests sent, tries counted. */
  readonly requests: number;
  /** Tries that had to be repeated. */
  readonly retries: number;
  readonly pages: number;
  /** OperationOutcomes among search results, which servers use for warnings. */
  readonly outcomes: number;
  /** Other entries that were not asked for, such as included resources. */
  readonly others: number;
}

/** A FHIR server that is only read. */
export interface FhirSource {
  readonly baseUrl: string;
  readonly counters: SourceCounters;
  /**
   * Every resource of a type that a search finds, page by page, as the server gives them.
   *
   * @throws FhirError when the server cannot be used, or a page link leads elsewhere or in a circle
   */
  search<T extends string>(
    resourceType: T,
    params?: SearchParameters,
  ): AsyncIterable<ResourceOf<T>>;
  /**
   * One resource, or `undefined` when there is none.
   *
   * @throws FhirError when the server cannot be used or the id is no FHIR id
   */
  read<T extends string>(resourceType: T, id: string): Promise<ResourceOf<T> | undefined>;
}

function requireType(resourceType: string): void {
  if (!/^[A-Z][A-Za-z]{1,63}$/.test(resourceType)) {
    throw new FhirError('a resource type is a name such as Patient or Encounter');
  }
}

function queryOf(params: SearchParameters): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value === undefined) continue;
    for (const one of typeof value === 'object' ? value : [value]) query.append(name, String(one));
  }
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}

function baseOf(baseUrl: string): URL {
  let url: URL | undefined;
  try {
    url = new URL(baseUrl);
  } catch {
    // Said below, together with addresses that are no web addresses.
  }
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username || url.password) {
    throw new FhirError('baseUrl must be an http or https address without user name and password');
  }
  return url;
}

/** What can be told from what the client throws: an answer that is no success, or no answer. */
interface Failure {
  /** Status of the answer; absent when there was none. */
  readonly status: number | undefined;
  readonly retryAfter: string | null;
  /** Code of the fault of the connection, such as `ECONNREFUSED`. */
  readonly code: string | undefined;
}

// Only these are taken: the message and the answer of the client's error hold addresses and content.
function failureOf(error: unknown): Failure {
  const status = valueOf(valueOf(error, 'response'), 'status');
  const headers = valueOf(valueOf(error, 'config'), 'headers');
  const code = valueOf(valueOf(error, 'cause'), 'code');
  return {
    status: typeof status === 'number' ? status : undefined,
    retryAfter: headers instanceof Headers ? headers.get('retry-after') : null,
    code: typeof code === 'string' ? code : undefined,
  };
}

/**
 * A FHIR server as a source: safe reads over `fhir-kit-client`.
 *
 * Requests that the server turns away for now (429, 502, 503, 504) are tried again as it asks;
 * redirects are not followed; a link to the next page is followed only on the same server and base
 * path. Errors name the resource type and the status, never an address, id or content.
 *
 * @throws FhirError when the base URL is none
 */
export function fhirSource(options: FhirSourceOptions): FhirSource {
  const base = baseOf(options.baseUrl);
  const root = `${base.origin}${base.pathname.replace(/\/+$/, '')}`;
  const { tries = 4, longestWait = 30_000, timeout = 30_000, maxPages = 10_000 } = options;
  const { random = Math.random, now = Date.now, logger } = options;
  const sleep = options.sleep ?? ((milliseconds: number) => timer(milliseconds));
  const client = new Client({ baseUrl: root });
  const counters = { requests: 0, retries: 0, pages: 0, outcomes: 0, others: 0 };

  const headersOf = async (): Promise<Record<string, string>> => ({
    ...(typeof options.headers === 'function' ? await options.headers() : options.headers),
  });

  /** One GET; `undefined` for a resource that does not exist. */
  const get = async (what: string, url: string): Promise<Resource | undefined> => {
    for (let attempt = 1; ; attempt += 1) {
      options.signal?.throwIfAborted();
      counters.requests += 1;
      const limit = AbortSignal.timeout(timeout);
      const signal =
        options.signal === undefined ? limit : AbortSignal.any([limit, options.signal]);
      let failure: Failure;
      try {
        const headers = await headersOf();
        return await client.request(url, { options: { headers, signal, redirect: 'manual' } });
      } catch (error) {
        options.signal?.throwIfAborted();
        if (limit.aborted) {
          throw new FhirError(`${what}: the FHIR server did not answer within ${timeout} ms`);
        }
        failure = failureOf(error);
      }
      const { status, code } = failure;
      if (status === undefined) {
        const because = code === undefined ? '' : ` (${code})`;
        throw new FhirError(`${what}: the FHIR server could not be reached${because}`);
      }
      if (status === 404 || status === 410) return undefined;
      if (!passingStatuses.includes(status)) throw new FhirError(refusal(what, status));
      const asked = retryAfter(failure.retryAfter, now());
      const wait = waitBefore(attempt, asked, random());
      if (attempt >= tries) {
        throw new FhirError(`${what}: the FHIR server answered ${status}, ${tries} times`);
      }
      if (wait > longestWait) {
        throw new FhirError(
          `${what}: the FHIR server answered ${status} and asks to wait ${Math.ceil(wait / 1_000)} s`,
        );
      }
      counters.retries += 1;
      logger?.warn({ status, wait: Math.round(wait), attempt }, 'the FHIR server is asked again');
      await sleep(wait);
    }
  };

  async function* search<T extends string>(
    resourceType: T,
    params: SearchParameters = {},
  ): AsyncGenerator<ResourceOf<T>, void, undefined> {
    requireType(resourceType);
    const what = `search of ${resourceType}`;
    const seen = new Set<string>();
    let url = `${root}/${resourceType}${queryOf(params)}`;
    for (let page = 1; ; page += 1) {
      if (page > maxPages) {
        throw new FhirError(`${what}: more than ${maxPages} pages, which looks endless`);
      }
      if (seen.has(url)) throw new FhirError(`${what}: the links to the next pages go in a circle`);
      seen.add(url);
      const bundle = await get(what, url);
      if (bundle === undefined) throw new FhirError(refusal(what, 404));
      const { resources, outcomes, others } = readBundle(bundle, resourceType);
      counters.pages += 1;
      counters.outcomes += outcomes.length;
      counters.others += others;
      for (const codes of outcomes) {
        logger?.warn({ resourceType, codes }, 'the FHIR server sent a warning with its results');
      }
      yield* resources;
      const next = nextLinkOf(bundle);
      if (next === undefined) return;
      url = checkedNextLink(next, base);
    }
  }

  return {
    baseUrl: root,
    counters,
    search,
    read: async <T extends string>(resourceType: T, id: string) => {
      requireType(resourceType);
      if (!/^[A-Za-z0-9\-.]{1,64}$/.test(id) || /^\.+$/.test(id)) {
        throw new FhirError('a FHIR id is 1 to 64 letters, digits, "-" or "."');
      }
      const what = `read of ${resourceType}`;
      const found = await get(what, `${root}/${resourceType}/${encodeURIComponent(id)}`);
      if (found === undefined || isOfType(found, resourceType)) return found;
      throw new FhirError(`${what}: the FHIR server sent something else`);
    },
  };
}

function refusal(what: string, status: number): string {
  if (status >= 200 && status < 300) return `${what}: the FHIR server sent no JSON`;
  if (status >= 300 && status < 400)
    return `${what}: the FHIR server redirects, which is not followed`;
  if (status === 401 || status === 403)
    return `${what}: the FHIR server refuses access (${status})`;
  return `${what}: the FHIR server answered ${status}`;
}
