import { setTimeout as sleep } from 'node:timers/promises';
import { StoreClosedError, StoreFullError, StoreUnusableError } from '../../errors.ts';
import type { LedgerFile } from '../embedded/open-store.ts';
import type { EventQuery, Store } from '../port.ts';
import { answerWithin } from './answer-within.ts';
import type { Definitions } from './definitions.ts';
import { discardOld } from './discard.ts';
import type { Forwarder } from './forwarder.ts';
import type { Link } from './link.ts';
import { moment } from './link.ts';
import type { SpoolOptions } from './options.ts';
import type { SpooledStore, SpoolState } from './spooled-store.ts';
import { isAway } from './upstream.ts';

// How long another service may need to forward what it has, once the server is back, milliseconds.
const catchUp = 15_000;
const lookAgainAfter = 250;

/** What a spool is made of. */
export interface SpoolParts extends SpoolOptions {
  readonly link: Link;
  readonly definitions: Definitions;
  readonly forwarder: Forwarder;
}

/** Only impressions since an instant: what a log asks for when it opens. */
function isRecall({ types, since }: EventQuery): boolean {
  return since !== undefined && types?.length === 1 && types[0] === 'impression';
}

/** The spool as a store. */
export function spoolOf(
  ledger: LedgerFile,
  { link, definitions, forwarder, ...options }: SpoolParts,
): SpooledStore {
  const { store: file } = ledger;
  const { location } = file;
  const endDiscarding = discardOld(ledger, options);
  let entering = 0;
  let closing: Promise<void> | undefined;

  const check = (): void => {
    if (closing !== undefined) throw new StoreClosedError(`${location} has been closed`);
  };
  const open =
    <A extends readonly unknown[], T>(
      operation: (...given: A) => Promise<T>,
    ): ((...given: A) => Promise<T>) =>
    async (...given) => {
      check();
      return operation(...given);
    };
  /** A question to the server's ledger, once it has what was appended here before. */
  const reading = <A extends readonly unknown[], T>(
    question: (upstream: Store, ...given: A) => Promise<T>,
  ): ((...given: A) => Promise<T>) =>
    open(async (...given) =>
      link.demand(async (upstream) => {
        await forwarder.drained();
        return question(upstream, ...given);
      }),
    );

  const state = (): SpoolState => {
    const { connected, since } = link;
    const error = link.error ?? definitions.error;
    return { ...forwarder.counts, connected, since, ...(error !== undefined && { error }) };
  };

  const append: Store['append'] = async (events) => {
    if (events.some(({ trial }) => definitions.isRetired(trial))) {
      throw new StoreUnusableError(
        'the events of the trial have been retired: the ledger takes no more of them',
      );
    }
    const waiting = forwarder.counts.waiting + entering;
    if (waiting + events.length > options.maxWaiting) {
      throw new StoreFullError(
        `${waiting} events are waiting for the server and at most ${options.maxWaiting} may: none of these ${events.length} was taken`,
      );
    }
    entering += events.length;
    try {
      const receipt = await file.append(events);
      forwarder.added(events, receipt.accepted);
      return receipt;
    } catch (cause) {
      if (cause instanceof StoreUnusableError) forwarder.ranShort();
      throw cause;
    } finally {
      entering -= events.length;
    }
  };

  const find: Store['find'] = async (id) => {
    const here = await file.find(id);
    // The file forgets later than the server that the events of a trial were removed.
    if (here !== undefined) return definitions.isRetired(here.trial) ? undefined : here;
    const asked = performance.now();
    for (;;) {
      const left = Math.max(0, asked + options.patience - performance.now());
      const there = await link.insist(async (upstream) => upstream.find(id), left);
      if (there !== undefined) return there;
      // After an outage it may still be in the spool of the service that showed it.
      const doubt = (link.cameBackAt ?? -Infinity) + catchUp;
      if (performance.now() >= Math.min(doubt, asked + options.patience)) return undefined;
      await sleep(lookAgainAfter);
    }
  };

  async function* read(query: EventQuery): ReturnType<Store['read']> {
    check();
    let begun = false;
    try {
      const events = await link.demand(async (upstream) => {
        if (!isRecall(query)) await forwarder.drained();
        else if ((await answerWithin(forwarder.drained(), moment)) === undefined) return undefined;
        return upstream.read(query);
      });
      for await (const event of events ?? file.read(query)) {
        begun = true;
        yield event;
      }
    } catch (cause) {
      if (begun || !isRecall(query) || !isAway(cause)) throw cause;
      check();
      yield* file.read(query);
    }
  }

  const close = (): Promise<void> => {
    const end = async (): Promise<void> => {
      endDiscarding();
      // What the server does not take now waits in the file for the next opening.
      await answerWithin(
        link.demand(async () => forwarder.drained()).catch(() => undefined),
        options.drainFor,
      );
      const ended = Promise.allSettled([forwarder.stop(), link.close()]);
      await answerWithin(ended, moment);
      await file.close();
    };
    closing ??= end();
    return closing;
  };

  return {
    location,
    get state() {
      return state();
    },
    pseudonym: file.pseudonym,
    register: open(definitions.register),
    trials: open(definitions.trials),
    keepAllocation: open(definitions.keepAllocation),
    allocation: open(definitions.allocation),
    stop: open(definitions.stop),
    append: open(append),
    find: open(find),
    read,
    summaries: reading((upstream, fingerprint: string) => upstream.summaries(fingerprint)),
    unitDays: reading((upstream, fingerprint: string) => upstream.unitDays(fingerprint)),
    days: reading((upstream, fingerprint: string) => upstream.days(fingerprint)),
    counts: reading((upstream, ...query: Parameters<Store['counts']>) => upstream.counts(...query)),
    delays: reading((upstream, fingerprint: string) => upstream.delays(fingerprint)),
    flow: reading((upstream, fingerprint: string) => upstream.flow(fingerprint)),
    rebuild: reading((upstream, fingerprint: string) => upstream.rebuild(fingerprint)),
    seal: reading((upstream, fingerprint: string) => upstream.seal(fingerprint)),
    segments: reading((upstream, fingerprint: string) => upstream.segments(fingerprint)),
    retire: reading(async (upstream, fingerprint: string, at: number) => {
      await upstream.retire(fingerprint, at);
      definitions.retired(fingerprint);
    }),
    statistics: reading(async (upstream) => ({ ...(await upstream.statistics()), spool: state() })),
    keyCheck: open(() => file.keyCheck()),
    close,
    [Symbol.asyncDispose]: close,
  };
}
