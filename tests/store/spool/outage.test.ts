import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Store } from '../../../src/store/index.ts';
import { openLog, openPostgres } from '../../../src/store/index.ts';
import type { SpooledStore } from '../../../src/store/spool/index.ts';
import { openSpool } from '../../../src/store/spool/index.ts';
import { impression, nine, trial, uuid } from '../fixtures.ts';
import { onServer } from '../postgres/on-server.ts';
import { newSchema } from '../postgres/server.ts';
import { drained, idsIn, key, until } from './upstream.ts';
import { planted } from '../../planted.ts';
import { wordsFor } from '../../words-for.ts';
import { discard, makeFolder } from '../place.ts';

const { fingerprint } = trial;

jest.setTimeout(60_000);

/** A service in a process of its own, which has to be killed. */
function startService(given: readonly string[]): {
  readonly acknowledged: () => readonly string[];
  readonly kill: () => Promise<void>;
} {
  const script = fileURLToPath(new URL('./service.ts', import.meta.url));
  const child = spawn(process.execPath, wordsFor(script, given), {
    cwd: fileURLToPath(new URL('../../..', import.meta.url)),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
  });
  const exited = new Promise<void>((resolve) => {
    child.on('close', () => resolve());
  });
  return {
    // The kill may have cut the last line short.
    acknowledged: () => output.split('\n').slice(0, -1),
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

onServer(
  'A spool before a server',
  (server) => {
    let folder: string;
    let schema: string;
    beforeEach(async () => {
      folder = makeFolder();
      schema = newSchema();
    });
    afterEach(async () => discard(folder));
    const upstream = (): Promise<Store> =>
      openPostgres(server().url, { key, schema, patience: 200 });
    const spoolIn = (name: string): Promise<SpooledStore> =>
      openSpool(join(folder, name), { upstream, key });

    const expectSound = async (ledger: Store): Promise<void> => {
      const sums = [await ledger.unitDays(fingerprint), await ledger.flow(fingerprint)];
      const alerts = (await ledger.summaries(fingerprint)).reduce(
        (sum, row) => sum + row.alerts,
        0,
      );
      expect(alerts).toBe((await idsIn(ledger)).length);
      await ledger.rebuild(fingerprint);
      expect([await ledger.unitDays(fingerprint), await ledger.flow(fingerprint)]).toEqual(sums);
    };

    test('that is killed under two services gives it everything once, each in its order', async () => {
      server().kill?.();
      const spools = [await spoolIn('one.db'), await spoolIn('two.db')];
      const acknowledged: readonly string[][] = [[], []];
      const done = new AbortController();
      const write = async (spool: SpooledStore, service: number): Promise<void> => {
        await spool.register(trial);
        for (let id = service * 1_000_000; !done.signal.aborted; id += 5) {
          const events = Array.from({ length: 5 }, (_, index) =>
            impression(id + index, { unitId: `u${index}` }),
          );
          const { accepted } = await spool.append(events);
          expect(accepted).toBe(5);
          acknowledged[service]?.push(...events.map((event) => event.id));
          await sleep(1);
        }
      };
      const writing = Promise.all(spools.map(write));
      for (const pause of [150, 400, 40]) {
        await sleep(100);
        server().start();
        await sleep(pause);
        server().kill?.();
      }
      server().start();
      done.abort();
      await writing;
      await Promise.all(spools.map(drained));
      await using ledger = await upstream();
      const stored = await idsIn(ledger);
      expect(new Set(stored).size).toBe(stored.length);
      for (const [service, ids] of acknowledged.entries()) {
        expect(ids.length).toBeGreaterThan(100);
        const own = new Set(ids);
        expect(stored.filter((id) => own.has(id))).toEqual(acknowledged[service]);
      }
      expect(stored).toHaveLength(acknowledged.flat().length);
      await expectSound(ledger);
      await Promise.all(spools.map((spool) => spool.close()));
    });

    test('of a service that is killed, with the server there or away, loses nothing acknowledged', async () => {
      const acknowledged: string[] = [];
      for (const isThere of [true, false, true]) {
        const service = startService([join(folder, 'spool.db'), server().url, schema]);
        await until(() => service.acknowledged().length > 50);
        if (!isThere) server().kill?.();
        const soFar = service.acknowledged().length;
        await until(() => service.acknowledged().length > soFar + 100);
        await service.kill();
        if (!isThere) server().start();
        acknowledged.push(...service.acknowledged());
      }
      const spool = await spoolIn('spool.db');
      const stored = await idsIn(spool);
      expect(new Set(stored).size).toBe(stored.length);
      const known = new Set(acknowledged);
      expect(stored.filter((id) => known.has(id))).toEqual(acknowledged);
      // What was committed and not yet acknowledged when the service was killed, once for each.
      expect(stored.length - acknowledged.length).toBeLessThanOrEqual(3);
      await expectSound(spool);
      await spool.close();
    });

    test('that cannot keep a text sets the event aside, and a gap says what is missing', async () => {
      const spool = await spoolIn('spool.db');
      await spool.register(trial);
      await spool.append([
        impression(1),
        impression(2, { alert: 'a\u0000b' }),
        impression(3, { unitId: '病棟 🏥' }),
      ]);
      expect((await spool.flow(fingerprint)).map(({ type, events }) => [type, events])).toEqual([
        ['gap', 1],
        ['impression', 2],
      ]);
      expect(spool.state).toMatchObject({ forwarded: 2, refused: 1 });
      expect(await spool.find(uuid(2))).toMatchObject({ alert: 'a\u0000b' });
      await spool.close();
    });

    test('on which a trial is stopped stops the logs of the services', async () => {
      const spool = await spoolIn('spool.db');
      const log = await openLog(trial, spool, { now: () => nine, refreshEvery: 10 });
      await using other = await upstream();
      await other.stop(fingerprint, nine - 1);
      await until(() => log.assign({ patient: planted('mrn', 2) }).reason === 'stopped');
      await log.close();
      await spool.close();
    });

    test('with another key refuses to open, whichever was there first', async () => {
      await (await upstream()).close();
      const other = '8'.repeat(64);
      await expect(
        openSpool(join(folder, 'spool.db'), {
          upstream: () => openPostgres(server().url, { key: other, schema }),
          key: other,
        }),
      ).rejects.toMatchObject({ code: 'ERR_KEY_INVALID' });
      await expect(
        openSpool(join(folder, 'spool.db'), { upstream, key: other }),
      ).rejects.toMatchObject({
        code: 'ERR_KEY_INVALID',
        message: expect.stringMatching(/another key than the spool/),
      });
    });
  },
  { durable: true, own: true },
);
