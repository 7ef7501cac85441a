import { codeOf, messageOf, RapidcycleError, StoreUnusableError } from '../../errors.ts';

const systemCodes: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there: is the server running, and are host and port right?',
  ENOENT: 'there is no such socket: is the server running, and is the folder of the socket right?',
  ENOTFOUND: 'the host has no address: is its name right?',
  EAI_AGAIN: 'the name of the host cannot be looked up now',
  ECONNRESET: 'the connection was lost',
  EPIPE: 'the connection was lost',
  ETIMEDOUT: 'the server does not answer',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network of the host cannot be reached',
  EACCES: 'the socket may not be used by this process',
};

/** By the first characters of SQLSTATE, the longer first. */
const states: readonly (readonly [start: string, reason: string])[] = [
  ['28P01', 'the password is wrong, or the user does not exist'],
  ['28', 'the server does not let this user in from here: see its pg_hba.conf'],
  ['3D000', 'there is no such database: create it first'],
  [
    '42501',
    'the user lacks a permission: let the owner grant it by serviceRole, as rapidcycle store migrate --service-role does',
  ],
  ['42704', 'there is no such role: create it first'],
  ['42P07', 'the schema holds tables of something else: name another schema'],
  ['42P01', 'a table of the ledger is missing: restore it from a backup'],
  ['53100', 'the disk of the server is full'],
  ['53200', 'the server is out of memory or of locks: raise max_locks_per_transaction'],
  ['53300', 'the server has no connection left: raise max_connections or use fewer'],
  ['53', 'the server lacks a resource'],
  ['25006', 'the server is read-only, as a standby is: connect to the primary'],
  ['57014', 'the statement took too long, or was cancelled'],
  ['57P03', 'the server is starting up or shutting down'],
  ['57P', 'the server was shut down'],
  ['55P03', 'another connection holds a lock for too long'],
  ['25P03', 'the connection was idle for too long'],
  ['40003', 'an append is not finished on every server: see pg_prepared_xacts on each of them'],
  ['40', 'other transactions were in the way'],
  ['08', 'the connection was lost'],
  ['58', 'the server cannot read or write its files'],
  ['XX', 'the server reports damaged data or a fault of its own: see its log'],
];

const lost =
  /^(Connection terminated|Client has encountered a connection error|Query read timeout|timeout expired|timeout exceeded)/;

const transient =
  /^(08|40|25006|25P03|53300|55P03|57P|ECONN|ENOENT|ENOTFOUND|EAI_AGAIN|EPIPE|ETIMEDOUT|EHOST|ENET)/;

/** Whether the same work may succeed on another connection a little later. */
export function isTransient(error: unknown): boolean {
  if (error instanceof RapidcycleError) return false;
  const code = codeOf(error);
  return code === undefined ? lost.test(messageOf(error)) : transient.test(code);
}

function reasonOf(error: unknown): string {
  const code = codeOf(error);
  if (code === undefined) {
    const message = messageOf(error);
    if (message.startsWith('timeout exceeded when trying to connect')) {
      return 'no connection became free or could be made in time: allow more connections, or see whether the server answers';
    }
    if (lost.test(message)) return 'the connection was lost, or the server does not answer';
    if (/SSL|TLS|certificate/i.test(message)) return `TLS failed: ${message}`;
    return /password/.test(message) ? 'it wants a password, and none was given' : message;
  }
  const reason =
    systemCodes[code] ??
    states.find(([start]) => code.startsWith(start))?.[1] ??
    (/CERT|SIGNED|UNABLE_TO|TLS|SSL/.test(code)
      ? 'TLS failed: the certificate is not trusted'
      : undefined);
  return reason === undefined ? `the server refused (${code})` : `${reason} (${code})`;
}

/**
 * What went wrong, in words. The driver's error is left out: it may hold rows of the ledger and what
 * the connection was made with.
 *
 * @param location without a password
 */
export function storeError(location: string, error: unknown): Error {
  // A fault of the program keeps its own words.
  if (error instanceof RapidcycleError || error instanceof TypeError) return error;
  return new StoreUnusableError(`${location} cannot be used: ${reasonOf(error)}`);
}
