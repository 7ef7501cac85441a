import { readFileSync } from 'node:fs';
import { codeOf, ImportError, messageOf, notJson, UsageError } from '../errors.ts';

const faults: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is no folder',
  EACCES: 'you may not read it',
};

/**
 * A file of text.
 *
 * @param what it is, for messages
 * @throws UsageError when it cannot be read
 */
function readText(file: string, what: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/^\u{FEFF}/u, '');
  } catch (cause) {
    const fault = faults[codeOf(cause) ?? ''] ?? messageOf(cause);
    throw new UsageError(`${what} ${file} cannot be read: ${fault}`, { cause });
  }
}

/**
 * A file of JSON.
 *
 * @param what it is, for messages
 * @throws UsageError when it cannot be read or is no JSON
 */
export function readJsonFile(file: string, what: string): unknown {
  const text = readText(file, what);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UsageError(`${what} ${file} ${notJson(text, cause)}`);
  }
}

/**
 * The lines of a file of ids: without empty ones, and without white space around them.
 *
 * @param what it is, for messages
 * @throws UsageError when it cannot be read
 */
export function readIds(file: string, what: string): readonly string[] {
  return readText(file, what)
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/**
 * What a document in a file of JSON says.
 *
 * @param what it is, for messages
 * @throws UsageError when it cannot be read, and with every fault of the document
 */
export async function readDocument<T>(
  file: string,
  what: string,
  { check }: { readonly check: (document: unknown) => T | Promise<T> },
): Promise<T> {
  const document = readJsonFile(file, what);
  try {
    return await check(document);
  } catch (cause) {
    if (!(cause instanceof ImportError) && !(cause instanceof TypeError)) throw cause;
    const { problems } = cause instanceof ImportError ? cause : { problems: [] };
    const lines = problems.map(
      ({ path, message }) => `  ${path === '' ? '(document)' : path}: ${message}`,
    );
    const faultsFound = lines.length === 0 ? messageOf(cause) : lines.join('\n');
    throw new UsageError(`${what} ${file} is malformed:\n${faultsFound}`, { cause });
  }
}
