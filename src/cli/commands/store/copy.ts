import type { CopyReport, Store } from '../../../store/index.ts';
import { copyLedger } from '../../../store/index.ts';
import { isOnServer, needLedger, openWithKey } from '../../ledger.ts';
import { progressOn } from '../../progress.ts';
import type { Streams } from '../../streams.ts';
import { say } from '../../streams.ts';
import { counted, grouped, titleOf } from '../../words.ts';

export interface CopyArguments {
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

/** Shows how a copy of a ledger goes, and what came of it. */
export async function showCopy(
  source: Store,
  {
    streams,
    copy,
    done,
  }: {
    readonly streams: Streams;
    readonly copy: (onProgress: Parameters<typeof copyLedger>[2]) => Promise<CopyReport>;
    readonly done: string;
  },
): Promise<void> {
  const { trials } = await source.statistics();
  const total = trials.reduce((sum, { events }) => sum + events, 0);
  const before = new Map<string, number>();
  const progress = progressOn(streams, 'Copy');
  const { events, copied } = await copy({
    onProgress: ({ trial, done: gone }) => {
      before.set(trial.fingerprint, gone);
      const all = [...before.values()].reduce((sum, each) => sum + each, 0);
      progress.show(all, Math.max(all, total), titleOf(trial));
    },
  }).finally(progress.end);
  say(streams, `${counted(events, 'event')} gone through, ${grouped(copied)} of them new. ${done}`);
}

/** `rapidcycle store copy`: a ledger into another, under the same key. */
export async function copyCommand(options: CopyArguments, streams: Streams): Promise<number> {
  const { ledger, to } = options;
  needLedger(ledger);
  const keyFile = keyFileOf(options);
  await using source = await openWithKey(ledger, { keyFile });
  await using target = await openWithKey(to, { keyFile });
  await showCopy(source, {
    streams,
    copy: (progress) => copyLedger(source, target, progress),
    done: `The copy has a chain of its own: publish its heads (rapidcycle store seal --heads).`,
  });
  return 0;
}
