import { parentPort, workerData } from 'node:worker_threads';
import { connectToRead } from './connection.ts';
import { failureOf } from './failure.ts';
import type { Failure } from './failure.ts';
import { problemsIn } from './problems.ts';

// A thread beside the writer's: it copies a ledger, or checks one, in a single long statement each.

/** What the thread is to do: look for problems in a file, or copy the ledger in it to a new one. */
export interface Inspection {
  readonly file: string;
  /** Where to copy it; undefined to check it. */
  readonly to: string | undefined;
}

/** What came of it. */
export type Finding = { readonly problems: readonly string[] } | { readonly failure: Failure };

async function inspect({ file, to }: Inspection): Promise<readonly string[]> {
  const connection = await connectToRead(file);
  try {
    if (to === undefined) return problemsIn(connection);
    connection.prepare('VACUUM INTO ?').run(to);
    return [];
  } finally {
    connection.close();
  }
}

let finding: Finding;
try {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- who starts the thread gives nothing else
  finding = { problems: await inspect(workerData as Inspection) };
} catch (error) {
  finding = { failure: failureOf(error) };
}
parentPort?.postMessage(finding);
