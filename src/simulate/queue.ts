/** Things that fall due at instants, taken in order of time, then in the order of their coming. */
export interface Queue<T> {
  readonly size: () => number;
  readonly add: (at: number, item: T) => void;
  /** The earliest instant; `Infinity` when nothing waits. */
  readonly next: () => number;
  /** Takes everything that falls due at the earliest instant, in the order of its coming. */
  readonly take: () => readonly T[];
}

/** Makes an empty queue. */
export function makeQueue<T>(): Queue<T> {
  // A binary heap of the instants; the items of one instant stand in one list.
  const heap: number[] = [];
  const items = new Map<number, T[]>();
  let size = 0;

  const at = (index: number): number => heap[index] ?? Infinity;
  const swap = (a: number, b: number): void => {
    const [x, y] = [at(a), at(b)];
    heap[a] = y;
    heap[b] = x;
  };

  const rise = (from: number): void => {
    for (let child = from; child > 0;) {
      const parent = (child - 1) >> 1;
      if (at(parent) <= at(child)) return;
      swap(parent, child);
      child = parent;
    }
  };

  const sink = (): void => {
    for (let parent = 0; ;) {
      const left = 2 * parent + 1;
      const child = at(left + 1) < at(left) ? left + 1 : left;
      if (at(parent) <= at(child)) return;
      swap(parent, child);
      parent = child;
    }
  };

  return {
    size: () => size,
    next: () => at(0),
    add: (instant, item) => {
      size += 1;
      const waiting = items.get(instant);
      if (waiting !== undefined) {
        waiting.push(item);
        return;
      }
      items.set(instant, [item]);
      heap.push(instant);
      rise(heap.length - 1);
    },
    take: () => {
      const first = heap[0];
      if (first === undefined) return [];
      const last = heap.pop();
      if (heap.length > 0 && last !== undefined) {
        heap[0] = last;
        sink();
      }
      const due = items.get(first) ?? [];
      items.delete(first);
      size -= due.length;
      return due;
    },
  };
}
