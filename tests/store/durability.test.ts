import { describe, expect, test } from '@jest/globals';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Store } from '../../src/store/index.ts';
import { openLog, openStore } from '../../src/store/index.ts';
import { startAppender } from './child.ts';
import { impression, nine, trial, uuid } from './fixtures.ts';
import { inFolder } from './place.ts';
import { canMount, onSmallDisk } from './small-disk.ts';

async function idsIn(store: Store): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const { event } of store.read({ trial: trial.fingerprint })) ids.push(event.id);
  return ids;
}

describe('A process that is killed', () => {
  test('has lost nothing it acknowledged, doubled nothing, and can go on', async () => {
    await inFolder(async (folder) => {
      const file = join(folder, 'ledger.db');
      const acknowledged: string[] = [];
      for (const delay of [0, 30, 90, 200]) {
        const appender = startAppender(file);
        await appender.firstAcknowledged;
        await sleep(delay);
        appender.process.kill('SIGKILL');
        await appender.exited;
        acknowledged.push(...appender.acknowledged());

        await using store = await openStore(file);
        const stored = await idsIn(store);
        expect(new Set(stored).size).toBe(stored.length);
        expect(acknowledged.filter((id) => !stored.includes(id))).toEqual([]);
        const alerts = (await store.summaries(trial.fingerprint)).map((row) => row.alerts);
        expect(alerts.reduce((sum, count) => sum + count, 0)).toBe(stored.length);
      }
      expect(acknowledged.length).toBeGreaterThan(20);
    });
  }, 60_000);
});

describe('Two processes on one ledger', () => {
  test('both append, while a third folds, and nothing is lost or counted twice', async () => {
    await inFolder(async (folder) => {
      const file = join(folder, 'ledger.db');
      const appenders = [startAppender(file, 300), startAppender(file, 300)];
      await Promise.all(appenders.map(({ firstAcknowledged }) => firstAcknowledged));
      await using store = await openStore(file);
      while (appenders.some((appender) => appender.process.exitCode === null)) {
        await store.summaries(trial.fingerprint);
        await sleep(5);
      }
      await Promise.all(appenders.map(({ exited }) => exited));
      const acknowledged = appenders.flatMap((appender) => appender.acknowledged());
      expect(acknowledged).toHaveLength(600);
      expect([...(await idsIn(store))].sort()).toEqual(acknowledged.sort());
      const folded = await store.summaries(trial.fingerprint);
      expect(folded.map(({ alerts }) => alerts)).toEqual([120, 120, 120, 120, 120]);
      await store.rebuild(trial.fingerprint);
      expect(await store.summaries(trial.fingerprint)).toEqual(folded);
    });
  }, 60_000);
});

describe('A full disk', () => {
  (canMount ? test : test.skip)(
    'refuses with the reason, keeps what it has, and shows as a gap once there is room',
    () =>
      onSmallDisk(async (place) => {
        await using store = await openStore(join(place, 'ledger.db'));
        await using log = await openLog(trial, store, { now: () => nine, refreshEvery: 60_000 });
        const settle = async (patient: string): Promise<string> => {
          const details = { stage: 'displayed', alert: 'influenza' } as const;
          const { settled } = log.impression(log.assign({ patient }), details);
          return (await settled).status;
        };
        expect(await settle('before')).toBe('durable');
        const ballast = join(place, 'ballast');
        expect(() => writeFileSync(ballast, Buffer.alloc(4_000_000))).toThrow(/ENOSPC/);

        const many = Array.from({ length: 2_000 }, (_, index) => impression(index));
        await expect(store.append(many)).rejects.toMatchObject({
          code: 'ERR_STORE_UNUSABLE',
          message: expect.stringContaining('no space left'),
        });
        const lost: string[] = [];
        for (let index = 0; index < 200 && lost.length < 3; index += 1) {
          if ((await settle(`during ${index}`)) === 'lost') lost.push('lost');
        }
        expect(lost).toHaveLength(3);

        rmSync(ballast);
        expect(await settle('after')).toBe('durable');
        await log.flush();
        expect(await store.find(uuid(1))).toBeUndefined();
        const flow = await store.flow(trial.fingerprint);
        const gaps = flow.filter(({ type }) => type === 'gap');
        expect(gaps.length).toBeGreaterThan(0);
        let missing = 0;
        for await (const { event } of store.read({ trial: trial.fingerprint, types: ['gap'] })) {
          if (event.type === 'gap') missing += event.count;
        }
        expect(missing).toBe(3);
        expect(log.counters.lost).toBe(3);
      }),
  );
});
