import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';

/** What a service answered. */
interface ServiceReply {
  readonly status: number;
  readonly body: string;
}

/** A connection to a CDS service that is kept open between requests. */
export interface ServiceClient {
  /**
   * Posts JSON.
   *
   * @param path below the base URL, beginning with `/`
   * @param at simulated instant, sent as `x-simulated-time`
   * @throws Error when no answer came
   */
  readonly post: (path: string, body: string, at: number) => Promise<ServiceReply>;
  readonly close: () => void;
}

/**
 * Opens a client for a service. `node:http` rather than `fetch`: about three times as many requests
 * in a second on one connection.
 *
 * @param options.timeout milliseconds to wait for an answer
 */
export function serviceClient(
  baseUrl: string,
  options: { readonly timeout: number; readonly headers?: Readonly<Record<string, string>> },
): ServiceClient {
  const base = new URL(baseUrl);
  const prefix = base.pathname.replace(/\/+$/, '');
  const secure = base.protocol === 'https:';
  const settings = { keepAlive: true, maxSockets: 1 };
  const agent = secure ? new HttpsAgent(settings) : new HttpAgent(settings);
  const request = secure ? httpsRequest : httpRequest;

  return {
    post: (path, body, at) =>
      new Promise((resolve, reject) => {
        const outgoing = request(
          {
            agent,
            hostname: base.hostname.replace(/^\[|\]$/g, ''),
            port: base.port,
            path: prefix + path,
            method: 'POST',
            timeout: options.timeout,
            headers: {
              ...options.headers,
              'content-type': 'application/json',
              'content-length': Buffer.byteLength(body),
              accept: 'application/json',
              'x-simulated-time': new Date(at).toISOString(),
            },
          },
          (incoming) => {
            const chunks: Buffer[] = [];
            incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
            incoming.on('error', reject);
            incoming.on('end', () => {
              resolve({
                status: incoming.statusCode ?? 0,
                body: Buffer.concat(chunks).toString('utf8'),
              });
            });
          },
        );
        outgoing.on('timeout', () => outgoing.destroy(new Error('no answer in time')));
        outgoing.on('error', reject);
        outgoing.end(body);
      }),
    close: () => agent.destroy(),
  };
}
