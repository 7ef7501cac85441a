import type { FileHandle } from 'node:fs/promises';
import { open, readFile } from 'node:fs/promises';
import { codeOf, messageOf, StoreUnusableError } from '../../errors.ts';
import type { Segment } from '../port.ts';

/** The head of a trial's chain as it was published outside of the ledger. */
export interface PublishedHead extends Pick<Segment, 'number' | 'last' | 'head'> {
  /** Fingerprint. */
  readonly trial: string;
  /** When it was sealed, an instant in ISO 8601. */
  readonly sealedAt: string;
}

/** A segment as it is published. */
export function headToPublish(
  fingerprint: string,
  { number, last, head, sealedAt }: Segment,
): PublishedHead {
  return { trial: fingerprint, number, last, head, sealedAt: new Date(sealedAt).toISOString() };
}

/** Cuts off a last line that a crash left without its end: it was never published. */
async function cutOff(handle: FileHandle): Promise<void> {
  const { size } = await handle.stat();
  const tail = Buffer.alloc(Math.min(size, longestLine));
  await handle.read(tail, 0, tail.length, size - tail.length);
  const end = tail.lastIndexOf('\n') + 1;
  if (end < tail.length && (end > 0 || size === tail.length)) {
    await handle.truncate(size - tail.length + end);
  }
}

const longestLine = 4_096;

/**
 * Adds a head to a file, one line of JSON each, and forces it to the disk. The file should lie where
 * those who can write to the ledger cannot, and is worth copying elsewhere.
 *
 * @throws StoreUnusableError when the file cannot be written
 */
export async function publishHead(file: string, head: PublishedHead): Promise<void> {
  try {
    const handle = await open(file, 'a+', 0o644);
    try {
      await cutOff(handle);
      await handle.appendFile(`${JSON.stringify(head)}\n`, 'utf8');
      await handle.datasync();
    } finally {
      await handle.close();
    }
  } catch (cause) {
    throw new StoreUnusableError(
      `the file of heads ${file} cannot be written: ${messageOf(cause)}`,
    );
  }
}

function isHead(line: unknown): line is PublishedHead {
  if (typeof line !== 'object' || line === null) return false;
  const { trial, number, head }: Partial<Record<keyof PublishedHead, unknown>> = line;
  return typeof trial === 'string' && Number.isSafeInteger(number) && typeof head === 'string';
}

function headIn(line: string, place: string): PublishedHead {
  let content: unknown;
  try {
    content = JSON.parse(line);
  } catch {
    content = undefined;
  }
  if (isHead(content)) return content;
  throw new StoreUnusableError(`${place} is no published head: it was changed, or cut off`);
}

/**
 * Reads a file of published heads. A last line that was cut off by a crash was never published and is
 * left out.
 *
 * @throws StoreUnusableError when the file cannot be read, or a line is no head
 */
export async function readHeads(file: string): Promise<readonly PublishedHead[]> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    const reason = codeOf(cause) === 'ENOENT' ? 'it is not there' : messageOf(cause);
    throw new StoreUnusableError(`the file of heads ${file} cannot be read: ${reason}`);
  }
  return text
    .split('\n')
    .slice(0, -1)
    .flatMap((line, index) => (line === '' ? [] : [headIn(line, `line ${index + 1} of ${file}`)]));
}
