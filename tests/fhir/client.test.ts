import { describe, expect, test } from '@jest/globals';
import { FhirError } from '../../src/errors.ts';
import type { FhirSource, FhirSourceOptions, SearchParameters } from '../../src/fhir/index.ts';
import { fhirSource } from '../../src/fhir/index.ts';
import { checkedNextLink } from '../../src/fhir/next-link.ts';
import { retryAfter, waitBefore } from '../../src/fhir/retry.ts';
import type { Scripted } from './bad-server.ts';
import { badServer, page } from './bad-server.ts';

const token = 'Bearer synthetic-token';

async function idsOf(source: FhirSource, params?: SearchParameters): Promise<readonly unknown[]> {
  const ids: unknown[] = [];
  for await (const { id } of source.search('Patient', params)) ids.push(id);
  return ids;
}

/** A source whose waits are written down instead of waited. */
function source(baseUrl: string, options: Partial<FhirSourceOptions> = {}) {
  const waits: number[] = [];
  return {
    waits,
    source: fhirSource({
      baseUrl,
      headers: { authorization: token },
      sleep: (milliseconds) => {
        waits.push(milliseconds);
        return Promise.resolve();
      },
      random: () => 0,
      ...options,
    }),
  };
}

async function refusalOf(promise: Promise<unknown>): Promise<FhirError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof FhirError)) throw new Error('no FhirError', { cause: error });
  return error;
}

describe('a search', () => {
  test('follows the pages of the same server, absolute and relative', async () => {
    await using server = await badServer((path) => {
      if (path === '/fhir/Patient?_count=2') return page(['a', 'b'], `Patient?page=2`);
      if (path === '/fhir/Patient?page=2') return page(['c'], `/fhir?_getpages=3`);
      if (path === '/fhir?_getpages=3') return page([], `/fhir/Patient?page=4`);
      return page(['d']);
    });
    const { source: found } = source(`${server.url}/fhir/`);
    expect(await idsOf(found, { _count: 2 })).toEqual(['a', 'b', 'c', 'd']);
    expect(server.heard.every(({ headers }) => headers.authorization === token)).toBe(true);
    expect(found.counters).toMatchObject({ pages: 4, requests: 4, retries: 0 });
  });

  test('never sends the token to another host', async () => {
    await using other = await badServer(() => page(['stolen']));
    await using server = await badServer(() => page(['a'], `${other.url}/fhir/Patient?page=2`));
    const error = await refusalOf(idsOf(source(`${server.url}/fhir`).source));
    expect(error.message).toMatch(/not followed/);
    expect(other.heard).toHaveLength(0);
  });

  test('does not follow a redirect', async () => {
    await using other = await badServer(() => page(['stolen']));
    await using server = await badServer(() => ({
      status: 302,
      headers: { location: `${other.url}/fhir/Patient` },
    }));
    const error = await refusalOf(idsOf(source(`${server.url}/fhir`).source));
    expect(error.message).toMatch(/redirects/);
    expect(other.heard).toHaveLength(0);
  });

  test('leaves out parameters that are undefined, and repeats lists', async () => {
    await using server = await badServer(() => page([]));
    await idsOf(source(server.url).source, {
      patient: undefined,
      date: ['ge2026-10-05', 'lt2026-11-16'],
      active: true,
      name: 'a&b=c',
    });
    expect(server.heard[0]?.url).toBe(
      '/Patient?date=ge2026-10-05&date=lt2026-11-16&active=true&name=a%26b%3Dc',
    );
  });

  test('ends with an error when the pages go in a circle', async () => {
    await using server = await badServer((path) =>
      page(['a'], path.endsWith('page=1') ? 'Patient?page=2' : 'Patient?page=1'),
    );
    const error = await refusalOf(idsOf(source(server.url).source));
    expect(error.message).toMatch(/circle/);
    expect(server.heard).toHaveLength(3);
  });

  test('ends with an error when the pages do not end', async () => {
    await using server = await badServer((_path, number) =>
      page([`a${number}`], `Patient?page=${number}`),
    );
    const error = await refusalOf(idsOf(source(server.url, { maxPages: 20 }).source));
    expect(error.message).toMatch(/more than 20 pages/);
    expect(server.heard).toHaveLength(20);
  });

  test('skips warnings and included resources, and counts them', async () => {
    await using server = await badServer(() =>
      page(['a'], undefined, [
        {
          resource: { resourceType: 'OperationOutcome', issue: [{ code: 'informational' }] },
          search: { mode: 'outcome' },
        },
        { resource: { resourceType: 'Organization', id: 'o' }, search: { mode: 'include' } },
      ]),
    );
    const { source: found } = source(server.url);
    expect(await idsOf(found)).toEqual(['a']);
    expect(found.counters).toMatchObject({ outcomes: 1, others: 1 });
  });

  test('can be left early, and asks for no further page then', async () => {
    await using server = await badServer((_path, number) => page(['a'], `Patient?page=${number}`));
    for await (const { id } of source(server.url).source.search('Patient')) {
      expect(id).toBe('a');
      break;
    }
    expect(server.heard).toHaveLength(1);
  });
});

