import { AllocationError, ProtocolMismatchError } from '../../errors.ts';
import { trialFrom } from '../../trial/trial.ts';
import type { RegisteredTrial, Store } from '../port.ts';
import type { LogLines } from '../log/safe-logger.ts';
import type { Answered } from './answer-within.ts';
import type { Link } from './link.ts';

/** The trials of a spool, with their stops and lists: in the file and in the ledger of the server. */
export interface Definitions extends Pick<
  Store,
  'register' | 'trials' | 'keepAllocation' | 'allocation' | 'stop'
> {
  /** Whether the server has everything that was defined here. */
  readonly isForwarded: boolean;
  /** What of it the server refuses, in words. */
  readonly error: string | undefined;
  /** Whether the events of a trial were removed on the server. */
  isRetired(fingerprint: string): boolean;
  /** Whether the server takes no event of a trial any more, or never did. */
  isRefused(fingerprint: string): boolean;
  /** Takes note that the events of a trial were removed on the server. */
  retired(fingerprint: string): void;
  /** Gives the server what was defined while it was away, and takes what was defined elsewhere. */
  exchange(upstream: Store): Promise<void>;
}

function byRound(left: RegisteredTrial, right: RegisteredTrial): number {
  return left.id < right.id ? -1 : left.id > right.id ? 1 : left.round - right.round;
}

/** The definitions of a spool. */
export function definitionsOf(
  file: Store,
  {
    link,
    logger,
    wake,
  }: {
    readonly link: Pick<Link, 'ask'>;
    readonly logger: LogLines | undefined;
    /** Begins to forward. */
    readonly wake: () => void;
  },
): Definitions {
  let changes = 0;
  let forwarded = -1;
  /** As the server last told them, by fingerprint. */
  let theirs: ReadonlyMap<string, RegisteredTrial> = new Map();
  const mismatched = new Set<string>();
  const retired = new Set<string>();
  const problems = new Map<string, string>();

  const inFile = async (fingerprint: string): Promise<RegisteredTrial | undefined> =>
    (await file.trials()).find((trial) => trial.fingerprint === fingerprint);

  /** The answer, unless the server does not know the trial yet. */
  const unlessUnknown = async <T>(
    answer: Promise<Answered<T> | undefined>,
  ): Promise<Answered<T> | undefined> => {
    try {
      return await answer;
    } catch (cause) {
      if (cause instanceof ProtocolMismatchError) return undefined;
      throw cause;
    }
  };
  const changed = (told: Answered<unknown> | undefined): void => {
    if (told !== undefined) return;
    changes += 1;
    wake();
  };
  const refuse = (fingerprint: string, problem: string): void => {
    if (problems.get(fingerprint) === problem) return;
    problems.set(fingerprint, problem);
    logger?.error({}, problem);
  };

  /** Keeps what the server told, so that it holds when the server is away, after a restart too. */
  const learn = async (trials: readonly RegisteredTrial[]): Promise<void> => {
    theirs = new Map(trials.map((trial) => [trial.fingerprint, trial]));
    for (const { fingerprint, retiredAt } of trials)
      if (retiredAt !== null) retired.add(fingerprint);
    for (const { fingerprint, stoppedAt } of await file.trials()) {
      const stop = theirs.get(fingerprint)?.stoppedAt ?? null;
      if (stoppedAt === null && stop !== null) await file.stop(fingerprint, stop);
    }
  };
  const giveTrial = async (upstream: Store, trial: RegisteredTrial): Promise<boolean> => {
    try {
      await upstream.register(trialFrom(trial.protocol));
      return true;
    } catch (cause) {
      if (!(cause instanceof ProtocolMismatchError)) throw cause;
      mismatched.add(trial.fingerprint);
      refuse(
        trial.fingerprint,
        `the server's ledger holds another protocol for round ${trial.round} of "${trial.id}": what happens under this one stays in the file of the spool; a changed protocol is a new round`,
      );
      return false;
    }
  };
  const exchangeList = async (upstream: Store, trial: RegisteredTrial): Promise<void> => {
    const { fingerprint } = trial;
    try {
      const ours = await file.allocation(fingerprint);
      if (ours !== undefined) await upstream.keepAllocation(ours);
      const other = await upstream.allocation(fingerprint);
      if (other !== undefined) await file.keepAllocation(other);
    } catch (cause) {
      if (!(cause instanceof AllocationError)) throw cause;
      refuse(
        fingerprint,
        `the server's ledger keeps another list for round ${trial.round} of "${trial.id}" than the spool: its clusters have two arms; stop one of the two`,
      );
    }
  };

  return {
    get isForwarded() {
      return forwarded === changes;
    },
    get error() {
      return problems.size === 0 ? undefined : [...problems.values()].join('; ');
    },
    isRetired: (fingerprint) => retired.has(fingerprint),
    isRefused: (fingerprint) => mismatched.has(fingerprint) || retired.has(fingerprint),
    retired: (fingerprint) => {
      retired.add(fingerprint);
    },
    exchange: async (upstream) => {
      const begun = changes;
      await learn(await upstream.trials());
      for (const trial of await file.trials()) {
        const there = theirs.get(trial.fingerprint);
        if (there === undefined && !(await giveTrial(upstream, trial))) continue;
        if (trial.stoppedAt !== null && (there?.stoppedAt ?? null) === null) {
          await upstream.stop(trial.fingerprint, trial.stoppedAt);
        }
        await exchangeList(upstream, trial);
      }
      forwarded = begun;
    },
    register: async (trial) => {
      const present = (await file.trials()).find(
        ({ id, round }) => id === trial.id && round === trial.round,
      );
      // What the file refuses the server is not told.
      const isKnown = present === undefined || present.fingerprint === trial.fingerprint;
      const told = isKnown
        ? await link.ask(async (upstream) => upstream.register(trial))
        : undefined;
      await file.register(trial);
      changed(told);
    },
    trials: async () => {
      const asked = await link.ask(async (upstream) => upstream.trials());
      if (asked !== undefined) await learn(asked.value);
      const all = new Map(theirs);
      for (const ours of await file.trials()) {
        const other = all.get(ours.fingerprint) ?? ours;
        all.set(ours.fingerprint, { ...other, stoppedAt: other.stoppedAt ?? ours.stoppedAt });
      }
      return [...all.values()].sort(byRound);
    },
    keepAllocation: async (allocation) => {
      const told = await unlessUnknown(
        link.ask(async (upstream) => upstream.keepAllocation(allocation)),
      );
      await file.keepAllocation(allocation);
      changed(told);
    },
    allocation: async (fingerprint) => {
      const asked = await unlessUnknown(
        link.ask(async (upstream) => upstream.allocation(fingerprint)),
      );
      if (asked !== undefined && (await inFile(fingerprint)) === undefined) return asked.value;
      if (asked?.value !== undefined) await file.keepAllocation(asked.value);
      return file.allocation(fingerprint);
    },
    stop: async (fingerprint, at) => {
      const isHere = (await inFile(fingerprint)) !== undefined;
      if (isHere) await file.stop(fingerprint, at);
      const told = await unlessUnknown(
        link.ask(async (upstream) => upstream.stop(fingerprint, at)),
      );
      if (told === undefined && !isHere) await file.stop(fingerprint, at);
      if (isHere) changed(told);
    },
  };
}
