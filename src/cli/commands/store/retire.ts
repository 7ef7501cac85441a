import { UsageError } from '../../../errors.ts';
import type { TrialChoice } from '../../ledger.ts';
import { chooseTrial, openLedger } from '../../ledger.ts';
import type { Streams } from '../../streams.ts';
import { say } from '../../streams.ts';
import { counted, titleOf } from '../../words.ts';

export interface RetireArguments extends TrialChoice {
  readonly ledger: string;
  readonly yes: boolean;
}

/** `rapidcycle store retire`: removes the events of a trial that is over. */
export async function retireCommand(options: RetireArguments, streams: Streams): Promise<number> {
  await using store = await openLedger(options.ledger);
  const trial = chooseTrial(await store.trials(), options);
  const { trials } = await store.statistics();
  const events = trials.find(({ fingerprint }) => fingerprint === trial.fingerprint)?.events ?? 0;
  if (trial.retiredAt !== null) {
    say(
      streams,
      `${titleOf(trial)}: its events were removed on ${new Date(trial.retiredAt).toISOString()} already.`,
    );
    return 0;
  }
  if (!options.yes) {
    throw new UsageError(
      `This would remove the ${counted(events, 'event')} of ${titleOf(trial)} for ever; its sums and the heads of its chain stay. Export them first (rapidcycle store export), then say so with --yes.`,
    );
  }
  await store.retire(trial.fingerprint, Date.now());
  say(
    streams,
    `${titleOf(trial)}: ${counted(events, 'event')} removed. What was summed by unit and day stands, and can be analysed.`,
  );
  return 0;
}
