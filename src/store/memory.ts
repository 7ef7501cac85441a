import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Allocation } from '../allocation/list/allocation.ts';
import { hasNewAmendments } from '../allocation/list/extends.ts';
import { ProtocolMismatchError, StoreClosedError } from '../errors.ts';
import type { TrialEvent } from '../events/event.ts';
import type { Trial } from '../trial/trial.ts';
import { checkEvent } from './check.ts';
import type { KeyMaterial } from './key.ts';
import { keyBytes, parseKey } from './key.ts';
import { countDelays, countEvents } from './memory-counts.ts';
import { countFlow, sumDays, summarize, sumUnitDays } from './memory-sums.ts';
import type { EventQuery, RegisteredTrial, SequencedEvent, Store } from './port.ts';
import { pseudonymizer } from './pseudonym.ts';
import { timedCount } from './timed-count.ts';

/** How to make a store in memory. */
export interface MemoryStoreOptions {
  /** The pseudonym key; default a new one, lost with the store. */
  readonly key?: KeyMaterial | undefined;
}

interface Held {
  readonly trial: Trial;
  readonly registeredAt: number;
  stoppedAt: number | null;
  allocation: Allocation | undefined;
}

function isSame(event: TrialEvent, other: TrialEvent): boolean {
  const content = (document: TrialEvent): unknown =>
    JSON.parse(JSON.stringify({ ...document, receivedAt: 0 }));
  return isDeepStrictEqual(content(event), content(other));
}

function mismatch(message: string): ProtocolMismatchError {
  return new ProtocolMismatchError(`${message}: a changed protocol is a new round`);
}

/**
 * Makes a store that lives in memory and ends with the process, for tests, simulations and
 * notebooks. It counts from all events at every question.
 *
 * @throws KeyError when the key is malformed
 */
export function memoryStore(options: MemoryStoreOptions = {}): Store {
  const pseudonym = pseudonymizer(parseKey(options.key ?? randomBytes(keyBytes)));
  const trials = new Map<string, Held>();
  const events: TrialEvent[] = [];
  const byId = new Map<string, TrialEvent>();
  let closed = false;

  const check = (): void => {
    if (closed) throw new StoreClosedError('the store in memory has been closed');
  };
  const held = (fingerprint: string): Held => {
    check();
    const trial = trials.get(fingerprint);
    if (trial === undefined) throw mismatch('no trial with this fingerprint is registered');
    return trial;
  };
  const eventsOf = (fingerprint: string): readonly TrialEvent[] =>
    events.filter(({ trial }) => trial === fingerprint);

  const register: Store['register'] = async (trial) => {
    check();
    for (const { trial: other } of trials.values()) {
      if (other.id !== trial.id || other.round !== trial.round) continue;
      if (other.fingerprint === trial.fingerprint) return;
      throw mismatch(`round ${trial.round} of "${trial.id}" has another protocol`);
    }
    trials.set(trial.fingerprint, {
      trial,
      registeredAt: Date.now(),
      stoppedAt: null,
      allocation: undefined,
    });
  };
  const append: Store['append'] = async (documents) => {
    check();
    const checked = documents.map(checkEvent);
    for (const { trial } of checked) held(trial);
    const conflicting: string[] = [];
    let accepted = 0;
    for (const event of checked) {
      const present = byId.get(event.id);
      if (present === undefined) {
        byId.set(event.id, event);
        events.push(event);
        accepted += 1;
      } else if (!isSame(event, present)) conflicting.push(event.id);
    }
    return { accepted, duplicate: checked.length - accepted - conflicting.length, conflicting };
  };
  async function* read({
    trial,
    after = 0,
    types,
    since,
  }: EventQuery): AsyncGenerator<SequencedEvent> {
    held(trial);
    const end = events.length;
    for (let index = Math.max(0, after); index < end; index += 1) {
      check();
      const event = events[index];
      if (event?.trial !== trial) continue;
      if (types !== undefined && !types.includes(event.type)) continue;
      if (since !== undefined && event.at < since) continue;
      yield { sequence: index + 1, event };
    }
  }
  const registered = (): readonly RegisteredTrial[] =>
    [...trials.values()]
      .map(({ trial, registeredAt, stoppedAt }) => ({
        id: trial.id,
        round: trial.round,
        fingerprint: trial.fingerprint,
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- JSON it is
        protocol: JSON.parse(JSON.stringify(trial.protocol)) as RegisteredTrial['protocol'],
        registeredAt,
        stoppedAt,
      }))
      .sort((left, right) =>
        left.id < right.id ? -1 : left.id > right.id ? 1 : left.round - right.round,
      );
  const close = async (): Promise<void> => {
    closed = true;
  };

  return {
    location: 'memory',
    pseudonym,
    register,
    trials: async () => {
      check();
      return registered();
    },
    keepAllocation: async (allocation) => {
      const trial = held(allocation.trial);
      const { allocation: kept } = trial;
      if (kept === undefined || hasNewAmendments(kept, allocation)) {
        trial.allocation = structuredClone(allocation);
      }
    },
    allocation: async (fingerprint) => held(fingerprint).allocation,
    stop: async (fingerprint, at) => {
      held(fingerprint).stoppedAt ??= at;
    },
    append,
    find: async (id) => {
      check();
      return byId.get(id);
    },
    read,
    summaries: async (fingerprint) =>
      summarize(eventsOf(fingerprint), held(fingerprint).trial.responseWindow),
    unitDays: async (fingerprint) =>
      sumUnitDays(eventsOf(fingerprint), held(fingerprint).trial.responseWindow),
    days: async (fingerprint) =>
      sumDays(eventsOf(fingerprint), held(fingerprint).trial.responseWindow),
    counts: async (fingerprint, { counts, asOf }) => {
      const { responseWindow } = held(fingerprint).trial;
      const timed = counts.map(timedCount);
      return countEvents(eventsOf(fingerprint), timed, { responseWindow, asOf });
    },
    delays: async (fingerprint) =>
      countDelays(eventsOf(fingerprint), held(fingerprint).trial.responseWindow),
    flow: async (fingerprint) => {
      held(fingerprint);
      return countFlow(eventsOf(fingerprint));
    },
    rebuild: async (fingerprint) => {
      // Nothing is kept here that could be made again.
      held(fingerprint);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
