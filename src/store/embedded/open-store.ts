import type { KeyObject } from 'node:crypto';
import { resolve } from 'node:path';
import type { TrialEvent } from '../../events/event.ts';
import type { Trial } from '../../trial/trial.ts';
import {
  KeyError,
  messageOf,
  StoreClosedError,
  StoreFullError,
  StoreUnusableError,
} from '../../errors.ts';
import { checkEvent } from '../check.ts';
import type { WriterClient } from './client.ts';
import { startWriter } from './client.ts';
import { createKeyFile, readKeyFile } from '../keys/key-file.ts';
import type { KeyMaterial } from '../keys/key.ts';
import { keyCheckOf, parseKey } from '../keys/key.ts';
import type { Page, PageQuery, Registration } from './messages.ts';
import type { AppendReceipt, EventQuery, SequencedEvent, Store } from '../port.ts';
import type { Pseudonymizer } from '../keys/pseudonym.ts';
import { pseudonymsOf } from '../keys/pseudonym.ts';
import { fromRow } from '../from-row.ts';
import { checkRetirable } from '../retirable.ts';
import { toRow } from '../row.ts';
import { timedCount } from '../counts/timed-count.ts';

/** How to open an embedded store. */
export interface OpenStoreOptions {
  /**
   * The pseudonym key. Default: the one kept in `<file>.key`, made there for a new ledger. `null`
   * opens the ledger without a key, to analyse it: then it gives no pseudonyms.
   */
  readonly key?: KeyMaterial | null | undefined;
  /** How many events may wait for the disk before more are refused; default 10,000. */
  readonly capacity?: number | undefined;
  /** How long to wait for another process that writes to the ledger, milliseconds; default 60,000. */
  readonly busyTimeout?: number | undefined;
  /**
   * Whether the ledger is opened for an alert service, of which it can have one: a second process is
   * refused, after waiting 10 seconds for the first to end. Analyses may read beside it. Default false.
   */
  readonly service?: boolean | undefined;
}

/** An open ledger, with the requests to its writer that no other store has. */
export interface LedgerFile {
  readonly store: Store;
  readonly request: WriterClient['request'];
}

const pageSize = 2_000;

async function keyFor(
  file: string,
  { key }: OpenStoreOptions,
  writer: WriterClient,
): Promise<KeyObject | undefined> {
  if (key === null) return undefined;
  if (key !== undefined) return parseKey(key);
  const keyFile = `${file}.key`;
  const kept = await readKeyFile(keyFile);
  if (kept !== undefined) return kept;
  if ((await writer.request('keyCheck', undefined)) !== undefined) {
    // Another store that began the ledger just now has made the file before it checked the key.
    const made = await readKeyFile(keyFile);
    if (made !== undefined) return made;
    throw new KeyError(
      `the ledger has a key, but ${keyFile} is not there: put it back, give the key, or open the ledger without one to analyse it`,
    );
  }
  return createKeyFile(keyFile);
}

function registrationOf(trial: Trial): Registration {
  return {
    id: trial.id,
    round: trial.round,
    fingerprint: trial.fingerprint,
    protocol: JSON.stringify(trial.protocol),
    responseWindow: trial.responseWindow,
    registeredAt: Date.now(),
  };
}

async function* readPages(
  request: (query: PageQuery) => Promise<Page>,
  { trial, after = 0, types, since }: EventQuery,
): AsyncGenerator<SequencedEvent> {
  const pageAfter = (place: number, upTo: number | null): Promise<Page> => {
    const page = request({
      trial,
      after: place,
      upTo,
      since: since ?? null,
      types: types ?? null,
      limit: pageSize,
    });
    // It may fail before it is awaited, or never be.
    page.catch(() => undefined);
    return page;
  };
  let next: Promise<Page> | undefined = pageAfter(after, null);
  while (next !== undefined) {
    const { rows, upTo }: Page = await next;
    const last: number | undefined = rows.length < pageSize ? undefined : rows.at(-1)?.[0];
    // The next page is read while this one is gone through.
    next = last === undefined ? undefined : pageAfter(last, upTo);
    for (const [sequence, ...row] of rows) yield { sequence, event: fromRow(row) };
  }
}

/**
 * Opens a ledger as `openStore` does, for what needs more of it than a store has.
 *
 * @throws StoreUnusableError when the file cannot be used: with the reason
 * @throws KeyError when the key is missing, malformed, readable by others, or not the ledger's
 */
