import { isDeepStrictEqual } from 'node:util';
import type { TrialEvent } from '../../src/events/event.ts';
import type { PublishedHead } from '../../src/store/chain/heads.ts';
import { memoryStore } from '../../src/store/memory/memory-store.ts';
import type { Store } from '../../src/store/port.ts';
import { verifyChain } from '../../src/store/chain/verify-chain.ts';
import { trial } from '../store/fixtures.ts';
import { batchOf } from './happenings.ts';
import type { Message } from './protocol.ts';

const { fingerprint } = trial;

/** What the writers of one ledger have said, and what readers beside them have seen. */
export interface Told {
  readonly acknowledged: Set<string>;
  readonly seen: Set<string>;
  /** The last place that a reader has seen; all before it has been seen too. */
  readUpTo: number;
  readonly heads: PublishedHead[];
  /** Why appends were refused, and tried again. */
  readonly refusals: string[];
  /** Why questions were not answered. */
  readonly unanswered: string[];
}

/** What was found wrong in a ledger, counted. */
export interface Findings {
  /** Events that were acknowledged, or seen by a reader, and are not in the ledger. */
  readonly lost: number;
  readonly doubled: number;
  /** Batches of which a part is in the ledger. */
  readonly torn: number;
  /** Sums that are not those of a rebuild, or not what the events give. */
  readonly wrongSums: number;
  /** What is wrong with the chain, or with a head that was told. */
  readonly brokenChain: number;
  /** Events in the ledger. */
  readonly stored: number;
}

/** Takes down what a writer says. */
export function hearInto(told: Told): (message: Message) => void {
  const { acknowledged, heads, refusals, unanswered } = told;
  return (message) => {
    if (message.is === 'acknowledged') for (const id of message.ids) acknowledged.add(id);
    if (message.is === 'refused') refusals.push(message.why);
    if (message.is === 'unanswered') unanswered.push(message.why);
    if (message.is === 'sealed') {
      const { number, head } = message;
      heads.push({ trial: fingerprint, number, head, last: 0, sealedAt: '' });
    }
  };
}

async function sumsOf(store: Store): Promise<readonly unknown[]> {
  return [
    await store.summaries(fingerprint),
    await store.unitDays(fingerprint),
    await store.days(fingerprint),
    await store.flow(fingerprint),
  ];
}

async function countedAlone(events: readonly TrialEvent[]): Promise<readonly unknown[]> {
  await using memory = memoryStore();
  await memory.register(trial);
  await memory.append(events);
  return await sumsOf(memory);
}

function tornBatches(events: readonly TrialEvent[]): number {
  const parts = new Map<string, { readonly size: number; events: number }>();
  for (const event of events) {
    const { name, size } = batchOf(event);
    const part = parts.get(name);
    if (part === undefined) parts.set(name, { size, events: 1 });
    else part.events += 1;
  }
  return [...parts.values()].filter(({ size, events }) => size !== events).length;
}

const differing = (left: readonly unknown[], right: readonly unknown[]): number =>
  left.filter((part, index) => !isDeepStrictEqual(part, right[index])).length;

/**
 * Holds a ledger that nobody writes to against what was said of it.
 *
 * @param fully whether all sums are also counted from the events, besides a rebuild
 */
export async function audit(
  store: Store,
  { acknowledged, seen, heads }: Told,
  { fully }: { readonly fully: boolean },
): Promise<Findings> {
  await store.register(trial);
  const events: TrialEvent[] = [];
  for await (const { event } of store.read({ trial: fingerprint })) events.push(event);
  const stored = new Set(events.map(({ id }) => id));
  const missing = (ids: ReadonlySet<string>): number =>
    [...ids].filter((id) => !stored.has(id)).length;

  const folded = await sumsOf(store);
  await store.rebuild(fingerprint);
  let wrongSums = differing(folded, await sumsOf(store));
  if (fully) wrongSums += differing(folded, await countedAlone(events));

  await store.seal(fingerprint);
  const chain = await verifyChain(store, { fingerprint, retiredAt: null }, { published: heads });
  return {
    lost: missing(acknowledged) + missing(seen),
    doubled: events.length - stored.size,
    torn: tornBatches(events),
    wrongSums,
    brokenChain: chain.problems.length + chain.unsealed,
    stored: stored.size,
  };
}
