import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, test } from '@jest/globals';
import type {
  CompletedPrefetch,
  CompletePrefetchOptions,
} from '../../src/cds-hooks/prefetch/index.ts';
import { completePrefetch } from '../../src/cds-hooks/prefetch/index.ts';
import type { CdsRequest } from '../../src/cds-hooks/types.ts';
import { listening } from '../listening.ts';
import { planted } from '../planted.ts';

const patientId = planted('mrn', 1);
const token = 'a-token-that-must-not-leak';
const patient = { resourceType: 'Patient', id: patientId };

interface Seen {
  readonly url: string;
  readonly authorization: string | undefined;
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const json =
  (body: unknown, status = 200): Answer =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/fhir+json' });
    response.end(JSON.stringify(body));
  };

/** A FHIR server on a socket of its own, by path and query. */
async function fhirServer(answers: Readonly<Record<string, Answer>>) {
  const seen: Seen[] = [];
  const { url: origin, ...server } = await listening((request, response) => {
    const url = request.url ?? '';
    seen.push({ url, authorization: request.headers.authorization });
    const answer = answers[url] ?? json({ resourceType: 'OperationOutcome' }, 404);
    answer(request, response);
  });
  return {
    origin,
    base: `${origin}/fhir`,
    seen,
    [Symbol.asyncDispose]: server[Symbol.asyncDispose],
  };
}

function call(server: string | undefined, change: Partial<CdsRequest> = {}): CdsRequest {
  return {
    hook: 'patient-view',
    hookInstance: 'd1577c69-dfbe-44ad-ba6d-3e05e953b2ea',
    context: { userId: `Practitioner/${planted('clinician', 1)}`, patientId },
    fhirServer: server,
    fhirAuthorization: { access_token: token },
    ...change,
  };
}

const templates = { patient: 'Patient/{{context.patientId}}' };
const complete = (
  request: CdsRequest,
  options: Partial<CompletePrefetchOptions> & { readonly fhirServers: readonly string[] },
  queries: Readonly<Record<string, string>> = templates,
): Promise<CompletedPrefetch> => completePrefetch(request, queries, { timeout: 5_000, ...options });

const page = (ids: readonly string[], next?: string) => ({
  resourceType: 'Bundle',
  type: 'searchset',
  link: [
    { relation: 'self', url: 'x' },
    ...(next === undefined ? [] : [{ relation: 'next', url: next }]),
  ],
  entry: ids.map((id) => ({ resource: { resourceType: 'Condition', id } })),
});

const conditions = { conditions: 'Condition?patient={{context.patientId}}' };
const firstPage = `/fhir/Condition?patient=${patientId}`;

