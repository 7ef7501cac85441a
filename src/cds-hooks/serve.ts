import { createServer } from 'node:http';
import type { HttpHandler } from './http.ts';
import { toNodeListener } from './node.ts';

export interface ServeOptions {
  /** 0 for any that is free. */
  readonly port: number;
  /** Default `127.0.0.1`: this machine only. */
  readonly host?: string | undefined;
  /** Milliseconds that `close` gives to requests on their way; default 5,000. */
  readonly grace?: number | undefined;
}

/** A server that is listening. */
export interface CdsServer extends AsyncDisposable {
  /** Such as `http://127.0.0.1:3000`. */
  readonly url: string;
  /** Takes no new request, answers those on their way, and ends. Calling it again waits too. */
  readonly close: () => Promise<void>;
}

/**
 * Serves a handler over HTTP. Put what ends TLS in front of it. The logs stay open when the server
 * is closed.
 *
 * @throws Error of `node:net` when the port cannot be had
 */
export async function serveCds(handler: HttpHandler, options: ServeOptions): Promise<CdsServer> {
  const { port, host = '127.0.0.1', grace = 5_000 } = options;
  let closing: Promise<void> | undefined;
  const listener = toNodeListener(handler);
  const server = createServer(
    { requestTimeout: 30_000, headersTimeout: 10_000 },
    (request, response) => {
      // A client that keeps its connection would never let the server end.
      if (closing !== undefined) response.setHeader('connection', 'close');
      listener(request, response);
    },
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  server.on('error', () => undefined);
  const address = server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  const close = (): Promise<void> => {
    closing ??= new Promise<void>((resolve) => {
      const timer = setTimeout(() => server.closeAllConnections(), grace);
      server.close(() => {
        clearTimeout(timer);
        resolve();
      });
      server.closeIdleConnections();
    });
    return closing;
  };
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    close,
    [Symbol.asyncDispose]: close,
  };
}
