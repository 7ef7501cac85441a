import { readdir, rm, stat } from 'node:fs/promises';
import { basename, join, sep } from 'node:path';
import { codeOf, StoreUnusableError } from '../../errors.ts';
import { isLock } from './lock.ts';
import type { ExportManifest } from './manifest.ts';

const tables: ReadonlySet<string> = new Set(['event', 'unit_summary', 'unit_day']);
const part = /^part(-\d+)?\.(parquet|ndjson)$/;
const draft = /^\.(part(-\d+)?\.(parquet|ndjson)|manifest\.json)\.[0-9a-f-]{36}\.draft$/;

/**
 * Checks that a folder without a manifest holds nothing, so that nothing of others is mixed in.
 *
 * @throws StoreUnusableError when it holds something
 */
export async function checkEmpty(folder: string): Promise<void> {
  const names = await readdir(folder);
  if (names.every((name) => isLock(name) || draft.test(name))) return;
  throw new StoreUnusableError(
    `${folder} holds files, but no manifest of an export: give an empty folder, a new one, or that of an export before`,
  );
}

/**
 * Checks that the files of an export are still there, and removes those that a process left which was
 * killed before they were in the manifest: they are written again.
 *
 * @throws StoreUnusableError when a file is gone or has another size
 */
export async function tidy(folder: string, { trials }: ExportManifest): Promise<void> {
  for (const { path, bytes } of trials.flatMap(({ events }) => events)) {
    const size = await stat(join(folder, path)).then(
      (status) => status.size,
      (error: unknown) => {
        if (codeOf(error) === 'ENOENT') return undefined;
        throw error;
      },
    );
    if (size === bytes) continue;
    throw new StoreUnusableError(
      `${join(folder, path)} ${size === undefined ? 'is gone' : 'was changed'} since it was exported: restore it, or export into a new folder`,
    );
  }
  const known = new Set(
    trials.flatMap(({ events, summaries, unitDays }) =>
      [...events, summaries, unitDays].map((file) => file?.path),
    ),
  );
  for (const name of await readdir(folder, { recursive: true })) {
    const path = name.split(sep).join('/');
    const [table = ''] = path.split('/');
    const ours = tables.has(table) && part.test(basename(name)) && !known.has(path);
    if (ours || draft.test(basename(name))) await rm(join(folder, name), { force: true });
  }
}
