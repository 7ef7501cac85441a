import type { Coding } from '../events/event.ts';
import { derivedId } from '../events/ids.ts';
import { isUsableId } from '../store/keys/pseudonym.ts';
import type { Recorded, TrialLog } from '../store/log/port.ts';
import type { Store } from '../store/port.ts';
import type { KnownFiring } from './known-firings.ts';
import { knownFirings } from './known-firings.ts';
import type { OrderWindow, Placed } from './match-orders.ts';
import { matchOrders } from './match-orders.ts';
import type { Contribution } from './opening-tallies.ts';
import { contributionsOf } from './opening-tallies.ts';
import { underWay } from './under-way.ts';
import type { UnitOrders } from './unit-orders.ts';
import { unitTallies } from './unit-orders.ts';

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
  /**
   * Of all told, those whose tag is of no card that was shown to this patient, such as of a copied
   * order: taken as if they had none.
   */
  readonly mistagged: number;
  /** Of all told, those placed after the cut-off: not looked at. */
  readonly late: number;
  readonly units: readonly UnitOrders[];
}

/** How orders are told to belong to alerts. */
export interface OrderRecorderOptions {
  /** The store of the log. */
  readonly ledger: Pick<Store, 'pseudonym' | 'read'>;
  /** Milliseconds after an alert; default, and longest, the trial's response window. */
  readonly after?: number | undefined;
  /** Milliseconds before the first alert of a patient, for the A/A comparison; default as `after`. */
  readonly before?: number | undefined;
  /** Whether an order belongs only to alerts of its own encounter; default false. */
  readonly sameEncounter?: boolean | undefined;
  /**
   * When the record was taken, milliseconds: what it tells of later is left out, and openings whose
   * window was still open then are not among the `units`. Default: all windows are over.
   */
  readonly cutOff?: number | undefined;
  /**
   * Whose openings are among the `units`: those of everybody in the ledger, because whom the source does
   * not tell of has no order (the default), or those of the patients who are told only.
   */
  readonly population?: 'ledger' | 'told' | undefined;
}

/** Records the orders of patients, one after the other. */
export interface OrderRecorder {
  readonly counts: OrderCounts;
  /** Whether the ledger holds a firing for this patient. */
  knows(patient: string): boolean;
  /**
   * @param orders everything that the record tells of the patient; told once for each patient
   * @returns what the patient adds to the units
   */
  record(patient: string, orders: readonly ToldOrder[]): Promise<readonly Contribution[]>;
  /** Resolves when everything has settled. */
  settle(): Promise<void>;
}

function windowOf(
  responseWindow: number,
  { after = responseWindow, before = after, sameEncounter = false }: OrderRecorderOptions,
): OrderWindow {
  if (!(after >= 0 && after <= responseWindow)) {
    throw new RangeError(
      `the window after an alert must be from 0 to the response window, ${responseWindow} ms, not ${after}`,
    );
  }
  if (!(before >= 0)) throw new RangeError(`the window before an alert must not be ${before}`);
  return { after, before, sameEncounter };
}

const nothing: ReadonlySet<string> = new Set();

/** An order and the firing whose card it bears the tag of. */
interface Tagged {
  readonly order: ToldOrder;
  readonly firing: KnownFiring;
  /** When it was placed, as near to the alert as its time allows. */
  readonly at: number;
}

/** The orders that bear the tag of a card of this patient. */
function tagsOf(orders: readonly ToldOrder[], firings: readonly KnownFiring[]): readonly Tagged[] {
  const byImpression = new Map(firings.map((firing) => [firing.impression, firing]));
  return orders.flatMap((order) => {
    const firing = order.tag === undefined ? undefined : byImpression.get(order.tag);
    if (firing?.isShown !== true) return [];
    const at = Math.min(Math.max(order.from, firing.at), order.to);
    return [{ order, firing, at }];
  });
}

/**
 * A recorder of orders that were seen in a record. Firings of the trial are read from the ledger once,
 * and kept in memory with some 200 bytes each.
 *
 * An order that carries the tag of a card is written with the route `tag`. Of an opening without
 * one, the first order that was placed within the window, whatever led to it, is written with the
 * route `window`. Clicks come from feedback, as acceptances, and change nothing here. Telling the same
 * orders again changes nothing; what was written stands, also where an earlier order, or an alert
 * between, becomes known later.
 *
 * @throws RangeError when a window is out of range
 */
