import type { KeyObject } from 'node:crypto';
import { randomBytes } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { link, open, unlink } from 'node:fs/promises';
import { codeOf, KeyError } from '../errors.ts';
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
 * Reads a key file.
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

/**
 * Makes a new key and keeps it in a file that only its owner may use (mode 0600). Of two processes
 * that do so at once, both end with the key of the one that came first.
 *
 * @throws KeyError when the file cannot be written
 */
export async function createKeyFile(file: string): Promise<KeyObject> {
  const draft = `${file}.${process.pid}.${randomBytes(6).toString('hex')}`;
  try {
    const handle = await open(draft, 'wx', 0o600);
    try {
      await handle.writeFile(`${randomBytes(keyBytes).toString('hex')}\n`, 'utf8');
      await handle.sync();
    } finally {
      await handle.close();
    }
    // A link appears with its whole content or not at all, and never replaces another.
    await link(draft, file).catch((cause: unknown) => {
      if (codeOf(cause) !== 'EEXIST') throw cause;
    });
  } catch (cause) {
    throw new KeyError(`${file} cannot be made: the key of the ledger is to be kept there`, {
      cause,
    });
  } finally {
    await unlink(draft).catch(() => undefined);
  }
  const key = await readKeyFile(file);
  if (key === undefined) throw new KeyError(`${file} vanished while it was being made`);
  return key;
}
