import type { FhirResource } from '../resource.ts';
import { isWithin } from './allowed-server.ts';
import { nextOf, stateOf } from './prefetch-state.ts';
import type { ReadOptions } from './read-resource.ts';
import { readResource } from './read-resource.ts';

/**
 * Why there is no answer for a prefetch key:
 * - `failed`: the client sent an OperationOutcome, or the server did
 * - `unresolved`: the call lacks what the template needs
 * - `no-server`: the client did not say where to read
 * - `not-allowed`: its FHIR server is not on the list, or a next page leads elsewhere
 * - `refused`: the server answered with a status that is no success
 * - `unreadable`: what came is no FHIR resource, or too much
 * - `unreachable`: the connection failed
 * - `late`: the time was over
 * - `incomplete`: only the first pages; they are there
 * - `malformed`: the template, or what the client sent, is no such thing
 */
export type MissingReason =
  | 'failed'
  | 'unresolved'
  | 'no-server'
  | 'not-allowed'
  | 'refused'
  | 'unreadable'
  | 'unreachable'
  | 'late'
  | 'incomplete'
  | 'malformed';

/** What is known of one key; what is there may lack its last pages. */
export interface Outcome {
  readonly value?: FhirResource | null | undefined;
  readonly reason?: MissingReason | undefined;
}

/** What a key is read with. */
export interface Reading extends ReadOptions {
  readonly server: URL;
  readonly maxPages: number;
}

/** Told of the first page while the others are read, so that it is not lost when the time is over. */
type Note = (outcome: Outcome) => void;

/** Reads the pages that come after a first one. */
async function readOn(first: FhirResource, reading: Reading, partly: Outcome): Promise<Outcome> {
  const { server, maxPages } = reading;
  const seen = new Set<string>();
  const entry: unknown[] = [];
  let page = first;
  for (;;) {
    if (Array.isArray(page['entry'])) for (const one of page['entry']) entry.push(one);
    const next = nextOf(page);
    if (next === undefined) break;
    if (!URL.canParse(next, server.href) || seen.size >= maxPages - 1) return partly;
    const url = new URL(next, server.href);
    if (!isWithin(url, server) || seen.has(url.href)) return partly;
    seen.add(url.href);
    const read = await readResource(url, reading);
    if (read.status !== 'read' || read.resource.resourceType !== 'Bundle') return partly;
    if (stateOf(read.resource) === 'failed') return partly;
    page = read.resource;
  }
  const { link: _link, ...rest } = first;
  return { value: { ...rest, entry } };
}

/** What a resource that a client sent or a server answered comes to, with its further pages. */
export async function outcomeOf(
  resource: FhirResource,
  reading: Reading | MissingReason,
  note: Note,
): Promise<Outcome> {
  const state = stateOf(resource);
  if (state !== 'paged') return state === 'satisfied' ? { value: resource } : { reason: 'failed' };
  const partly: Outcome = { value: resource, reason: 'incomplete' };
  note(partly);
  return typeof reading === 'string' ? partly : readOn(resource, reading, partly);
}

/** Reads what a query asks for. */
export async function readQuery(
  query: string,
  reading: Reading | MissingReason,
  note: Note,
): Promise<Outcome> {
  if (typeof reading === 'string') return { reason: reading };
  const url = new URL(query, reading.server);
  if (!isWithin(url, reading.server)) return { reason: 'not-allowed' };
  const read = await readResource(url, reading);
  if (read.status === 'read') return outcomeOf(read.resource, reading, note);
  if (read.status === 'unreachable' && reading.signal.aborted) return { reason: 'late' };
  if (read.status !== 'none') return { reason: read.status };
  // A search that finds nothing is a Bundle; without one, the server does not know what was asked.
  return query.includes('?') ? { reason: 'refused' } : { value: null };
}
