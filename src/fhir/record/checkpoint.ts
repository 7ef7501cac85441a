import { constants } from 'node:fs';
import { open, readFile, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { codeOf, UsageError } from '../../errors.ts';
import type { Json } from '../../trial/protocol.ts';
import { valueOf } from '../value-of.ts';

/** Some patients that have been gone through, and what became of them. */
interface CheckpointEntry {
  /** As in the ledger: keyed hashes. */
  readonly patients: readonly string[];
  /** What they add to the counts of the run. */
  readonly counts: Json;
}

/** How far a run had come when it was interrupted, and what takes down how far it comes. */
interface OpenCheckpoint {
  /** What is known from before; empty when nothing was interrupted. */
  readonly entries: readonly CheckpointEntry[];
  /** To be called when everything of these patients is in the ledger. */
  add(entry: CheckpointEntry): Promise<void>;
  /** The run is over: nothing is left to be taken up. */
  finish(): Promise<void>;
  /** The run was interrupted. */
  close(): Promise<void>;
}

/** Where a run takes down how far it has come. */
export interface Checkpoint {
  /**
   * @param run what tells the run from others
   * @throws UsageError when it is of another run, or cannot be read
   */
  open(run: Json): Promise<OpenCheckpoint>;
  /**
   * The cut-off of the run that was interrupted, milliseconds; undefined when none was. Go on with it
   * by the same.
   *
   * @throws UsageError when it cannot be read
   */
  cutOff(): Promise<number | undefined>;
}

const kind = 'rapidcycle ingestion, version 1';

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function isEntry(value: unknown): value is CheckpointEntry {
  return (
    typeof value === 'object' &&
    value !== null &&
    'patients' in value &&
    'counts' in value &&
    Array.isArray(value.patients) &&
    value.patients.every((patient) => typeof patient === 'string')
  );
}

function cannotOpen(path: string, cause: unknown): UsageError {
  const code = codeOf(cause) ?? 'unknown fault';
  return new UsageError(`the checkpoint ${path} cannot be opened (${code})`, { cause });
}

async function openPrivate(path: string): Promise<FileHandle> {
  try {
    const { O_RDWR, O_CREAT, O_APPEND, O_NOFOLLOW } = constants;
    return await open(path, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW, 0o600);
  } catch (cause) {
    throw cannotOpen(path, cause);
  }
}

/** The entries in the text of a checkpoint of a run; what is not such a text is refused, and left. */
function entriesIn(
  text: string,
  { path, expected }: { readonly path: string; readonly expected: string },
): readonly CheckpointEntry[] {
  const [first = '', ...lines] = text.split('\n').slice(0, -1);
  const header = parsed(first);
  if (text === '' || expected.startsWith(text)) return [];
  if (header === undefined || valueOf(header, 'kind') !== kind) {
    throw new UsageError(`${path} is no checkpoint: name another file`);
  }
  // A run that ended before its first patient leaves nothing to go on with.
  if (first !== expected && lines.length === 0) return [];
  if (first !== expected) {
    throw new UsageError(
      `the checkpoint ${path} is of another run (another trial, cut-off, source or rule): finish that one with the options it was begun with, or remove the file and begin anew, which counts nothing twice`,
    );
  }
  const entries = lines.map(parsed);
  if (entries.every(isEntry)) return entries;
  throw new UsageError(
    `the checkpoint ${path} cannot be read: remove it and begin anew, which counts nothing twice`,
  );
}

/**
 * A checkpoint in a file: one line of what is run, then one for some patients each. Only the owner
 * may read it; it holds keyed hashes of patients and counts, no identifier. It is removed when the
 * run is over. A line that was cut off when the process ended is left out: its patients are gone
 * through again, which changes nothing.
 */
export function fileCheckpoint(path: string): Checkpoint {
  return {
    cutOff: async () => {
      const text = await readFile(path, 'utf8').catch((cause: unknown) => {
        if (codeOf(cause) === 'ENOENT') return '';
        throw cannotOpen(path, cause);
      });
      const [first = '', ...lines] = text.split('\n').slice(0, -1);
      if (lines.length === 0) return undefined;
      const header = parsed(first);
      const cutOff = valueOf(valueOf(header, 'run'), 'cutOff');
      return valueOf(header, 'kind') === kind && typeof cutOff === 'number' ? cutOff : undefined;
    },
    open: async (run) => {
      const file = await openPrivate(path);
      try {
        const text = await file.readFile('utf8');
        const expected = JSON.stringify({ kind, run });
        const entries = entriesIn(text, { path, expected });
        await file.chmod(0o600);
        const whole = text.startsWith(expected) ? text.slice(0, text.lastIndexOf('\n') + 1) : '';
        await file.truncate(Buffer.byteLength(whole));
        if (whole === '') await file.appendFile(`${expected}\n`);
        return {
          entries,
          add: ({ patients, counts }) =>
            file.appendFile(`${JSON.stringify({ patients, counts })}\n`),
          finish: async () => {
            await file.close();
            await rm(path, { force: true });
          },
          close: () => file.close(),
        };
      } catch (cause) {
        await file.close();
        throw cause;
      }
    },
  };
}
