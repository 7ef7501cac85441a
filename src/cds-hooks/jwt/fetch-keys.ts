import { codeOf } from '../../errors.ts';
import { isLoopback } from './public-url.ts';

/** What is said of a key set's address that must not be used; undefined when it may be. */
export function keyUrlFault(text: string): string | undefined {
  if (!URL.canParse(text)) return 'must be a URL';
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') return 'must hold no name and no password';
  if (url.hash !== '') return 'must have no fragment';
  if (url.protocol === 'https:') return undefined;
  if (url.protocol === 'http:' && isLoopback(url.hostname)) return undefined;
  return 'must begin with https://';
}

async function textWithin(response: Response, limit: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  if (response.body !== null) {
    for await (const chunk of response.body) {
      size += chunk.byteLength;
      // Leaving the loop gives the connection up.
      if (size > limit) throw new Error(`the answer is larger than ${limit} bytes`);
      chunks.push(chunk);
    }
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** How keys are fetched. */
export interface FetchKeysOptions {
  readonly fetch: typeof fetch;
  /** Milliseconds for all of it. */
  readonly timeout: number;
  /** Bytes that the answer may have. */
  readonly limit: number;
}

/**
 * Fetches a key set. A redirect is not followed: the address was allowed, and not the one that it
 * leads to.
 *
 * @throws Error that says what is wrong, without what was answered
 */
export async function fetchKeys(
  url: string,
  { fetch, timeout, limit }: FetchKeysOptions,
): Promise<unknown> {
  const signal = AbortSignal.timeout(timeout);
  let text: string;
  try {
    const response = await fetch(url, {
      redirect: 'manual',
      credentials: 'omit',
      headers: { accept: 'application/json, application/jwk-set+json' },
      signal,
    });
    if (response.status !== 200) {
      void response.body?.cancel().catch(() => undefined);
      throw new Error(
        response.status >= 300 && response.status < 400
          ? 'it redirects, which is not followed: configure the address that it leads to'
          : `it answers with the status ${response.status}`,
      );
    }
    text = await textWithin(response, limit);
  } catch (cause) {
    if (signal.aborted) throw new Error(`no answer within ${timeout} ms`, { cause });
    // By what it is and not by its constructor, which another realm has too.
    const inner = typeof cause === 'object' && cause !== null && 'cause' in cause && cause.cause;
    const code = codeOf(inner);
    if (code !== undefined) throw new Error(`it cannot be reached (${code})`, { cause });
    throw cause;
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new Error('the answer is not JSON', { cause });
  }
}
