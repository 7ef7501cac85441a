import { existsSync } from 'node:fs';
import { UsageError } from '../../../errors.ts';
import { isOnServer, openWithKey } from '../../ledger.ts';
import type { Streams } from '../../streams.ts';
import { say } from '../../streams.ts';

export interface InitArguments {
  readonly ledger: string;
  readonly keyFile?: string | undefined;
  readonly serviceRole?: string | undefined;
}

/** `rapidcycle store init`: begins a ledger. */
export async function initCommand(options: InitArguments, streams: Streams): Promise<number> {
  if (!isOnServer(options.ledger) && existsSync(options.ledger)) {
    throw new UsageError(`${options.ledger} is there already: see rapidcycle store stats.`);
  }
  await using store = await openWithKey(options.ledger, options);
  const { engine, schema } = await store.statistics();
  const key = options.keyFile ?? (isOnServer(options.ledger) ? '' : `${options.ledger}.key`);
  say(streams, `${store.location}: ${engine}, schema ${schema}`);
  say(
    streams,
    `Its key is in ${key}: keep a copy where the ledger's backups are not. Without it the same person would get another pseudonym.`,
  );
  return 0;
}
