import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { DuckDBInstance } from '@duckdb/node-api';
import { join } from 'node:path';
import { analyze } from '../../../src/analysis/index.ts';
import { assign } from '../../../src/index.ts';
import { exportLedger } from '../../../src/store/export/export.ts';
import type { Store } from '../../../src/store/index.ts';
import { memoryStore } from '../../../src/store/index.ts';
import type { WarehouseQuery } from '../../../src/store/warehouse/index.ts';
import {
  dialects,
  unitRowsFrom,
  warehouseLedger,
  warehouseQueries,
} from '../../../src/store/warehouse/index.ts';
import type { Trial } from '../../../src/trial/trial.ts';
import { answer, changed, hour, impression, nine, patientDay } from '../fixtures.ts';
import { discard, makeFolder } from '../place.ts';

// Each file is forced to the disk, which may be slow.
jest.setTimeout(60_000);

const days = ['2026-10-06', '2026-10-07'] as const;
/** Two rounds and a second trial in one export, so that each question has to find its own. */
const trials = [
  changed({ title: 'First of the synthetic trials' }),
  changed({ title: 'Second of the synthetic trials', round: 2 }),
  changed({ title: 'Third of the synthetic trials', id: 'another' }),
];
const asOf = (trial: Trial): number => trial.endsAt + 48 * hour;

/** Twelve synthetic patients of a trial, those of the first day alone or of both. */
async function fill(store: Store, trial: Trial, { number }: { readonly number: number }) {
  let id = number * 1_000;
  const next = (): number => (id += 1);
  const events = Array.from({ length: 12 }, (_, person) => `synthetic-${person}`).flatMap(
    (patient, person) => {
      const { arm } = assign(trial, { patient }, { at: nine });
      const who = { trial: trial.fingerprint, arm, unitId: patient, patient };
      return days.slice(0, 1 + (person % 2)).flatMap((day) => {
        const fired = next();
        const base = { ...who, alertDay: day, delay: (1 + person + number) * 60_000, day };
        return [
          patientDay(next(), { ...who, day, elapsed: (1 + person) / 16 }),
          impression(fired, { ...who, day }),
          impression(next(), { ...who, day }),
          person % 3 === 0
            ? answer('acceptance', next(), fired, base)
            : answer('dismissal', next(), fired, { ...base, override: { code: 'not-indicated' } }),
        ];
      });
    },
  );
  await store.append(events);
}

describe('An export that DuckDB reads as the documentation says', () => {
  const folder = makeFolder();
  const store = memoryStore();
  const archive = join(folder, 'archive');
  // As the README has it.
  const table = `read_parquet('${archive}/event/**/*.parquet', hive_partitioning = true, hive_types_autocast = false)`;
  const source = { dialect: dialects.duckdb, table };
  let query: WarehouseQuery;
  let close = (): void => undefined;
  beforeAll(async () => {
    for (const [number, trial] of trials.entries()) {
      await store.register(trial);
      await fill(store, trial, { number });
    }
    await exportLedger(store, archive, { format: 'parquet', capacity: 7 });
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    query = async (sql) => (await connection.runAndReadAll(sql)).getRowObjects();
    close = () => {
      connection.closeSync();
      instance.closeSync();
    };
  });
  afterAll(async () => {
    close();
    await discard(folder);
  });

  test('is analysed as the store is, whichever of its trials is meant', async () => {
    const ledger = warehouseLedger(query, { ...source, trials });
    for (const trial of trials) {
      const own = await analyze(trial, store, { asOf: asOf(trial) });
      const { integrity: none, ...read } = await analyze(trial, ledger, { asOf: asOf(trial) });
      const { integrity, warnings, ...ofStore } = own;
      const ofEvents = integrity?.warnings ?? [];
      expect(none).toBeNull();
      expect(read).toEqual({
        ...ofStore,
        warnings: warnings.filter((warning) => !ofEvents.includes(warning)),
      });
      expect(read.arms.every(({ alerts }) => alerts > 0)).toBe(true);
    }
  });

  test('gives the unit summaries to paste back, equal to those in the export', async () => {
    for (const trial of trials) {
      const own = await store.summaries(trial.fingerprint);
      const { summaries } = warehouseQueries(trial, source);
      expect(unitRowsFrom(await query(summaries))).toEqual(own);
      const kept = await query(
        `SELECT * FROM read_parquet('${archive}/unit_summary/**/*.parquet')
WHERE fingerprint = '${trial.fingerprint}'`,
      );
      expect(unitRowsFrom(kept)).toEqual(own);
    }
  });
});
