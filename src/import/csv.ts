import type { Options } from 'csv-parse';
import { parse } from 'csv-parse';
import { codeOf, messageOf } from '../errors.ts';

/** A record of a CSV file: its fields, and the line on which it begins. */
export interface CsvRecord {
  readonly line: number;
  readonly fields: readonly string[];
  /** Whether one of them holds a NUL character. */
  readonly hasNul: boolean;
  /** Whether a quote was opened in it that was closed nowhere, so that rows behind it may be part of it. */
  readonly isOpen: boolean;
}

/** Why the rest of a file cannot be read. */
export interface Breakage {
  /** The line on which what cannot be read begins. */
  readonly line: number;
  readonly reason: string;
}

/** How to read CSV. */
export interface CsvOptions {
  /** What stands between two fields. */
  readonly delimiter: string;
  /** The most characters of one record. */
  readonly longest: number;
  readonly breakOff: (breakage: Breakage) => Error;
}

// More records than a chunk can hold, so that the parser never waits for them to be taken.
const anyNumber = 2 ** 30;

/** The options by which the parser reads an extract, for a comparison with the parser alone. */
export function parserOptions({
  delimiter,
  longest,
}: Pick<CsvOptions, 'delimiter' | 'longest'>): Options & { readableHighWaterMark: number } {
  return {
    delimiter,
    record_delimiter: ['\r\n', '\n'],
    // A row too short or too long is one row that is refused.
    relax_column_count: true,
    // A quote in the middle of a field stands for itself: else it would swallow the rows behind it.
    relax_quotes: true,
    max_record_size: longest,
    readableHighWaterMark: anyNumber,
  };
}

function reasonOf(cause: unknown, longest: number): string {
  const code = codeOf(cause);
  if (code === 'CSV_QUOTE_NOT_CLOSED') {
    return 'a quote that is opened here, or behind it, is never closed';
  }
  if (code === 'CSV_MAX_RECORD_SIZE') {
    return `the row is longer than ${longest} characters: a quote may not be closed, or the file has no line breaks`;
  }
  return `cannot be read as CSV (${code ?? messageOf(cause)})`;
}

/**
 * The line breaks in a record, and whether one stands behind a quote that the parser found to be none: it
 * is left in front of the field then.
 */
function breaksIn(fields: readonly string[]): {
  readonly breaks: number;
  readonly isOpen: boolean;
} {
  let breaks = 0;
  let isOpen = false;
  for (const field of fields) {
    let at = field.indexOf('\n');
    if (at !== -1 && field.startsWith('"')) isOpen = true;
    for (; at !== -1; at = field.indexOf('\n', at + 1)) breaks += 1;
  }
  return { breaks, isOpen };
}

/** The records of a text, as many at a time as a chunk of it holds. Empty lines are none. */
export async function* csvRecords(
  chunks: AsyncIterable<Buffer>,
  { breakOff, ...how }: CsvOptions,
): AsyncGenerator<readonly CsvRecord[]> {
  const parser = parse(parserOptions(how));
  let line = 1;
  // Every failure is told by the call that made it.
  parser.on('error', () => undefined);
  const settled = (call: (done: (error?: Error | null) => void) => void): Promise<void> =>
    new Promise((resolve, reject) => {
      call((error) => (error ? reject(error) : resolve()));
    });
  // A row may begin in the chunk before.
  let mayHaveNul = false;
  let hadNul = false;
  const taken = (): readonly CsvRecord[] => {
    const records: CsvRecord[] = [];
    for (;;) {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- without columns, records are lists of texts
      const fields = parser.read() as readonly string[] | null;
      if (fields === null) return records;
      const begin = line;
      const { breaks, isOpen } = breaksIn(fields);
      line += 1 + breaks;
      const hasNul = mayHaveNul && fields.some((field) => field.includes('\0'));
      if (fields.length !== 1 || fields[0] !== '') {
        records.push({ line: begin, fields, hasNul, isOpen });
      }
    }
  };
  let failure: unknown;
  try {
    for await (const chunk of chunks) {
      const hasNul = chunk.includes(0);
      mayHaveNul = hasNul || hadNul;
      hadNul = hasNul;
      try {
        await settled((done) => parser.write(chunk, done));
      } catch (cause) {
        failure = cause;
      }
      yield taken();
      if (failure !== undefined) break;
    }
    if (failure === undefined) {
      // The last record may have no line break behind it.
      const ended = settled((done) => parser.end(done)).catch((cause: unknown) => {
        failure = cause;
      });
      await ended;
      yield taken();
    }
  } finally {
    parser.destroy();
  }
  if (failure !== undefined) throw breakOff({ line, reason: reasonOf(failure, how.longest) });
}
