import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { chown, rm, stat, writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Store } from '../../../src/store/index.ts';
import { openDatabase } from '../../../src/store/postgres/database.ts';
import { openPostgres } from '../../../src/store/postgres/index.ts';
import { hour, impression, trial, uuid } from '../fixtures.ts';
import { inFolder } from '../place.ts';
import { onServer } from './on-server.ts';
import { newSchema } from './server.ts';
import { clear, run } from './sql.ts';

const { fingerprint } = trial;
const key = '7'.repeat(64);

async function idsIn(store: Store): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const { event } of store.read({ trial: fingerprint })) ids.push(event.id);
  return ids;
}

/** Where a connection is lost: with the commit on its way, with its answer on the way back, or without a word. */
type Loss = 'commit' | 'answer' | 'silence';

interface Proxy {
  readonly url: string;
  /** Loses the next connection that commits an append; resolves when it has. */
  lose(loss: Loss): Promise<void>;
  close(): Promise<void>;
}

/** Stands between a store and its server, and can lose a commit or the answer to it. */
async function proxyTo(url: string): Promise<Proxy> {
  const { hostname, port } = new URL(url);
  const sockets = new Set<Socket>();
  let loss: Loss | undefined;
  let hasLost = (): void => undefined;
  const proxy = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    let isAppending = false;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        client.destroy();
        upstream.destroy();
      });
    }
    upstream.on('data', (chunk) => client.write(chunk));
    client.on('data', (chunk) => {
      isAppending ||= chunk.includes('INSERT INTO event');
      if (loss === undefined || !isAppending || !chunk.includes('COMMIT\0')) {
        upstream.write(chunk);
        return;
      }
      if (loss === 'silence') {
        upstream.removeAllListeners('data');
        upstream.resume();
        upstream.write(chunk);
      } else if (loss === 'answer') {
        upstream.removeAllListeners('data');
        upstream.write(chunk, () => upstream.once('data', () => client.destroy()));
      } else client.destroy();
      loss = undefined;
      hasLost();
    });
  });
  await new Promise<void>((resolve) => {
    proxy.listen(0, '127.0.0.1', resolve);
  });
  const address = proxy.address();
  if (typeof address !== 'object' || address === null) throw new Error('no address');
  const through = new URL(url);
  through.hostname = '127.0.0.1';
  through.port = String(address.port);
  return {
    url: through.href,
    lose: (where) =>
      new Promise((resolve) => {
        loss = where;
        hasLost = resolve;
      }),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => {
        proxy.close(resolve);
      });
    },
  };
}

/** Runs something on a small disk of its own, which only a privileged user can have. */
async function onSmallDisk(use: (place: string) => Promise<void>): Promise<void> {
  await inFolder(async (place) => {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', place], { stdio: 'ignore' });
    try {
      await use(place);
    } finally {
      execFileSync('umount', ['-l', place]);
    }
  });
}

const canMount = await onSmallDisk(async () => undefined).then(
  () => true,
  () => false,
);

/** A message of the protocol of PostgreSQL. */
function message(type: string, ...parts: readonly (string | readonly number[])[]): Buffer {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part)));
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from(type), length, body]);
}

describe('A server that ends a connection as soon as it has made it', () => {
  test('ends neither the process nor the patience of a store', async () => {
    const greeting = Buffer.concat([
      message('R', [0, 0, 0, 0]),
      message('Z', 'I'),
      message('E', 'SFATAL\0C57P01\0Mterminating connection\0\0'),
    ]);
    let connections = 0;
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      connections += 1;
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end(greeting));
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const address = server.address();
    if (typeof address !== 'object' || address === null) throw new Error('no address');
    const database = await openDatabase(
      { host: '127.0.0.1', port: address.port, user: 'u', database: 'd' },
      { schema: 's', connections: 1, statementTimeout: 1_000, patience: 200 },
    );
    await expect(database.transaction(async () => undefined)).rejects.toMatchObject({
      code: 'ERR_STORE_UNUSABLE',
    });
    expect(connections).toBeGreaterThan(1);
    await database.close();
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => {
      server.close(resolve);
    });
  });
});

