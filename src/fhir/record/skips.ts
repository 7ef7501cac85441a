/** How many resources were left out, by type and reason. */
export type Skips = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** Counts what is left out. */
export interface SkipCounter {
  readonly all: Skips;
  readonly add: (resourceType: string, reason: string, count?: number) => void;
  readonly addAll: (skips: Skips) => void;
}

/** A counter of nothing yet. */
export function skipCounter(): SkipCounter {
  const all: Record<string, Record<string, number>> = {};
  const add: SkipCounter['add'] = (resourceType, reason, count = 1) => {
    const reasons = (all[resourceType] ??= {});
    reasons[reason] = (reasons[reason] ?? 0) + count;
  };
  return {
    all,
    add,
    addAll: (skips) => {
      for (const [resourceType, reasons] of Object.entries(skips)) {
        for (const [reason, count] of Object.entries(reasons)) add(resourceType, reason, count);
      }
    },
  };
}