export async function openLedgerFile(file: string, options: OpenStoreOptions): Promise<LedgerFile> {
  if (file === '' || file.startsWith(':')) {
    throw new StoreUnusableError(
      `"${file}" is no path of a file: use memoryStore for a store without one`,
    );
  }
  // Before a file is made.
  if (options.key !== undefined && options.key !== null) parseKey(options.key);
  const location = resolve(file);
  let writer: WriterClient;
  try {
    writer = await startWriter({
      file: location,
      busyTimeout: options.busyTimeout ?? 60_000,
      service: options.service ?? false,
    });
  } catch (error) {
    throw new StoreUnusableError(`${location} cannot be used: ${messageOf(error)}`, {
      cause: error,
    });
  }
  try {
    const key = await keyFor(location, options, writer);
    if (key !== undefined) await writer.request('bindKey', keyCheckOf(key));
    return storeOf(location, writer, pseudonymsOf(key), options.capacity ?? 10_000);
  } catch (error) {
    await writer.request('close', undefined).catch(() => undefined);
    await writer.terminate();
    throw error;
  }
}

/**
 * Opens the embedded store: one SQLite file, or a new one. The file is written by a thread of its
 * own, in groups; what is acknowledged has been forced to the disk.
 *
 * A file of more than 256 MB is not read whole at the opening; `checkLedger` does that. A file does not shrink
 * when a trial is retired, its room is used again; `backupLedger` makes a copy without it.
 *
 * @param file path of the ledger; `<file>.key` holds the pseudonym key unless one is given
 * @throws StoreUnusableError when the file cannot be used: with the reason
 * @throws KeyError when the key is missing, malformed, readable by others, or not the ledger's
 */
export async function openStore(file: string, options: OpenStoreOptions = {}): Promise<Store> {
  return (await openLedgerFile(file, options)).store;
}

function storeOf(
  location: string,
  writer: WriterClient,
  pseudonym: Pseudonymizer,
  capacity: number,
): LedgerFile {
  let waiting = 0;
  let closing: Promise<void> | undefined;

  const request: WriterClient['request'] = async (name, argument) => {
    if (closing !== undefined) throw new StoreClosedError(`${location} has been closed`);
    return writer.request(name, argument);
  };
  // Apart from `append`, which while it waits would keep what is in here.
  const send = (events: readonly TrialEvent[]): Promise<AppendReceipt> => {
    const rows = events.map((event) => toRow(checkEvent(event)));
    if (waiting + rows.length > capacity) {
      throw new StoreFullError(
        `${waiting} events are waiting for the disk and at most ${capacity} may: none of these ${rows.length} was taken`,
      );
    }
    waiting += rows.length;
    return writer.append(rows);
  };
  const append: Store['append'] = async (events) => {
    if (closing !== undefined) throw new StoreClosedError(`${location} has been closed`);
    const { length } = events;
    if (length === 0) return { accepted: 0, duplicate: 0, conflicting: [] };
    const sent = send(events);
    try {
      return await sent;
    } finally {
      waiting -= length;
    }
  };
  const close = (): Promise<void> => {
    // Requests are answered in their order, so the last of them is answered when all is done.
    closing ??= writer
      .request('close', undefined)
      // Whatever was acknowledged is on the disk already, so a failure here loses nothing.
      .catch(() => undefined)
      .then(() => writer.terminate());
    return closing;
  };

  const store: Store = {
    location,
    pseudonym,
    register: (trial) => request('register', registrationOf(trial)),
    trials: () => request('trials', undefined),
    keepAllocation: (allocation) => request('keepAllocation', allocation),
    allocation: (fingerprint) => request('allocation', fingerprint),
    stop: (fingerprint, at) => request('stop', { fingerprint, at }),
    append,
    find: async (id) => {
      const row = await request('find', id);
      return row === undefined ? undefined : fromRow(row);
    },
    read: (query) => readPages((page) => request('page', page), query),
    summaries: (fingerprint) => request('summaries', fingerprint),
    unitDays: (fingerprint) => request('unitDays', fingerprint),
    days: (fingerprint) => request('days', fingerprint),
    counts: (fingerprint, { counts, asOf }) =>
      request('counts', { fingerprint, counts: counts.map(timedCount), asOf }),
    delays: (fingerprint) => request('delays', fingerprint),
    flow: (fingerprint) => request('flow', fingerprint),
    rebuild: (fingerprint) => request('rebuild', fingerprint),
    seal: (fingerprint) => request('seal', fingerprint),
    segments: (fingerprint) => request('segments', fingerprint),
    retire: async (fingerprint, at) => {
      const trial = (await request('trials', undefined)).find(
        (candidate) => candidate.fingerprint === fingerprint,
      );
      if (trial?.retiredAt === null) checkRetirable(trial, at);
      await request('retire', { fingerprint, at });
    },
    statistics: () => request('statistics', undefined),
    keyCheck: () => request('keyCheck', undefined),
    close,
    [Symbol.asyncDispose]: close,
  };
  return { store, request };
}
