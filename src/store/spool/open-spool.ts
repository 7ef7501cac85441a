import type { KeyObject } from 'node:crypto';
import { KeyError } from '../../errors.ts';
import { readKeyFile } from '../keys/key-file.ts';
import { keysOf } from '../keys/key-ring.ts';
import { keyCheckOf, parseKey } from '../keys/key.ts';
import type { LedgerFile } from '../embedded/open-store.ts';
import { openLedgerFile } from '../embedded/open-store.ts';
import { safeLogger } from '../log/safe-logger.ts';
import { answerWithin } from './answer-within.ts';
import { definitionsOf } from './definitions.ts';
import { forwarderOf } from './forwarder.ts';
import { linkTo, moment } from './link.ts';
import type { OpenSpoolOptions } from './options.ts';
import { spoolOptions } from './options.ts';
import { reserveOf } from './reserve.ts';
import { spoolOf } from './spool-of.ts';
import type { SpooledStore } from './spooled-store.ts';
import { openUpstream } from './upstream.ts';

async function keyFor({ key, keyFile }: OpenSpoolOptions): Promise<KeyObject> {
  if (key !== undefined) return parseKey(key);
  if (keyFile === undefined) {
    throw new KeyError(
      "a spool needs the key of the server's ledger: give it, or a file that holds it",
    );
  }
  const kept = await readKeyFile(keyFile);
  if (kept !== undefined) return kept;
  throw new KeyError(`${keyFile} is not there: put the key of the server's ledger there`);
}

/**
 * Opens the ledger of a server with a spool before it: while the server is away, or slow, the service goes
 * on, and what happened is forwarded in its order when it is back. The spool is a ledger in a file of
 * this service alone; several services, each with its own, may share a server. It opens and works when
 * the server is away at the start too.
 *
 * Beside it lies `<file>.reserve`, 8 MB that are given up where an outage has filled the disk, so that the
 * spool can be emptied when the server is back.
 *
 * An acknowledged append is on the local disk. Its receipt is the file's: what only the server's ledger
 * can refuse (another event with the same id there, a text that its engine cannot keep) shows later, in
 * `state.refused`, and for what is missing there a gap is written.
 *
 * Give the server's store little patience of its own (`openPostgres(url, { key, patience: 1_000 })`):
 * waiting is the spool's work.
 *
 * @param file path of the spool
 * @throws StoreUnusableError when the file cannot be used: with the reason
 * @throws KeyError when the key is missing or malformed, not the file's, or not that of the server's
 *   ledger. If the server is away now and it turns out later, `state.error` says so and nothing is
 *   forwarded.
 * @throws RangeError when an option is out of range
 */
export async function openSpool(file: string, options: OpenSpoolOptions): Promise<SpooledStore> {
  const settings = spoolOptions(options);
  const key = await keyFor(options);
  const logger = safeLogger(options.logger);
  const opening = openUpstream({ upstream: options.upstream, keyCheck: keyCheckOf(key) });
  // Before a file is begun with the wrong key, which it would keep for ever.
  await answerWithin(opening, moment).catch((cause: unknown) => {
    if (cause instanceof KeyError || cause instanceof RangeError) throw cause;
  });
  const abandon = (): void => {
    void opening.then((upstream) => upstream.close()).catch(() => undefined);
  };
  let ledger: LedgerFile;
  try {
    ledger = await openLedgerFile(file, {
      key: keysOf(key),
      service: true,
      capacity: options.capacity,
    });
  } catch (error) {
    abandon();
    throw error;
  }
  const link = linkTo(
    {
      upstream: options.upstream,
      keyCheck: keyCheckOf(key),
      now: settings.now,
      logger,
      attempt: () => forwarder.wake(),
    },
    opening,
  );
  const definitions = definitionsOf(ledger.store, {
    link,
    logger,
    wake: () => forwarder.wake(),
  });
  if (options.again === true) await ledger.request('markForwarded', { upTo: 0, refused: [] });
  const reserve = reserveOf(ledger.store.location);
  await reserve.take();
  const forwarder = forwarderOf(ledger, {
    link,
    definitions,
    logger,
    reserve,
    now: settings.now,
    from: await ledger.request('forwarded', undefined),
  });
  forwarder.wake();
  // So that what the server refuses is told at once.
  await link.settled();
  return spoolOf(ledger, { ...settings, link, definitions, forwarder });
}
