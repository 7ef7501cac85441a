import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { amend } from '../../../src/allocation/index.ts';
import { StoreUnusableError } from '../../../src/errors.ts';
import { copyLedger } from '../../../src/store/copy.ts';
import type { CopyProgress } from '../../../src/store/copy.ts';
import type { Store } from '../../../src/store/index.ts';
import { memoryStore, openStore } from '../../../src/store/index.ts';
import { checkLinkage } from '../../../src/store/keys/linkage.ts';
import { listedTrial, listOf } from '../../allocation/list/fixtures.ts';
import { changed, hour, impression, nine, trial, uuid } from '../fixtures.ts';
import { inFolder } from '../place.ts';
import { eventsOf, fillStore } from './filled.ts';

const key = '01'.repeat(32);
const { fingerprint } = trial;

describe('A copy of a ledger', () => {
  test('holds the trials, stops, lists and events of the source, and counts the same', async () => {
    await inFolder(async (folder) => {
      await using source = memoryStore({ key });
      await fillStore(source, trial, 200);
      await source.stop(fingerprint, nine + 5 * hour);
      const other = changed({ round: 2 });
      await fillStore(source, other, 3);
      const listed = listedTrial({ method: 'complete' }, { id: 'listed' });
      await source.register(listed);
      const list = listOf(listed);
      const amended = amend(listed, list, {
        from: '2026-10-12',
        reason: 'it closed',
        change: { kind: 'withdraw', cluster: 'practice-1' },
      });
      await source.keepAllocation(amended);

      await using target = await openStore(join(folder, 'copy.db'), { key });
      const progress: CopyProgress[] = [];
      const report = await copyLedger(source, target, {
        onProgress: (each) => void progress.push(each),
      });
      const total = (await eventsOf(source, trial)).length + (await eventsOf(source, other)).length;
      expect(report).toEqual({ trials: 3, events: total, copied: total });
      expect(progress.map(({ trial: { id, round }, done }) => [id, round, done])).toEqual([
        ['influenza', 1, 500],
        ['influenza', 1, (await eventsOf(source, trial)).length],
        ['influenza', 2, (await eventsOf(source, other)).length],
      ]);
      expect(await eventsOf(target, trial)).toEqual(await eventsOf(source, trial));
      expect(await target.summaries(fingerprint)).toEqual(await source.summaries(fingerprint));
      expect(await target.allocation(listed.fingerprint)).toEqual(amended);
      expect((await target.trials()).map(({ stoppedAt }) => stoppedAt)).toEqual([
        nine + 5 * hour,
        null,
        null,
      ]);
    });
  }, 30_000);

  test('goes on behind what the target holds after it was interrupted', async () => {
    await using source = memoryStore({ key });
    await fillStore(source, trial, 300);
    await using target = memoryStore({ key });
    let appends = 0;
    const failing: Store = {
      ...target,
      append: async (events) => {
        appends += 1;
        if (appends === 2) throw new StoreUnusableError('the disk is full');
        return target.append(events);
      },
    };
    await expect(copyLedger(source, failing)).rejects.toThrow(/disk is full/);
    const held = (await eventsOf(target, trial)).length;
    expect(held).toBe(500);
    const { events, copied } = await copyLedger(source, target);
    expect(copied).toBe(events - held);
    expect(await eventsOf(target, trial)).toEqual(await eventsOf(source, trial));
    expect((await copyLedger(source, target)).copied).toBe(0);
  });

  test('may leave trials out, and is refused for one that is not there', async () => {
    await using source = memoryStore({ key });
    await fillStore(source, trial, 2);
    await fillStore(source, changed({ round: 2 }), 2);
    await using target = memoryStore({ key });
    await copyLedger(source, target, { trials: [fingerprint] });
    expect((await target.trials()).map(({ round }) => round)).toEqual([1]);
    await expect(copyLedger(source, target, { trials: ['0'.repeat(64)] })).rejects.toThrow(
      /does not hold all/,
    );
  });

  test('is refused where the target holds another event under the same id', async () => {
    await using source = memoryStore({ key });
    await source.register(trial);
    await source.append([impression(1), impression(2)]);
    await using target = memoryStore({ key });
    await target.register(trial);
    await target.append([impression(2, { stage: 'returned' })]);
    const answer = copyLedger(source, target);
    await expect(answer).rejects.toMatchObject({ code: 'ERR_EVENT_CONFLICT' });
    await expect(answer).rejects.toThrow(/new ledger, or an earlier copy/);
    await expect(answer).rejects.not.toThrow(new RegExp(uuid(2)));
  });

  test('is refused for a trial whose events were removed', async () => {
    await using source = memoryStore({ key });
    await fillStore(source, trial, 2);
    await source.retire(fingerprint, trial.endsAt + 48 * hour);
    await using target = memoryStore({ key });
    await expect(copyLedger(source, target)).rejects.toThrow(/removed.*leave it out/);
    expect(await target.trials()).toEqual([]);
  });

  test('is refused between two keys, and into a ledger that has none yet', async () => {
    await inFolder(async (folder) => {
      await using source = memoryStore({ key });
      await using other = memoryStore({ key: '02'.repeat(32) });
      await using rekeyed = memoryStore({ key: [key, '02'.repeat(32)] });
      for (const target of [other, rekeyed]) {
        await expect(copyLedger(source, target)).rejects.toMatchObject({ code: 'ERR_KEY_INVALID' });
        await expect(copyLedger(source, target)).rejects.toThrow(/two pseudonyms/);
      }
      await using keyless = await openStore(join(folder, 'new.db'), { key: null });
      await expect(copyLedger(source, keyless)).rejects.toThrow(/no key yet/);
    });
  });
});

describe('Two ledgers', () => {
  const ledger = (location: string, check?: string) => ({ location, keyCheck: async () => check });

  test('may be joined when they have one key, or one of them has none', async () => {
    await checkLinkage(ledger('a', '01'), ledger('b', '01'));
    await checkLinkage(ledger('a'), ledger('b', '01'));
    await checkLinkage(ledger('a', '01'), ledger('b'));
  });

  test('are not joined when their keys differ, which is said with where they are', async () => {
    const answer = checkLinkage(ledger('/a.db', '01'), ledger('/b.db', '2-01'));
    await expect(answer).rejects.toMatchObject({ code: 'ERR_KEY_INVALID' });
    await expect(answer).rejects.toThrow(/\/a\.db and \/b\.db have different keys/);
  });
});
