import type { Coding } from '../events/event.ts';
import { derivedId } from '../events/ids.ts';
import { isUsableId } from '../store/keys/pseudonym.ts';
import type { Recorded, TrialLog } from '../store/log/port.ts';
import type { Store } from '../store/port.ts';
import type { Firing, OrderWindow, Placed } from './match-orders.ts';
import { matchOrders } from './match-orders.ts';

/** An order as a record tells of it, its ids as the record has them. */
export interface ToldOrder extends Placed {
  /** What tells it from every other order of all sources, such as `MedicationRequest/17`. */
  readonly key: string;
  readonly code?: Coding | undefined;
  /** Whether it was cancelled or stopped afterwards. It was placed all the same. */
  readonly revoked?: boolean | undefined;
  /** Id of the impression that it names as its origin, by the tag of a card. */
  readonly tag?: string | undefined;
}

/** Openings of charts of one unit, arm and stratum, and the orders around them; random ones only. */
export interface UnitOrders {
  /** As in the ledger. */
  readonly unitId: string;
  readonly arm: string;
  readonly stratum: string;
  /** Openings of a chart with a firing, shown or silent. */
  readonly openings: number;
  /** Of them with an order within the window. */
  readonly ordered: number;
  /** Of the others, those with an order that may have been placed within the window. */
  readonly possible: number;
  /** Openings with an order in the window before the alert: arms should not differ in it. */
  readonly before: number;
}

/** What became of orders. */
export interface OrderCounts {
  /** Orders that were told. */
  readonly orders: number;
  /** By what became of them: written now, in the ledger before, rejected or lost. */
  readonly durable: number;
  readonly duplicate: number;
  readonly failed: number;
  /** Of all written, those that carried the tag of a card. */
  readonly tagged: number;
  /** Of all written, those cancelled or stopped afterwards. */
  readonly revoked: number;
  /** Another order of an opening that has one: not written. */
  readonly further: number;
  /** May have been placed within the window of an alert, or not: not written. */
  readonly possible: number;
  /** Belong to no alert. */
  readonly unmatched: number;
  readonly units: readonly UnitOrders[];
}

/** How orders are told to belong to alerts. */
export interface OrderRecorderOptions {
  /** The store of the log. */
  readonly ledger: Pick<Store, 'pseudonym' | 'read'>;
  /** Milliseconds after an alert; default, and longest, the trial's response window. */
  readonly after?: number | undefined;
  /** Milliseconds before the first alert of an opening, for the A/A comparison; default as `after`. */
  readonly before?: number | undefined;
  /** Whether an order belongs only to alerts of its own encounter; default false. */
  readonly sameEncounter?: boolean | undefined;
}

/** Records the orders of patients, one after the other. */
export interface OrderRecorder {
  readonly counts: OrderCounts;
  /** Whether the ledger holds a firing for this patient. */
  knows(patient: string): boolean;
  /** @param orders everything that the record tells of the patient; told once for each patient */
  record(patient: string, orders: readonly ToldOrder[]): Promise<void>;
  /** Resolves when everything has settled. */
  settle(): Promise<void>;
}

type Tally = { -readonly [K in keyof UnitOrders]: UnitOrders[K] };

interface Known extends Firing {
  readonly unit: Tally | undefined;
}

const batchSize = 1_000;

/**
 * A recorder of orders that were seen in a record. Firings of the trial are read from the ledger once,
 * and kept in memory with some 200 bytes each.
 *
 * An order that carries the tag of a card is written with the route `tag`; every other one that was
 * placed within the window of an alert, whatever led to it, with the route `window`. Clicks come from
 * feedback, as acceptances. Telling the same orders again changes nothing.
 *
 * @throws RangeError when a window is out of range
 */
