import { StoreUnusableError } from '../../errors.ts';
import { contentOf } from '../chain/chain.ts';
import type { RegisteredTrial, SequencedEvent, Store } from '../port.ts';
import { toRow } from '../row.ts';
import { firstEvent } from './first-event.ts';
import type { ExportedTrial, ExportManifest } from './manifest.ts';

/** An event by which a ledger is recognised. */
export function witnessOf({ sequence, event }: SequencedEvent): ExportedTrial['witness'] {
  return { sequence, sha256: contentOf([[sequence, ...toRow(event)]]) };
}

function refusal(what: string): StoreUnusableError {
  return new StoreUnusableError(
    `the folder holds an export of another ledger, or of another state of it: ${what}. Export into a new folder`,
  );
}

/**
 * Checks that the key of the ledger is that of the export, so that no person has two pseudonyms in it.
 *
 * @throws StoreUnusableError when it is another
 */
export function checkKey({ keyCheck }: ExportManifest, now: string | null): void {
  if (keyCheck !== null && keyCheck !== now)
    throw refusal('its pseudonyms were made with another key');
}

/**
 * Checks that what a ledger holds of a trial goes on from what was exported.
 *
 * @throws StoreUnusableError when the protocol is another, the chain is another, or what was exported is
 *   not in the ledger any more
 */
export async function checkContinues(
  store: Store,
  {
    registered,
    exported,
  }: {
    readonly registered: RegisteredTrial;
    readonly exported: ExportedTrial;
  },
): Promise<void> {
  const { id, round, fingerprint, retiredAt } = registered;
  const name = `trial ${id}, round ${round}`;
  const { sealed, witness } = exported;
  if (exported.fingerprint !== fingerprint) throw refusal(`the protocol of ${name} is another one`);
  if (sealed !== null) {
    const segments = await store.segments(fingerprint);
    const present = segments.find(({ number }) => number === sealed.number);
    if (present?.head !== sealed.head) {
      throw refusal(
        `segment ${sealed.number} of the chain of ${name} is not the one that was exported`,
      );
    }
  }
  // The events of a retired trial are gone; its segments stand.
  if (witness === null || retiredAt !== null) return;
  const present = await firstEvent(store, { trial: fingerprint, after: witness.sequence - 1 });
  if (present === undefined || witnessOf(present)?.sha256 !== witness.sha256) {
    throw refusal(
      `the event at place ${witness.sequence} of ${name} is not the one that was exported`,
    );
  }
}
