import type { TrialEvent } from '../../events/event.ts';
import type { SequencedEvent } from '../../store/port.ts';

/** Something that learns from events one by one, so that several share one pass over a ledger. */
export interface Observer<T> {
  readonly observe: (event: TrialEvent) => void;
  readonly result: () => T;
}

/** Events of one trial, in any order, as `store.read` gives them. */
export type EventStream = AsyncIterable<SequencedEvent> | Iterable<SequencedEvent>;

/** Shows every event to every observer. */
export async function observeAll(
  events: EventStream,
  observers: readonly Pick<Observer<unknown>, 'observe'>[],
): Promise<void> {
  for await (const { event } of events) {
    for (const observer of observers) observer.observe(event);
  }
}
