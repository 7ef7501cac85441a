import { existsSync } from 'node:fs';
import { UsageError } from '../../../errors.ts';
import { addKey, rekeyLedger } from '../../../store/index.ts';
import { needLedger, openLedger, openWithKey, trialsMeant } from '../../ledger.ts';
import type { Streams } from '../../streams.ts';
import type { CopyArguments } from './copy.ts';
import { keyFileOf, showCopy } from './copy.ts';

export interface RekeyArguments extends CopyArguments {
  /** Default `<to>.key`. */
  readonly toKeyFile?: string | undefined;
}

/** `rapidcycle store rekey`: a ledger into a new one, under its keys and a new one. */
export async function rekeyCommand(options: RekeyArguments, streams: Streams): Promise<number> {
  const { ledger, to } = options;
  needLedger(ledger);
  const keyFile = keyFileOf(options);
  const toKeyFile = keyFileOf({ ledger: to, keyFile: options.toKeyFile });
  if (keyFile === undefined || toKeyFile === undefined) {
    throw new UsageError(
      'A ledger on a server needs the files of its keys: give --key-file and --to-key-file.',
    );
  }
  if (!existsSync(keyFile)) throw new UsageError(`There is no key file at ${keyFile}.`);
  await using source = await openLedger(ledger);
  const trials = trialsMeant(await source.trials(), options);
  const ring = await addKey(keyFile, toKeyFile);
  await using target = await openWithKey(to, { keyFile: toKeyFile });
  await showCopy(source, {
    streams,
    trials,
    copy: (wanted) => rekeyLedger(source, target, { ...wanted, ring }),
    done: `Run services on ${target.location} with ${toKeyFile} from now on, and destroy the old ledger with its backups and exports.`,
  });
  return 0;
}
