import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { TrialEvent } from '../../../src/events/event.ts';
import type { UnitSummary } from '../../../src/store/index.ts';

/** The sums of the two metrics over all units. */
export interface Totals {
  readonly units: number;
  readonly alerts: number;
  readonly days: number;
  readonly accepted: number;
}

/** What summaries come to. */
export function totalsOf(summaries: readonly UnitSummary[]): Totals {
  const sum = (of: (row: UnitSummary) => number): number =>
    summaries.reduce((total, row) => total + of(row), 0);
  return {
    units: summaries.length,
    alerts: sum(({ alerts }) => alerts),
    days: sum(({ calendarDays }) => calendarDays),
    accepted: sum(({ accepted }) => accepted),
  };
}

/** A copy of the events for DuckDB: first lines of CSV, then Parquet. */
export interface Copy {
  readonly add: (events: readonly TrialEvent[]) => void;
  /** Writes the Parquet, and returns how the two metrics are asked of it. */
  readonly finish: () => Promise<{
    readonly ask: () => Promise<Totals>;
    readonly close: () => void;
  }>;
}

function lineOf(event: TrialEvent): string {
  const stage = event.type === 'impression' ? event.stage : '';
  const answer = 'impression' in event ? `${event.impression},${event.delay}` : ',';
  const route = event.type === 'order' ? event.route : '';
  const calendar = event.type === 'patient-days' ? event.calendar : '';
  const { unitId, arm, type, patient, day } = event;
  return `${unitId},${arm},${type},${stage},${patient},${day},${answer},${route},${calendar}\n`;
}

const names = 'unit_id,arm,type,stage,patient,event_day,impression_id,delay_ms,route,calendar';

/** The two metrics by unit and arm, as an analyst would ask for them. */
const question = (file: string): string => `
SELECT unit_id, arm,
  SUM(CASE WHEN type = 'impression' AND stage <> 'silent' THEN 1 ELSE 0 END) AS alerts,
  SUM(COALESCE(calendar, 0)) AS days,
  COUNT(DISTINCT CASE WHEN (type = 'acceptance' OR (type = 'order' AND route IN ('click', 'tag')))
    AND delay_ms <= 86400000 THEN impression_id END) AS accepted
FROM read_parquet('${file}')
GROUP BY unit_id, arm`;

/** Begins a copy in a folder. */
export function copyIn(folder: string, name: string): Copy {
  const lines = join(folder, `${name}.csv`);
  const parquet = join(folder, `${name}.parquet`);
  const file = openSync(lines, 'w');
  writeSync(file, `${names}\n`);
  return {
    add: (events) => {
      writeSync(file, events.map(lineOf).join(''));
    },
    finish: async () => {
      closeSync(file);
      const instance = await DuckDBInstance.create(':memory:');
      const connection = await instance.connect();
      await connection.run(
        `COPY (SELECT * FROM read_csv('${lines}', header = true, nullstr = '')) TO '${parquet}' (FORMAT parquet, COMPRESSION zstd)`,
      );
      return {
        ask: async () => {
          const reader = await connection.runAndReadAll(question(parquet));
          const rows = reader.getRows();
          const sum = (column: number): number =>
            rows.reduce((total, row) => total + Number(row[column]), 0);
          return { units: rows.length, alerts: sum(2), days: sum(3), accepted: sum(4) };
        },
        close: () => {
          connection.closeSync();
          instance.closeSync();
        },
      };
    },
  };
}
