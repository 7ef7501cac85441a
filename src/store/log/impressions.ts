import { LRUCache } from 'lru-cache';
import type { Impression, PatientDays } from '../../events/event.ts';
import type { Settlement } from './port.ts';
import type { Store } from '../port.ts';

/** The impressions that answers can refer to, and the patient-days that can be amended. */
export interface Impressions {
  /** Takes note of an impression on its way into the ledger. */
  add(impression: Impression, settled: Promise<Settlement>): void;
  /** The impression, if it is at hand; it may not be in the ledger yet. */
  peek(id: string): Impression | undefined;
  /** The impression once it is in the ledger; undefined when it is not. */
  find(id: string): Promise<Impression | undefined>;
  /** A patient-day, or an amendment of one, that the ledger holds. */
  patientDay(id: string): Promise<PatientDays | undefined>;
}

const remembered = 20_000;

/**
 * Looks impressions of one trial up: in memory, else in the ledger; and patient-days in the ledger.
 *
 * @param fingerprint of the trial; events of others are not found
 */
export function impressionsOf(fingerprint: string, store: Pick<Store, 'find'>): Impressions {
  const recent = new LRUCache<
    string,
    { readonly impression: Impression; readonly settled: Promise<Settlement> }
  >({ max: remembered });
  return {
    add: (impression, settled) => {
      recent.set(impression.id, { impression, settled });
    },
    peek: (id) => recent.peek(id)?.impression,
    find: async (id) => {
      const known = recent.get(id);
      if (known !== undefined) {
        // An answer is only counted beside its impression, so it waits for it.
        const { status } = await known.settled;
        if (status === 'durable' || status === 'duplicate') return known.impression;
        recent.delete(id);
      }
      const event = await store.find(id);
      return event?.type === 'impression' && event.trial === fingerprint ? event : undefined;
    },
    patientDay: async (id) => {
      const event = await store.find(id);
      return event?.type === 'patient-days' && event.trial === fingerprint ? event : undefined;
    },
  };
}
