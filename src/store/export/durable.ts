import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { codeOf, messageOf, StoreUnusableError } from '../../errors.ts';

/** Forces the names in a folder to the disk, where the platform can. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes the folder of a file below another that is there, each name forced to the disk. */
async function makeFolder(root: string, folder: string): Promise<void> {
  if ((await mkdir(folder, { recursive: true })) === undefined) return;
  let parent = root;
  await syncFolder(parent);
  for (const name of relative(root, folder).split(sep)) {
    parent = join(parent, name);
    await syncFolder(parent);
  }
}

/**
 * Writes a file so that it is on the disk whole, or not there, or as it was before.
 *
 * @param root the folder, already there, below which it stands
 */
export async function writeDurably(
  root: string,
  path: string,
  content: Uint8Array | string,
): Promise<void> {
  const file = join(root, path);
  const folder = dirname(file);
  await makeFolder(root, folder);
  // What begins with a dot is not read by the engines that read whole folders.
  const draft = join(folder, `.${basename(file)}.${randomUUID()}.draft`);
  try {
    const handle = await open(draft, 'wx');
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined);
    throw error;
  }
  await syncFolder(folder);
}

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: 'there is no space left',
  EDQUOT: 'the quota of the disk is used up',
  EFBIG: 'a file would be larger than may be',
  EACCES: 'it may not be written: check the permissions',
  EPERM: 'it may not be written: check the permissions',
  EROFS: 'its disk is read-only',
  ENOTDIR: 'a part of the path is no folder',
  EEXIST: 'it is no folder',
  EIO: 'its disk fails',
};

/** What the file system refused, in words; anything else as it is. */
export function exportFailure(folder: string, error: unknown): unknown {
  const code = codeOf(error);
  if (code === undefined || !Object.hasOwn(Object(error), 'syscall')) return error;
  return new StoreUnusableError(
    `the export into ${folder} stopped: ${reasons[code] ?? messageOf(error)} (${code}). What is in its manifest is complete; put that right and run it again, and it goes on from there`,
    { cause: error },
  );
}
