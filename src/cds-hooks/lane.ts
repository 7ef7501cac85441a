/** Runs pieces of work in their order, so many at once and no more. */
export interface Lane {
  /** How many have not begun. */
  readonly waiting: number;
  run<T>(work: () => Promise<T>): Promise<T>;
}

/** @param width how many run at once */
export function laneOf(width: number): Lane {
  const waiting: (() => void)[] = [];
  let next = 0;
  let running = 0;
  const begin = (): void => {
    while (running < width && next < waiting.length) {
      const start = waiting[next];
      next += 1;
      running += 1;
      start?.();
    }
    // The list is cut rarely, since each cut moves what is left.
    if (next === waiting.length || next > 10_000) {
      waiting.splice(0, next);
      next = 0;
    }
  };
  return {
    get waiting() {
      return waiting.length - next;
    },
    run: (work) =>
      new Promise((resolve, reject) => {
        waiting.push(() => {
          const end = (): void => {
            running -= 1;
            begin();
          };
          void work().then(resolve, reject).then(end);
        });
        begin();
      }),
  };
}
