import { openPostgres, openSpool } from '../../../store/index.ts';
import { isOnServer, needLedger, serverPlace } from '../../ledger.ts';
import { UsageError } from '../../../errors.ts';
import type { Streams } from '../../streams.ts';
import { say, tell } from '../../streams.ts';
import { counted, grouped } from '../../words.ts';

export interface ForwardArguments {
  readonly spool: string;
  readonly to: string;
  readonly keyFile?: string | undefined;
  readonly again: boolean;
}

/** `rapidcycle store forward`. Exit code 1 when something is left in the spool. */
export async function forwardCommand(options: ForwardArguments, streams: Streams): Promise<number> {
  const { spool, to } = options;
  needLedger(spool);
  if (!isOnServer(to)) throw new UsageError('A spool is forwarded to a ledger on a server.');
  const keyFile = options.keyFile ?? `${spool}.key`;
  const { connection, schema } = serverPlace(to);
  await using store = await openSpool(spool, {
    keyFile,
    again: options.again,
    upstream: () => openPostgres(connection, { keyFile, schema }),
  });
  // Whoever reads through a spool has it forward first what it holds.
  await store.statistics();
  const { waiting, refused, error } = store.state;
  if (error !== undefined) tell(streams, error);
  say(
    streams,
    `${spool}: ${counted(waiting, 'event')} left to forward, ${grouped(refused)} refused`,
  );
  return waiting > 0 || refused > 0 ? 1 : 0;
}
