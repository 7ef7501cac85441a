import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { Store } from '../../../src/store/index.ts';
import { memoryStore } from '../../../src/store/index.ts';
import { changed, hour, nine } from '../fixtures.ts';
import { everyCount } from './every-count.ts';
import { history } from './history.ts';
import { onServer } from './on-server.ts';
import { openLedger } from './open-ledger.ts';
import { newSchema } from './server.ts';
import { clear } from './sql.ts';

async function everything(store: Store, fingerprint: string): Promise<unknown> {
  return {
    summaries: await store.summaries(fingerprint),
    unitDays: await store.unitDays(fingerprint),
    days: await store.days(fingerprint),
    flow: await store.flow(fingerprint),
  };
}

onServer('The numbers of a store on PostgreSQL', (server) => {
  const schema = newSchema();
  let store: Store;
  beforeAll(async () => {
    store = await openLedger(server(), { key: '7'.repeat(64), schema });
  });
  afterAll(async () => {
    await store.close();
    await clear(server(), schema);
  });

  test('are those of a store in memory, whatever the order and the batches, folded forward or rebuilt', async () => {
    let round = 10;
    let ids = 1_000;
    await fc.assert(
      fc.asyncProperty(history, fc.integer({ min: 1, max: 20 }), async (make, size) => {
        round += 1;
        const trial = changed({ round });
        const { fingerprint } = trial;
        const events = make(trial, ids);
        ids += events.length;
        const memory = memoryStore();
        await memory.register(trial);
        await memory.append(events);

        await store.register(trial);
        for (let start = 0; start < events.length; start += size) {
          await store.append(events.slice(start, start + size));
          await store.days(fingerprint);
        }
        const folded = await everything(store, fingerprint);
        expect(folded).toEqual(await everything(memory, fingerprint));
        await store.rebuild(fingerprint);
        expect(await everything(store, fingerprint)).toEqual(folded);

        const query = { counts: everyCount, asOf: nine + 24 * hour + 500 };
        expect(await store.counts(fingerprint, query)).toEqual(
          await memory.counts(fingerprint, query),
        );
        expect(await store.delays(fingerprint)).toEqual(await memory.delays(fingerprint));
      }),
      { numRuns: 20 },
    );
  }, 60_000);
});
