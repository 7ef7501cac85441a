import { writeFile } from 'node:fs/promises';
import { codeOf, messageOf, UsageError } from '../errors.ts';

/**
 * Writes a file that is not there yet.
 *
 * @throws UsageError when there is one: a list that could be made again until it pleases is no
 *   randomisation
 */
export async function writeNew(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { flag: 'wx' });
  } catch (cause) {
    throw new UsageError(
      codeOf(cause) === 'EEXIST'
        ? `${file} is there already and is not overwritten: a list is made once. Give --out another name.`
        : `${file} cannot be written: ${messageOf(cause)}`,
      { cause },
    );
  }
}
