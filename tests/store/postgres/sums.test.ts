import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { Store } from '../../../src/store/index.ts';
import { memoryStore } from '../../../src/store/index.ts';
import { openPostgres } from '../../../src/store/postgres/index.ts';
import type { AlertLevel, AlertState, LedgerCount } from '../../../src/trial/count.ts';
import { changed, hour, nine } from '../fixtures.ts';
import { history } from './history.ts';
import { onServer } from './on-server.ts';
import { newSchema } from './server.ts';
import { clear } from './sql.ts';

const states: readonly AlertState[] = [
  ...(['alerts', 'silent', 'fired', 'repeats', 'accepted', 'dismissed'] as const),
  ...(['answered', 'timed', 'due', 'ignored', 'undismissed', 'ordered'] as const),
];

const levels: readonly AlertLevel[] = [
  ...(['alert', 'opening', 'firstAlert', 'firstFiring', 'encounter'] as const),
  ...(['patient', 'patientDay', 'clinician', 'clinicianDay'] as const),
];

/** Every state at every level, and the filters. */
const everyCount: readonly LedgerCount[] = [
  ...states.flatMap((of) => levels.map((each) => ({ of, each }))),
  ...states.map((of) => ({ of, within: 'PT3S' })),
  ...states.map((of) => ({ of, each: 'patient' as const, eligible: true as const })),
  { of: 'alerts', known: 'encounter' },
  { of: 'dismissed', reason: '拒否 🏥' },
  { of: 'dismissed', reason: "O'Hara", within: 'PT1H' },
  { of: 'dismissed', reason: 'nobody gave it' },
  { of: 'atRisk', each: 'patientDay' },
  { of: 'atRisk', each: 'patientDay', days: 'midnight' },
  { of: 'atRisk', each: 'patientDay', days: 'elapsed', known: 'encounter' },
  { of: 'atRisk', each: 'patient' },
  { of: 'atRisk', each: 'encounter' },
];

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
    store = await openPostgres(server().url, { key: null, schema });
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
