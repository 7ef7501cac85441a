import { basename } from 'node:path';
import type { Place } from './columns.ts';
import { namesAll, placesIn } from './columns.ts';
import type { Breakage, CsvRecord } from './csv.ts';
import { csvRecords } from './csv.ts';
import { jsonReader } from './json-fields.ts';
import { linesOf } from './ndjson.ts';
import type { RejectedRow } from './rejects.ts';
import type { Source } from './source.ts';
import { fileError, openSource } from './source.ts';

/** One row of an extract. */
export interface SourceRow {
  /** Line of the file on which it begins, from 1. */
  readonly line: number;
  /** By the names that were asked for; a column that may be missing, and is, has no field. */
  readonly fields: Readonly<Record<string, string>>;
}

/** The formats of extracts. */
export type RowFormat = 'csv' | 'ndjson';

/** How to read an extract. */
export interface ReadRowsOptions {
  /** Default: by the name, `ndjson` for `.ndjson` and `.jsonl`, with `.gz` behind it or not; else `csv`. */
  readonly format?: RowFormat | undefined;
  /** Of CSV; default a tab for `.tsv` and `.tab`, else a comma. */
  readonly delimiter?: string | undefined;
  /** Columns that must be there. Others are not kept. */
  readonly columns: readonly string[];
  /** Columns that may be there. */
  readonly optional?: readonly string[] | undefined;
  /** Told of each row that cannot be read. */
  readonly onReject: (rejected: RejectedRow) => void;
  readonly signal?: AbortSignal | undefined;
}

/** The rows of an extract, in batches of up to 1,000. It can be gone through once. */
export interface RowReader extends AsyncIterable<readonly SourceRow[]> {
  /** Bytes of the file, compressed where it is, that have been read so far. */
  readonly bytesRead: number;
  /** Bytes of the file; 0 until the first batch is asked for. */
  readonly bytesTotal: number;
}

const batchSize = 1_000;
/** The most characters of one row. */
const longestRow = 1_048_576;

const nameOf = (file: string): string => basename(file).toLowerCase().replace(/\.gz$/, '');
const formatOf = (file: string): RowFormat =>
  /\.(ndjson|jsonl)$/.test(nameOf(file)) ? 'ndjson' : 'csv';
const delimiterOf = (file: string): string => (/\.(tsv|tab)$/.test(nameOf(file)) ? '\t' : ',');

interface Reading {
  readonly file: string;
  readonly chunks: AsyncIterable<Buffer>;
  readonly options: ReadRowsOptions;
}

const breakOffOf =
  (file: string) =>
  ({ line, reason }: Breakage): Error =>
    fileError(file, `line ${line}: ${reason}. What stands before it has been read`);

const fieldsAt = (places: readonly Place[], record: readonly string[]): Record<string, string> => {
  const fields: Record<string, string> = {};
  for (const { name, index } of places) fields[name] = record[index] ?? '';
  return fields;
};

async function* csvRows({ file, chunks, options }: Reading): AsyncGenerator<SourceRow[]> {
  const { delimiter = delimiterOf(file), columns, optional = [], onReject } = options;
  const how = { delimiter, longest: longestRow, breakOff: breakOffOf(file) };
  let places: readonly Place[] | undefined;
  let width = 0;
  // The name of a column as the file has it: a row without it is no header.
  let mark: string | undefined;

  const isHeader = ({ fields }: CsvRecord): boolean =>
    places === undefined ||
    (mark !== undefined && fields.includes(mark) && namesAll(fields, columns));
  const begin = ({ fields }: CsvRecord): void => {
    places = placesIn(fields, { columns, optional }, basename(file));
    width = fields.length;
    const last = places.findLast(({ name }) => columns.includes(name));
    mark = last && fields[last.index];
  };
  const rowOf = ({ line, fields: record, hasNul, isOpen }: CsvRecord): SourceRow | undefined => {
    const fields = fieldsAt(places ?? [], record);
    const reject = (reason: string): void => onReject({ line, reason, row: fields });
    if (isOpen) {
      reject('has a quote that is not closed as it should be: rows behind it may be lost with it');
    } else if (record.length !== width) {
      reject(`has ${record.length} field(s), and the header ${width}`);
    } else if (hasNul) {
      reject('holds a NUL character');
    } else return { line, fields };
    return undefined;
  };

  for await (const records of csvRecords(chunks, how)) {
    const rows: SourceRow[] = [];
    for (const record of records) {
      if (isHeader(record)) begin(record);
      else {
        const row = rowOf(record);
        if (row !== undefined) rows.push(row);
      }
    }
    yield rows;
  }
  if (places === undefined) throw fileError(file, 'is empty: its first line must name the columns');
}

async function* jsonRows({ file, chunks, options }: Reading): AsyncGenerator<SourceRow[]> {
  const { columns, optional = [], onReject } = options;
  const how = { longest: longestRow, breakOff: breakOffOf(file) };
  const { read, unseen } = jsonReader([...new Set([...columns, ...optional])]);
  let isEmpty = true;
  for await (const lines of linesOf(chunks, how)) {
    const rows: SourceRow[] = [];
    for (const { line, text } of lines) {
      const result = read(text);
      if ('fields' in result) rows.push({ line, fields: result.fields });
      else onReject({ line, ...result, row: { line: text } });
    }
    isEmpty &&= lines.length === 0;
    yield rows;
  }
  const missing = isEmpty ? [] : columns.filter((name) => unseen.has(name));
  if (missing.length > 0) {
    const names = missing.map((name) => JSON.stringify(name)).join(', ');
    throw fileError(file, `has no line with ${names}: those must be there`);
  }
}

/**
 * Reads the rows of an extract as a stream: CSV (RFC 4180, the first line names the columns) or one
 * JSON object a line, compressed with gzip or not, in UTF-8. Empty lines are passed over. A row that
 * cannot be read is told to `onReject`, and the rest is read. A line that names all the columns again begins
 * another part, as where files were put together.
 *
 * Columns are found whatever their case; in JSON a name is a key or a dotted path.
 *
 * Going through it throws an ImportError when the file is not there, is not UTF-8, breaks off, lacks
 * columns, or has a row of more than 1 Mi characters, as behind a quote that is never closed; the rows before
 * it have come by then. It throws the signal's reason when the signal is aborted.
 *
 * @throws RangeError when the delimiter is not one character
 */
export function readRows(file: string, options: ReadRowsOptions): RowReader {
  const { format = formatOf(file), delimiter, signal } = options;
  if (delimiter !== undefined && (delimiter.length !== 1 || /["\r\n]/.test(delimiter))) {
    throw new RangeError(`a delimiter is one character, not ${JSON.stringify(delimiter)}`);
  }
  let source: Source | undefined;

  async function* batches(): AsyncGenerator<readonly SourceRow[]> {
    signal?.throwIfAborted();
    source = await openSource(file, signal);
    try {
      const reading = { file, chunks: source.chunks, options };
      for await (const rows of format === 'csv' ? csvRows(reading) : jsonRows(reading)) {
        for (let from = 0; from < rows.length; from += batchSize) {
          yield rows.length <= batchSize ? rows : rows.slice(from, from + batchSize);
        }
      }
    } finally {
      source.close();
    }
  }

  return {
    get bytesRead() {
      return source?.bytesRead ?? 0;
    },
    get bytesTotal() {
      return source?.bytesTotal ?? 0;
    },
    [Symbol.asyncIterator]: batches,
  };
}
