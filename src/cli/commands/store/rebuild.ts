import { isDeepStrictEqual } from 'node:util';
import type { Store } from '../../../store/index.ts';
import type { TrialChoice } from '../../ledger.ts';
import { openLedger, trialsMeant } from '../../ledger.ts';
import type { Streams } from '../../streams.ts';
import { say } from '../../streams.ts';
import { counted, titleOf } from '../../words.ts';

export interface RebuildArguments extends TrialChoice {
  readonly ledger: string;
}

async function sumsOf(store: Store, fingerprint: string): Promise<readonly object[]> {
  return [
    ...(await store.summaries(fingerprint)),
    ...(await store.unitDays(fingerprint)),
    ...(await store.flow(fingerprint)),
  ];
}

/** `rapidcycle store rebuild`. Exit code 1 when the sums were not what the events give. */
export async function rebuildCommand(options: RebuildArguments, streams: Streams): Promise<number> {
  await using store = await openLedger(options.ledger);
  let wrong = false;
  for (const trial of trialsMeant(await store.trials(), options)) {
    const { fingerprint, retiredAt } = trial;
    if (retiredAt !== null) {
      say(streams, `${titleOf(trial)}: its events were removed, so its sums stand as they are`);
      continue;
    }
    const before = await sumsOf(store, fingerprint);
    await store.rebuild(fingerprint);
    const after = await sumsOf(store, fingerprint);
    const same = isDeepStrictEqual(before, after);
    wrong ||= !same;
    say(
      streams,
      `${titleOf(trial)}: ${counted(after.length, 'row')} of sums made again from the events, ${same ? 'and they are the same' : 'and they are OTHERS than before: an analysis made before was wrong, unless events came meanwhile'}`,
    );
  }
  return wrong ? 1 : 0;
}
