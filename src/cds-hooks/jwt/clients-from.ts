import { resolve } from 'node:path';
import type { JwtClient } from './clients.ts';
import { checkClients } from './clients.ts';

/**
 * The clients in a configuration, `{ "clients": [ … ] }`, such as a file of JSON holds.
 *
 * @param options `folder`: what the names of key files stand in; default the working directory
 * @throws TypeError with every fault
 */
export function clientsFrom(
  document: unknown,
  { folder = '.' }: { readonly folder?: string | undefined } = {},
): readonly JwtClient[] {
  if (typeof document !== 'object' || document === null || !('clients' in document)) {
    throw new TypeError('The clients must be given as { "clients": [ … ] }.');
  }
  const unknown = Object.keys(document).filter((key) => key !== 'clients');
  if (unknown.length > 0) {
    throw new TypeError(`Besides "clients" nothing is known: leave out ${unknown.join(', ')}.`);
  }
  return checkClients(document.clients).map((client) =>
    client.jwksFile === undefined
      ? client
      : { ...client, jwksFile: resolve(folder, client.jwksFile) },
  );
}
