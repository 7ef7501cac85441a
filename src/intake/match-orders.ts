/** One firing of the alert for a patient. */
export interface Firing {
  readonly impression: string;
  /** The impression that began the opening of the chart. */
  readonly opening: string;
  /** Milliseconds since 1970-01-01T00:00Z. */
  readonly at: number;
  /** As it is recorded; undefined when it was not known. */
  readonly encounter?: string | undefined;
}

/** When an order was placed, and where. A time that is known to a day only is an interval. */
export interface Placed {
  /** The earliest instant at which it can have been placed, milliseconds. */
  readonly from: number;
  /** The latest: the same where the instant is known. */
  readonly to: number;
  /** As it is recorded on firings; undefined when it is not known. */
  readonly encounter?: string | undefined;
}

/** Which orders belong to an alert. */
export interface OrderWindow {
  /** Milliseconds after the alert, both ends counted. */
  readonly after: number;
  /** Milliseconds before the first alert of an opening, for the comparison of arms before they differ. */
  readonly before: number;
  /** Whether an order belongs only to alerts of its own encounter. */
  readonly sameEncounter: boolean;
}

/** An order and the alert that it belongs to. */
export interface OrderMatch<O extends Placed> {
  readonly order: O;
  readonly firing: Firing;
  /**
   * `first`: of its opening, so that it counts; `further`: another one of the same opening;
   * `possible`: it may have been placed within the window, and as well outside of it.
   */
  readonly standing: 'first' | 'further' | 'possible';
}

/** What was found of one patient. */
export interface MatchedOrders<O extends Placed> {
  readonly matches: readonly OrderMatch<O>[];
  /** Openings with an order that was certainly placed in the window before their first alert. */
  readonly before: ReadonlySet<string>;
}

const within = ({ from, to }: Placed, first: number, last: number): boolean =>
  from >= first && to <= last;
const touches = ({ from, to }: Placed, first: number, last: number): boolean =>
  from <= last && to >= first;

/**
 * Finds the alert that each order of one patient belongs to: the last one before it within the
 * window. Of each opening of the chart the first order counts, because several orders for one thing
 * are one decision. An order whose time is not known well enough is `possible`, never counted.
 *
 * @param firings of one patient, in order of time
 */
export function matchOrders<O extends Placed>(
  firings: readonly Firing[],
  orders: readonly O[],
  { after, before, sameEncounter }: OrderWindow,
): MatchedOrders<O> {
  const belongs = (firing: Firing, order: Placed): boolean =>
    !sameEncounter || (firing.encounter !== undefined && firing.encounter === order.encounter);
  const certain: { readonly order: O; readonly firing: Firing }[] = [];
  const possible: OrderMatch<O>[] = [];
  for (const order of orders) {
    const open = firings.filter(
      (firing) => belongs(firing, order) && touches(order, firing.at, firing.at + after),
    );
    const sure = open.findLast(({ at }) => within(order, at, at + after));
    const last = open.at(-1);
    if (sure !== undefined) certain.push({ order, firing: sure });
    else if (last !== undefined) possible.push({ order, firing: last, standing: 'possible' });
  }
  certain.sort((a, b) => a.order.from - b.order.from);
  const counted = new Set<string>();
  const matches = certain.map(({ order, firing }): OrderMatch<O> => {
    const standing = counted.has(firing.opening) ? 'further' : 'first';
    counted.add(firing.opening);
    return { order, firing, standing };
  });

  const begun = new Set<string>();
  const early = new Set<string>();
  for (const firing of firings) {
    const { opening, at } = firing;
    if (begun.has(opening)) continue;
    begun.add(opening);
    if (orders.some((order) => belongs(firing, order) && within(order, at - before, at - 1))) {
      early.add(opening);
    }
  }
  return {
    matches: [...matches, ...possible.filter(({ firing }) => !counted.has(firing.opening))],
    before: early,
  };
}
