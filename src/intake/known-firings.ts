import type { AcceptedOrder, Impression } from '../events/event.ts';
import type { Store } from '../store/port.ts';
import type { Firing } from './match-orders.ts';

/** The unit, arm and stratum that a random firing is counted for. */
export interface FiringUnit {
  /** As in the ledger. */
  readonly unitId: string;
  readonly arm: string;
  readonly stratum: string;
}

/** A firing that a ledger holds. */
export interface KnownFiring extends Firing {
  /** Undefined where the arm was not random, so that it is not counted. */
  readonly unit: FiringUnit | undefined;
  /** Whether a card was shown, so that an order can bear its tag. */
  readonly isShown: boolean;
}

/** What a ledger knows of the firings and orders of a trial. */
export interface KnownFirings {
  /**
   * In order of time.
   *
   * @param patient as in the ledger
   */
  of(patient: string): readonly KnownFiring[];
  /** The firings of each patient. */
  all(): Iterable<readonly KnownFiring[]>;
  /** Whether the ledger holds an order of this id. */
  holds(order: string): boolean;
  /** Openings that the ledger knows to have led to an order within the window, clicks aside. */
  readonly ordered: ReadonlySet<string>;
}

/**
 * Reads the firings of a trial and the orders that are known of them. It keeps some 200 bytes for each
 * of them in memory.
 *
 * @param options.after milliseconds after a firing in which an order belongs to it
 */
export async function knownFirings(
  ledger: Pick<Store, 'read'>,
  { trial, after }: { readonly trial: string; readonly after: number },
): Promise<KnownFirings> {
  const units = new Map<string, FiringUnit>();
  const patients = new Map<string, KnownFiring[]>();
  const orders = new Set<string>();
  const ordered = new Set<string>();

  // One object for all firings of a unit.
  const unitOf = ({ randomized, unitId, arm, stratum }: Impression): FiringUnit | undefined => {
    if (!randomized || unitId === null) return undefined;
    const key = JSON.stringify([unitId, arm, stratum]);
    const unit = units.get(key) ?? { unitId, arm, stratum };
    units.set(key, unit);
    return unit;
  };
  const addFiring = (event: Impression): void => {
    const { id, opening, at, encounter, patient, stage } = event;
    if (patient === undefined) return;
    const firing: KnownFiring = {
      impression: id,
      opening,
      at,
      encounter,
      unit: unitOf(event),
      isShown: stage !== 'silent',
    };
    const firings = patients.get(patient);
    if (firings === undefined) patients.set(patient, [firing]);
    else firings.push(firing);
  };
  const addOrder = ({ id, route, opening, delay }: AcceptedOrder): void => {
    orders.add(id);
    // A click is told by feedback, whatever the record tells.
    if (route !== 'click' && delay <= after) ordered.add(opening);
  };

  for await (const { event } of ledger.read({ trial, types: ['impression', 'order'] })) {
    if (event.type === 'impression') addFiring(event);
    else if (event.type === 'order') addOrder(event);
  }
  for (const firings of patients.values()) firings.sort((a, b) => a.at - b.at);
  return {
    of: (patient) => patients.get(patient) ?? [],
    all: () => patients.values(),
    holds: (order) => orders.has(order),
    ordered,
  };
}
