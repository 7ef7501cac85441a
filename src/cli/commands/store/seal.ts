import { headToPublish, publishHead } from '../../../store/index.ts';
import { openLedger } from '../../ledger.ts';
import type { Streams } from '../../streams.ts';
import { say } from '../../streams.ts';
import { grouped, titleOf } from '../../words.ts';

export interface SealArguments {
  readonly ledger: string;
  readonly heads?: string | undefined;
}

/** `rapidcycle store seal`: closes the chain of each trial and publishes its head. */
export async function sealCommand(options: SealArguments, streams: Streams): Promise<number> {
  await using store = await openLedger(options.ledger);
  for (const trial of await store.trials()) {
    const segment = await store.seal(trial.fingerprint);
    if (segment === undefined) {
      say(streams, `${titleOf(trial)}: no event yet`);
      continue;
    }
    const { number, last, head } = segment;
    say(streams, `${titleOf(trial)}: segment ${number}, to place ${grouped(last)}, head ${head}`);
    if (options.heads !== undefined) {
      await publishHead(options.heads, headToPublish(trial.fingerprint, segment));
    }
  }
  return 0;
}
