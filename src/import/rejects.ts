import { createWriteStream } from 'node:fs';
import { access, open, rename, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import { codeOf, messageOf } from '../errors.ts';
import { fileError } from './source.ts';

/** A row of an extract that is not loaded. */
export interface RejectedRow {
  /** Line of the file on which it begins, from 1. */
  readonly line: number;
  /** Why, in words that hold nothing of the row. */
  readonly reason: string;
  /** The column that is at fault, where it is one. */
  readonly column?: string | undefined;
  /** The row as it was, as far as it was kept. It identifies persons. */
  readonly row?: Readonly<Record<string, string>> | undefined;
}

/** How many rows were rejected for which reason. */
export type ReasonCounts = Readonly<Record<string, number>>;

/** The rows that were not loaded, on their way into a file. */
export interface Rejects {
  readonly count: number;
  /** By reason, with the column that was at fault before it. */
  readonly byReason: ReasonCounts;
  /** Takes a row; `file` tells from which of several extracts it is. */
  readonly add: (rejected: RejectedRow, file?: string) => void;
  /** Resolves when what was added may be added to: a file is slower than memory. */
  drained(): Promise<void>;
  /** Gives the file its name. It throws an ImportError where that cannot be written. */
  close(): Promise<void>;
  /** Closes it without a word, and leaves what was written under its other name. */
  abandon(): Promise<void>;
}

/** How to keep rejected rows. */
export interface RejectsOptions {
  /** Whether a file of that name, such as of the import before, is replaced; default false. */
  readonly replace?: boolean | undefined;
}

/** A count of rejected rows by reason. */
export interface ReasonTally {
  readonly count: number;
  readonly byReason: ReasonCounts;
  readonly add: (rejected: Pick<RejectedRow, 'reason' | 'column'>) => void;
}

/** A reason as it is counted. */
const headingOf = ({ reason, column }: Pick<RejectedRow, 'reason' | 'column'>): string =>
  column === undefined ? reason : `${column}: ${reason}`;

/** Counts rejected rows that are not kept. */
export function reasonTally(): ReasonTally {
  const counts = new Map<string, number>();
  let count = 0;
  return {
    get count() {
      return count;
    },
    get byReason() {
      return Object.fromEntries([...counts].sort(([, left], [, right]) => right - left));
    },
    add: (rejected) => {
      const heading = headingOf(rejected);
      count += 1;
      counts.set(heading, (counts.get(heading) ?? 0) + 1);
    },
  };
}

async function isThere(file: string): Promise<boolean> {
  try {
    await access(file);
    return true;
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return false;
    throw cause;
  }
}

/**
 * Begins a file of rejected rows: one JSON object a line with `line`, `reason`, and where they are known
 * `file`, `column` and `row`. Only its owner may read it (mode 0600), because it holds rows as they
 * were. Until `close` it is called `<file>.part`; without rejected rows there is no file.
 *
 * @throws ImportError when there is a file of that name that is not to be replaced, or none can be made there
 */
export async function openRejects(
  file: string,
  { replace = false }: RejectsOptions = {},
): Promise<Rejects> {
  const part = `${file}.part`;
  const refuse = (cause: unknown): Error =>
    fileError(file, `cannot be written: ${codeOf(cause) ?? messageOf(cause)}`);
  // Whoever names an extract here by mistake shall not lose it.
  if (!replace && (await isThere(file))) {
    throw fileError(file, 'is there already: move it, or name another file for rejected rows');
  }
  // One that an import left behind when it was cut off is begun anew, with the mode of a new file.
  await rm(part, { force: true });
  const handle = await open(part, 'wx', 0o600).catch((cause: unknown) => {
    throw refuse(cause);
  });
  const stream = createWriteStream(part, { fd: handle });
  let failure: unknown;
  stream.on('error', (cause) => {
    failure ??= cause;
  });
  const tally = reasonTally();

  const end = async (): Promise<void> => {
    stream.end();
    await finished(stream).catch((cause: unknown) => {
      failure ??= cause;
    });
  };
  return {
    get count() {
      return tally.count;
    },
    get byReason() {
      return tally.byReason;
    },
    add: ({ line, reason, column, row }, from) => {
      tally.add({ reason, column });
      stream.write(`${JSON.stringify({ file: from, line, reason, column, row })}\n`);
    },
    drained: async () => {
      if (stream.writableNeedDrain && failure === undefined) {
        await once(stream, 'drain').catch(() => undefined);
      }
      if (failure !== undefined) throw refuse(failure);
    },
    close: async () => {
      await end();
      if (failure !== undefined) throw refuse(failure);
      if (tally.count === 0) await rm(part, { force: true });
      else await rename(part, file);
    },
    abandon: end,
  };
}
