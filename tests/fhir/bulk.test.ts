import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { symlinkSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { FhirError } from '../../src/errors.ts';
import { bulkFiles } from '../../src/fhir/bulk/bulk-files.ts';
import type { BulkExportOptions, BulkProgress } from '../../src/fhir/bulk/export.ts';
import { bulkExport } from '../../src/fhir/bulk/export.ts';
import type { ResourceFiles } from '../../src/fhir/bulk/resource-files.ts';
import { inFolder } from '../store/place.ts';
import type { BulkScript } from './bulk-server.ts';
import { bulkServer, ndjson } from './bulk-server.ts';
import type { HostileServer } from './hostile-server.ts';
import { hostileServer, rejection, writtenWaits } from './hostile-server.ts';

const secret = 'synthetic-access-token';

function exporting(
  server: HostileServer,
  folder: string,
  options: Partial<BulkExportOptions> = {},
) {
  return bulkExport({
    baseUrl: `${server.url}/fhir`,
    folder: join(folder, 'export'),
    token: secret,
    random: () => 0,
    sleep: () => Promise.resolve(),
    ...options,
  });
}

async function idsIn(files: ResourceFiles, type = 'Patient'): Promise<readonly unknown[]> {
  const ids: unknown[] = [];
  for await (const { id } of files.search(type)) ids.push(id);
  return ids;
}

const two: BulkScript = {
  files: [
    { type: 'Patient', body: ndjson('Patient', ['a', 'b']), count: 2 },
    { type: 'Encounter', body: ndjson('Encounter', ['e', 'f', 'g']) },
  ],
};

const requests = (server: HostileServer): readonly string[] =>
  server.heard.map(({ method, url }) => `${method} ${url}`);

describe('a bulk export', () => {
  test('asks, waits, fetches, keeps and gives back, as the standard says', async () => {
    await inFolder(async (folder) => {
      await using server = await bulkServer(() => ({ ...two, waits: 2 }));
      const { waits, sleep: wait } = writtenWaits();
      const progress: BulkProgress[] = [];
      const found = await exporting(server, folder, {
        types: ['Patient', 'Encounter'],
        typeFilter: ['Encounter?class=IMP,ACUTE'],
        level: 'Group/ward-7',
        sleep: wait,
        onProgress: (each) => progress.push(each),
      });
      const [kickOff] = server.heard;
      const url = new URL(kickOff?.url ?? '', server.url);
      expect(url.pathname).toBe('/fhir/Group/ward-7/$export');
      expect([...url.searchParams]).toEqual([
        ['_type', 'Encounter,Patient'],
        ['_typeFilter', 'Encounter?class=IMP,ACUTE'],
      ]);
      expect(kickOff?.headers).toMatchObject({
        prefer: 'respond-async',
        accept: 'application/fhir+json',
        authorization: `Bearer ${secret}`,
      });
      expect(waits).toEqual([7_000, 7_000]);
      expect(requests(server).slice(1)).toEqual([
        'GET /status/1',
        'GET /status/1',
        'GET /status/1',
        'GET /files/0',
        'GET /files/1',
        'DELETE /status/1',
      ]);
      expect(progress.map(({ phase, said, done, total }) => [phase, said, done, total])).toEqual([
        ['waiting', '1 of 2', 0, undefined],
        ['waiting', '2 of 2', 0, undefined],
        ['fetching', undefined, 0, 2],
        ['fetching', undefined, 1, 2],
        ['fetching', undefined, 2, 2],
      ]);
      expect(found).toMatchObject({ transactionTime: '2026-10-05T12:00:00Z', errors: 0 });
      const text = await readFile(join(found.folder, '1.Patient.ndjson'), 'utf8');
      expect(text).toBe(ndjson('Patient', ['a', 'b']));
      expect(found.files[0]).toEqual({
        name: '1.Patient.ndjson',
        kind: 'output',
        type: 'Patient',
        lines: 2,
        bytes: text.length,
        sha256: createHash('sha256').update(text).digest('hex'),
      });
      expect((await stat(found.folder)).mode & 0o777).toBe(0o700);
      expect((await stat(join(found.folder, '1.Patient.ndjson'))).mode & 0o077).toBe(0);
      expect((await readdir(found.folder)).sort()).toEqual([
        '1.Patient.ndjson',
        '2.Encounter.ndjson',
        'export.json',
      ]);
      expect(await readFile(join(found.folder, 'export.json'), 'utf8')).not.toMatch(
        /status|synthetic|files\//,
      );
      const files = await bulkFiles(found.folder);
      expect(files.transactionTime).toBe('2026-10-05T12:00:00Z');
      expect(await idsIn(files, 'Encounter')).toEqual(['e', 'f', 'g']);
      await expect(idsIn(files, 'ServiceRequest')).rejects.toThrow(/asked for Encounter, Patient/);
      expect(await idsIn(files, 'Medication')).toEqual([]);
    });
  });

  test('that is whole is not asked for again, unless that is said', async () => {
    await inFolder(async (folder) => {
      let script = two;
      await using server = await bulkServer(() => script);
      const first = await exporting(server, folder);
      const asked = server.heard.length;
      expect(await exporting(server, folder)).toEqual(first);
      expect(server.heard).toHaveLength(asked);
      script = {
        transactionTime: '2026-10-06T12:00:00Z',
        files: [{ type: 'Patient', body: ndjson('Patient', ['c']) }],
      };
      const second = await exporting(server, folder, { again: true });
      expect(second.files.map(({ name }) => name)).toEqual(['3.Patient.ndjson']);
      expect(await readdir(second.folder)).toEqual(['3.Patient.ndjson', 'export.json']);
      expect(await idsIn(await bulkFiles(second.folder))).toEqual(['c']);
    });
  });

  test('since the last one adds what changed and hides what was deleted', async () => {
    await inFolder(async (folder) => {
      let script: BulkScript = {
        files: [{ type: 'Patient', body: ndjson('Patient', ['a', 'b', 'c', 'd', 'f']) }],
      };
      await using server = await bulkServer(() => script);
      await exporting(server, folder, { since: 'last' });
      expect(server.heard[0]?.url).toBe('/fhir/$export');
      const deletion = {
        resourceType: 'Bundle',
        type: 'transaction',
        entry: [
          { request: { method: 'DELETE', url: 'Patient/b' } },
          { request: { method: 'DELETE', url: 'https://ehr.example/fhir/Patient/f' } },
        ],
      };
      script = {
        transactionTime: '2026-10-06T12:00:00Z',
        files: [
          {
            type: 'Patient',
            body: '{"resourceType":"Patient","id":"a","active":true}\n{"resourceType":"Patient","id":"e"}\n',
          },
          { type: 'Bundle', kind: 'deleted', body: `${JSON.stringify(deletion)}\n` },
          {
            type: 'OperationOutcome',
            kind: 'error',
            body: '{"resourceType":"OperationOutcome","issue":[]}\n',
          },
        ],
      };
      const added = await exporting(server, folder, { since: 'last' });
      const kickOff = server.heard.findLast(({ url }) => url.includes('$export'));
      expect(kickOff?.url).toBe('/fhir/$export?_since=2026-10-05T12%3A00%3A00Z');
      expect(added).toMatchObject({ transactionTime: '2026-10-06T12:00:00Z', errors: 1 });
      expect(added.files.map(({ name }) => name)).toEqual([
        '1.Patient.ndjson',
        '2.Patient.ndjson',
        '3.deleted.ndjson',
        '4.error.ndjson',
      ]);
      // A third, in which the deleted one is back.
      script = {
        transactionTime: '2026-10-07T12:00:00Z',
        files: [{ type: 'Patient', body: ndjson('Patient', ['b']) }],
      };
      await exporting(server, folder, { since: 'last' });
      const files = await bulkFiles(added.folder);
      expect(await idsIn(files)).toEqual(['b', 'a', 'e', 'c', 'd']);
      const found = [];
      for await (const each of files.search('Patient')) if (each.id === 'a') found.push(each);
      expect(found).toEqual([{ resourceType: 'Patient', id: 'a', active: true }]);
      expect(files.transactionTime).toBe('2026-10-07T12:00:00Z');
    });
  });

  test('goes on where it stopped: the same export, and no file twice', async () => {
    await inFolder(async (folder) => {
      let isDown = true;
      await using server = await bulkServer(() => ({
        ...two,
        instead: ({ url }, response) => {
          if (!isDown || url !== '/files/1') return false;
          response.writeHead(200).write('{"resourceType":"Encounter","id":"e"}\n{"resour');
          response.socket?.end();
          return true;
        },
      }));
      const error = await rejection(exporting(server, folder));
      expect(error.message).toMatch(/broke off its answer.*4 times/);
      expect(requests(server).filter((each) => each === 'GET /files/1')).toHaveLength(4);
      await expect(bulkFiles(join(folder, 'export'))).rejects.toThrow(/not whole/);
      expect(await readdir(join(folder, 'export'))).not.toContain('2.Encounter.ndjson');
      isDown = false;
      const before = server.heard.length;
      const found = await exporting(server, folder);
      expect(requests(server).slice(before)).toEqual([
        'GET /status/1',
        'GET /files/1',
        'DELETE /status/1',
      ]);
      expect(found.files.map(({ lines }) => lines)).toEqual([2, 3]);
      expect((await readdir(found.folder)).some((name) => name.endsWith('.part'))).toBe(false);
    });
  });

  test('that the server has forgotten meanwhile is begun anew', async () => {
    await inFolder(async (folder) => {
      let isDown = true;
      let forgets = false;
      await using server = await bulkServer(() => ({
        ...two,
        transactionTime: isDown ? '2026-10-05T12:00:00Z' : '2026-10-05T13:00:00Z',
        instead: ({ url, method }, response) => {
          if (isDown && url === '/files/1') {
            response.writeHead(500).end();
            return true;
          }
          if (!forgets || url !== '/status/1' || method !== 'GET') return false;
          forgets = false;
          response.writeHead(404).end();
          return true;
        },
      }));
      await rejection(exporting(server, folder));
      isDown = false;
      forgets = true;
      const found = await exporting(server, folder);
      expect(found.transactionTime).toBe('2026-10-05T13:00:00Z');
      expect(requests(server).filter((each) => each === 'GET /files/0')).toHaveLength(2);
      expect(await readdir(found.folder)).toHaveLength(3);
    });
  });

  test('that was killed at any moment goes on, and is then as if it had not been', async () => {
    await inFolder(async (folder) => {
      const files = Array.from({ length: 8 }, (_, index) => ({
        type: 'Patient',
        body: ndjson(
          'Patient',
          Array.from({ length: 2_000 }, (_each, id) => `p${index}-${id}`),
        ),
      }));
      await using server = await bulkServer(() => ({
        files,
        instead: ({ url }, response) => {
          const file = files[Number(/\/files\/(\d+)$/.exec(url)?.[1] ?? -1)];
          if (file === undefined) return false;
          // In pieces, so that a kill finds half a file.
          response.writeHead(200).write(file.body.slice(0, 40_000));
          setTimeout(() => response.end(file.body.slice(40_000)), 25);
          return true;
        },
      }));
      const place = join(folder, 'export');
      const root = process.env['RAPIDCYCLE_COMPILED'];
      const source = fileURLToPath(new URL('../../src/fhir/bulk/export.ts', import.meta.url));
      const module = root === undefined ? source : join(root, 'src/fhir/bulk/export.js');
      const words =
        root === undefined ? ['--import', 'tsx', '--conditions=@rapidcycle/source'] : [];
      const program = `const { bulkExport } = await import(${JSON.stringify(module)});
        await bulkExport({ baseUrl: ${JSON.stringify(`${server.url}/fhir`)}, folder: ${JSON.stringify(place)} });`;
      for (const fetched of [1, 3, 6]) {
        const child = execFile(process.execPath, [...words, '--input-type=module', '-e', program]);
        const closed = new Promise((resolve) => {
          child.once('close', resolve);
        });
        const reached = (): boolean =>
          server.heard.filter(({ url }) => url.startsWith('/files/')).length >= fetched;
        while (child.exitCode === null && !reached()) await sleep(5);
        child.kill('SIGKILL');
        await closed;
      }
      const found = await exporting(server, folder);
      expect(server.heard.filter(({ url }) => url.includes('$export'))).toHaveLength(1);
      const ids = await idsIn(await bulkFiles(place));
      expect(ids).toHaveLength(16_000);
      expect(new Set(ids).size).toBe(16_000);
      expect(found.files).toHaveLength(8);
      for (const { name, sha256 } of found.files) {
        const content = await readFile(join(place, name));
        expect(createHash('sha256').update(content).digest('hex')).toBe(sha256);
      }
      expect(await readdir(place)).toHaveLength(9);
    });
  });

  test('of another server that is given up there tells that server nothing, and shows it no token', async () => {
    await inFolder(async (folder) => {
      let isCut = true;
      const script = {
        ...two,
        instead: ({ url }: { readonly url: string }, response: ServerResponse): boolean => {
          if (!isCut || !url.startsWith('/files')) return false;
          response.writeHead(400).end();
          return true;
        },
      };
      await using before = await bulkServer(() => script);
      await using server = await bulkServer(() => two);
      await rejection(exporting(before, folder));
      const asked = before.heard.length;
      isCut = false;
      const { files } = await exporting(server, folder, { again: true });
      expect(files).toHaveLength(2);
      expect(before.heard).toHaveLength(asked);
    });
  });

  test('whose state names another server goes on only when it is begun anew', async () => {
    await inFolder(async (folder) => {
      let status = 400;
      await using thief = await hostileServer((_, response) => response.writeHead(200).end('{}'));
      await using server = await bulkServer(() => ({
        ...two,
        instead: ({ url }, response) => {
          if (!url.startsWith('/files') || status === 200) return false;
          response.writeHead(status).end();
          return true;
        },
      }));
      await rejection(exporting(server, folder));
      const place = join(folder, 'export', 'export.json');
      const text = await readFile(place, 'utf8');
      await writeFile(place, text.replaceAll(`${server.url}/status`, `${thief.url}/status`));
      const { message } = await rejection(exporting(server, folder));
      expect(message).toMatch(/status of the export on another server.*again: true/);
      await writeFile(place, text.replaceAll(`${server.url}/status/1`, 'nowhere'));
      expect((await rejection(exporting(server, folder))).message).toMatch(/another server/);
      status = 200;
      expect((await exporting(server, folder, { again: true })).files).toHaveLength(2);
      expect(thief.heard).toHaveLength(0);
    });
  });

  test('does not write through a link that somebody put in its way', async () => {
    await inFolder(async (folder) => {
      const precious = join(folder, 'precious');
      await writeFile(precious, 'as it was');
      const part = join(folder, 'export', '1.Patient.ndjson.part');
      await using server = await bulkServer(() => ({
        ...two,
        instead: ({ url }) => {
          if (url === '/files/0') symlinkSync(precious, part);
          return false;
        },
      }));
      const { files } = await exporting(server, folder);
      expect(files).toHaveLength(2);
      expect(await readFile(precious, 'utf8')).toBe('as it was');
    });
  });

  test('is one at a time in a folder', async () => {
    await inFolder(async (folder) => {
      await using server = await bulkServer(() => two);
      const results = await Promise.allSettled([
        exporting(server, folder),
        exporting(server, folder),
      ]);
      const failed = results.filter((each) => each.status === 'rejected');
      expect(failed.length).toBeGreaterThan(0);
      for (const { reason } of failed) expect(String(reason)).toMatch(/is running/);
      expect((await exporting(server, folder)).files).toHaveLength(2);
    });
  });
});

describe('a bulk export whose folder or request does not fit', () => {
  test('is refused', async () => {
    await inFolder(async (folder) => {
      await using server = await bulkServer(() => two);
      await exporting(server, folder);
      const failure = (options: Partial<BulkExportOptions>) =>
        rejection(exporting(server, folder, options));
      expect((await failure({ types: ['Patient'] })).message).toMatch(/something else/);
      expect((await failure({ level: 'Patient' })).message).toMatch(/something else/);
      expect((await failure({ since: '2026-01-01T00:00:00Z' })).message).toMatch(/another time/);
      expect((await failure({ level: 'Group/..' })).message).toMatch(/level must be/);
      expect((await failure({ level: 'Group/a/b' })).message).toMatch(/level must be/);
      expect((await failure({ types: ['patient'] })).message).toMatch(/types must be/);
      expect((await failure({ typeFilter: ['class=IMP'] })).message).toMatch(/typeFilter must/);
      expect((await failure({ since: '2026-01-01' })).message).toMatch(/since must be/);
      await chmod(join(folder, 'export'), 0o705);
      expect((await failure({})).message).toMatch(/mode 705.*chmod 700/);
      const other = join(folder, 'other');
      await mkdir(other, { mode: 0o700 });
      await writeFile(join(other, '1.Patient.ndjson'), ndjson('Patient', ['mine']));
      expect((await failure({ folder: other })).message).toMatch(/NDJSON of something else/);
      expect(await readFile(join(other, '1.Patient.ndjson'), 'utf8')).toContain('mine');
      const damaged = join(folder, 'damaged');
      await mkdir(damaged, { mode: 0o700 });
      await writeFile(join(damaged, 'export.json'), '{"form":"rapidcycle-bulk/1"');
      expect((await failure({ folder: damaged })).message).toMatch(/damaged/);
    });
  });
});

describe('a server that exports badly', () => {
  test.each<[string, BulkScript, RegExp]>([
    [
      'a line that is no JSON',
      { files: [{ type: 'Patient', body: `${ndjson('Patient', ['a'])}{"oops"\n` }] },
      /line 2 is no JSON.*4 times/,
    ],
    [
      'a file that ends in mid-line',
      { files: [{ type: 'Patient', body: ndjson('Patient', ['a', 'b']).slice(0, -9) }] },
      /line 2 is no JSON, or breaks off/,
    ],
    [
      'a file of another type',
      { files: [{ type: 'Patient', body: ndjson('Encounter', ['a']) }] },
      /line 1 is no Patient/,
    ],
    ['a file of null', { files: [{ type: 'Patient', body: 'null\n' }] }, /line 1 is no Patient/],
    [
      'fewer lines than it says',
      { files: [{ type: 'Patient', body: ndjson('Patient', ['a']), count: 2 }] },
      /with 1 lines, not 2/,
    ],
    [
      'bytes that are not UTF-8',
      { files: [{ type: 'Patient', body: Buffer.from([0x22, 0xc3, 0x28, 0x0a]) }] },
      /broke off its answer/,
    ],
    ['an error page', { files: [{ type: 'Patient', body: '<html>\n' }] }, /line 1 is no JSON/],
    [
      'no gzip that says it is',
      { files: [{ type: 'Patient', body: '{}', headers: { 'content-encoding': 'gzip' } }] },
      /broke off/,
    ],
    [
      'a manifest without a time',
      { files: [], manifest: { transactionTime: undefined } },
      /manifest.*transactionTime/,
    ],
    [
      'a manifest with a date for a time',
      { files: [], manifest: { transactionTime: '2026-10-05' } },
      /transactionTime/,
    ],
    ['a manifest whose list is none', { files: [], manifest: { output: {} } }, /manifest.*output/],
    [
      'a type that is a path',
      { files: [], manifest: { output: [{ type: '../../Patient', url: '/x' }] } },
      /output\[0\]\.type/,
    ],
    [
      'an address that is none',
      { files: [], manifest: { output: [{ type: 'Patient', url: 'http://[' }] } },
      /address of a file is none/,
    ],
    [
      'a manifest in parts',
      { files: [], manifest: { link: [{ relation: 'next', url: '/x' }] } },
      /in parts/,
    ],
    [
      'a manifest that says what is no yes or no',
      { files: [], manifest: { requiresAccessToken: 'no' } },
      /requiresAccessToken/,
    ],
  ])('such as %s is told so', async (_what, script, message) => {
    await inFolder(async (folder) => {
      await using server = await bulkServer(() => script);
      const error = await rejection(exporting(server, folder));
      expect(error).toBeInstanceOf(FhirError);
      expect(error.message).toMatch(message);
      const left = await readdir(join(folder, 'export'));
      expect(left.filter((name) => name.endsWith('.ndjson'))).toEqual([]);
    });
  });

  test('once gives the file the next time', async () => {
    await inFolder(async (folder) => {
      let broken = 2;
      await using server = await bulkServer(() => ({
        ...two,
        instead: ({ url }, response) => {
          if (url !== '/files/0' || broken === 0) return false;
          broken -= 1;
          response.writeHead(200).end('{"resourceType":"Patient","id":"a"}\n{"resourceType":"Pat');
          return true;
        },
      }));
      const { files } = await exporting(server, folder);
      expect(files[0]).toMatchObject({ lines: 2 });
      expect(await idsIn(await bulkFiles(join(folder, 'export')))).toEqual(['a', 'b']);
    });
  });

  test.each<[string, number, Readonly<Record<string, string>>, RegExp]>([
    ['200 at once', 200, {}, /not 202: it does not export in the background/],
    ['no status', 202, {}, /does not say where its status is/],
    [
      'a status elsewhere',
      202,
      { 'content-location': 'https://evil.example/status' },
      /another server/,
    ],
    ['a status that is no address', 202, { 'content-location': 'http://[' }, /another server/],
    ['a refusal', 403, {}, /refuses access \(403\)/],
  ])('such as with %s is told so', async (_what, status, headers, message) => {
    await inFolder(async (folder) => {
      await using server = await hostileServer((_request, response) => {
        response.writeHead(status, headers).end('{}');
      });
      expect((await rejection(exporting(server, folder))).message).toMatch(message);
      expect(server.heard).toHaveLength(1);
    });
  });

  test('and never ends to prepare is waited for no longer than was said, and waited for again', async () => {
    await inFolder(async (folder) => {
      let waits = 1_000_000;
      await using server = await bulkServer(() => ({ ...two, waits }));
      const error = await rejection(exporting(server, folder, { maxWait: 60_000 }));
      expect(error.message).toMatch(/not ready after 60 s.*Run it again/);
      expect(server.heard.length).toBeLessThan(12);
      waits = 0;
      expect((await exporting(server, folder)).files).toHaveLength(2);
      expect(server.heard.filter(({ url }) => url.includes('$export'))).toHaveLength(1);
    });
  });

  test('and says "now" with each wait is not asked without a pause, nor heard when it is rude', async () => {
    await inFolder(async (folder) => {
      let polls = 0;
      await using server = await bulkServer(() => ({
        ...two,
        instead: ({ url, method }, response) => {
          if (url !== '/status/1' || method !== 'GET' || (polls += 1) > 3) return false;
          response
            .writeHead(202, { 'retry-after': '0', 'x-progress': `\u009B2J${'x'.repeat(500)}` })
            .end();
          return true;
        },
      }));
      const { waits, sleep: wait } = writtenWaits();
      const said: unknown[] = [];
      await exporting(server, folder, {
        sleep: wait,
        onProgress: (each) => said.push(each.said),
      });
      expect(waits).toEqual([1_000, 1_000, 1_000]);
      expect(said.slice(0, 3)).toEqual(Array.from({ length: 3 }, () => `2J${'x'.repeat(98)}`));
    });
  });

  test('and holds its files elsewhere does not get the token there', async () => {
    await inFolder(async (folder) => {
      await using store = await bulkServer(() => two);
      const manifest: Record<string, unknown> = { requiresAccessToken: true };
      await using server = await bulkServer(() => ({ ...two, filesAt: store.url, manifest }));
      const options = { headers: { 'x-api-key': 'synthetic-key' } };
      expect((await rejection(exporting(server, folder, options))).message).toMatch(
        /on another server and want the token/,
      );
      delete manifest['requiresAccessToken'];
      manifest['requiresAccessToken'] = undefined;
      expect((await rejection(exporting(server, folder, options))).message).toMatch(/the token/);
      manifest['requiresAccessToken'] = false;
      expect((await rejection(exporting(server, folder, options))).message).toMatch(
        /allow it with fileOrigins/,
      );
      expect(store.heard).toHaveLength(0);
      await exporting(server, folder, { ...options, fileOrigins: [store.url] });
      expect(store.heard).toHaveLength(2);
      expect(JSON.stringify(store.heard)).not.toMatch(/synthetic/);
    });
  });

  test('and whose addresses of files are good for a short time is asked for others', async () => {
    await inFolder(async (folder) => {
      let expired = true;
      await using server = await bulkServer(() => ({
        ...two,
        instead: ({ url }, response) => {
          if (url !== '/files/1' || !expired) return false;
          expired = false;
          response.writeHead(403).end();
          return true;
        },
      }));
      expect((await exporting(server, folder)).files).toHaveLength(2);
      expect(requests(server).filter((each) => each === 'GET /status/1')).toHaveLength(2);
    });
  });

  test('and forgets its tokens in the middle loses nothing', async () => {
    await inFolder(async (folder) => {
      let good = 1;
      await using server = await bulkServer(() => ({
        ...two,
        waits: 1,
        instead: ({ headers, number }, response) => {
          if (number === 2 || number === 5) good += 1;
          if (headers.authorization === `Bearer synthetic-${good}`) return false;
          response.writeHead(401).end();
          return true;
        },
      }));
      const refused: unknown[] = [];
      const found = await exporting(server, folder, {
        token: (asked) => {
          if (asked.refused !== undefined) refused.push(asked.refused);
          return `synthetic-${good}`;
        },
      });
      expect(found.files.map(({ lines }) => lines)).toEqual([2, 3]);
      expect(refused).toEqual(['synthetic-1', 'synthetic-2']);
    });
  });

  test('and sends a small file that unpacks into a large one is left early', async () => {
    await inFolder(async (folder) => {
      const line = `${JSON.stringify({ resourceType: 'Patient', id: 'a', text: ' '.repeat(1_000) })}\n`;
      const body = gzipSync(line.repeat(20_000));
      await using server = await bulkServer(() => ({
        files: [{ type: 'Patient', body, headers: { 'content-encoding': 'gzip' } }],
      }));
      const error = await rejection(exporting(server, folder, { maxFileBytes: 1_000_000 }));
      expect(error.message).toMatch(/more than 1000000 bytes, unpacked/);
      const small = await exporting(server, folder, { maxFileBytes: 30_000_000 });
      expect(small.files[0]).toMatchObject({ lines: 20_000, bytes: line.length * 20_000 });
    });
  });

  test('and drips is left when it makes no progress', async () => {
    await inFolder(async (folder) => {
      await using server = await bulkServer(() => ({
        ...two,
        instead: ({ url }, response) => {
          if (url !== '/files/0') return false;
          response.writeHead(200);
          const drip = setInterval(() => response.write(' '), 5);
          response.on('close', () => clearInterval(drip));
          return true;
        },
      }));
      const error = await rejection(exporting(server, folder, { timeout: 80, tries: 2 }));
      expect(error.message).toMatch(/within 80 ms, 2 times/);
    });
  });
});

test('100 MB of NDJSON pass through memory that stays as it is', async () => {
  await inFolder(async (folder) => {
    const text = 'a line end of Unicode \u2028 and a name like Zoë \u{1F9EA}';
    const piece = Array.from({ length: 250 }, (_, index) =>
      JSON.stringify({ resourceType: 'Patient', id: `p-${index}`, note: text.repeat(20) }),
    );
    const block = Buffer.from(`${piece.join('\n')}\n`);
    const blocks = Math.ceil(100_000_000 / block.length);
    await using server = await bulkServer(() => ({
      files: [{ type: 'Patient', body: '' }],
      instead: ({ url }, response) => {
        if (url !== '/files/0') return false;
        let sent = 0;
        const pump = (): void => {
          while (sent < blocks) {
            sent += 1;
            if (!response.write(block)) return void response.once('drain', pump);
          }
          response.end();
        };
        response.writeHead(200);
        pump();
        return true;
      },
    }));
    let highest = 0;
    const before = process.memoryUsage().rss;
    const watch = setInterval(() => {
      highest = Math.max(highest, process.memoryUsage().rss - before);
    }, 20);
    try {
      const { files } = await exporting(server, folder);
      expect(files[0]).toMatchObject({ lines: blocks * 250, bytes: blocks * block.length });
      let count = 0;
      for await (const { note } of (await bulkFiles(join(folder, 'export'))).search('Patient')) {
        if (typeof note === 'string' && note.startsWith(text)) count += 1;
      }
      expect(count).toBe(blocks * 250);
    } finally {
      clearInterval(watch);
    }
    // A copy of the file in memory, or of its lines, would be twice as much at least.
    expect(highest).toBeLessThan(200_000_000);
  });
}, 30_000);
