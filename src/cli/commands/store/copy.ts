import { existsSync } from 'node:fs';
import { UsageError } from '../../../errors.ts';
import type { CopyOptions, CopyReport, RegisteredTrial, Store } from '../../../store/index.ts';
import { copyLedger } from '../../../store/index.ts';
import type { TrialChoice } from '../../ledger.ts';
import { isOnServer, needLedger, openLedger, openWithKey, trialsMeant } from '../../ledger.ts';
import { progressOn } from '../../progress.ts';
import type { Streams } from '../../streams.ts';
import { say } from '../../streams.ts';
import { counted, grouped, titleOf } from '../../words.ts';

export interface CopyArguments extends TrialChoice {
  readonly ledger: string;
  readonly to: string;
  /** Default `<ledger>.key`. */
  readonly keyFile?: string | undefined;
}

/** The file that holds the key of a ledger; undefined for one on a server when none is named. */
export function keyFileOf({
  ledger,
  keyFile,
}: Pick<CopyArguments, 'ledger' | 'keyFile'>): string | undefined {
  return keyFile ?? (isOnServer(ledger) ? undefined : `${ledger}.key`);
}

const signals = ['SIGINT', 'SIGTERM'] as const;

/** Copies trials of a ledger, and shows how that goes and what came of it. */
export async function showCopy(
  source: Store,
  {
    streams,
    trials: meant,
    copy,
    done,
  }: {
    readonly streams: Streams;
    readonly trials: readonly RegisteredTrial[];
    readonly copy: (options: CopyOptions) => Promise<CopyReport>;
    readonly done: string;
  },
): Promise<void> {
  const fingerprints = meant.map(({ fingerprint }) => fingerprint);
  const { trials } = await source.statistics();
  const total = trials
    .filter(({ fingerprint }) => fingerprints.includes(fingerprint))
    .reduce((sum, { events }) => sum + events, 0);
  const before = new Map<string, number>();
  const progress = progressOn(streams, 'Copy');
  let isInterrupted = false;
  const interrupt = (): void => {
    isInterrupted = true;
  };
  // Once: whoever asks a second time has it end at once.
  for (const signal of signals) process.once(signal, interrupt);
  const { events, copied } = await copy({
    trials: fingerprints,
    onProgress: ({ trial, done: gone }) => {
      before.set(trial.fingerprint, gone);
      const all = [...before.values()].reduce((sum, each) => sum + each, 0);
      progress.show(all, Math.max(all, total), titleOf(trial));
      if (isInterrupted) {
        throw new UsageError(
          'Interrupted: the other ledger holds only a part. Do it again, and it goes on from there.',
        );
      }
    },
  }).finally(() => {
    for (const signal of signals) process.removeListener(signal, interrupt);
    progress.end();
  });
  say(streams, `${counted(events, 'event')} gone through, ${grouped(copied)} of them new. ${done}`);
}

/** `rapidcycle store copy`: a ledger into another, under the same key. */
export async function copyCommand(options: CopyArguments, streams: Streams): Promise<number> {
  const { ledger, to } = options;
  needLedger(ledger);
  const keyFile = keyFileOf(options);
  if (keyFile === undefined) {
    throw new UsageError(
      'A ledger on a server needs the file that holds its key: give --key-file.',
    );
  }
  // A new one would be made for a ledger that is begun.
  if (!existsSync(keyFile)) throw new UsageError(`There is no key file at ${keyFile}.`);
  await using source = await openLedger(ledger);
  // Before the other ledger is begun.
  const trials = trialsMeant(await source.trials(), options);
  await using target = await openWithKey(to, { keyFile });
  await showCopy(source, {
    streams,
    trials,
    copy: (wanted) => copyLedger(source, target, wanted),
    done: `The copy has a chain of its own: publish its heads (rapidcycle store seal --heads). Its key is that in ${keyFile}.`,
  });
  return 0;
}
