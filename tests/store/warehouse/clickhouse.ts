import { describe } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';
import type { ResultRow } from '../../../src/store/warehouse/index.ts';
import { dialects } from '../../../src/store/warehouse/index.ts';
import { agreesWithMemory } from './agreement.ts';
import type { Engine } from './engine.ts';
import { tableColumns, valuesOf } from './engine.ts';

/** ClickHouse in the process, as far as it is used here. */
interface Session {
  query(sql: string, format?: string): string;
  cleanup(): void;
}

// Tests that `.ci/clickhouse` runs, with a folder in which the package chdb is installed: it takes half a
// gigabyte, so it does not come with the others.
const folder = env['RAPIDCYCLE_CHDB'] ?? '';

async function clickhouse(modules: string): Promise<Engine> {
  const place = await mkdtemp(join(tmpdir(), 'rapidcycle-clickhouse-'));
  const load = createRequire(join(modules, 'package.json'));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the package is not there to be typed
  const { Session } = load('chdb') as { readonly Session: new (path: string) => Session };
  const session = new Session(place);
  const columns = tableColumns({
    text: 'Nullable(String)',
    whole: 'Nullable(Int64)',
    fraction: 'Nullable(Float64)',
  });
  session.query('CREATE DATABASE warehouse');
  session.query(`CREATE TABLE warehouse.event (${columns}) ENGINE = MergeTree ORDER BY tuple()`);
  return {
    dialect: dialects.clickhouse,
    table: 'warehouse.event',
    load: async (events) => {
      if (events.length > 0) {
        const values = valuesOf(events, dialects.clickhouse);
        session.query(`INSERT INTO warehouse.event VALUES ${values}`);
      }
    },
    query: async (sql) =>
      session
        .query(sql, 'JSONEachRow')
        .split('\n')
        .filter((line) => line !== '')
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a row of that format
        .map((line) => JSON.parse(line) as ResultRow),
    close: async () => {
      session.cleanup();
      await rm(place, { recursive: true, force: true });
    },
  };
}

describe('A warehouse on ClickHouse', () => {
  agreesWithMemory('ClickHouse', async () => clickhouse(folder), { numRuns: 15 });
});
