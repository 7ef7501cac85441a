import { openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { JwtClient, Stray, UnitResolver } from '../cds-hooks/index.ts';
import { clientsFrom, unitResolverFrom } from '../cds-hooks/index.ts';
import { messageOf, UsageError } from '../errors.ts';
import { isId } from '../events/ids.ts';
import { readJsonFile } from './read-json.ts';

/**
 * The clients that may call.
 *
 * @throws UsageError with everything that is wrong with the file
 */
export function readClients(file: string): readonly JwtClient[] {
  const document = readJsonFile(file, 'The file of clients');
  try {
    return clientsFrom(document, { folder: dirname(file) });
  } catch (cause) {
    throw new UsageError(`The file of clients ${file}: ${messageOf(cause)}`, { cause });
  }
}

/** What tells the practice of a call, as a file says. */
export function readUnit(file: string): Promise<UnitResolver> {
  return unitResolverFrom(readJsonFile(file, 'The file that says how practices are told'), {
    folder: dirname(file),
  });
}

/**
 * Writes feedback that belongs to no card here to a file, a line of JSON each.
 *
 * @throws UsageError when it cannot be written to
 */
export function straysTo(file: string): (stray: Stray) => void {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'a', 0o600);
  } catch (cause) {
    throw new UsageError(`Strays cannot be written to ${file}: ${messageOf(cause)}`, { cause });
  }
  return ({ card, suggestions, ...stray }) => {
    // What is no id of ours may be one of a person.
    const ours = { card: isId(card) ? card : null, suggestions: suggestions.filter(isId) };
    writeSync(descriptor, `${JSON.stringify({ ...stray, ...ours })}\n`);
  };
}
