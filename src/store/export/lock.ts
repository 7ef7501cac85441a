import { randomBytes } from 'node:crypto';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { codeOf, StoreUnusableError } from '../../errors.ts';

const pattern = /^\.exporting-(\d+)-(\d+)-[0-9a-f]+-(.+)$/;

/** Whether a file is the sign of a running export. */
export function isLock(name: string): boolean {
  return pattern.test(name);
}

/** When a process began, in ticks since the start of the machine, where that is known; else 0. */
async function startOf(pid: number | string): Promise<string> {
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The name of the program may hold spaces and brackets.
  return status.slice(status.lastIndexOf(')') + 2).split(' ')[19] ?? '0';
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) !== 'ESRCH';
  }
}

/** Whether the process that left a sign may still run; the number of a process is used again. */
async function mayRun(name: string): Promise<boolean> {
  const [, pid = '', start = '', host = ''] = pattern.exec(name) ?? [];
  if (host !== encodeURIComponent(hostname())) return true;
  return isAlive(Number(pid)) && (start === '0' || (await startOf(pid)) === start);
}

/**
 * Takes a folder for one export. Each export first puts up a sign with a name of its own, then looks for
 * those of others: so of two exports at most one goes on, whatever their timing, and the sign of a
 * process that was killed can be removed at no risk.
 *
 * @returns what gives the folder back
 * @throws StoreUnusableError when another export is running there
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const start = await startOf(process.pid);
  const host = encodeURIComponent(hostname());
  const own = `.exporting-${process.pid}-${start}-${randomBytes(8).toString('hex')}-${host}`;
  const release = (): Promise<void> => rm(join(folder, own), { force: true });
  await writeFile(join(folder, own), '', { flag: 'wx' });
  try {
    for (const name of await readdir(folder)) {
      if (name === own || !isLock(name)) continue;
      if (await mayRun(name)) {
        throw new StoreUnusableError(
          `another export into ${folder} is running: wait for its end. If it was on another machine and is not running any more, remove ${join(folder, name)}`,
        );
      }
      await rm(join(folder, name), { force: true });
    }
  } catch (error) {
    await release();
    throw error;
  }
  return release;
}
