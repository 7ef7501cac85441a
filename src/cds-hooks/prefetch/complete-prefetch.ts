import { attempt } from '../attempt.ts';
import type { FhirResource } from '../resource.ts';
import type { CdsRequest } from '../types.ts';
import { allowedServer } from './allowed-server.ts';
import { keysNeeded } from './check-prefetch.ts';
import { readTemplate } from './parse-template.ts';
import { stateOf } from './prefetch-state.ts';
import type { MissingReason, Outcome, Reading } from './read-query.ts';
import { outcomeOf, readQuery } from './read-query.ts';
import type { PrefetchFetch } from './read-resource.ts';
import { isResource } from './read-resource.ts';
import type { ResolveOptions } from './resolve-template.ts';
import { resolveTemplate } from './resolve-template.ts';

/** How prefetch is completed. */
export interface CompletePrefetchOptions extends ResolveOptions {
  /**
   * Base addresses of the FHIR servers that may be asked, such as `https://ehr.example/fhir/R4`. A
   * call that names another is not read for: its token is sent nowhere.
   */
  readonly fhirServers: readonly string[];
  /** Default: the platform's. */
  readonly fetch?: PrefetchFetch | undefined;
  /** That of the arm, which is aborted when the answer is no longer wanted. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for all reads together; default 200. */
  readonly timeout?: number | undefined;
  /** Bytes that all answers together may have; default 4 MiB. */
  readonly limit?: number | undefined;
  /** Pages that are read for one key; default 5. */
  readonly maxPages?: number | undefined;
}

/** What is known of each prefetch key. */
export interface CompletedPrefetch {
  /** A resource, or `null` when there is no data; a key that is missing has neither. */
  readonly prefetch: Readonly<Record<string, FhirResource | null>>;
  readonly missing: Readonly<Record<string, MissingReason>>;
}

function readingOf(
  request: CdsRequest,
  options: CompletePrefetchOptions,
  late: AbortSignal,
): Reading | MissingReason {
  const { fhirServer, fhirAuthorization } = request;
  if (typeof fhirServer !== 'string' || fhirServer === '') return 'no-server';
  const server = allowedServer(fhirServer, options.fhirServers);
  if (server === undefined) return 'not-allowed';
  return {
    server,
    token: fhirAuthorization?.access_token,
    fetch: options.fetch ?? fetch,
    signal: options.signal === undefined ? late : AbortSignal.any([late, options.signal]),
    allowance: { left: options.limit ?? 4_194_304 },
    maxPages: options.maxPages ?? 5,
  };
}

/**
 * Reads from the client's FHIR server what the client did not prefetch: the keys that are absent, and
 * the further pages of those that are paged. What the client sent is taken as it is, its `null` and
 * its failures too, because asking again would be in vain.
 *
 * It adds network round trips to the alert path, so nothing calls it but the code of an alert that
 * cannot do without. Reads run side by side and share one time limit, which should leave the alert
 * most of its `timeBudget`. It never rejects: what could not be had is named in `missing`, and an
 * alert that needs it answers with a `RequestError` of status 412 from `eligible`.
 *
 * The FHIR server that a call names is asked only when it is on the list, over TLS (but on this
 * machine); redirects are not followed, and the token goes to no other server, into no log and into
 * no error.
 *
 * @param templates FHIR queries by key, as in the definition
 * @example
 * eligible: async (request) => {
 *   const { prefetch, missing } = await completePrefetch(request, templates, { fhirServers });
 *   if (missing.conditions) throw new RequestError('The conditions are needed.', { status: 412 });
 *   return isDue(prefetch.conditions);
 * }
 */
export async function completePrefetch(
  request: CdsRequest,
  templates: Readonly<Record<string, string>>,
  options: CompletePrefetchOptions,
): Promise<CompletedPrefetch> {
  const sent: ReadonlyMap<string, unknown> = new Map(Object.entries(request.prefetch ?? {}));
  const outcomes = new Map<string, Outcome>();
  const loading = new Map<string, Promise<void>>();

  const find = async (
    key: string,
    chain: readonly string[],
    reading: Reading | MissingReason,
  ): Promise<Outcome> => {
    const note = (outcome: Outcome): void => void outcomes.set(key, outcome);
    const value = sent.get(key);
    const state = stateOf(value);
    if (state === 'null') return { value: null };
    if (state === 'failed' || state === 'malformed') return { reason: state };
    if (isResource(value)) return outcomeOf(value, reading, note);
    const template = readTemplate(templates[key]);
    if (!('parts' in template)) return { reason: 'malformed' };
    const needed = keysNeeded(template);
    if (needed.some((one) => chain.includes(one))) return { reason: 'malformed' };
    await Promise.all(needed.map((one) => load(one, chain, reading)));
    const prefetch = Object.fromEntries([
      ...sent,
      ...[...outcomes].map(([one, { value: read }]) => [one, read] as const),
    ]);
    const resolved = resolveTemplate(template, { ...request, prefetch }, options);
    return resolved.status === 'resolved'
      ? readQuery(resolved.query, reading, note)
      : { reason: 'unresolved' };
  };

  function load(
    key: string,
    chain: readonly string[],
    reading: Reading | MissingReason,
  ): Promise<void> {
    const started = loading.get(key);
    if (started !== undefined) return started;
    const load = find(key, [...chain, key], reading)
      .catch((): Outcome => ({ reason: 'malformed' }))
      .then((outcome) => void outcomes.set(key, outcome));
    loading.set(key, load);
    return load;
  }

  const keys = Object.keys(templates);
  await attempt(options.timeout ?? 200, (late) => {
    const reading = readingOf(request, options, late);
    return Promise.all(keys.map((key) => load(key, [], reading)));
  });
  const found = keys.map((key) => [key, outcomes.get(key) ?? { reason: 'late' }] as const);
  return {
    prefetch: Object.fromEntries(
      found.flatMap(([key, { value }]) => (value === undefined ? [] : [[key, value]])),
    ),
    missing: Object.fromEntries(
      found.flatMap(([key, { reason }]) => (reason === undefined ? [] : [[key, reason]])),
    ),
  };
}
