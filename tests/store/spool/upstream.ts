import { setTimeout as sleep } from 'node:timers/promises';
import { StoreUnusableError } from '../../../src/errors.ts';
import type { SequencedEvent, Store } from '../../../src/store/index.ts';
import { memoryStore } from '../../../src/store/index.ts';
import type { SpooledStore } from '../../../src/store/spool/index.ts';
import { trial } from '../fixtures.ts';

/** The key of every ledger here. */
export const key: string = '7'.repeat(64);

/** A server that is away or hangs when it is told to. */
export interface Server {
  /** Its ledger, past the switch. */
  readonly ledger: Store;
  /** What a spool opens. */
  readonly open: () => Promise<Store>;
  /** How often it was opened. */
  readonly opened: () => number;
  /** From now on every question is refused, or never answered, or answered as usual. */
  turn(mode: Mode): void;
}

type Mode = 'there' | 'away' | 'silent';

/** A server in memory; `before` is called before each append that reaches it. */
export function serverWith(
  ledger: Store = memoryStore({ key }),
  before: (ids: readonly string[]) => void | Promise<void> = () => undefined,
): Server {
  let mode: Mode = 'there';
  const isSilent = (): boolean => mode === 'silent';
  let opened = 0;
  let wake: () => void = () => undefined;
  let turned = new Promise<void>((resolve) => {
    wake = resolve;
  });
  const pass = async (): Promise<void> => {
    while (isSilent()) await turned;
    if (mode === 'away') throw new StoreUnusableError('the server was shut down');
  };
  const guarded = <A extends readonly unknown[], T>(
    operation: (...given: A) => Promise<T>,
  ): ((...given: A) => Promise<T>) => {
    return async (...given) => {
      await pass();
      return operation(...given);
    };
  };
  async function* read(query: Parameters<Store['read']>[0]): AsyncGenerator<SequencedEvent> {
    for await (const event of ledger.read(query)) {
      await pass();
      yield event;
    }
  }
  const open = async (): Promise<Store> => {
    opened += 1;
    await pass();
    const close = async (): Promise<void> => undefined;
    return {
      location: 'a server',
      pseudonym: ledger.pseudonym,
      register: guarded((each) => ledger.register(each)),
      trials: guarded(() => ledger.trials()),
      keepAllocation: guarded((allocation) => ledger.keepAllocation(allocation)),
      allocation: guarded((fingerprint) => ledger.allocation(fingerprint)),
      stop: guarded((fingerprint, at) => ledger.stop(fingerprint, at)),
      append: guarded(async (events) => {
        await before(events.map(({ id }) => id));
        await pass();
        return ledger.append(events);
      }),
      find: guarded((id) => ledger.find(id)),
      read,
      summaries: guarded((fingerprint) => ledger.summaries(fingerprint)),
      unitDays: guarded((fingerprint) => ledger.unitDays(fingerprint)),
      days: guarded((fingerprint) => ledger.days(fingerprint)),
      counts: guarded((fingerprint, query) => ledger.counts(fingerprint, query)),
      delays: guarded((fingerprint) => ledger.delays(fingerprint)),
      flow: guarded((fingerprint) => ledger.flow(fingerprint)),
      rebuild: guarded((fingerprint) => ledger.rebuild(fingerprint)),
      seal: guarded((fingerprint) => ledger.seal(fingerprint)),
      segments: guarded((fingerprint) => ledger.segments(fingerprint)),
      retire: guarded((fingerprint, at) => ledger.retire(fingerprint, at)),
      statistics: guarded(() => ledger.statistics()),
      keyCheck: guarded(() => ledger.keyCheck()),
      close,
      [Symbol.asyncDispose]: close,
    };
  };
  return {
    ledger,
    open,
    opened: () => opened,
    turn: (to) => {
      mode = to;
      wake();
      turned = new Promise((resolve) => {
        wake = resolve;
      });
    },
  };
}

/** The ids of a trial's events, in the order of the ledger. */
export async function idsIn(
  store: Pick<Store, 'read'>,
  fingerprint: string = trial.fingerprint,
): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const { event } of store.read({ trial: fingerprint })) ids.push(event.id);
  return ids;
}

/** Waits until something is so. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await sleep(10);
}

/** Waits until nothing waits for the server. */
export async function drained(spool: SpooledStore): Promise<void> {
  await until(() => spool.state.waiting === 0);
}
