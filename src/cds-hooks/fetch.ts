import type { HttpHandler } from './http.ts';
import { refusal } from './refusal.ts';

/**
 * Lets a handler answer requests of the Fetch standard, as Hono, Deno, Bun and edge runtimes have
 * them. Never rejects.
 *
 * @example
 * const response = await toFetchHandler(handler)(new Request('https://cds.example/cds-services'));
 */
export function toFetchHandler(handler: HttpHandler): (request: Request) => Promise<Response> {
  return async (request) => {
    const { method, url, headers, body } = request;
    const { pathname } = new URL(url);
    const answer = await handler({
      method,
      path: pathname,
      headers: Object.fromEntries(headers),
      body,
    }).catch(refusal);
    return new Response(answer.body === '' ? null : answer.body, {
      status: answer.status,
      headers: answer.headers,
    });
  };
}
