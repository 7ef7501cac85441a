import { readFileSync } from 'node:fs';
import { messageOf, UsageError } from '../errors.ts';

/**
 * A file of JSON.
 *
 * @param what it is, for messages
 * @throws UsageError when it cannot be read or is no JSON
 */
export function readJsonFile(file: string, what: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as unknown;
  } catch (cause) {
    throw new UsageError(`${what} ${file} cannot be read: ${messageOf(cause)}`, { cause });
  }
}
