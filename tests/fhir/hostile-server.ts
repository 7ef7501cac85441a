import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { listening } from '../listening.ts';

/** A request as it reached a hostile server. */
export interface Heard {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface HostileServer extends AsyncDisposable {
  /** Origin, such as `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly heard: readonly Heard[];
}

/** A server on loopback that does whatever a script does with the bare answer, down to the socket. */
export async function hostileServer(
  script: (request: Heard & { readonly number: number }, response: ServerResponse) => void,
): Promise<HostileServer> {
  const heard: Heard[] = [];
  const server = await listening((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const each = { method, url, headers, body: Buffer.concat(chunks).toString('utf8') };
      heard.push(each);
      script({ ...each, number: heard.length }, response);
    });
    request.on('error', () => undefined);
    response.on('error', () => undefined);
  });
  return { ...server, heard };
}

/** Answers with a document, whole. */
export function sendJson(
  response: ServerResponse,
  body: unknown,
  more: { readonly status?: number; readonly headers?: Readonly<Record<string, string>> } = {},
): void {
  const { status = 200, headers = {} } = more;
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

/** A page of search results as a document. */
export function bundleOf(ids: readonly string[], next?: unknown): object {
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    ...(next === undefined ? {} : { link: [{ relation: 'next', url: next }] }),
    entry: ids.map((id) => ({ resource: { resourceType: 'Patient', id } })),
  };
}

/** What a promise rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<Error> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Error)) throw new Error('it did not reject with an Error');
  return error;
}

/** Waits that are written down instead of waited. */
export function writtenWaits(): {
  readonly waits: number[];
  readonly sleep: (ms: number) => Promise<void>;
} {
  const waits: number[] = [];
  return {
    waits,
    sleep: (milliseconds) => {
      waits.push(milliseconds);
      return Promise.resolve();
    },
  };
}
