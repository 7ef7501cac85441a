import type { SequencedEvent, Store } from '../port.ts';

/** The first event of a trial behind a place in the ledger; undefined when there is none. */
export async function firstEvent(
  store: Store,
  query: { readonly trial: string; readonly after: number },
): Promise<SequencedEvent | undefined> {
  for await (const event of store.read(query)) return event;
  return undefined;
}
