import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Allocation } from '../../allocation/list/allocation.ts';
import { hasNewAmendments } from '../../allocation/list/extends.ts';
import { ProtocolMismatchError, StoreClosedError, StoreUnusableError } from '../../errors.ts';
import type { TrialEvent } from '../../events/event.ts';
import type { Trial } from '../../trial/trial.ts';
import { checkEvent } from '../check.ts';
import type { KeyMaterial } from '../keys/key.ts';
import { keyBytes, keyCheckOf, parseKey } from '../keys/key.ts';
import { segmentsAfter } from './chain.ts';
import { countDelays, countEvents } from './counts.ts';
import { countFlow, sumDays, summarize, sumUnitDays } from './sums.ts';
import type {
  DaySums,
  EventQuery,
  FlowCount,
  RegisteredTrial,
  Segment,
  SequencedEvent,
  Store,
  TrialStatistics,
  UnitDaySums,
  UnitSummary,
} from '../port.ts';
import { pseudonymizer } from '../keys/pseudonym.ts';
import { checkRetirable } from '../retirable.ts';
import { timedCount } from '../counts/timed-count.ts';

/** How to make a store in memory. */
export interface MemoryStoreOptions {
  /** The pseudonym key; default a new one, lost with the store. */
  readonly key?: KeyMaterial | undefined;
}

/** What stands of a trial whose events were retired. */
interface Retired {
  readonly at: number;
  readonly summaries: readonly UnitSummary[];
  readonly unitDays: readonly UnitDaySums[];
  readonly days: readonly DaySums[];
  readonly flow: readonly FlowCount[];
}

interface Held {
  readonly trial: Trial;
  readonly registeredAt: number;
  stoppedAt: number | null;
  allocation: Allocation | undefined;
  segments: readonly Segment[];
  retired: Retired | undefined;
}

function isSame(event: TrialEvent, other: TrialEvent): boolean {
  const content = (document: TrialEvent): unknown =>
    JSON.parse(JSON.stringify({ ...document, receivedAt: 0 }));
  return isDeepStrictEqual(content(event), content(other));
}

function mismatch(message: string): ProtocolMismatchError {
  return new ProtocolMismatchError(`${message}: a changed protocol is a new round`);
}

function protocolOf(trial: Trial): RegisteredTrial['protocol'] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- JSON it is
  return JSON.parse(JSON.stringify(trial.protocol)) as RegisteredTrial['protocol'];
}

/**
 * Makes a store that lives in memory and ends with the process, for tests, simulations and
 * notebooks. It counts from all events at every question.
 *
 * @throws KeyError when the key is malformed
 */
export function memoryStore(options: MemoryStoreOptions = {}): Store {
  const key = parseKey(options.key ?? randomBytes(keyBytes));
  const pseudonym = pseudonymizer(key);
  const trials = new Map<string, Held>();
  // At the places of its events that were removed there is nothing.
  const events: (TrialEvent | undefined)[] = [];
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
  const withEvents = (fingerprint: string): Held => {
    const trial = held(fingerprint);
    if (trial.retired === undefined) return trial;
    throw new StoreUnusableError(
      'the events of the trial have been retired: only its sums are there, and it takes no more',
    );
  };
  const eventsOf = (fingerprint: string): readonly TrialEvent[] =>
    events.filter((event) => event !== undefined).filter(({ trial }) => trial === fingerprint);

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
      segments: [],
      retired: undefined,
    });
  };
  const append: Store['append'] = async (documents) => {
    check();
    const checked = documents.map(checkEvent);
    for (const { trial } of checked) withEvents(trial);
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
      .map(({ trial, registeredAt, stoppedAt, retired }) => ({
        id: trial.id,
        round: trial.round,
        fingerprint: trial.fingerprint,
        protocol: protocolOf(trial),
        registeredAt,
        stoppedAt,
        retiredAt: retired?.at ?? null,
      }))
      .sort((left, right) =>
        left.id < right.id ? -1 : left.id > right.id ? 1 : left.round - right.round,
      );
  const sumsOf = (fingerprint: string): Omit<Retired, 'at'> => {
    const { trial, retired } = held(fingerprint);
    if (retired !== undefined) return retired;
    const own = eventsOf(fingerprint);
    return {
      summaries: summarize(own, trial.responseWindow),
      unitDays: sumUnitDays(own, trial.responseWindow),
      days: sumDays(own, trial.responseWindow),
      flow: countFlow(own),
    };
  };
  const seal = (fingerprint: string): Segment | undefined => {
    const trial = held(fingerprint);
    const before = trial.segments.at(-1);
    const unsealed = events.flatMap((event, index) =>
      event?.trial === fingerprint && index >= (before?.last ?? 0)
        ? [{ sequence: index + 1, event }]
        : [],
    );
    trial.segments = [
      ...trial.segments,
      ...segmentsAfter(fingerprint, { before, events: unsealed }),
    ];
    return trial.segments.at(-1);
  };
  const retire: Store['retire'] = async (fingerprint, at) => {
    const own = held(fingerprint);
    if (own.retired !== undefined) return;
    const { trial, stoppedAt } = own;
    checkRetirable({ ...trial, protocol: protocolOf(trial), stoppedAt }, at);
    seal(fingerprint);
    own.retired = { at, ...sumsOf(fingerprint) };
    events.forEach((event, index) => {
      if (event?.trial !== fingerprint) return;
      byId.delete(event.id);
      events[index] = undefined;
    });
  };
  const statisticsOf = (fingerprint: string): TrialStatistics => {
    const { segments } = held(fingerprint);
    const sealed = segments.reduce((sum, segment) => sum + segment.events, 0);
    const own = eventsOf(fingerprint);
    const unsealed = own.filter((_, index) => index >= sealed).length;
    const times = own.map(({ at }) => at);
    return {
      fingerprint,
      events: sealed + unsealed,
      unfolded: 0,
      unsealed,
      segments: segments.length,
      firstAt: own.length === 0 ? null : times.reduce((one, other) => Math.min(one, other)),
      lastAt: own.length === 0 ? null : times.reduce((one, other) => Math.max(one, other)),
    };
  };
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
    summaries: async (fingerprint) => sumsOf(fingerprint).summaries,
    unitDays: async (fingerprint) => sumsOf(fingerprint).unitDays,
    days: async (fingerprint) => sumsOf(fingerprint).days,
    counts: async (fingerprint, { counts, asOf }) => {
      const { responseWindow } = withEvents(fingerprint).trial;
      const timed = counts.map(timedCount);
      return countEvents(eventsOf(fingerprint), timed, { responseWindow, asOf });
    },
    delays: async (fingerprint) =>
      countDelays(eventsOf(fingerprint), withEvents(fingerprint).trial.responseWindow),
    flow: async (fingerprint) => sumsOf(fingerprint).flow,
    rebuild: async (fingerprint) => {
      // Nothing is kept here that could be made again.
      withEvents(fingerprint);
    },
    seal: async (fingerprint) => seal(fingerprint),
    segments: async (fingerprint) => held(fingerprint).segments,
    retire,
    statistics: async () => {
      check();
      const statistics = registered().map(({ fingerprint }) => statisticsOf(fingerprint));
      return { engine: 'memory', schema: 0, bytes: null, trials: statistics };
    },
    keyCheck: async () => {
      check();
      return keyCheckOf(key);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
