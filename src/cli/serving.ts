import { openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { JwtClient, Stray, UnitResolver } from '../cds-hooks/index.ts';
import { clientsFrom, unitResolverFrom } from '../cds-hooks/index.ts';
import { messageOf, UsageError } from '../errors.ts';
import { isId } from '../events/ids.ts';
import { readDocument } from './read-file.ts';

/**
 * The clients that may call.
 *
 * @throws UsageError with everything that is wrong with the file
 */
export function readClients(file: string): Promise<readonly JwtClient[]> {
  return readDocument(file, 'The file of clients', {
    check: (document) => clientsFrom(document, { folder: dirname(file) }),
  });
}

/**
 * What tells the practice of a call, as a file says.
 *
 * @throws UsageError with everything that is wrong with the file or its crosswalk
 */
export function readUnit(file: string): Promise<UnitResolver> {
  return readDocument(file, 'The file that says how practices are told', {
    check: (document) => unitResolverFrom(document, { folder: dirname(file) }),
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
