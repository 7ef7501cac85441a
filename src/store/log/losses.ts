/** What could not be recorded in one arm: first and last instant, and how many. */
export interface Loss {
  readonly arm: string;
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** Counts what was lost until it has been written down as gaps. */
export interface Losses {
  readonly pending: boolean;
  readonly add: (loss: Loss) => void;
  /** Hands over everything pending, one loss for each arm. */
  take(): readonly Loss[];
}

/** The arm of a loss whose impression could not be looked up; no arm can have this name. */
export const unknownArm = '(unknown)';

/** An empty count of losses. */
export function noLosses(): Losses {
  const byArm = new Map<string, Loss>();
  return {
    get pending() {
      return byArm.size > 0;
    },
    add: ({ arm, from, to, count }) => {
      const known = byArm.get(arm) ?? { arm, from, to, count: 0 };
      byArm.set(arm, {
        arm,
        from: Math.min(known.from, from),
        to: Math.max(known.to, to),
        count: known.count + count,
      });
    },
    take: () => {
      const losses = [...byArm.values()];
      byArm.clear();
      return losses;
    },
  };
}