export async function orderRecorder(
  log: Pick<TrialLog, 'trial' | 'acceptedOrder'>,
  options: OrderRecorderOptions,
): Promise<OrderRecorder> {
  const { trial } = log;
  const { ledger, sameEncounter = false, after = trial.responseWindow, before = after } = options;
  if (!(after >= 0 && after <= trial.responseWindow)) {
    throw new RangeError(
      `the window after an alert must be from 0 to the response window, ${trial.responseWindow} ms, not ${after}`,
    );
  }
  if (!(before >= 0)) throw new RangeError(`the window before an alert must not be ${before}`);
  const window: OrderWindow = { after, before, sameEncounter };

  const tallies = new Map<string, Tally>();
  const patients = new Map<string, Known[]>();
  const impressions = new Set<string>();
  const query = { trial: trial.fingerprint, types: ['impression'] } as const;
  const openings = new Set<string>();
  for await (const { event } of ledger.read(query)) {
    if (event.type !== 'impression') continue;
    const { id, opening, at, encounter, patient, randomized, unitId, arm, stratum } = event;
    impressions.add(id);
    if (patient === undefined) continue;
    let unit: Tally | undefined;
    if (randomized && unitId !== null) {
      const key = JSON.stringify([unitId, arm, stratum]);
      unit = tallies.get(key);
      if (unit === undefined) {
        unit = { unitId, arm, stratum, openings: 0, ordered: 0, possible: 0, before: 0 };
        tallies.set(key, unit);
      }
      if (!openings.has(opening)) unit.openings += 1;
      openings.add(opening);
    }
    const firings = patients.get(patient);
    const firing: Known = { impression: id, opening, at, encounter, unit };
    if (firings === undefined) patients.set(patient, [firing]);
    else firings.push(firing);
  }
  openings.clear();

  const counts = {
    orders: 0,
    durable: 0,
    duplicate: 0,
    failed: 0,
    tagged: 0,
    revoked: 0,
    further: 0,
    possible: 0,
    unmatched: 0,
  };
  let waiting: Promise<void>[] = [];
  const settle = async (): Promise<void> => {
    await Promise.all(waiting);
    waiting = [];
  };
  const count = async ({ settled }: Recorded): Promise<void> => {
    const { status } = await settled;
    counts[status === 'durable' || status === 'duplicate' ? status : 'failed'] += 1;
  };
  const write = (order: ToldOrder, impression: string, route: 'tag' | 'window'): void => {
    const { key, from, code, revoked = false } = order;
    // By a keyed hash, so that nobody can tell from the ledger whether it holds a given order.
    const id = derivedId(
      'order',
      trial.fingerprint,
      impression,
      ledger.pseudonym('encounter', key),
    );
    waiting.push(count(log.acceptedOrder(impression, { id, at: from, route, order: code })));
    if (route === 'tag') counts.tagged += 1;
    if (revoked) counts.revoked += 1;
  };

  return {
    get counts() {
      return { ...counts, units: [...tallies.values()].map((unit) => ({ ...unit })) };
    },
    knows: (patient) => isUsableId(patient) && patients.has(ledger.pseudonym('patient', patient)),
    record: async (patient, told) => {
      counts.orders += told.length;
      const known = isUsableId(patient) ? patients.get(ledger.pseudonym('patient', patient)) : [];
      const firings = (known ?? []).toSorted((a, b) => a.at - b.at);
      const units = new Map(firings.map(({ opening, unit }) => [opening, unit]));
      const orders = told.map((order) => ({
        ...order,
        encounter: isUsableId(order.encounter)
          ? ledger.pseudonym('encounter', order.encounter)
          : undefined,
      }));
      const { matches, before: early } = matchOrders(firings, orders, window);
      const found = new Map(matches.map((match) => [match.order, match]));
      const ordered = new Set<string>();
      const perhaps = new Set<string>();
      for (const order of orders) {
        const match = found.get(order);
        const { tag } = order;
        const isTagged = tag !== undefined && impressions.has(tag);
        if (isTagged) write(order, tag, 'tag');
        if (match === undefined) {
          if (!isTagged) counts.unmatched += 1;
          continue;
        }
        const { opening } = match.firing;
        if (match.standing === 'possible') perhaps.add(opening);
        else ordered.add(opening);
        if (isTagged) continue;
        if (match.standing === 'first') write(order, match.firing.impression, 'window');
        else counts[match.standing] += 1;
      }
      const add = (which: ReadonlySet<string>, column: 'ordered' | 'possible' | 'before'): void => {
        for (const opening of which) {
          const unit = units.get(opening);
          if (unit !== undefined) unit[column] += 1;
        }
      };
      add(ordered, 'ordered');
      add(perhaps, 'possible');
      add(early, 'before');
      if (waiting.length >= batchSize) await settle();
    },
    settle,
  };
}
