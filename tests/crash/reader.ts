import { setTimeout as sleep } from 'node:timers/promises';
import { trial } from '../store/fixtures.ts';
import type { Told } from './audit.ts';
import type { Place } from './place.ts';
import { openBeside } from './place.ts';

const { fingerprint } = trial;

/** Reads events and sums beside a writer, and takes down what it has seen, until it is ended. */
export interface Reader {
  /** @throws whatever went wrong while it was reading */
  readonly end: () => Promise<void>;
}

/** Starts to read a ledger. */
export async function startReader(place: Place, told: Told): Promise<Reader> {
  const store = await openBeside(place, 'reader');
  // What a spool has taken may not have reached the server yet.
  await store.register(trial);
  const ending = new AbortController();
  const follow = async (): Promise<void> => {
    // Who goes on from the last place must miss nothing, and nothing seen may vanish.
    let place = told.readUpTo;
    while (!ending.signal.aborted) {
      for await (const { sequence, event } of store.read({ trial: fingerprint, after: place })) {
        told.seen.add(event.id);
        place = sequence;
      }
      await store.unitDays(fingerprint);
      await sleep(5);
    }
    told.readUpTo = place;
  };
  const following = follow();
  // It is looked at in the end.
  following.catch(() => undefined);
  return {
    end: async () => {
      ending.abort();
      try {
        await following;
      } finally {
        await store.close();
      }
    },
  };
}