describe('a server that turns requests away for now', () => {
  const now = Date.parse('2026-10-05T12:00:00Z');

  test.each([
    ['seconds', '7', 7_000],
    ['a date', 'Mon, 05 Oct 2026 12:00:09 GMT', 9_000],
    ['nothing', '', 500],
    ['something else', 'soon', 500],
  ])('is asked again after what it says in %s', async (_what, header, wait) => {
    await using server = await badServer((_path, number) =>
      number === 1 ? { status: 429, headers: { 'retry-after': header } } : page(['a']),
    );
    const { source: found, waits } = source(server.url, { now: () => now });
    expect(await idsOf(found)).toEqual(['a']);
    expect(waits).toEqual([wait]);
    expect(found.counters).toMatchObject({ requests: 2, retries: 1 });
  });

  test.each([408, 429, 500, 502, 503, 504, 529])(
    'with %i is asked a few times, not for ever',
    async (status) => {
      await using server = await badServer(() => ({ status }));
      const { source: found, waits } = source(server.url);
      const error = await refusalOf(idsOf(found));
      expect(error.message).toMatch(new RegExp(`answered ${status}, 4 times`));
      expect(waits).toEqual([500, 1_000, 2_000]);
      expect(server.heard).toHaveLength(4);
    },
  );

  test('is not waited for when it asks for too long', async () => {
    await using server = await badServer(() => ({
      status: 503,
      headers: { 'retry-after': '86400' },
    }));
    const { source: found, waits } = source(server.url);
    expect((await refusalOf(idsOf(found))).message).toMatch(/asks to wait 86400 s/);
    expect(waits).toEqual([]);
  });

  test.each([400, 401, 403, 404, 501, 505])('is not asked again after %i', async (status) => {
    await using server = await badServer(() => ({ status }));
    await refusalOf(idsOf(source(server.url).source));
    expect(server.heard).toHaveLength(1);
  });
});

describe('a server that answers nonsense', () => {
  test.each<[string, Scripted, RegExp]>([
    ['text', { body: 'Down for maintenance' }, /no JSON/],
    ['nothing', { body: '' }, /no JSON, 4 times/],
    ['NDJSON', { body: '{"resourceType":"Patient"}\n{"resourceType":"Patient"}' }, /no JSON/],
    ['a resource', { body: { resourceType: 'Patient', id: 'a' } }, /no Bundle/],
    ['a Bundle of nothing', { body: { resourceType: 'Bundle', entry: [{}] } }, /no resource/],
    ['a Bundle of null', { body: { resourceType: 'Bundle', entry: [null] } }, /no resource/],
    ['entries that are no list', { body: { resourceType: 'Bundle', entry: {} } }, /not a list/],
    ['JSON that is null', { body: 'null' }, /sent no resource/],
  ])('such as %s is refused', async (_what, answer, message) => {
    await using server = await badServer(() => answer);
    expect((await refusalOf(idsOf(source(server.url).source))).message).toMatch(message);
  });

  test('and names a patient in its error does not get it into ours', async () => {
    await using server = await badServer(() => ({
      status: 500,
      body: { resourceType: 'OperationOutcome', issue: [{ diagnostics: 'MRN-12345 is locked' }] },
    }));
    const error = await refusalOf(source(server.url).source.read('Patient', 'mrn-12345'));
    expect(JSON.stringify([error, error.message, error.stack])).not.toMatch(/12345/i);
    expect(error.cause).toBeUndefined();
  });

  test('or nothing at all is left after the time limit', async () => {
    await using server = await badServer(() => ({ hang: true }));
    const error = await refusalOf(idsOf(source(server.url, { timeout: 50 }).source));
    expect(error.message).toMatch(/within 50 ms/);
  });

  test('or is not there says so', async () => {
    const server = await badServer(() => page([]));
    await server[Symbol.asyncDispose]();
    const error = await refusalOf(idsOf(source(server.url).source));
    expect(error.message).toMatch(/could not be reached \(ECONNREFUSED\)/);
  });

  test('can be left by a signal', async () => {
    await using server = await badServer(() => ({ hang: true }));
    const signal = AbortSignal.timeout(30);
    const error: unknown = await idsOf(source(server.url, { signal }).source).catch(
      (reason: unknown) => reason,
    );
    expect(error).toBe(signal.reason);
  });
});

