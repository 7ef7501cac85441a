import type { SequencedEvent, UnitDaySums, UnitSummary } from '../port.ts';
import { eventTable, summaryTable, unitDayTable } from './columns.ts';
import { parquetOf } from './parquet.ts';

/** How the files of an export are written. */
export const exportFormats = ['parquet', 'ndjson'] as const;

export type ExportFormat = (typeof exportFormats)[number];

/** Rows as the content of a file. */
interface Format {
  readonly events: (events: readonly SequencedEvent[]) => Promise<Uint8Array>;
  readonly summaries: (fingerprint: string, rows: readonly UnitSummary[]) => Promise<Uint8Array>;
  readonly unitDays: (fingerprint: string, rows: readonly UnitDaySums[]) => Promise<Uint8Array>;
}

async function lines(documents: readonly object[]): Promise<Uint8Array> {
  return Buffer.concat(documents.map((line) => Buffer.from(`${JSON.stringify(line)}\n`, 'utf8')));
}

/** By the name of the format, which is the ending of its files too. */
export const formats: Readonly<Record<ExportFormat, Format>> = {
  parquet: {
    events: (events) => parquetOf(eventTable(events)),
    summaries: (fingerprint, rows) => parquetOf(summaryTable(fingerprint, rows)),
    unitDays: (fingerprint, rows) => parquetOf(unitDayTable(fingerprint, rows)),
  },
  ndjson: {
    events: (events) => lines(events.map(({ sequence, event }) => ({ sequence, ...event }))),
    summaries: (trial, rows) => lines(rows.map((row) => ({ trial, ...row }))),
    unitDays: (trial, rows) => lines(rows.map((row) => ({ trial, ...row }))),
  },
};
