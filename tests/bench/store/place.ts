import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Store } from '../../../src/store/index.ts';
import { openPostgres, openStore } from '../../../src/store/index.ts';
import { newSchema } from '../../store/postgres/server.ts';

const key = '6'.repeat(64);

/** A kind of ledger to measure, and how to begin a new one. */
export interface Ledgers {
  readonly name: string;
  readonly begin: () => Promise<Store>;
}

/** Runs something with a folder that is removed afterwards. */
export async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'rapidcycle-bench-'));
  try {
    await run(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Embedded ledgers in a folder. */
export function embeddedIn(folder: string): Ledgers {
  let files = 0;
  return {
    name: 'embedded',
    begin: () => openStore(join(folder, `${(files += 1)}.db`), { key }),
  };
}

/** Ledgers on a server. */
export function onPostgres(url: string): Ledgers {
  return { name: 'PostgreSQL', begin: () => openPostgres(url, { key, schema: newSchema() }) };
}
