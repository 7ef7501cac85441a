import { isObject } from '../is-object.ts';
import type { FhirResource } from '../resource.ts';

/** What is needed of a function like the platform's `fetch`. */
export type PrefetchFetch = (
  url: string,
  init: {
    readonly headers: Readonly<Record<string, string>>;
    readonly redirect: 'manual';
    readonly signal: AbortSignal;
  },
) => Promise<Pick<Response, 'status' | 'body'>>;

/** What became of one read. */
export type ReadResult =
  | { readonly status: 'read'; readonly resource: FhirResource }
  /** There is none. */
  | { readonly status: 'none' }
  /** The server turned the token away (401, 403), or answered with another status. */
  | { readonly status: 'refused' }
  /** No FHIR resource, not UTF-8, or more bytes than are taken. */
  | { readonly status: 'unreadable' }
  | { readonly status: 'unreachable' };

/** Bytes that may still be read in a call. */
interface Allowance {
  left: number;
}

/** What a read is made with. */
export interface ReadOptions {
  /** Open servers, such as those of test beds, take none. */
  readonly token: string | undefined;
  readonly fetch: PrefetchFetch;
  readonly signal: AbortSignal;
  readonly allowance: Allowance;
}

async function textOf(
  body: ReadableStream<Uint8Array>,
  allowance: Allowance,
): Promise<string | undefined> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let text = '';
  for await (const chunk of body) {
    allowance.left -= chunk.byteLength;
    if (allowance.left < 0) return undefined;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** Whether a value is a FHIR resource, as far as its outside tells. */
export function isResource(value: unknown): value is FhirResource {
  return isObject(value) && typeof value['resourceType'] === 'string';
}

/**
 * One GET of a FHIR resource. Never rejects, follows no redirect, and says nothing of what a fault
 * held: the platform's messages can hold the token.
 */
export async function readResource(url: URL, options: ReadOptions): Promise<ReadResult> {
  const { token, fetch, signal, allowance } = options;
  let response: Awaited<ReturnType<PrefetchFetch>>;
  try {
    response = await fetch(url.href, {
      headers: {
        accept: 'application/fhir+json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      redirect: 'manual',
      signal,
    });
  } catch {
    return { status: 'unreachable' };
  }
  const { status, body } = response;
  try {
    if (status !== 200) {
      await body?.cancel();
      return { status: status === 404 || status === 410 ? 'none' : 'refused' };
    }
    const text = body === null ? undefined : await textOf(body, allowance);
    const resource: unknown = text === undefined ? undefined : JSON.parse(text);
    return isResource(resource) ? { status: 'read', resource } : { status: 'unreadable' };
  } catch {
    return { status: signal.aborted ? 'unreachable' : 'unreadable' };
  }
}
