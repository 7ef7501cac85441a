import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { Clinic } from './clinic.ts';
import { searchPage } from './fhir-search.ts';
import type { JsonObject } from './json.ts';
import { encounterResource, otherEncounters, patientResource } from './resources.ts';

export interface FhirServerOptions {
  /** Default: any free port. */
  readonly port?: number | undefined;
  /** Default `127.0.0.1`. */
  readonly host?: string | undefined;
  /** The instant whose record is served, milliseconds; default the end of the clinic's window. */
  readonly asOf?: number | undefined;
}

/** A FHIR server of a synthetic clinic. */
export interface FhirServer extends AsyncDisposable {
  /** Base URL, without a slash at its end. */
  readonly url: string;
  readonly close: () => Promise<void>;
}

type Records = ReadonlyMap<string, readonly JsonObject[]>;

/** All Patients and Encounters of a clinic as its record has them at an instant. */
function recordsOf(clinic: Clinic, asOf: number): Records {
  return new Map([
    ['Patient', clinic.persons.map(patientResource)],
    [
      'Encounter',
      clinic.persons.flatMap((person) => [
        ...person.stays
          .filter(({ from, emergencyFrom }) => (emergencyFrom ?? from) <= asOf)
          .map((stay) => encounterResource(clinic, [person, stay], asOf)),
        ...otherEncounters(clinic, person),
      ]),
    ],
  ]);
}

const capabilities = (url: string): JsonObject => ({
  resourceType: 'CapabilityStatement',
  status: 'active',
  date: '2026-10-01',
  kind: 'instance',
  implementation: { description: 'A simulated hospital: all data are synthetic', url },
  fhirVersion: '4.0.1',
  format: ['json'],
  rest: [
    {
      mode: 'server',
      resource: ['Patient', 'Encounter'].map((type) => ({
        type,
        interaction: [{ code: 'read' }, { code: 'search-type' }],
        searchParam: [
          { name: '_id', type: 'token' },
          ...(type === 'Encounter' ? [{ name: 'patient', type: 'reference' }] : []),
        ],
      })),
    },
  ],
});

function outcome(code: string, diagnostics: string): JsonObject {
  return {
    resourceType: 'OperationOutcome',
    issue: [{ severity: 'error', code, diagnostics }],
  };
}

function answer(
  records: Records,
  base: string,
  request: IncomingMessage,
): readonly [number, JsonObject] {
  const url = new URL(request.url ?? '/', base);
  const [root, type = '', id, ...rest] = url.pathname.split('/').slice(1);
  if (request.method !== 'GET') return [405, outcome('not-supported', 'this server only reads')];
  if (root !== 'fhir' || rest.length > 0) return [404, outcome('not-found', 'no such path')];
  if (type === 'metadata') return [200, capabilities(base)];
  const resources = records.get(type);
  if (resources === undefined) return [404, outcome('not-supported', 'only Patient and Encounter')];
  if (id === undefined || id === '') {
    return [200, searchPage(resources, `${base}/${type}`, url.searchParams)];
  }
  const found = resources.find((resource) => resource['id'] === decodeURIComponent(id));
  return found === undefined ? [404, outcome('not-found', 'no such resource')] : [200, found];
}

function send(response: ServerResponse, status: number, body: JsonObject): void {
  response.writeHead(status, { 'content-type': 'application/fhir+json; charset=utf-8' });
  response.end(JSON.stringify(body));
}

/**
 * Serves the record of a clinic as FHIR R4: search of Patient and Encounter with paging, read by id,
 * and a CapabilityStatement at `/metadata`. Loopback only unless told otherwise; read only.
 */
export async function serveFhir(
  clinic: Clinic,
  options: FhirServerOptions = {},
): Promise<FhirServer> {
  const { port = 0, host = '127.0.0.1', asOf = clinic.window.to } = options;
  const records = recordsOf(clinic, asOf);
  let url = '';
  const server = createServer((request, response) => {
    try {
      send(response, ...answer(records, url, request));
    } catch {
      // Such as an escape in the path that is none.
      send(response, 400, outcome('invalid', 'the request cannot be read'));
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const address = server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  url = `http://${host.includes(':') ? `[${host}]` : host}:${bound}/fhir`;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url, close, [Symbol.asyncDispose]: close };
}
