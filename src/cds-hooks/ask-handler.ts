import type { RequestError } from '../errors.ts';
import type { HttpHandler, HttpRequest, HttpResponse } from './http.ts';
import { refusal } from './refusal.ts';

/** A request whose body has not been read. */
export type UnreadRequest = Omit<HttpRequest, 'body'> & {
  readonly body: AsyncIterable<Uint8Array>;
};

/**
 * Asks a handler that shares its addresses with other routes. Never rejects.
 *
 * @returns undefined when the handler knows no such address or service; the body is then as it was
 */
export async function askHandler(
  handler: HttpHandler,
  request: UnreadRequest,
): Promise<HttpResponse | undefined> {
  let wasRead = false;
  async function* watched(): AsyncGenerator<Uint8Array, void> {
    wasRead = true;
    yield* request.body;
  }
  const answer = await handler({ ...request, body: watched() }).catch(refusal);
  return answer.status === 404 && !wasRead ? undefined : answer;
}

/** A body that fails where it is read, so that the handler is the one to answer for it. */
export function unreadable(reason: RequestError): AsyncIterable<Uint8Array> {
  return { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(reason) }) };
}