export async function orderRecorder(
  log: Pick<TrialLog, 'trial' | 'acceptedOrder'>,
  options: OrderRecorderOptions,
): Promise<OrderRecorder> {
  const { fingerprint, responseWindow } = log.trial;
  const { ledger, cutOff = Infinity, population = 'ledger' } = options;
  const window = windowOf(responseWindow, options);
  const { after } = window;
  const known = await knownFirings(ledger, { trial: fingerprint, after });
  const until = cutOff - after;
  const tallies = unitTallies();
  const addAll = (contributions: readonly Contribution[]): void => {
    for (const [unit, tally] of contributions) tallies.add(unit, tally);
  };
  if (population === 'ledger') {
    for (const firings of known.all()) {
      const around = { ordered: nothing, possible: nothing, before: nothing, until };
      addAll(contributionsOf(firings, around));
    }
  }

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
    mistagged: 0,
    late: 0,
  };
  const way = underWay();
  const count = async ({ settled }: Recorded): Promise<void> => {
    const { status } = await settled;
    counts[status === 'durable' || status === 'duplicate' ? status : 'failed'] += 1;
  };
  // By a keyed hash, so that nobody can tell from the ledger whether it holds a given order; and of
  // the order alone, so that it is one event whatever alert it is found to belong to.
  const idOf = ({ key }: ToldOrder): string =>
    derivedId('order', fingerprint, ledger.pseudonym('encounter', key));

  const write = async (
    order: ToldOrder,
    { impression, at, route }: { impression: string; at: number; route: 'tag' | 'window' },
  ): Promise<void> => {
    const { code, revoked = false } = order;
    const id = idOf(order);
    if (route === 'tag') counts.tagged += 1;
    if (revoked) counts.revoked += 1;
    if (known.holds(id)) counts.duplicate += 1;
    else way.add(count(log.acceptedOrder(impression, { id, at, route, order: code })));
    await way.room();
  };

  const usable = (patient: string): string | undefined =>
    isUsableId(patient) ? ledger.pseudonym('patient', patient) : undefined;
  const firingsOf = (patient: string): readonly KnownFiring[] => {
    const pseudonym = usable(patient);
    return pseudonym === undefined ? [] : known.of(pseudonym);
  };

  return {
    get counts() {
      return {
        ...counts,
        get units() {
          return tallies.all();
        },
      };
    },
    knows: (patient) => firingsOf(patient).length > 0,
    record: async (patient, told) => {
      const firings = firingsOf(patient);
      // A server whose pages shift while they are read tells an order twice.
      const once = [...new Map(told.map((order) => [order.key, order])).values()];
      const orders = once
        .filter(({ from }) => from <= cutOff)
        .map((order) => ({
          ...order,
          encounter: isUsableId(order.encounter)
            ? ledger.pseudonym('encounter', order.encounter)
            : undefined,
        }));
      counts.orders += once.length;
      counts.late += once.length - orders.length;

      const tags = tagsOf(orders, firings);
      const tagged = new Set<ToldOrder>(tags.map(({ order }) => order));
      const { matches, before } = matchOrders(firings, orders, window);
      // By the window alone: a card that was not shown tags nothing, so what a tag adds depends on the arm.
      const ordered = new Set<string>();
      const possible = new Set<string>();
      for (const { firing, isCertain } of matches) {
        (isCertain ? ordered : possible).add(firing.opening);
      }
      const inTime = tags.filter(({ firing, at }) => at - firing.at <= after);
      const taken = new Set(inTime.map(({ firing }) => firing.opening));
      const found = new Set<ToldOrder>();

      for (const { order, firing, at } of tags) {
        await write(order, { impression: firing.impression, at, route: 'tag' });
      }
      for (const { order, firing, isCertain } of matches) {
        if (tagged.has(order)) continue;
        found.add(order);
        const { impression, opening } = firing;
        if (!isCertain) counts.possible += 1;
        else if (known.holds(idOf(order))) {
          taken.add(opening);
          counts.duplicate += 1;
          if (order.revoked === true) counts.revoked += 1;
        } else if (taken.has(opening) || known.ordered.has(opening)) counts.further += 1;
        else {
          taken.add(opening);
          await write(order, { impression, at: order.from, route: 'window' });
        }
      }
      for (const order of orders) {
        if (order.tag !== undefined && !tagged.has(order)) counts.mistagged += 1;
        if (!tagged.has(order) && !found.has(order)) counts.unmatched += 1;
      }
      const contributions = contributionsOf(firings, { ordered, possible, before, until });
      addAll(
        population === 'told'
          ? contributions
          : contributions.map(([unit, tally]) => [unit, { ...tally, openings: 0, patients: 0 }]),
      );
      return contributions;
    },
    settle: () => way.settle(),
  };
}
