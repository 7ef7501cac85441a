import type { IncomingHttpHeaders } from 'node:http';
import { listening } from '../listening.ts';

/** What a scripted server answers: a document, or all of an answer. `hang` never answers. */
export interface Scripted {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly hang?: boolean;
}

interface Heard {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
}

export interface BadServer extends AsyncDisposable {
  /** Origin, such as `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly heard: readonly Heard[];
}

/** A server on loopback that answers each request as a script says. */
export async function badServer(
  script: (path: string, number: number) => Scripted,
): Promise<BadServer> {
  const heard: Heard[] = [];
  const server = await listening((request, response) => {
    const url = request.url ?? '';
    heard.push({ url, headers: request.headers });
    const { status = 200, headers = {}, body = '', hang = false } = script(url, heard.length);
    if (hang) return;
    response.writeHead(status, { 'content-type': 'application/fhir+json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  return { ...server, heard };
}

/** A page of search results. */
export function page(
  ids: readonly string[],
  next?: string,
  more: readonly unknown[] = [],
): Scripted {
  return {
    body: {
      resourceType: 'Bundle',
      type: 'searchset',
      link: next === undefined ? [] : [{ relation: 'next', url: next }],
      entry: [
        ...ids.map((id) => ({
          resource: { resourceType: 'Patient', id },
          search: { mode: 'match' },
        })),
        ...more,
      ],
    },
  };
}
