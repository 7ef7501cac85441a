import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { HttpHandler, HttpResponse } from './http.ts';
import { refusal } from './refusal.ts';

function send(response: ServerResponse, { status, headers, body }: HttpResponse): void {
  // Whoever called has gone: there is nobody to tell.
  if (response.destroyed || response.headersSent) return;
  const length = status === 204 ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  response.writeHead(status, { ...headers, ...length });
  response.end(body);
}

async function respond(
  handler: HttpHandler,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const [path = '/'] = (request.url ?? '/').split('?');
    // A body that is refused half-read must leave the socket open for the answer.
    const body = request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>;
    const { method = 'GET', headers } = request;
    send(response, await handler({ method, path, headers, body }));
  } catch (error) {
    send(response, refusal(error));
  }
}

/**
 * Lets a handler answer the requests of `node:http` and of what takes its listeners (Express,
 * Connect). The body must not have been read before.
 *
 * @example
 * createServer(toNodeListener(handler)).listen(3000);
 */
export function toNodeListener(handler: HttpHandler): RequestListener {
  return (request, response) => {
    // Without a listener, the error of a connection that breaks would end the process.
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    void respond(handler, request, response).catch(() => response.destroy());
  };
}
