import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { pino } from 'pino';
import { FhirError } from '../../src/errors.ts';
import type { FhirSource, FhirSourceOptions } from '../../src/fhir/client.ts';
import { fhirSource } from '../../src/fhir/client.ts';
import { addressOf } from '../../src/fhir/wire/address.ts';
import { planted } from '../planted.ts';
import { bundleOf, hostileServer, rejection, sendJson, writtenWaits } from './hostile-server.ts';

const secret = 'synthetic-access-token';

function hurried(baseUrl: string, options: Partial<FhirSourceOptions> = {}): FhirSource {
  return fhirSource({
    baseUrl,
    token: secret,
    sleep: () => Promise.resolve(),
    random: () => 0,
    ...options,
  });
}

async function idsOf(source: FhirSource): Promise<readonly unknown[]> {
  const ids: unknown[] = [];
  for await (const { id } of source.search('Patient', { _count: 2 })) ids.push(id);
  return ids;
}

const half = (response: ServerResponse): void => {
  response.writeHead(200, { 'content-type': 'application/fhir+json' });
  response.end('{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Pat');
};

/** Ways in which a page goes wrong for once. */
const mishaps: readonly (readonly [string, (response: ServerResponse) => void])[] = [
  ['half a page', half],
  ['an empty answer', (response) => void response.writeHead(200).end()],
  ['a maintenance page', (response) => void response.writeHead(200).end('<html>Back soon</html>')],
  ['a 429', (response) => void response.writeHead(429, { 'retry-after': '1' }).end()],
  ['a 500', (response) => void response.writeHead(500).end('<html></html>')],
  ['a connection reset before the answer', (response) => void response.socket?.resetAndDestroy()],
  [
    'a connection reset in the middle',
    (response) => {
      response.writeHead(200, { 'content-length': '5000' });
      response.write('{"resourceType":"Bundle","entry":[', () =>
        response.socket?.resetAndDestroy(),
      );
    },
  ],
  [
    'a connection closed short of its content-length',
    (response) => {
      response.writeHead(200, { 'content-length': '5000' });
      response.write('{"resourceType":"Bundle"}', () => response.socket?.end());
    },
  ],
  [
    'a content-length that cuts the page',
    (response) => {
      response.socket?.end(
        `HTTP/1.1 200 OK\r\nContent-Length: 20\r\nConnection: close\r\n\r\n${JSON.stringify(bundleOf(['a', 'b']))}`,
      );
    },
  ],
  [
    'something that is not gzip although it says so',
    (response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      response.end('{"resourceType":"Bundle"}');
    },
  ],
  [
    'bytes that are not UTF-8',
    (response) => void response.writeHead(200).end(Buffer.from([0x22, 0xc3, 0x28, 0x22])),
  ],
  ['no HTTP at all', (response) => void response.socket?.end('220 mail.example ESMTP\r\n')],
];