describe('Prefetch that the client did not send', () => {
  test('is read from its FHIR server, with its token', async () => {
    await using server = await fhirServer({ [`/fhir/Patient/${patientId}`]: json(patient) });
    for (const listed of [server.base, `${server.base}/`, server.origin]) {
      const completed = await complete(call(`${server.base}/`), { fhirServers: [listed] });
      expect(completed).toEqual({ prefetch: { patient }, missing: {} });
    }
    expect(server.seen[0]).toEqual({
      url: `/fhir/Patient/${patientId}`,
      authorization: `Bearer ${token}`,
    });
  });

  test('is read without a token from a server that takes none', async () => {
    await using server = await fhirServer({ [`/fhir/Patient/${patientId}`]: json(patient) });
    const open = call(server.base, { fhirAuthorization: null });
    expect((await complete(open, { fhirServers: [server.base] })).prefetch).toEqual({ patient });
    expect(server.seen[0]?.authorization).toBeUndefined();
  });

  test('is not asked for again where the client has answered', async () => {
    await using server = await fhirServer({});
    const prefetch = {
      patient,
      none: null,
      failed: { resourceType: 'OperationOutcome' },
      broken: 'text',
      others: 1,
    };
    const queries = {
      patient: 'Patient/1',
      none: 'Patient/2',
      failed: 'Patient/3',
      broken: 'Patient/4',
    };
    expect(
      await complete(call(server.base, { prefetch }), { fhirServers: [server.base] }, queries),
    ).toEqual({
      prefetch: { patient, none: null },
      missing: { failed: 'failed', broken: 'malformed' },
    });
    expect(server.seen).toEqual([]);
  });

  test('is read in the order in which one query builds on another, the others side by side', async () => {
    const role = {
      resourceType: 'PractitionerRole',
      id: 'r',
      practitioner: { reference: 'Practitioner/p9' },
    };
    const practitioner = { resourceType: 'Practitioner', id: 'p9' };
    await using server = await fhirServer({
      '/fhir/PractitionerRole?_id=r': json({
        resourceType: 'Bundle',
        entry: [{ resource: role }],
      }),
      '/fhir/Practitioner/p9': json(practitioner),
      [`/fhir/Patient/${patientId}`]: json(patient),
    });
    const queries = {
      person: 'Practitioner/{{%roles.entry.resource.practitioner.resolve().id}}',
      roles: 'PractitionerRole?_id=r',
      ...templates,
    };
    const { prefetch, missing } = await complete(
      call(server.base),
      { fhirServers: [server.base] },
      queries,
    );
    expect(missing).toEqual({});
    expect(prefetch).toMatchObject({ person: practitioner, patient });
    expect(server.seen.map(({ url }) => url).at(-1)).toBe('/fhir/Practitioner/p9');
  });

  test('is null for a resource that does not exist, and missing for what cannot be had', async () => {
    const answers: Record<string, Answer> = {
      '/fhir/Patient/gone': json({}, 410),
      '/fhir/Patient/refused': json({}, 401),
      '/fhir/Patient/broken': json({}, 500),
      '/fhir/Patient/text': (_request, response) => response.end('<html>'),
      '/fhir/Patient/list': json([patient]),
      '/fhir/Patient/latin': (_request, response) =>
        response.end(Buffer.from('{"resourceType":"\xe9"}', 'latin1')),
      '/fhir/Patient/outcome': json({ resourceType: 'OperationOutcome' }),
      '/fhir/Patient/cut': (request) => request.socket.destroy(),
    };
    await using server = await fhirServer(answers);
    const names = ['none', 'gone', 'refused', 'broken', 'text', 'list', 'latin', 'outcome', 'cut'];
    const queries = {
      ...Object.fromEntries(names.map((name) => [name, `Patient/${name}`])),
      search: 'Patient?name=x',
      unresolved: 'Encounter/{{context.encounterId}}',
      template: 'Patient/{{Patient.id}}',
      needy: 'Patient/{{%refused.id}}',
    };
    expect(await complete(call(server.base), { fhirServers: [server.base] }, queries)).toEqual({
      prefetch: { none: null, gone: null },
      missing: {
        refused: 'refused',
        broken: 'refused',
        text: 'unreadable',
        list: 'unreadable',
        latin: 'unreadable',
        outcome: 'failed',
        cut: 'unreachable',
        search: 'refused',
        unresolved: 'unresolved',
        template: 'malformed',
        needy: 'unresolved',
      },
    });
  });

  test('that goes in a circle is malformed, and does not hang', async () => {
    const queries = { a: 'Patient/{{%b.id}}', b: 'Patient/{{%a.id}}' };
    const { missing } = await complete(call('https://ehr.example'), { fhirServers: [] }, queries);
    expect(Object.keys(missing).sort()).toEqual(['a', 'b']);
    expect(Object.values(missing)).toContain('malformed');
  });

  test('has all its pages', async () => {
    await using server = await fhirServer({
      [firstPage]: json(page(['1'], '/fhir?page=2')),
      '/fhir?page=2': json(page(['2', '3'], 'http://127.0.0.1/elsewhere')),
      '/fhir?page=3': json(page(['9'])),
    });
    const ids = ({ prefetch }: CompletedPrefetch) => {
      const entry = prefetch['conditions']?.['entry'];
      return Array.isArray(entry) ? entry.map(({ resource }) => String(resource.id)) : [];
    };
    const options = { fhirServers: [server.base] };
    // The second page leads to another server: what there is stays, and is said to be incomplete.
    const partly = await complete(call(server.base), options, conditions);
    expect([ids(partly), partly.missing]).toEqual([['1'], { conditions: 'incomplete' }]);
    // A Bundle that the client sent with a next page is read on.
    const sent = call(server.base, {
      prefetch: { conditions: page(['7', '8'], `${server.base}?page=3`) },
    });
    const whole = await complete(sent, options, conditions);
    expect([ids(whole), whole.missing]).toEqual([['7', '8', '9'], {}]);
    expect(whole.prefetch['conditions']).not.toHaveProperty('link');
    const short = await complete(sent, { ...options, maxPages: 1 }, conditions);
    expect([ids(short), short.missing]).toEqual([['7', '8'], { conditions: 'incomplete' }]);
    expect(server.seen.every(({ url }) => url.startsWith('/fhir'))).toBe(true);
  });

  test.each<[string, string]>([
    ['leads in a circle', `?page=1`],
    ['is no address', 'http://['],
    ['is outside the base path', '/other?page=2'],
    ['shares only the beginning of the base path', '/fhir2?page=2'],
    ['holds a password', 'http://user:secret@127.0.0.1/fhir?page=2'],
  ])('is incomplete when the next page %s', async (_what, next) => {
    await using server = await fhirServer({
      [firstPage]: json(page(['1'], next)),
      '/fhir/?page=1': json(page(['1'], next)),
    });
    const { missing } = await complete(
      call(server.base),
      { fhirServers: [server.base] },
      conditions,
    );
    expect(missing).toEqual({ conditions: 'incomplete' });
  });
});