describe('a read', () => {
  test('gives the resource, or undefined', async () => {
    await using server = await badServer((path) =>
      path === '/Patient/a.b-1'
        ? { body: { resourceType: 'Patient', id: 'a.b-1' } }
        : { status: path.endsWith('gone') ? 410 : 404 },
    );
    const { source: found } = source(server.url);
    expect(await found.read('Patient', 'a.b-1')).toMatchObject({ id: 'a.b-1' });
    expect(await found.read('Patient', 'none')).toBeUndefined();
    expect(await found.read('Patient', 'gone')).toBeUndefined();
  });

  test.each(['', '..', '../Observation?x=1', 'a/b', 'a b', 'a?b', 'x'.repeat(65), 'é'])(
    'refuses the id %j before anything is sent',
    async (id) => {
      await using server = await badServer(() => page([]));
      await refusalOf(source(server.url).source.read('Patient', id));
      expect(server.heard).toHaveLength(0);
    },
  );

  test('refuses something else than was asked for', async () => {
    await using server = await badServer(() => ({ body: { resourceType: 'Group', id: 'a' } }));
    await refusalOf(source(server.url).source.read('Patient', 'a'));
  });
});

describe('headers', () => {
  test('may be made afresh for each request', async () => {
    await using server = await badServer(() => page([]));
    let number = 0;
    const headers = () => Promise.resolve({ authorization: `Bearer ${(number += 1)}` });
    const { source: found } = source(server.url, { headers });
    await idsOf(found);
    await idsOf(found);
    expect(server.heard.map((heard) => heard.headers.authorization)).toEqual([
      'Bearer 1',
      'Bearer 2',
    ]);
  });
});

describe('a source', () => {
  test.each(['', 'ehr.example/fhir', 'file:///fhir', 'https://user:secret@ehr.example/fhir'])(
    'refuses the base URL %j',
    (baseUrl) => {
      expect(() => fhirSource({ baseUrl })).toThrow(FhirError);
    },
  );

  test('refuses what is no resource type', async () => {
    const { source: found } = source('http://127.0.0.1:9/fhir');
    for (const type of ['', '../x', 'Patient?x', 'patient']) {
      await refusalOf(found.read(type, 'a'));
    }
  });
});

describe('checkedNextLink', () => {
  const base = new URL('https://ehr.example/tenant-1/fhir');

  test.each([
    'https://ehr.example.evil.example/tenant-1/fhir/Patient?page=2',
    'https://ehr.example:8443/tenant-1/fhir/Patient?page=2',
    'http://ehr.example/tenant-1/fhir/Patient?page=2',
    'https://token@ehr.example/tenant-1/fhir/Patient?page=2',
    'https://ehr.example/tenant-1/fhir-private/Patient?page=2',
    'https://ehr.example/tenant-2/fhir/Patient?page=2',
    'https://ehr.example/tenant-1/fhir/../../tenant-2/fhir/Patient',
    'https://ehr.example/tenant-1/fhir/%2e%2e/private',
    '//evil.example/tenant-1/fhir/Patient',
    'javascript:alert(1)',
    'http://[',
  ])('refuses %s', (link) => {
    expect(() => checkedNextLink(link, base)).toThrow(FhirError);
  });

  test.each([
    ['Patient?page=2', 'https://ehr.example/tenant-1/fhir/Patient?page=2'],
    ['?_getpages=a', 'https://ehr.example/tenant-1/fhir/?_getpages=a'],
    ['https://ehr.example:443/tenant-1/fhir?x=1#y', 'https://ehr.example/tenant-1/fhir?x=1'],
  ])('takes %s', (link, url) => {
    expect(checkedNextLink(link, base)).toBe(url);
  });
});

describe('waits', () => {
  test('are read from Retry-After in seconds and as a date, and never negative', () => {
    const now = Date.parse('2026-10-05T12:00:00Z');
    expect(retryAfter('0', now)).toBe(0);
    expect(retryAfter('Sun, 04 Oct 2026 12:00:00 GMT', now)).toBe(0);
    for (const header of [undefined, null, '', '-5', '1.5', 'soon', '2026-10-06']) {
      expect(retryAfter(header, now)).toBeUndefined();
    }
  });

  test('double, less up to half of them', () => {
    expect(waitBefore(1, undefined, 0)).toBe(500);
    expect(waitBefore(3, undefined, 0)).toBe(2_000);
    expect(waitBefore(3, undefined, 1)).toBe(1_000);
    expect(waitBefore(3, 70, 1)).toBe(70);
  });
});