describe('a page that goes wrong once', () => {
  test.each(mishaps)(
    'by %s is asked for again, and nothing is lost or doubled',
    async (_what, go) => {
      await using server = await hostileServer(({ url, number }, response) => {
        if (number === 2) go(response);
        else if (url.startsWith('/Patient?_count=2'))
          sendJson(response, bundleOf(['a', 'b'], '?page=2'));
        else if (url === '/?page=2') sendJson(response, bundleOf(['c', 'd'], 'Patient?page=3'));
        else sendJson(response, bundleOf(['e']));
      });
      const source = hurried(server.url);
      expect(await idsOf(source)).toEqual(['a', 'b', 'c', 'd', 'e']);
      expect(source.counters).toMatchObject({ pages: 3, retries: 1, requests: 4 });
    },
  );

  test('and stays so ends with what it was and how often, and with what came before', async () => {
    await using server = await hostileServer(({ number }, response) => {
      if (number === 1) sendJson(response, bundleOf(['a', 'b'], '?page=2'));
      else half(response);
    });
    const ids: unknown[] = [];
    const error = await rejection(
      (async () => {
        for await (const { id } of hurried(server.url).search('Patient')) ids.push(id);
      })(),
    );
    expect(error).toBeInstanceOf(FhirError);
    expect(error.message).toMatch(/search of Patient.*sent no JSON, 4 times/);
    expect(ids).toEqual(['a', 'b']);
  });

  test('by a body that comes too slowly is left after the time limit, each time', async () => {
    await using server = await hostileServer((_request, response) => {
      response.writeHead(200);
      const drip = setInterval(() => response.write(' '), 5);
      response.on('close', () => clearInterval(drip));
    });
    const error = await rejection(idsOf(hurried(server.url, { timeout: 60, tries: 2 })));
    expect(error.message).toMatch(/within 60 ms, 2 times/);
    expect(server.heard).toHaveLength(2);
  });

  test('whatever mixture of mishaps comes, no resource is lost or doubled', async () => {
    const plan = fc.array(fc.constantFrom(undefined, ...mishaps.map(([, go]) => go)), {
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(plan, async (steps) => {
        let after = 0;
        await using server = await hostileServer(({ url, number }, response) => {
          // No more than three in a row: the fourth try succeeds.
          const go = after < 3 ? steps[number - 1] : undefined;
          after = go === undefined ? 0 : after + 1;
          if (go !== undefined) return go(response);
          const at = Number(/page=(\d+)/.exec(url)?.[1] ?? '0');
          sendJson(response, bundleOf([`p${at}`], at < 5 ? `Patient?page=${at + 1}` : undefined));
        });
        expect(await idsOf(hurried(server.url))).toEqual(['p0', 'p1', 'p2', 'p3', 'p4', 'p5']);
      }),
      { numRuns: 25 },
    );
  });
});

describe('a server that wants its token elsewhere', () => {
  const links: readonly (readonly [string, (thief: string, own: string) => unknown])[] = [
    ['another port', (thief) => `${thief}/fhir/Patient?page=2`],
    ['another host by the name of this', (_thief, own) => `${own}.evil.example/fhir/Patient`],
    [
      'a user name that looks like this host',
      (thief, own) => `http://${own.slice(7)}@${thief.slice(7)}/fhir/x`,
    ],
    ['another path of the same host', (_thief, own) => `${own}/private/Patient?page=2`],
    ['a path that goes up', (_thief, own) => `${own}/fhir/../private/Patient`],
    ['a path that goes up in disguise', (_thief, own) => `${own}/fhir/..%2fprivate/Patient`],
    ['no scheme', (thief) => `${thief.slice(5)}/fhir/Patient?page=2`],
    ['a backslash', (thief) => `\\\\${thief.slice(7)}\\fhir`],
    ['a number instead of an address', () => 7],
    ['an object instead of an address', () => ({ href: '/fhir/Patient' })],
    ['an empty address', () => ''],
    ['null', () => null],
  ];

  test.each(links)('by a next link to %s does not get it there', async (_what, linkTo) => {
    await using thief = await hostileServer((_request, response) =>
      sendJson(response, bundleOf(['x'])),
    );
    await using server = await hostileServer(({ number }, response) =>
      sendJson(response, bundleOf([`a${number}`], linkTo(thief.url, server.url))),
    );
    const error = await rejection(idsOf(hurried(`${server.url}/fhir`)));
    expect(error.message).toMatch(/link to the next page/);
    expect(thief.heard).toHaveLength(0);
    expect(server.heard).toHaveLength(1);
    expect(JSON.stringify([error, error.message, error.stack])).not.toContain(secret);
  });

  test.each([301, 302, 303, 307, 308])(
    'by a redirect with %i does not get it there',
    async (status) => {
      await using thief = await hostileServer((_request, response) =>
        sendJson(response, bundleOf(['x'])),
      );
      await using server = await hostileServer((_request, response) => {
        response.writeHead(status, { location: `${thief.url}/fhir/Patient` }).end();
      });
      const error = await rejection(idsOf(hurried(`${server.url}/fhir`)));
      expect(error.message).toMatch(/redirects, which is not followed/);
      expect(thief.heard).toHaveLength(0);
    },
  );

  test('cannot be reached over http on another machine, unless that is allowed', () => {
    for (const host of ['ehr.example', '10.0.0.7', '127.0.0.1.evil.example', 'localhost.example']) {
      expect(() => fhirSource({ baseUrl: `http://${host}/fhir` })).toThrow(/must begin with https/);
      expect(fhirSource({ baseUrl: `http://${host}/fhir`, allowHttp: true }).baseUrl).toContain(
        host,
      );
    }
    for (const host of ['localhost:8080', '[::1]:8080', '127.0.0.2', 'fhir.localhost']) {
      const url = addressOf(`http://${host}/fhir`, { what: 'baseUrl', allowHttp: false });
      expect(url.host).toBe(host);
    }
  });

  test('finds it in no JSON of the source', async () => {
    await using server = await hostileServer((_request, response) =>
      sendJson(response, bundleOf([])),
    );
    const source = hurried(server.url, { headers: { 'x-api-key': 'synthetic-api-key' } });
    await idsOf(source);
    expect(JSON.stringify(source)).not.toMatch(/synthetic/);
    expect(server.heard[0]?.headers['authorization']).toBe(`Bearer ${secret}`);
    expect(server.heard[0]?.headers['x-api-key']).toBe('synthetic-api-key');
  });
});

describe('a token that expires', () => {
  test('in mid-paging is renewed once, and the page asked for again', async () => {
    let good = 'synthetic-1';
    await using server = await hostileServer(({ url, headers, number }, response) => {
      if (number === 3) good = 'synthetic-2';
      if (headers.authorization !== `Bearer ${good}`)
        return sendJson(response, {}, { status: 401 });
      const at = Number(/page=(\d+)/.exec(url)?.[1] ?? '0');
      sendJson(response, bundleOf([`p${at}`], at < 4 ? `Patient?page=${at + 1}` : undefined));
    });
    const refusals: unknown[] = [];
    const source = hurried(server.url, {
      token: ({ refused }) => {
        if (refused !== undefined) refusals.push(refused);
        return good;
      },
    });
    expect(await idsOf(source)).toEqual(['p0', 'p1', 'p2', 'p3', 'p4']);
    expect(refusals).toEqual(['synthetic-1']);
    expect(source.counters).toMatchObject({ requests: 6, retries: 0 });
  });

  test('under many requests at once is renewed once for all of them', async () => {
    let renewals = 0;
    await using server = await hostileServer(({ headers }, response) => {
      if (headers.authorization !== 'Bearer synthetic-new') {
        return sendJson(response, {}, { status: 401 });
      }
      sendJson(response, { resourceType: 'Patient', id: 'a' });
    });
    const source = hurried(server.url, {
      token: async ({ refused }) => {
        if (refused === undefined) return 'synthetic-old';
        renewals += 1;
        await new Promise((resolve) => {
          setTimeout(resolve, 20);
        });
        return 'synthetic-new';
      },
    });
    const found = await Promise.all(Array.from({ length: 20 }, () => source.read('Patient', 'a')));
    expect(found.every((patient) => patient?.id === 'a')).toBe(true);
    expect(renewals).toBe(1);
  });

  test('and is refused afresh too ends with an error after two requests', async () => {
    await using server = await hostileServer((_request, response) =>
      sendJson(response, {}, { status: 401 }),
    );
    let number = 0;
    const token = () => `synthetic-${(number += 1)}`;
    const error = await rejection(idsOf(hurried(server.url, { token })));
    expect(error.message).toMatch(/refuses access \(401\)/);
    expect(server.heard).toHaveLength(2);
  });

  test('and is always the same is not sent twice', async () => {
    await using server = await hostileServer((_request, response) =>
      sendJson(response, {}, { status: 401 }),
    );
    expect((await rejection(idsOf(hurried(server.url)))).message).toMatch(/\(401\)/);
    expect(server.heard).toHaveLength(1);
  });

  test.each(['', 'two words', 'line\r\nbreak', 'Zürich'])('to %j is not sent', async (token) => {
    await using server = await hostileServer((_request, response) =>
      sendJson(response, bundleOf([])),
    );
    const error = await rejection(idsOf(hurried(server.url, { token: () => token })));
    expect(error.message).toMatch(/the access token must be/);
    expect(error.message).not.toContain('Zürich');
    expect(server.heard).toHaveLength(0);
  });

  test('and cannot be renewed says why, as its provider does', async () => {
    await using server = await hostileServer((_request, response) =>
      sendJson(response, {}, { status: 401 }),
    );
    const token = ({ refused }: { readonly refused?: string | undefined }) => {
      if (refused !== undefined) throw new FhirError('the provider has closed');
      return 'synthetic-1';
    };
    expect((await rejection(idsOf(hurried(server.url, { token })))).message).toBe(
      'the provider has closed',
    );
  });
});

describe('pages without end', () => {
  test('that hold the same under ever new links are noticed soon', async () => {
    await using server = await hostileServer(({ number }, response) =>
      sendJson(response, bundleOf(['a', 'b'], `Patient?page=${number}`)),
    );
    const error = await rejection(idsOf(hurried(server.url)));
    expect(error.message).toMatch(/come again, which looks endless/);
    expect(server.heard.length).toBeLessThan(8);
  });

  test('that take turns under ever new links are noticed soon', async () => {
    await using server = await hostileServer(({ number }, response) =>
      sendJson(response, bundleOf([`a${number % 3}`], `Patient?page=${number}`)),
    );
    expect((await rejection(idsOf(hurried(server.url)))).message).toMatch(/come again/);
    expect(server.heard.length).toBeLessThan(10);
  });

  test('are not seen in a page that came twice while records were made, which is given once', async () => {
    await using server = await hostileServer(({ number }, response) => {
      const pages = [['a'], ['b'], ['b'], ['c']];
      sendJson(
        response,
        bundleOf(pages[number - 1] ?? [], number < 4 ? `?page=${number}` : undefined),
      );
    });
    expect(await idsOf(hurried(server.url))).toEqual(['a', 'b', 'c']);
  });

  test('and without content end at the most pages', async () => {
    await using server = await hostileServer(({ number }, response) =>
      sendJson(response, bundleOf([], `Patient?page=${number}`)),
    );
    expect((await rejection(idsOf(hurried(server.url, { maxPages: 30 })))).message).toMatch(
      /more than 30 pages/,
    );
  });
});

describe('an answer of the wrong kind', () => {
  test.each<[string, unknown, RegExp]>([
    ['a list', [], /sent no resource/],
    ['a number', 7, /sent no resource/],
    ['a Bundle without a type', { entry: [] }, /sent no resource/],
    ['a type that is a number', { resourceType: 7 }, /sent no resource/],
    ['entries that are a text', { resourceType: 'Bundle', entry: 'abc' }, /not a list/],
    ['an entry that is a list', { resourceType: 'Bundle', entry: [[]] }, /no resource/],
    ['an entry that is a number', { resourceType: 'Bundle', entry: [3] }, /no resource/],
    [
      'a resource without a type',
      { resourceType: 'Bundle', entry: [{ resource: { id: 'a' } }] },
      /no resource/,
    ],
    [
      'a resource with a number for an id',
      { resourceType: 'Bundle', entry: [{ resource: { resourceType: 'Patient', id: 7 } }] },
      /no resource/,
    ],
    [
      'links that are an object',
      { resourceType: 'Bundle', link: { relation: 'next' } },
      /not a list/,
    ],
    [
      'two next links',
      {
        resourceType: 'Bundle',
        link: [
          { relation: 'next', url: '?a' },
          { relation: 'next', url: '?b' },
        ],
      },
      /more than one link/,
    ],
  ])('such as %s is refused, and not asked for again', async (_what, body, message) => {
    await using server = await hostileServer((_request, response) => sendJson(response, body));
    const error = await rejection(idsOf(hurried(server.url)));
    expect(error).toBeInstanceOf(FhirError);
    expect(error.message).toMatch(message);
    expect(server.heard).toHaveLength(1);
  });

  test('or of any kind whatever gives resources or a FhirError, nothing else', async () => {
    let body: unknown;
    await using server = await hostileServer((_request, response) => sendJson(response, body));
    const source = hurried(server.url, { tries: 1, maxPages: 3 });
    const bundle = fc.record(
      {
        resourceType: fc.oneof(fc.constant('Bundle'), fc.jsonValue()),
        link: fc.oneof(
          fc.jsonValue(),
          fc.array(fc.record({ relation: fc.constant('next'), url: fc.jsonValue() })),
        ),
        entry: fc.oneof(
          fc.jsonValue(),
          fc.array(fc.record({ resource: fc.jsonValue(), search: fc.jsonValue() })),
        ),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.jsonValue(), bundle), async (value) => {
        body = value;
        const error: unknown = await idsOf(source).then(
          () => undefined,
          (reason: unknown) => reason,
        );
        expect(error === undefined || error instanceof FhirError).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test('such as more than may be is left early, packed or not', async () => {
    let sent = 0;
    await using server = await hostileServer((_request, response) => {
      response.writeHead(200);
      const pump = (): void => {
        while (!response.destroyed && sent < 2 ** 28) {
          sent += 65_536;
          if (!response.write(' '.repeat(65_536))) return void response.once('drain', pump);
        }
      };
      pump();
    });
    const error = await rejection(idsOf(hurried(server.url, { maxBytes: 1_000_000 })));
    expect(error.message).toMatch(/more than 1000000 bytes/);
    expect(sent).toBeLessThan(2 ** 26);
    const bomb = gzipSync(Buffer.alloc(2 ** 26, ' '));
    await using packed = await hostileServer((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb);
    });
    expect(bomb.length).toBeLessThan(100_000);
    const other = await rejection(idsOf(hurried(packed.url, { maxBytes: 1_000_000 })));
    expect(other.message).toMatch(/more than 1000000 bytes/);
    expect(packed.heard).toHaveLength(1);
  });
});

describe('what goes wrong is said', () => {
  test("with FHIR's issue codes, and never with texts or codes of the server's own", async () => {
    const mrn = planted('mrn', 71);
    const sent = { status: 400 };
    await using server = await hostileServer((_request, response) =>
      sendJson(
        response,
        {
          resourceType: 'OperationOutcome',
          issue: [
            { severity: 'error', code: 'too-costly', diagnostics: `search for ${mrn}` },
            { severity: 'error', code: mrn, details: { text: mrn } },
          ],
        },
        sent,
      ),
    );
    const lines: string[] = [];
    const logger = pino({ level: 'trace' }, { write: (line: string) => lines.push(line) });
    const error = await rejection(hurried(server.url, { logger }).read('Patient', mrn));
    sent.status = 500;
    await rejection(hurried(server.url, { logger }).read('Patient', mrn));
    expect(lines).toHaveLength(3);
    expect(error.message).toBe(
      'read of Patient: the FHIR server answered 400 (too-costly, unknown)',
    );
    expect(JSON.stringify([error, error.stack, lines])).not.toContain(mrn);
  });

  test('without the address, the token or the id, whatever fails', async () => {
    const mrn = planted('mrn', 72);
    const port = await hostileServer(() => undefined);
    await port[Symbol.asyncDispose]();
    const error = await rejection(
      hurried(`${port.url}/tenant-7`, { tries: 2 }).read('Patient', mrn),
    );
    expect(error.message).toMatch(/could not be reached \(ECONNREFUSED\), 2 times/);
    expect(JSON.stringify([error, error.message, error.stack, error.cause])).not.toMatch(
      new RegExp(`${mrn}|tenant-7|${secret}`),
    );
  });

  test.each([
    { tries: 0 },
    { tries: Number.NaN },
    { timeout: 0 },
    { longestWait: -1 },
    { longestWait: Infinity },
  ])('when a limit is malformed: %j', (options) => {
    expect(() => fhirSource({ baseUrl: 'https://ehr.example/fhir', ...options })).toThrow(
      RangeError,
    );
  });

  test('and waited for as the server asks, in seconds or until a date', async () => {
    const now = Date.parse('2026-10-05T12:00:00Z');
    const { waits, sleep } = writtenWaits();
    await using server = await hostileServer(({ number }, response) => {
      const asks = ['3', 'Mon, 05 Oct 2026 12:00:21 GMT'][number - 1];
      if (asks === undefined) return sendJson(response, bundleOf(['a']));
      response.writeHead(429, { 'retry-after': asks }).end();
    });
    expect(await idsOf(hurried(server.url, { sleep, now: () => now }))).toEqual(['a']);
    expect(waits).toEqual([3_000, 21_000]);
  });

  test('and left at once by a signal, in a wait too', async () => {
    const controller = new AbortController();
    await using server = await hostileServer((_request, response) => {
      response
        .writeHead(429, { 'retry-after': '20' })
        .end(() => controller.abort(new Error('left')));
    });
    const source = fhirSource({ baseUrl: server.url, signal: controller.signal });
    expect((await rejection(idsOf(source))).message).toBe('left');
  });
});

describe('a search by POST', () => {
  test('keeps its parameters out of the address', async () => {
    const mrn = planted('mrn', 73);
    await using server = await hostileServer((_request, response) =>
      sendJson(response, bundleOf(['a'])),
    );
    const source = hurried(server.url, { postSearch: true });
    const found = [];
    for await (const each of source.search('Patient', {
      patient: mrn,
      date: ['ge2026', 'lt2027'],
      x: undefined,
    })) {
      found.push(each.id);
    }
    expect(found).toEqual(['a']);
    expect(server.heard[0]).toMatchObject({
      method: 'POST',
      url: '/Patient/_search',
      body: `patient=${mrn}&date=ge2026&date=lt2027`,
    });
    expect(server.heard[0]?.headers['content-type']).toBe('application/x-www-form-urlencoded');
  });
});