describe('A token', () => {
  test('goes to no server that is not on the list', async () => {
    await using server = await fhirServer({});
    const { port } = new URL(server.origin);
    const named = [
      server.base.replace('127.0.0.1', 'localhost'),
      `http://user@127.0.0.1:${port}/fhir`,
      `${server.origin}/fhir2`,
      `${server.origin}/fhir/../other`,
      `${server.origin}/fhir/%2e%2e/other`,
      `${server.origin}/fhir%2f..%2fother`,
      `${server.origin}/fhir/..%5cother`,
      `${server.origin}/fhir//x`,
      `${server.base}?x=1`,
      `${server.base}#x`,
      `ftp://127.0.0.1:${port}/fhir`,
      'file:///etc/passwd',
      'not an address',
    ];
    for (const fhir of named) {
      expect(await complete(call(fhir), { fhirServers: [server.base] })).toEqual({
        prefetch: {},
        missing: { patient: 'not-allowed' },
      });
    }
    expect(await complete(call(server.base), { fhirServers: [] })).toMatchObject({
      missing: { patient: 'not-allowed' },
    });
    expect(server.seen).toEqual([]);
  });

  test('goes over TLS only, but on this machine', async () => {
    const fhir = 'http://ehr.example/fhir';
    const fetch = async () => {
      throw new Error('asked');
    };
    expect(await complete(call(fhir), { fhirServers: [fhir], fetch })).toMatchObject({
      missing: { patient: 'not-allowed' },
    });
    const secure = 'https://ehr.example/fhir';
    expect(await complete(call(secure), { fhirServers: [secure], fetch })).toMatchObject({
      missing: { patient: 'unreachable' },
    });
  });

  test('follows no redirect', async () => {
    await using other = await fhirServer({ [`/fhir/Patient/${patientId}`]: json(patient) });
    await using server = await fhirServer({
      [`/fhir/Patient/${patientId}`]: (_request, response) => {
        response.writeHead(307, { location: `${other.base}/Patient/${patientId}` });
        response.end();
      },
    });
    expect(
      await complete(call(server.base), { fhirServers: [server.base, other.base] }),
    ).toMatchObject({ missing: { patient: 'refused' } });
    expect(other.seen).toEqual([]);
  });

  test('that no header can hold is sent nowhere, and nothing is thrown', async () => {
    await using server = await fhirServer({});
    const bad = call(server.base, { fhirAuthorization: { access_token: 'a\r\nx-y: z' } });
    const completed = await complete(bad, { fhirServers: [server.base] });
    expect(completed.missing).toEqual({ patient: 'unreachable' });
    expect(server.seen).toEqual([]);
  });
});

