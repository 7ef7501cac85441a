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
interface OrderMatch<O extends Placed> {
  readonly order: O;
  readonly firing: Firing;
  /** Whether it was placed within the window whatever its time was; else it may have been. */
  readonly isCertain: boolean;
}

/** What was found of one patient. */
export interface MatchedOrders<O extends Placed> {
  /** In order of the time from which on an order can have been placed. */
  readonly matches: readonly OrderMatch<O>[];
  /** Openings with an order that was certainly placed in the window before their first alert. */
  readonly before: ReadonlySet<string>;
}

/** How many elements of the front of a sorted list lie before the first that is `after` something. */
function countUntil<T>(sorted: readonly T[], after: (element: T) => boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const element = sorted[middle];
    if (element === undefined || after(element)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The last firing of some, in order of time, that is not after an instant. */
const lastUntil = (firings: readonly Firing[], instant: number): Firing | undefined =>
  firings[countUntil(firings, ({ at }) => at > instant) - 1];

/** Whether an order lies wholly within a span. */
function spanOf(orders: readonly Placed[]): (first: number, last: number) => boolean {
  const sorted = orders.toSorted((a, b) => a.from - b.from);
  // Of each order and all that begin after it, the earliest end.
  const ends = sorted.map(({ to }) => to);
  for (let index = ends.length - 2; index >= 0; index -= 1) {
    ends[index] = Math.min(ends[index] ?? Infinity, ends[index + 1] ?? Infinity);
  }
  return (first, last) =>
    (ends[countUntil(sorted, ({ from }) => from >= first)] ?? Infinity) <= last;
}

/** The elements that can belong to each other: all of them, or those of one encounter. */
function parted<T extends { readonly encounter?: string | undefined }>(
  elements: readonly T[],
  sameEncounter: boolean,
): (encounter: string | undefined) => readonly T[] {
  if (!sameEncounter) return () => elements;
  const none: readonly T[] = [];
  const parts = new Map<string | undefined, T[]>();
  for (const element of elements) {
    const part = parts.get(element.encounter);
    if (part === undefined) parts.set(element.encounter, [element]);
    else part.push(element);
  }
  return (encounter) => (encounter === undefined ? none : (parts.get(encounter) ?? none));
}

/**
 * Finds the alert that each order of one patient belongs to: the last one before it within the
 * window. Where the time of the order is not known well enough, that is not certain.
 *
 * @param firings of one patient, in order of time
 */
export function matchOrders<O extends Placed>(
  firings: readonly Firing[],
  orders: readonly O[],
  { after, before, sameEncounter }: OrderWindow,
): MatchedOrders<O> {
  const firingsOf = parted(firings, sameEncounter);
  const matches: OrderMatch<O>[] = [];
  for (const order of orders) {
    const near = firingsOf(order.encounter);
    const sure = lastUntil(near, order.from);
    const last = lastUntil(near, order.to);
    if (sure !== undefined && sure.at >= order.to - after) {
      matches.push({ order, firing: sure, isCertain: true });
    } else if (last !== undefined && last.at >= order.from - after) {
      matches.push({ order, firing: last, isCertain: false });
    }
  }
  matches.sort((a, b) => a.order.from - b.order.from || a.order.to - b.order.to);

  const ordersOf = parted(orders, sameEncounter);
  const spans = new Map<readonly O[], ReturnType<typeof spanOf>>();
  const begun = new Set<string>();
  const early = new Set<string>();
  for (const { opening, at, encounter } of firings) {
    if (begun.has(opening)) continue;
    begun.add(opening);
    const near = ordersOf(encounter);
    const lies = spans.get(near) ?? spanOf(near);
    spans.set(near, lies);
    if (lies(at - before, at - 1)) early.add(opening);
  }
  return { matches, before: early };
}
