import { chooseTrial, openLedger } from '../ledger.ts';
import type { Streams } from '../streams.ts';
import { say } from '../streams.ts';

export interface StopArguments {
  readonly ledger: string;
  readonly trial?: string | undefined;
  readonly round?: number | undefined;
}

/** `rapidcycle stop`: from now on everybody gets the control arm. */
export async function stopCommand(options: StopArguments, streams: Streams): Promise<number> {
  await using store = await openLedger(options.ledger);
  const { id, round, fingerprint, stoppedAt } = chooseTrial(await store.trials(), options);
  if (stoppedAt !== null) {
    say(
      streams,
      `${id}, round ${round}, was stopped already, at ${new Date(stoppedAt).toISOString()}.`,
    );
    return 0;
  }
  const now = Date.now();
  await store.stop(fingerprint, now);
  say(
    streams,
    `${id}, round ${round}, is stopped from ${new Date(now).toISOString()} on: services that run on this ledger give everybody the control arm within seconds. To go on, start a new round.`,
  );
  return 0;
}
