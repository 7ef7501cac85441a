import { DuckDBInstance } from '@duckdb/node-api';
import { eventColumns, toRow } from '../../../src/store/row.ts';
import type { SequencedEvent, Store } from '../../../src/store/index.ts';

export type DuckRow = Readonly<Record<string, unknown>>;

/** What DuckDB answers, with whole numbers as numbers. */
export async function ask(sql: string): Promise<readonly DuckRow[]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    const answer = await connection.runAndReadAll(sql);
    return answer
      .getRowObjectsJS()
      .map((row) =>
        Object.fromEntries(
          Object.entries(row).map(([name, cell]) => [
            name,
            typeof cell === 'bigint' ? Number(cell) : cell,
          ]),
        ),
      );
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** The Parquet files of a table, with the partitions as columns. */
export function parquet(folder: string, table: string): string {
  return `read_parquet('${folder}/${table}/**/*.parquet', hive_partitioning = true, hive_types_autocast = false)`;
}

/** The NDJSON files of a table. */
export function ndjson(folder: string, table: string): string {
  return `'${folder}/${table}/**/*.ndjson'`;
}

/** The events of a trial as a store gives them. */
export async function eventsIn(store: Store, trial: string): Promise<readonly SequencedEvent[]> {
  const events: SequencedEvent[] = [];
  for await (const event of store.read({ trial })) events.push(event);
  return events;
}

/** An event as DuckDB should read it from Parquet. */
export function asExported({ sequence, event }: SequencedEvent): DuckRow {
  const row = toRow(event);
  return {
    seq: sequence,
    ...Object.fromEntries(
      eventColumns.map((name, index) => [name === 'trial' ? 'fingerprint' : name, row[index]]),
    ),
  };
}

/** The events that DuckDB reads from an export as Parquet, by their place. */
export function exportedEvents(folder: string): Promise<readonly DuckRow[]> {
  return ask(`SELECT * EXCLUDE (trial, round) FROM ${parquet(folder, 'event')} ORDER BY seq`);
}
