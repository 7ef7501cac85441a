import { lstat, opendir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, nameOf, UsageError } from '../../errors.ts';

/** A file, or something that is none and why. */
export interface FoundFile {
  readonly file: string;
  readonly why?: string | undefined;
}

/** What went wrong with a file, without its name: that may identify somebody. */
export function reasonOf(cause: unknown): string {
  return `cannot be read (${codeOf(cause) ?? nameOf(cause)})`;
}

/**
 * All files below a path. A link is followed only where it is the path itself.
 *
 * @throws UsageError when the path is not there
 */
export async function* filesIn(path: string): AsyncGenerator<FoundFile> {
  const status = await stat(path).catch((cause: unknown) => {
    throw new UsageError(
      'A path that is to be scanned is not there or cannot be used: give files and folders.',
      { cause },
    );
  });
  if (status.isDirectory()) yield* filesBelow(path);
  else
    yield status.isFile() ? { file: path } : { file: path, why: 'is neither a file nor a folder' };
}

async function* filesBelow(folder: string): AsyncGenerator<FoundFile> {
  let names: readonly string[];
  try {
    names = await namesIn(folder);
  } catch (cause) {
    yield { file: folder, why: reasonOf(cause) };
    return;
  }
  for (const name of names) {
    const file = join(folder, name);
    try {
      const status = await lstat(file);
      if (status.isDirectory()) yield* filesBelow(file);
      else if (status.isFile()) yield { file };
      else yield { file, why: status.isSymbolicLink() ? 'is a link' : 'is no file' };
    } catch (cause) {
      yield { file, why: reasonOf(cause) };
    }
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const { name } of await opendir(folder)) names.push(name);
  return names.sort();
}
