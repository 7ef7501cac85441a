import { breakCircles } from './existing/own-call.ts';
import type { HttpHandler, HttpResponse } from './http.ts';
import { refusal } from './refusal.ts';

async function respond(handler: HttpHandler, request: Request): Promise<HttpResponse> {
  try {
    const { method, url, body } = request;
    const headers = Object.fromEntries(request.headers);
    return await handler({ method, path: new URL(url).pathname, headers, body });
  } catch (error) {
    return refusal(error);
  }
}

/**
 * Lets a handler answer requests of the Fetch standard, as Hono, Deno, Bun and edge runtimes have
 * them. Never rejects.
 *
 * @example
 * const response = await toFetchHandler(handler)(new Request('https://cds.example/cds-services'));
 */
export function toFetchHandler(handler: HttpHandler): (request: Request) => Promise<Response> {
  const answer = breakCircles(handler);
  return async (request) => {
    const { status, headers, body } = await respond(answer, request);
    return new Response(body === '' ? null : body, { status, headers });
  };
}
