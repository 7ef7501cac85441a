import { readFileSync } from 'node:fs';
import { messageOf, notJson, ProtocolError } from '../errors.ts';
import type { Trial } from './trial.ts';
import { trialFrom } from './trial.ts';

/**
 * Reads a protocol from a JSON file.
 *
 * @throws ProtocolError when the file cannot be read, is not JSON, or is not a protocol: with the
 *   place and reason of every fault
 */
export function loadTrial(file: string | URL): Trial {
  let text: string;
  try {
    // Some editors begin a file with a byte order mark.
    text = readFileSync(file, 'utf8').replace(/^\u{FEFF}/u, '');
  } catch (cause) {
    throw new ProtocolError(
      [{ path: '', message: `cannot read ${String(file)}: ${messageOf(cause)}` }],
      { cause },
    );
  }
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw new ProtocolError([{ path: '', message: `${String(file)} ${notJson(text, cause)}` }]);
  }
  return trialFrom(document);
}
