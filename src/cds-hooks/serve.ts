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
  /**
   * Milliseconds for which `close` lets `/ready` say 503 before it takes no new request, so that a
   * load balancer can look elsewhere first; default 0.
   */
  readonly drain?: number | undefined;
  /**
   * Milliseconds for which a connection may idle; default 65,000. It must be more than what stands in
   * front of the service allows, or that will now and then send a call into a closed connection.
   */
  readonly keepAlive?: number | undefined;
}

/** A server that is listening. */
export interface CdsServer extends AsyncDisposable {
  /** Such as `http://127.0.0.1:3000`. */
  readonly url: string;
  /** Takes no new request, answers those on their way, and ends. Calling it again waits too. */
  readonly close: () => Promise<void>;
}

const limits = {
  // Whoever sends a byte now and then must not hold a connection.
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 5_000,
  maxHeaderSize: 16_384,
  // Two tokens are then one that is malformed, instead of the first of them.
  joinDuplicateHeaders: true,
};

function checkTimes(times: Readonly<Record<string, number>>): void {
  for (const [name, time] of Object.entries(times)) {
    if (!(Number.isFinite(time) && time >= 0)) {
      throw new RangeError(`${name} must be a number of milliseconds, 0 or more`);
    }
  }
}

/**
 * Serves a handler over HTTP. Put what ends TLS in front of it. The logs stay open when the server
 * is closed.
 *
 * @param handler its `drain`, if it has one, is called when the server begins to close
 * @throws RangeError when a time is out of range
 * @throws Error of `node:net` when the port cannot be had
 */
export async function serveCds(
  handler: HttpHandler & { readonly drain?: (() => void) | undefined },
  options: ServeOptions,
): Promise<CdsServer> {
  const { port, host = '127.0.0.1', grace = 5_000, drain = 0, keepAlive = 65_000 } = options;
  checkTimes({ grace, drain, keepAlive });
  let refusing = false;
  let closing: Promise<void> | undefined;
  const listener = toNodeListener(handler);
  const server = createServer({ ...limits, keepAliveTimeout: keepAlive }, (request, response) => {
    // A client that keeps its connection would never let the server end.
    if (refusing) response.setHeader('connection', 'close');
    listener(request, response);
  });
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
  const shut = async (): Promise<void> => {
    handler.drain?.();
    if (drain > 0) await new Promise((resolve) => setTimeout(resolve, drain));
    refusing = true;
    await new Promise<void>((resolve) => {
      const end = setTimeout(() => server.closeAllConnections(), grace);
      // A connection may fall idle at any time, and would be kept for the next request then.
      const sweep = setInterval(() => server.closeIdleConnections(), 20);
      server.close(() => {
        clearTimeout(end);
        clearInterval(sweep);
        resolve();
      });
      server.closeIdleConnections();
    });
  };
  const close = (): Promise<void> => {
    closing ??= shut();
    return closing;
  };
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    close,
    [Symbol.asyncDispose]: close,
  };
}
