/** What is on its way into a ledger. */
export interface UnderWay {
  readonly add: (settled: Promise<void>) => void;
  /** Waits for what is on its way when no more should be. */
  room(): Promise<void>;
  /** Resolves when everything that was added so far has settled. */
  settle(): Promise<void>;
}

// Fewer than a log takes, and enough for the commits of its store to be shared.
const most = 1_000;

/** Keeps count of what is on its way, so that no more is than fits. */
export function underWay(): UnderWay {
  let waiting: Promise<void>[] = [];
  const settle = async (): Promise<void> => {
    const batch = waiting;
    waiting = [];
    await Promise.all(batch);
  };
  return {
    add: (settled) => void waiting.push(settled),
    room: async () => {
      if (waiting.length >= most) await settle();
    },
    settle,
  };
}
