import type { Connection } from './connection.ts';
import { FailureError } from './failure.ts';

/**
 * Up to this size a ledger is checked whole when it is opened, about 0.4 s where its pages are in memory.
 * 10 million events are 4 GB: a service cannot wait that long to start.
 */
const checkedWhole = 256 * 2 ** 20;

// What a ledger cannot do without, and is small however many events there are.
const vital = ['meta', 'migration', 'trial', 'stop', 'allocation', 'released', 'watermark', 'cell'];

// Reads every column of the newest events: what was written when something went wrong.
const newest = `SELECT SUM(length(detail)), MAX(event_id), COUNT(*)
FROM (SELECT * FROM event ORDER BY seq DESC LIMIT 20000)`;

function isSound(connection: Connection, pragma: string): boolean {
  return connection.pragma(pragma, { simple: true }) === 'ok';
}

function number(connection: Connection, pragma: string): number {
  return Number(connection.pragma(pragma, { simple: true }));
}

/**
 * Checks that a ledger is undamaged: the whole file up to 256 MB, of a larger one the tables that it cannot
 * do without and its newest events. `checkLedger` checks all of any ledger.
 *
 * @throws FailureError, or an error of the driver, when it is damaged
 */
export function checkHealth(connection: Connection): void {
  const bytes = number(connection, 'page_count') * number(connection, 'page_size');
  if (bytes > checkedWhole) connection.prepare(newest).get();
  const pragmas =
    bytes > checkedWhole ? vital.map((table) => `quick_check('${table}')`) : ['quick_check(1)'];
  if (pragmas.every((pragma) => isSound(connection, pragma))) return;
  throw new FailureError('unusable', 'the ledger is damaged: restore it from a backup');
}
