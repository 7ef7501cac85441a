import { LRUCache } from 'lru-cache';
import type { OrderLike } from '../orders/order-of.ts';
import type { CodeableConcept, Medication, MedicationRequest } from '../r4.ts';
import { isOfType } from '../search-bundle.ts';
import { idIn, listOf } from '../reference.ts';

/** Finds the code of the medication that an order names by a reference; `undefined` when there is none. */
export type FindMedication = (order: OrderLike) => Promise<CodeableConcept | undefined>;

const remembered = 10_000;

/**
 * Finds medications inside of the order, else by their id, each id asked for once.
 *
 * @param read gives the Medication of an id
 */
export function medicationsBy(
  read: (id: string) => Promise<Medication | undefined>,
): FindMedication {
  const known = new LRUCache<string, Promise<CodeableConcept | undefined>>({ max: remembered });
  const within = (order: MedicationRequest, id: string): CodeableConcept | undefined => {
    const found = listOf(order.contained).find((resource) => resource.id === id);
    return found !== undefined && isOfType(found, 'Medication') ? found.code : undefined;
  };
  return async (order) => {
    if (order.resourceType !== 'MedicationRequest') return undefined;
    if (order.medicationCodeableConcept !== undefined) return undefined;
    const { medicationReference } = order;
    const text = medicationReference?.reference;
    if (typeof text === 'string' && text.startsWith('#')) return within(order, text.slice(1));
    const id = idIn(medicationReference, 'Medication');
    if (id === undefined) return undefined;
    let found = known.get(id);
    if (found === undefined) {
      found = read(id).then((medication) => medication?.code);
      known.set(id, found);
    }
    return found;
  };
}
