import type { ExportFormat } from './format.ts';
import { exportFormats } from './format.ts';

/** What can be exported of a trial. */
export const exportTables = ['events', 'summaries', 'unit-days'] as const;

type ExportTable = (typeof exportTables)[number];

/** How far an export is, told each time that more of it is on the disk. */
export interface ExportProgress {
  /** Events of these trials that are exported, with those of the exports before. */
  readonly done: number;
  /** Events of these trials in the ledger when the export began. */
  readonly total: number;
}

/** What to export, and how. */
export interface ExportOptions {
  readonly format: ExportFormat;
  /** Fingerprints; default every trial of the ledger. */
  readonly trials?: readonly string[] | undefined;
  /** Default everything. */
  readonly what?: readonly ExportTable[] | undefined;
  readonly onProgress?: ((progress: ExportProgress) => void) | undefined;
  /**
   * How many events are held in memory at most, and so how many a file holds at most; default 50,000.
   * With fewer, more files are made.
   */
  readonly capacity?: number | undefined;
}

/** @throws RangeError when an option is malformed */
export function checkOptions({ format, what = [], capacity = 1 }: ExportOptions): void {
  if (!exportFormats.includes(format)) {
    throw new RangeError(`the format must be one of ${exportFormats.join(', ')}`);
  }
  if (!what.every((table) => exportTables.includes(table))) {
    throw new RangeError(`what to export must be some of ${exportTables.join(', ')}`);
  }
  if (!Number.isSafeInteger(capacity) || capacity < 1) {
    throw new RangeError('the capacity must be a whole number of events, at least 1');
  }
}
