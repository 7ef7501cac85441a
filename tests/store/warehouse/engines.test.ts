import { describe } from '@jest/globals';
import Database from 'better-sqlite3';
import { DuckDBInstance } from '@duckdb/node-api';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ResultRow } from '../../../src/store/warehouse/index.ts';
import { dialects } from '../../../src/store/warehouse/index.ts';
import { agreesWithMemory } from './agreement.ts';
import type { Engine } from './engine.ts';
import { tableColumns, valuesOf } from './engine.ts';

async function sqlite(): Promise<Engine> {
  const database = new Database(':memory:');
  database.exec(`CREATE TABLE event (${tableColumns()})`);
  return {
    dialect: dialects.sqlite,
    table: 'event',
    load: async (events) => {
      if (events.length > 0) {
        database.exec(`INSERT INTO event VALUES ${valuesOf(events, dialects.sqlite)}`);
      }
    },
    query: async (sql) => database.prepare<[], ResultRow>(sql).all(),
    close: async () => {
      database.close();
    },
  };
}

async function duckdb(): Promise<Engine> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(`CREATE TABLE event (${tableColumns()})`);
  return {
    dialect: dialects.duckdb,
    table: 'event',
    load: async (events) => {
      if (events.length > 0) {
        await connection.run(`INSERT INTO event VALUES ${valuesOf(events, dialects.duckdb)}`);
      }
    },
    query: async (sql) => (await connection.runAndReadAll(sql)).getRowObjects(),
    close: async () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

/** Events in files, one more with each load. */
async function parquet(): Promise<Engine> {
  const engine = await duckdb();
  const folder = await mkdtemp(join(tmpdir(), 'rapidcycle-parquet-'));
  let files = 0;
  const write = async (): Promise<void> => {
    files += 1;
    await engine.query(`COPY event TO '${join(folder, `${files}.parquet`)}' (FORMAT parquet)`);
    await engine.query('DELETE FROM event');
  };
  await write();
  return {
    ...engine,
    table: `read_parquet('${join(folder, '*.parquet')}')`,
    load: async (events) => {
      await engine.load(events);
      await write();
    },
    close: async () => {
      await engine.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

describe('Warehouses', () => {
  agreesWithMemory('SQLite', sqlite, { numRuns: 40 });
  agreesWithMemory('DuckDB', duckdb, { numRuns: 15 });
  agreesWithMemory('Parquet files, read by DuckDB', parquet, { numRuns: 10 });
});
