import { randomBytes } from 'node:crypto';
import type { Stats } from 'node:fs';
import { link, open, stat, unlink } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { codeOf, messageOf, RapidcycleError, StoreUnusableError } from '../../errors.ts';
import { errorOf } from './failure.ts';
import type { Finding, Inspection } from './inspector.ts';
import { startThread } from './thread.ts';

/** How to back up a ledger. */
export interface BackupOptions {
  /** Told now and then how much is done, from 0 to 1. It is an estimate: a copy is smaller than a ledger. */
  readonly onProgress?: ((fraction: number) => void) | undefined;
}

/** What the check of a ledger found. */
export interface LedgerCheck {
  /** What is wrong, in words without any content of the ledger; empty when nothing is. */
  readonly problems: readonly string[];
}

function inspect(inspection: Inspection): Promise<readonly string[]> {
  const thread = startThread('inspector', {
    name: 'rapidcycle inspector',
    workerData: inspection,
  });
  return new Promise((settle, reject) => {
    thread.once('message', (finding: Finding) => {
      if ('problems' in finding) settle(finding.problems);
      else reject(errorOf(finding.failure));
    });
    thread.once('error', reject);
    thread.once('exit', () => {
      reject(new StoreUnusableError('the thread that read the ledger ended early: try it again'));
    });
  });
}

/**
 * Checks a whole ledger, whatever its size: every page and index, that no row lacks the one it refers to,
 * the steps that made its schema, and that it is still append-only. It only reads, in a thread of its own;
 * services may write meanwhile. About 1.2 s for each million events.
 *
 * @throws StoreUnusableError when the file is not there or cannot be read
 */
export async function checkLedger(file: string): Promise<LedgerCheck> {
  const location = resolve(file);
  await requireFile(location);
  try {
    return { problems: await inspect({ file: location, to: undefined }) };
  } catch (error) {
    // A file that is damaged at its beginning cannot even be opened.
    return { problems: [messageOf(error)] };
  }
}

async function requireFile(file: string): Promise<Stats> {
  try {
    return await stat(file);
  } catch (cause) {
    throw new StoreUnusableError(`${file} cannot be read: there is no ledger`, { cause });
  }
}

async function force(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Tells how far a copy is, until it is told to stop. */
function follow(draft: string, bytes: number, { onProgress }: BackupOptions): () => void {
  if (onProgress === undefined) return () => undefined;
  const look = async (): Promise<void> => {
    const present = await stat(draft).catch(() => undefined);
    if (present !== undefined) onProgress(Math.min(0.99, present.size / Math.max(1, bytes)));
  };
  const timer = setInterval(() => void look(), 200);
  return () => clearInterval(timer);
}

async function publish(draft: string, to: string): Promise<void> {
  await force(draft);
  try {
    // A link appears with its whole content or not at all, and never replaces another.
    await link(draft, to);
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') throw alreadyThere(to);
    throw cause;
  }
  await unlink(draft);
  await force(dirname(to));
}

function alreadyThere(to: string): StoreUnusableError {
  return new StoreUnusableError(`${to} is already there: a backup never overwrites a file`);
}

/**
 * Makes a consistent copy of a ledger while services write to it. The copy is checked whole before it gets
 * its name, and is smaller than the ledger: what retired events have left is not in it.
 *
 * The key is not copied. Keep it somewhere else: without it nobody can foresee or link anyone by the copy,
 * and without the key the trial cannot go on from the copy.
 *
 * It is one statement (`VACUUM INTO`) on a connection that only reads, in a thread of its own, so that no
 * append waits for it; a copy page by page would begin again whenever an event comes. Meanwhile the
 * write-ahead log grows by what is appended.
 *
 * @param to where the copy is to be; nothing may be there yet
 * @throws StoreUnusableError when the ledger cannot be read, the copy cannot be written or is damaged, or
 *   something is there
 */
export async function backupLedger(
  file: string,
  to: string,
  options: BackupOptions = {},
): Promise<void> {
  const [source, target] = [resolve(file), resolve(to)];
  const { size, mode } = await requireFile(source);
  if ((await stat(target).catch(() => undefined)) !== undefined) throw alreadyThere(target);
  const draft = `${target}.${process.pid}.${randomBytes(6).toString('hex')}`;
  const unfollow = follow(draft, size, options);
  try {
    // Who may not read the ledger may not read a copy of it.
    await (await open(draft, 'wx', mode & 0o777)).close();
    await inspect({ file: source, to: draft });
    unfollow();
    const { problems } = await checkLedger(draft);
    if (problems.length > 0) {
      throw new StoreUnusableError(`the copy has problems, as the ledger may: ${problems[0]}`);
    }
    await publish(draft, target);
  } catch (cause) {
    if (cause instanceof RapidcycleError) throw cause;
    throw new StoreUnusableError(`${target} cannot be written: ${messageOf(cause)}`, { cause });
  } finally {
    unfollow();
    await unlink(draft).catch(() => undefined);
  }
  options.onProgress?.(1);
}
