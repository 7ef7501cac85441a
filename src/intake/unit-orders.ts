import type { FiringUnit } from './known-firings.ts';

/** Openings of charts of one unit, arm and stratum, and the orders around them; random ones only. */
export interface UnitOrders extends FiringUnit {
  /** Openings of a chart with a firing, shown or silent, whose window was over at the cut-off. */
  readonly openings: number;
  /**
   * Of them with an order that was placed within the window. Neither clicks nor tags are looked at, so that
   * the same is asked of an arm that shows a card and of one that shows none.
   */
  readonly ordered: number;
  /** Of the others, those with an order that may have been placed within the window. */
  readonly possible: number;
  /** Patients with such an opening. */
  readonly patients: number;
  /**
   * Patients with an order in the window before the first alert of all: arms should not differ in
   * the share of them. What comes before a later alert may have been done by an earlier one.
   */
  readonly before: number;
}

/** What is counted of a unit. */
export type OrderTally = Omit<UnitOrders, keyof FiringUnit>;

/** Sums of openings and orders by unit, arm and stratum. */
export interface UnitTallies {
  readonly add: (unit: FiringUnit, tally: Partial<OrderTally>) => void;
  /** In the order in which they were first counted. */
  readonly all: () => readonly UnitOrders[];
}

/** Tallies that are empty. */
export function unitTallies(): UnitTallies {
  const tallies = new Map<string, UnitOrders>();
  return {
    add: ({ unitId, arm, stratum }, { openings, ordered, possible, patients, before }) => {
      const key = JSON.stringify([unitId, arm, stratum]);
      const known = tallies.get(key);
      tallies.set(key, {
        unitId,
        arm,
        stratum,
        openings: (known?.openings ?? 0) + (openings ?? 0),
        ordered: (known?.ordered ?? 0) + (ordered ?? 0),
        possible: (known?.possible ?? 0) + (possible ?? 0),
        patients: (known?.patients ?? 0) + (patients ?? 0),
        before: (known?.before ?? 0) + (before ?? 0),
      });
    },
    all: () => [...tallies.values()],
  };
}
