import type { SequencedEvent } from '../port.ts';

/** Events of one calendar day, in the order of their places: the content of one file. */
export interface Part {
  readonly day: string;
  readonly first: number;
  readonly last: number;
  readonly events: readonly SequencedEvent[];
}

/** Events on their way to the files of their days. */
export interface DayBuffer {
  readonly add: (event: SequencedEvent) => void;
  readonly isFull: () => boolean;
  /**
   * Takes the days with the most events, until half of the room is free, and those that have waited
   * longest. The other days wait for more events, so that late events do not make a file each.
   */
  readonly takeSome: () => readonly Part[];
  readonly takeAll: () => readonly Part[];
  /** The first place that has not been taken yet; undefined when nothing waits. */
  readonly waitingFrom: () => number | undefined;
}

// After so many times the capacity, a day is written however few its events, as an export that was
// cut off reads again from the first event that waited.
const patience = 10;

/** @param capacity how many events it holds at most */
export function dayBuffer(capacity: number): DayBuffer {
  const days = new Map<string, SequencedEvent[]>();
  let held = 0;
  let latest = 0;

  const firstOf = (events: readonly SequencedEvent[]): number => events[0]?.sequence ?? Infinity;
  const take = (day: string, events: readonly SequencedEvent[]): Part => {
    days.delete(day);
    held -= events.length;
    return { day, first: firstOf(events), last: events.at(-1)?.sequence ?? 0, events };
  };
  return {
    add: (item) => {
      const { day } = item.event;
      const events = days.get(day);
      if (events === undefined) days.set(day, [item]);
      else events.push(item);
      held += 1;
      latest = item.sequence;
    },
    isFull: () => held >= capacity,
    takeSome: () => {
      const largestFirst = [...days].sort(([, left], [, right]) => right.length - left.length);
      const parts: Part[] = [];
      for (const [day, events] of largestFirst) {
        const old = latest - firstOf(events) > patience * capacity;
        if (old || held > capacity / 2) parts.push(take(day, events));
      }
      return parts;
    },
    takeAll: () => [...days].map(([day, events]) => take(day, events)),
    waitingFrom: () => (days.size === 0 ? undefined : Math.min(...[...days.values()].map(firstOf))),
  };
}