onServer('A connection that is lost', (server) => {
  let proxy: Proxy;
  let store: Store;
  let schema: string;
  beforeEach(async () => {
    proxy = await proxyTo(server().url);
    schema = newSchema();
    store = await openPostgres(proxy.url, {
      key,
      schema,
      patience: 10_000,
      statementTimeout: 700,
    });
    await store.register(trial);
  });
  afterEach(async () => {
    await store.close();
    await proxy.close();
    await clear(server(), schema);
  });

  test.each(['commit', 'answer', 'silence'] as const)(
    'with the %s of an append on its way is made good: taken once, and said to be',
    async (loss) => {
      await store.append([impression(1)]);
      const lost = proxy.lose(loss);
      const receipt = await store.append([
        impression(1),
        impression(2),
        impression(2),
        impression(1, { arm: 'redesign' }),
      ]);
      await lost;
      expect(receipt).toEqual({ accepted: 1, duplicate: 2, conflicting: [uuid(1)] });
      expect(await idsIn(store)).toEqual([uuid(1), uuid(2)]);
      expect((await store.summaries(fingerprint)).map(({ alerts }) => alerts)).toEqual([2]);
    },
  );

  test('and does not come back is told in words, and the events are in no receipt', async () => {
    await store.close();
    store = await openPostgres(proxy.url, { key, schema, patience: 300 });
    await proxy.close();
    await expect(store.append([impression(1)])).rejects.toMatchObject({
      code: 'ERR_STORE_UNUSABLE',
      message: expect.stringMatching(/127\.0\.0\.1:\d+.*(nothing listens|lost)/),
    });
    await expect(store.summaries(fingerprint)).rejects.toMatchObject({
      code: 'ERR_STORE_UNUSABLE',
    });
    const other = await openPostgres(server().url, { key, schema });
    expect(await other.find(uuid(1))).toBeUndefined();
    await other.close();
  });

  test('is given up after the time that was asked for, though the clock is set back meanwhile', async () => {
    await store.close();
    store = await openPostgres(proxy.url, { key, schema, patience: 300 });
    await proxy.close();
    let now = Date.now();
    const clock = jest.spyOn(Date, 'now').mockImplementation(() => (now -= hour));
    try {
      await expect(store.append([impression(1)])).rejects.toMatchObject({
        code: 'ERR_STORE_UNUSABLE',
      });
    } finally {
      clock.mockRestore();
    }
  });

  test('while the store is idle is no news', async () => {
    await store.append([impression(1)]);
    await run(
      server().url,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE application_name = 'rapidcycle' AND pid <> pg_backend_pid()`,
    );
    await sleep(20);
    expect(await store.append([impression(1), impression(2)])).toEqual({
      accepted: 1,
      duplicate: 1,
      conflicting: [],
    });
  });
});

onServer(
  'A server that is stopped under load',
  (server) => {
    test('and started again has lost nothing that was acknowledged, and doubled nothing', async () => {
      const schema = newSchema();
      const open = async (): Promise<Store> => openPostgres(server().url, { key, schema });
      const [one, two] = [await open(), await open()];
      await one.register(trial);
      const acknowledged: string[] = [];
      const done = new AbortController();
      const write = async (store: Store, first: number): Promise<void> => {
        for (let id = first; !done.signal.aborted; id += 10) {
          const events = Array.from({ length: 10 }, (_, index) =>
            impression(id + index, { unitId: `u${index}` }),
          );
          const { accepted } = await store.append(events);
          expect(accepted).toBe(10);
          acknowledged.push(...events.map((event) => event.id));
        }
      };
      const fold = async (store: Store): Promise<void> => {
        while (!done.signal.aborted) {
          await store.summaries(fingerprint);
          await sleep(25);
        }
      };
      const work = Promise.all([write(one, 0), write(two, 1_000_000), fold(one), fold(two)]);
      for (const pause of [150, 300, 40]) {
        await sleep(pause);
        server().kill?.();
        await sleep(50);
        server().start();
      }
      await sleep(300);
      done.abort();
      await work;
      const stored = await idsIn(one);
      expect(new Set(stored).size).toBe(stored.length);
      expect([...stored].sort()).toEqual([...acknowledged].sort());
      expect(acknowledged.length).toBeGreaterThan(100);
      const sums = [await one.unitDays(fingerprint), await one.flow(fingerprint)];
      const alerts = (await two.summaries(fingerprint)).reduce((sum, row) => sum + row.alerts, 0);
      expect(alerts).toBe(stored.length);
      await two.rebuild(fingerprint);
      expect([await one.unitDays(fingerprint), await one.flow(fingerprint)]).toEqual(sums);
      await Promise.all([one.close(), two.close()]);
    }, 60_000);

    (canMount ? test : test.skip)(
      'whose disk is full takes nothing of an append, keeps what it has, and goes on when there is room',
      async () =>
        onSmallDisk(async (place) => {
          const { uid, gid } = await stat(server().data ?? '');
          await chown(place, uid, gid);
          const url = server().url;
          await run(url, `CREATE TABLESPACE small LOCATION '${place}'`);
          const schema = newSchema();
          const small = `${url}?options=-c%20default_tablespace%3Dsmall`;
          const store = await openPostgres(small, { key, schema });
          await store.register(trial);
          await store.append([impression(1)]);
          const ballast = join(place, 'ballast');
          await expect(writeFile(ballast, Buffer.alloc(64_000_000))).rejects.toThrow(/ENOSPC/);

          const many = Array.from({ length: 3_000 }, (_, index) => impression(10 + index));
          await expect(store.append(many)).rejects.toMatchObject({
            code: 'ERR_STORE_UNUSABLE',
            message: expect.stringMatching(/disk of the server is full \(53100\)/),
          });
          expect(await idsIn(store)).toEqual([uuid(1)]);
          await rm(ballast);
          expect(await store.append(many)).toMatchObject({ accepted: 3_000 });
          expect((await store.summaries(fingerprint)).map(({ alerts }) => alerts)).toEqual([3_001]);
          await store.close();
          await run(url, `DROP SCHEMA ${schema} CASCADE`, 'DROP TABLESPACE small');
        }),
      30_000,
    );
  },
  { durable: true, own: true },
);
