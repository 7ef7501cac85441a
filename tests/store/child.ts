import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { wordsFor } from '../words-for.ts';

/** A process that appends to a ledger. */
export interface Appender {
  readonly process: ChildProcess;
  /** The ids that it says are in the ledger. */
  readonly acknowledged: () => readonly string[];
  readonly firstAcknowledged: Promise<void>;
  readonly exited: Promise<void>;
}

/** Starts a process that appends to a ledger; without a limit it has to be killed. */
export function startAppender(file: string, limit?: number): Appender {
  const script = fileURLToPath(new URL('./appender.ts', import.meta.url));
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const child = spawn(
    process.execPath,
    wordsFor(script, [file, ...(limit === undefined ? [] : [String(limit)])]),
    { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let output = '';
  const firstAcknowledged = new Promise<void>((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
      resolve();
    });
  });
  const exited = new Promise<void>((resolve) => {
    child.on('close', () => resolve());
  });
  return {
    process: child,
    // The kill may have cut the last line short.
    acknowledged: () => output.split('\n').slice(0, -1),
    firstAcknowledged: Promise.race([firstAcknowledged, exited]),
    exited,
  };
}
