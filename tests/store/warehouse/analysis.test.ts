import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { DuckDBInstance } from '@duckdb/node-api';
import type { Ledger } from '../../../src/analysis/index.ts';
import { analyze } from '../../../src/analysis/index.ts';
import type { TrialEvent } from '../../../src/events/event.ts';
import { randomStream } from '../../../src/stats/index.ts';
import type { Store } from '../../../src/store/index.ts';
import { memoryStore } from '../../../src/store/index.ts';
import type { WarehouseQuery } from '../../../src/store/warehouse/index.ts';
import {
  dialects,
  unitRowsFrom,
  warehouseLedger,
  warehouseQueries,
} from '../../../src/store/warehouse/index.ts';
import { assign } from '../../../src/index.ts';
import { answer, changed, hour, impression, nine, patientDay } from '../fixtures.ts';
import { tableColumns, valuesOf } from './engine.ts';

const trial = changed({
  primary: { metric: 'alertsPerPatientDay', better: 'lower' },
  guardrails: [{ metric: 'acceptanceRate', better: 'higher', scale: 'difference', margin: -0.1 }],
  secondary: [
    { metric: 'acceptedPerPatientDay', better: 'higher' },
    { metric: 'dismissalRate', better: 'lower' },
  ],
});
/** With the metrics that need no more than summaries. */
const plain = changed({});
const asOf = trial.endsAt + 48 * hour;

/** Sixty synthetic patients of three days, with alerts and answers as a stream of random numbers has them. */
function simulated(): readonly TrialEvent[] {
  const stream = randomStream('warehouse', 7);
  const events: TrialEvent[] = [];
  let id = 1;
  const next = (): number => (id += 1);
  for (let number = 0; number < 60; number += 1) {
    const patient = `synthetic-${number}`;
    const { arm } = assign(trial, { patient }, { at: nine });
    const who = { trial: trial.fingerprint, arm, unitId: patient, patient };
    for (const day of ['2026-10-06', '2026-10-07', '2026-10-08']) {
      events.push(patientDay(next(), { ...who, day, elapsed: stream.next(), midnight: 1 }));
      const alerts = Math.floor(stream.next() * (arm === 'usual' ? 6 : 3));
      for (let alert = 0; alert < alerts; alert += 1) {
        const fired = next();
        events.push(impression(fired, { ...who, day }));
        const fate = stream.next();
        const delay = Math.floor(stream.next() * 30 * hour);
        const base = { ...who, alertDay: day, delay };
        if (fate < 0.3) events.push(answer('acceptance', next(), fired, base));
        else if (fate < 0.7) {
          events.push(
            answer('dismissal', next(), fired, { ...base, override: { code: 'not-indicated' } }),
          );
        }
      }
    }
  }
  return events;
}

describe('The analysis of a trial in a warehouse', () => {
  let store: Store;
  let query: WarehouseQuery;
  let close: () => void;
  const source = { dialect: dialects.duckdb, table: 'event' };
  beforeAll(async () => {
    const events = simulated();
    store = memoryStore();
    await store.register(trial);
    await store.append(events);
    await store.stop(trial.fingerprint, trial.endsAt - 24 * hour);
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    await connection.run(`CREATE TABLE event (${tableColumns()})`);
    await connection.run(`INSERT INTO event VALUES ${valuesOf(events, dialects.duckdb)}`);
    query = async (sql) => (await connection.runAndReadAll(sql)).getRowObjects();
    close = () => {
      connection.closeSync();
      instance.closeSync();
    };
  });
  afterAll(() => {
    close();
  });

  test('is that of the store, but for what needs every event', async () => {
    const trials = [{ trial, stoppedAt: trial.endsAt - 24 * hour }];
    const ledger: Ledger = warehouseLedger(query, { ...source, trials });
    const { integrity: none, ...rest } = await analyze(trial, ledger, { asOf });
    const { integrity, warnings, ...ofStore } = await analyze(trial, store, { asOf });
    const ofEvents = integrity?.warnings ?? [];
    expect(none).toBeNull();
    expect(rest).toEqual({
      ...ofStore,
      warnings: warnings.filter((warning) => !ofEvents.includes(warning)),
    });
    expect(rest.responseTimes).not.toBeNull();
    expect(rest.stoppedAt).not.toBeNull();
    expect(rest.arms.every(({ alerts }) => alerts > 20)).toBe(true);
  });

  test('is made of the rows of one query that somebody has run', async () => {
    const rows = unitRowsFrom(await query(warehouseQueries(trial, source).summaries));
    const pasted = await analyze(plain, rows, { asOf });
    const own = await analyze(plain, await store.summaries(trial.fingerprint), { asOf });
    expect(rows.length).toBeGreaterThan(40);
    expect(pasted).toEqual(own);
  });
});
