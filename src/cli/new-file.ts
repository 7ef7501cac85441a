import { rm, writeFile } from 'node:fs/promises';
import { codeOf, messageOf, UsageError } from '../errors.ts';

/**
 * Writes a file that is not there yet, for its owner alone: who recruits must not see a list.
 *
 * @throws UsageError when there is one: a list that could be made again until it pleases is no
 *   randomisation
 */
export async function writeNew(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { flag: 'wx', mode: 0o600 });
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') {
      throw new UsageError(
        `${file} is there already and is not overwritten: a list is made once. Give --out another name.`,
        { cause },
      );
    }
    // Half a file, of a disk that is full, would be taken for the one list.
    await rm(file, { force: true }).catch(() => undefined);
    throw new UsageError(`${file} cannot be written: ${messageOf(cause)}`, { cause });
  }
}
