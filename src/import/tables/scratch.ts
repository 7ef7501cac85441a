import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { codeOf, ImportError, messageOf } from '../../errors.ts';

/** Where a text stands in a scratch file. */
interface Stretch {
  readonly at: number;
  readonly length: number;
  readonly number: number;
}

/** A file for what does not fit in memory. */
export interface Scratch {
  write(text: string): Stretch;
  read(stretch: Stretch): string;
  close(): void;
}

const cipher = 'aes-256-gcm';
const tagLength = 16;

function nonce(number: number): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeUIntBE(number, 6, 6);
  return bytes;
}

/**
 * Begins a scratch file. Rows identify persons: the file is encrypted by a key that is only in the memory
 * of this process, may be read by its owner alone, and has no name where the system allows that, so that
 * nothing is left of it however the process ends.
 *
 * @param parent the folder to make it in; default the system's one for temporary files
 * @throws ImportError when it cannot be made there
 */
export function openScratch(parent: string = tmpdir()): Scratch {
  const refuse = (cause: unknown): ImportError =>
    new ImportError(
      [
        {
          path: 'temporary',
          message: `the folder for temporary files cannot be used: ${codeOf(cause) ?? messageOf(cause)}`,
        },
      ],
      { cause },
    );
  let folder: string | undefined;
  let file: number;
  try {
    folder = mkdtempSync(join(parent, 'rapidcycle-'));
    file = openSync(join(folder, 'rows'), 'wx+', 0o600);
  } catch (cause) {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    throw refuse(cause);
  }
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    remove();
  } catch {
    // Some systems keep the name of a file that is open: it is removed in the end.
  }
  const key = randomBytes(32);
  let end = 0;
  let written = 0;

  return {
    write: (text) => {
      written += 1;
      const seal = createCipheriv(cipher, key, nonce(written));
      const bytes = Buffer.concat([seal.update(text, 'utf8'), seal.final(), seal.getAuthTag()]);
      const stretch = { at: end, length: bytes.length, number: written };
      try {
        for (let done = 0; done < bytes.length;) {
          done += writeSync(file, bytes, done, bytes.length - done, end + done);
        }
      } catch (cause) {
        throw refuse(cause);
      }
      end += bytes.length;
      return stretch;
    },
    read: ({ at, length, number }) => {
      const bytes = Buffer.alloc(length);
      for (let done = 0; done < length;) {
        const count = readSync(file, bytes, done, length - done, at + done);
        if (count === 0) throw refuse(new Error('it has become shorter'));
        done += count;
      }
      const seal = createDecipheriv(cipher, key, nonce(number));
      seal.setAuthTag(bytes.subarray(length - tagLength));
      const text = seal.update(bytes.subarray(0, length - tagLength));
      return Buffer.concat([text, seal.final()]).toString('utf8');
    },
    close: () => {
      closeSync(file);
      remove();
    },
  };
}
