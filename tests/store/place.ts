import { mkdirSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where everything that tests write is kept, so that it can be scanned for identifiers afterwards. */
const kept = process.env['RAPIDCYCLE_KEEP'];

/** Makes a folder for a test; see `discard`. */
export function makeFolder(): string {
  if (kept !== undefined) mkdirSync(kept, { recursive: true });
  return mkdtempSync(join(kept ?? tmpdir(), 'rapidcycle-'));
}

/**
 * Runs something with a folder for what is given to it, which may identify persons as extracts do:
 * it is removed afterwards, and never kept.
 */
export async function inFolderOfGiven<T>(run: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'rapidcycle-given-'));
  try {
    return await run(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Removes the folder of a test, unless it is to be kept. */
export async function discard(folder: string): Promise<void> {
  if (kept === undefined) await rm(folder, { recursive: true, force: true });
}

/** Runs something with a folder that is removed afterwards. */
export async function inFolder<T>(run: (folder: string) => Promise<T>): Promise<T> {
  const folder = makeFolder();
  try {
    return await run(folder);
  } finally {
    await discard(folder);
  }
}
