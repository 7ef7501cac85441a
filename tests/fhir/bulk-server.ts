import type { ServerResponse } from 'node:http';
import type { Heard, HostileServer } from './hostile-server.ts';
import { hostileServer, sendJson } from './hostile-server.ts';

/** A file that a scripted server exports. */
interface ServedFile {
  readonly type: string;
  readonly body: string | Buffer;
  readonly kind?: 'output' | 'deleted' | 'error';
  readonly count?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a scripted server exports, and how it deviates. */
export interface BulkScript {
  readonly files: readonly ServedFile[];
  readonly transactionTime?: string;
  /** 202 this many times. */
  readonly waits?: number;
  /** Put into the manifest. */
  readonly manifest?: Readonly<Record<string, unknown>>;
  /** Where the files are said to lie; default beside the server. */
  readonly filesAt?: string;
  /** Answers instead, when it returns true. */
  readonly instead?: (
    request: Heard & { readonly number: number },
    response: ServerResponse,
  ) => boolean;
}

/** Lines of NDJSON of one type. */
export function ndjson(type: string, ids: readonly string[]): string {
  return ids.map((id) => `${JSON.stringify({ resourceType: type, id })}\n`).join('');
}

/** A server that exports what a script says; the script may be changed meanwhile. */
export function bulkServer(script: () => BulkScript): Promise<HostileServer> {
  let polls = 0;
  return hostileServer((request, response) => {
    const { url, method, headers } = request;
    const { files, waits = 0, manifest, transactionTime, filesAt, instead } = script();
    if (instead?.(request, response) === true) return;
    const origin = `http://${headers.host ?? ''}`;
    if (method === 'DELETE') return void response.writeHead(202).end();
    if (url.includes('/$export')) {
      polls = 0;
      response.writeHead(202, { 'content-location': `${origin}/status/1` }).end();
    } else if (url === '/status/1') {
      polls += 1;
      if (polls <= waits) {
        response.writeHead(202, { 'x-progress': `${polls} of ${waits}`, 'retry-after': '7' }).end();
        return;
      }
      const of = (wanted: string) =>
        files.flatMap(({ type, kind = 'output', count }, index) =>
          kind === wanted
            ? [
                {
                  type,
                  url: `${filesAt ?? origin}/files/${index}`,
                  ...(count !== undefined && { count }),
                },
              ]
            : [],
        );
      sendJson(response, {
        transactionTime: transactionTime ?? '2026-10-05T12:00:00Z',
        request: `${origin}/fhir/$export`,
        requiresAccessToken: true,
        output: of('output'),
        deleted: of('deleted'),
        error: of('error'),
        ...manifest,
      });
    } else {
      const file = files[Number(/\/files\/(\d+)$/.exec(url)?.[1] ?? -1)];
      if (file === undefined) return void response.writeHead(404).end();
      response.writeHead(200, { 'content-type': 'application/fhir+ndjson', ...file.headers });
      response.end(file.body);
    }
  });
}