describe('Completing prefetch', () => {
  test('says so when the client names no server', async () => {
    for (const fhir of [undefined, '']) {
      expect(await complete(call(fhir), { fhirServers: ['https://ehr.example'] })).toEqual({
        prefetch: {},
        missing: { patient: 'no-server' },
      });
    }
  });

  test('ends with its time, and has what came before', async () => {
    await using server = await fhirServer({
      [`/fhir/Patient/${patientId}`]: json(patient),
      '/fhir/Patient/slow': () => undefined,
      '/fhir/Patient/drip': (_request, response) => void response.write('{"resourceType":'),
    });
    const queries = { ...templates, slow: 'Patient/slow', drip: 'Patient/drip', ...conditions };
    const first = page(['1'], `${server.base}/Patient/slow`);
    const completed = await complete(
      call(server.base, { prefetch: { conditions: first } }),
      { fhirServers: [server.base], timeout: 1_000 },
      queries,
    );
    expect(completed).toEqual({
      prefetch: { patient, conditions: first },
      missing: { slow: 'late', drip: 'late', conditions: 'incomplete' },
    });
  });

  test('ends with the signal of its arm', async () => {
    const controller = new AbortController();
    await using server = await fhirServer({
      [`/fhir/Patient/${patientId}`]: () => controller.abort(),
    });
    const { signal } = controller;
    expect(await complete(call(server.base), { fhirServers: [server.base], signal })).toEqual({
      prefetch: {},
      missing: { patient: 'late' },
    });
  });

  test('takes no more bytes than its limit, for all answers together', async () => {
    const large = { ...patient, text: 'x'.repeat(50_000) };
    const endless: Answer = (_request, response) => {
      const more = () => {
        while (response.write('x'.repeat(10_000)));
      };
      response.on('drain', more);
      more();
    };
    await using server = await fhirServer({
      [`/fhir/Patient/${patientId}`]: json(large),
      '/fhir/Patient/endless': endless,
    });
    const options = { fhirServers: [server.base], limit: 60_000 };
    expect((await complete(call(server.base), options)).prefetch).toEqual({ patient: large });
    expect((await complete(call(server.base), { ...options, limit: 40_000 })).missing).toEqual({
      patient: 'unreadable',
    });
    const queries = { endless: 'Patient/endless' };
    expect((await complete(call(server.base), options, queries)).missing).toEqual({
      endless: 'unreadable',
    });
  });

  test('never rejects, whatever it is given', async () => {
    const zone = 'Nowhere/At_All';
    const dated = { dated: 'Observation?date={{today()}}' };
    const completed = await complete(call('https://ehr.example'), { fhirServers: [], zone }, dated);
    expect(completed).toEqual({ prefetch: {}, missing: { dated: 'malformed' } });
    const sync = () => {
      throw new TypeError(token);
    };
    const options = { fhirServers: ['https://ehr.example', 'no address'], fetch: sync };
    expect((await complete(call('https://ehr.example'), options)).missing).toEqual({
      patient: 'unreachable',
    });
    const late = await complete(call('https://ehr.example'), {
      fhirServers: [],
      timeout: Number.NaN,
    });
    expect(late.missing).toEqual({ patient: 'late' });
  });
});
