import type { KeyObject } from 'node:crypto';
import { randomBytes } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { link, open, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf, KeyError } from '../../errors.ts';
import { keysOf } from './key-ring.ts';
import { keyBytes, parseKey } from './key.ts';

async function readOpened(handle: FileHandle, file: string): Promise<KeyObject> {
  const status = await handle.stat();
  if (!status.isFile()) throw new KeyError(`${file} is not a file: it should hold the key`);
  if (process.platform !== 'win32' && (status.mode & 0o077) !== 0) {
    throw new KeyError(
      `${file} can be used by others than its owner (mode ${(status.mode & 0o777).toString(8)}): ` +
        `run chmod 600 on it, and consider who may have read it`,
    );
  }
  return parseKey(await handle.readFile('utf8'), file);
}

/**
 * Reads a key file: one key, or a ring of them, one a line, the oldest first.
 *
 * @returns undefined when there is no such file
 * @throws KeyError when it cannot be read, is malformed, or group or others may use it
 */
export async function readKeyFile(file: string): Promise<KeyObject | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(file, 'r');
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return undefined;
    throw new KeyError(`${file} cannot be read: it should hold the key`, { cause });
  }
  try {
    return await readOpened(handle, file);
  } catch (cause) {
    if (cause instanceof KeyError) throw cause;
    throw new KeyError(`${file} cannot be read: it should hold the key`, { cause });
  } finally {
    await handle.close();
  }
}

/** Makes a key file, whole or not at all and never in the place of another; false when there is one. */
async function writeKeyFile(file: string, keys: readonly Uint8Array[]): Promise<boolean> {
  const draft = `${file}.${process.pid}.${randomBytes(6).toString('hex')}`;
  try {
    const handle = await open(draft, 'wx', 0o600);
    try {
      const lines = keys.map((key) => `${Buffer.from(key).toString('hex')}\n`);
      await handle.writeFile(lines.join(''), 'utf8');
      await handle.sync();
    } finally {
      await handle.close();
    }
    // A link appears with its whole content or not at all, and never replaces another.
    await link(draft, file);
    await syncFolder(dirname(file));
    return true;
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') return false;
    throw new KeyError(`${file} cannot be made: the key of the ledger is to be kept there`, {
      cause,
    });
  } finally {
    await unlink(draft).catch(() => undefined);
  }
}

/** A name in a folder outlives a loss of power only when the folder was forced to the disk too. */
async function syncFolder(folder: string): Promise<void> {
  // Not every system lets a folder be opened.
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

/**
 * Makes a new key and keeps it in a file that only its owner may use (mode 0600). Of two processes
 * that do so at once, both end with the key of the one that came first.
 *
 * @throws KeyError when the file cannot be written
 */
export async function createKeyFile(file: string): Promise<KeyObject> {
  await writeKeyFile(file, [randomBytes(keyBytes)]);
  const key = await readKeyFile(file);
  if (key === undefined) throw new KeyError(`${file} vanished while it was being made`);
  return key;
}

/**
 * Makes the key file of a ledger that is to be re-keyed: the keys of another file with a new one behind
 * them. The other file stays as it is, for as long as its ledger is used. Again, it gives the ring that it
 * made.
 *
 * @param file the key file of the ledger as it is
 * @param newFile the file to make, as `<new ledger>.key`
 * @returns the ring with the new key
 * @throws KeyError when the one cannot be read, the other cannot be written, or is there and holds
 *   something else
 */
export async function addKey(file: string, newFile: string): Promise<KeyObject> {
  const ring = await readKeyFile(file);
  if (ring === undefined) throw new KeyError(`${file} is not there: it should hold the key`);
  const keys = keysOf(ring);
  await writeKeyFile(newFile, [...keys, randomBytes(keyBytes)]);
  const made = await readKeyFile(newFile);
  if (made === undefined) throw new KeyError(`${newFile} vanished while it was being made`);
  if (!isRingWith(made, keys)) {
    throw new KeyError(
      `${newFile} is there and does not hold the keys of ${file} with one new one: give the name of a new file`,
    );
  }
  return made;
}

/** Whether a ring is some keys with one behind them. */
function isRingWith(ring: KeyObject, keys: readonly Uint8Array[]): boolean {
  const found = keysOf(ring);
  return (
    found.length === keys.length + 1 &&
    keys.every((key, index) => Buffer.compare(key, found[index] ?? key.subarray(1)) === 0)
  );
}
