import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { breakCircles } from './existing/own-call.ts';
import type { HttpHandler, HttpResponse } from './http.ts';
import { refusal } from './refusal.ts';

/** Writes an answer, unless whoever called has gone or was answered. */
export function send(response: ServerResponse, { status, headers, body }: HttpResponse): void {
  if (response.destroyed || response.headersSent) return;
  const length = status === 204 ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  response.writeHead(status, { ...headers, ...length });
  response.end(body);
}

/** The address of a request without its query, as seen from where it is mounted. */
export function pathOf({ url = '/' }: IncomingMessage): string {
  const [path = '/'] = url.split('?');
  return path;
}

/** The bytes of a request that nobody has read. */
export function bytesFrom(request: IncomingMessage): AsyncIterable<Uint8Array> {
  // A body that is refused half-read must leave the socket open for the answer.
  return request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>;
}

async function respond(
  handler: HttpHandler,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const { method = 'GET', headers } = request;
    const body = bytesFrom(request);
    send(response, await handler({ method, path: pathOf(request), headers, body }));
  } catch (error) {
    send(response, refusal(error));
  }
}

/**
 * Lets a handler answer the requests of `node:http` and of what takes its listeners. The body must
 * not have been read before; see `toExpress` for an application that does, or has other routes.
 *
 * @example
 * createServer(toNodeListener(handler)).listen(3000);
 */
export function toNodeListener(handler: HttpHandler): RequestListener {
  const answer = breakCircles(handler);
  return (request, response) => {
    // Without a listener, the error of a connection that breaks would end the process.
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    void respond(answer, request, response).catch(() => response.destroy());
  };
}
