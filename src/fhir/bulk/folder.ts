import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, FhirError } from '../../errors.ts';
import type { BulkState } from './state.ts';
import { noState, readState } from './state.ts';

/** Files that an export makes, and may remove. */
const own = /^\d+\.[A-Za-z]+\.ndjson(?:\.part)?$/;

/**
 * Makes the folder of an export, for its owner alone, or takes the one that is there.
 *
 * @throws FhirError when everybody may look into it, it cannot be made, or it holds files of somebody else
 */
export async function takeFolder(folder: string): Promise<BulkState> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new FhirError(`${folder} cannot be made (${codeOf(error) ?? 'unknown'})`);
  }
  const { mode } = await stat(folder);
  if (process.platform !== 'win32' && (mode & 0o007) !== 0) {
    throw new FhirError(
      `${folder} can be used by everybody (mode ${(mode & 0o777).toString(8)}), and an export holds identifiers of patients: run chmod 700 on it`,
    );
  }
  const state = await readState(folder);
  if (state === undefined && (await readdir(folder)).some((name) => own.test(name))) {
    throw new FhirError(`${folder} holds NDJSON of something else: export into a new folder`);
  }
  return state ?? noState;
}

/** Removes what an interrupted or replaced export left behind. */
export async function tidy(folder: string, state: BulkState): Promise<void> {
  const files = [...state.runs.flatMap((run) => run.files), ...(state.open?.files ?? [])];
  const kept = new Set(files.map((file) => file?.name));
  for (const name of await readdir(folder)) {
    if (own.test(name) && !kept.has(name)) await rm(join(folder, name), { force: true });
  }
}
