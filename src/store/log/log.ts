import type { Logger } from 'pino';
import type { Allocation } from '../../allocation/list/allocation.ts';
import { allocationFrom } from '../../allocation/list/allocation-from.ts';
import { checkWithin } from '../../allocation/within.ts';
import { AllocationError, KeyError, nameOf, ProtocolError } from '../../errors.ts';
import type { Protocol } from '../../trial/protocol.ts';
import type { Trial } from '../../trial/trial.ts';
import { assignerOf } from './assigner.ts';
import { backfillOf } from './backfill.ts';
import { chronicleOf } from './chronicle.ts';
import { composerOf } from './compose.ts';
import { impressionsOf } from './impressions.ts';
import { logOptions } from './options.ts';
import type { TrialLog } from './port.ts';
import type { Openings } from './openings.ts';
import { openingsWithin } from './openings.ts';
import type { Segment, Store } from '../port.ts';
import { recorderOf } from './recorder.ts';
import { safeLogger } from './safe-logger.ts';
import { sealerOf } from './sealer.ts';
import { answerWithin } from '../spool/answer-within.ts';

/** How to open a log. */
export interface OpenLogOptions {
  /** Told of losses and rejections, never of ids; default silent. */
  readonly logger?: Logger | undefined;
  /** The clock, milliseconds since 1970-01-01T00:00Z; default `Date.now`. */
  readonly now?: (() => number) | undefined;
  /** Ids of patients and units who opted out, as the caller knows them. */
  readonly optedOut?: Iterable<string> | undefined;
  /** Arms by unit id, as the caller knows it, for testing an arm by hand; never counted. */
  readonly forced?: ReadonlyMap<string, string> | undefined;
  /**
   * The list of a trial that allocates from one; it is kept in the store. Default: the list that the
   * store keeps. Amendments that are kept there later are taken up while the log is open.
   */
  readonly allocation?: Allocation | undefined;
  /**
   * Of a trial within another, the log of that one, with the same key: it is asked for the subject's
   * arm there at the same instant. It stays the caller's to close.
   */
  readonly within?: Pick<TrialLog, 'trial' | 'assign'> | undefined;
  /** How many events may be on their way to the ledger before more are lost; default 10,000. */
  readonly capacity?: number | undefined;
  /** How often to look whether the trial was stopped, milliseconds; default 2,000. */
  readonly refreshEvery?: number | undefined;
  /**
   * How often to seal what is new, milliseconds; default an hour. It is also done at the close, which waits
   * 5 seconds for it at most. Each head goes to the logger.
   */
  readonly sealEvery?: number | undefined;
  /** Told each new head, to publish it outside of the ledger; see `publishHead`. */
  readonly onSeal?: ((segment: Segment) => unknown) | undefined;
}

// How long a close waits for its seal at most, milliseconds.
const sealingAtClose = 5_000;

async function recallOpenings(
  store: Store,
  {
    openings,
    trial,
    since,
  }: { readonly openings: Openings; readonly trial: string; readonly since: number },
): Promise<void> {
  for await (const { event } of store.read({ trial, since, types: ['impression'] })) {
    if (event.type === 'impression') openings.recall(event);
  }
}

async function stopOf(store: Store, fingerprint: string): Promise<number | undefined> {
  const trials = await store.trials();
  return trials.find((trial) => trial.fingerprint === fingerprint)?.stoppedAt ?? undefined;
}

function checkFirst(trial: Trial, first: Pick<TrialLog, 'trial'> | undefined): void {
  const { within } = trial.protocol;
  if (first !== undefined) {
    checkWithin(trial, first.trial);
  } else if (within !== undefined) {
    throw new ProtocolError([
      {
        path: 'within',
        message: `trial ${trial.id}, round ${trial.round}, lies within ${within.trial}, round ${within.round}: open the log of that one first and give it here as \`within\``,
      },
    ]);
  }
}

/** Checks that both steps know a person by the same pseudonym, without which nothing could be replayed. */
function checkSameKey(store: Store, first: Pick<TrialLog, 'trial' | 'assign'>): void {
  const { unit, startsAt } = first.trial;
  if (unit === 'practice') return;
  const probe = { patient: 'p', practice: 'p', clinician: 'p', encounter: 'p' };
  let known: string | undefined;
  try {
    known = first.assign(probe, { at: startsAt }).ids[unit];
  } catch {
    // A log that breaks is no reason not to open this one: it serves the control arm.
    return;
  }
  if (known !== undefined && known !== store.pseudonym(unit, 'p')) {
    throw new KeyError(
      `the log of ${first.trial.id}, round ${first.trial.round}, works with another key: give both stores the same`,
    );
  }
}

/** The list of a trial: the one that is given, which the store keeps from now on, or the one it keeps. */
async function takeUpAllocation(
  trial: Trial,
  store: Store,
  given: Allocation | undefined,
): Promise<Allocation | undefined> {
  if (given !== undefined) await store.keepAllocation(given);
  if (trial.allocation.kind === 'hashed') return undefined;
  const kept = await store.allocation(trial.fingerprint);
  if (kept !== undefined) return allocationFrom(trial, kept);
  throw new AllocationError([
    {
      path: '',
      message: `trial ${trial.id}, round ${trial.round}, allocates from a list and has none yet: make it with \`allocate\` (or \`rapidcycle allocate\`), and give it as \`allocation\` (or \`--allocation\`) where the store does not keep it`,
    },
  ]);
}

/** The list with the amendments that were kept since; the same object while there are none. */
async function latestOf(trial: Trial, store: Store, allocation: Allocation): Promise<Allocation> {
  const kept = await store.allocation(allocation.trial);
  return kept === undefined || kept.checksum === allocation.checksum
    ? allocation
    : allocationFrom(trial, kept);
}

/**
 * Opens the log of a trial on a store: registers the trial, and takes up what the ledger knows of
 * its stop and of the charts opened last. The store stays the caller's to close.
 *
 * @throws ProtocolMismatchError when the store holds another protocol for this trial and round
 * @throws ProtocolError when the trial lies within another and the log of that one is not given, or
 *   does not fit
 * @throws AllocationError when the trial allocates from a list and there is none, or the store keeps
 *   another one
 * @throws StoreUnusableError when the ledger cannot be read or written
 * @throws KeyError when the store was opened without its key, or the log of the first step works with
 *   another one
 * @throws RangeError when an option is out of range, an id that opted out or was forced is empty or no
 *   text, or a forced arm does not exist
 */
export async function openLog<P extends Protocol>(
  trial: Trial<P>,
  store: Store,
  options: OpenLogOptions = {},
): Promise<TrialLog<P>> {
  const { optedOut, forced, capacity, refreshEvery, sealEvery } = logOptions(trial, options);
  checkFirst(trial, options.within);
  const logger = safeLogger(options.logger);
  const { fingerprint, repeatWindow } = trial;
  const clock = options.now ?? Date.now;
  const now = (): number => Math.floor(clock());
  let stoppedAt: number | undefined;
  let allocation: Allocation | undefined;

  const assign = assignerOf({
    trial,
    pseudonym: store.pseudonym,
    logger,
    now,
    stoppedAt: () => stoppedAt,
    allocation: () => allocation,
    within: options.within,
    optedOut,
    forced,
  });
  const given = options.allocation && allocationFrom(trial, options.allocation);
  // A store without a key would turn every assignment into a fault: better said at once.
  store.pseudonym('patient', 'key check');
  if (options.within !== undefined) checkSameKey(store, options.within);
  await store.register(trial);
  stoppedAt = await stopOf(store, fingerprint);
  allocation = await takeUpAllocation(trial, store, given);
  if (allocation !== undefined && given !== undefined && allocation.checksum !== given.checksum) {
    const { length } = allocation.amendments;
    logger?.warn(
      { amendments: length },
      'the ledger keeps the list with more amendments: they hold',
    );
  }
  const openings = openingsWithin(repeatWindow);
  await recallOpenings(store, { openings, trial: fingerprint, since: now() - repeatWindow });

  const composer = composerOf(trial, now);
  const recorder = recorderOf({ store, capacity, logger, now, gapOf: composer.gap });
  const impressions = impressionsOf(fingerprint, store);

  let isRefusalTold = false;
  const refresh = async (): Promise<void> => {
    try {
      stoppedAt = await stopOf(store, fingerprint);
      if (allocation !== undefined) allocation = await latestOf(trial, store, allocation);
    } catch (cause) {
      // Whoever uses the log hears of a broken store by what is lost; assignment goes on.
      if (cause instanceof AllocationError && !isRefusalTold) {
        isRefusalTold = true;
        const error = nameOf(cause);
        logger?.error({ error }, 'the list that the ledger keeps was refused: the last one holds');
      }
    }
    await recorder.writeGaps();
  };
  const timer = setInterval(() => void refresh().catch(() => undefined), refreshEvery);
  timer.unref();
  const sealer = sealerOf({ store, trial: fingerprint, logger, onSeal: options.onSeal });
  const sealing = setInterval(() => void sealer.seal(), sealEvery);
  sealing.unref();

  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    const end = async (): Promise<void> => {
      clearInterval(timer);
      clearInterval(sealing);
      recorder.end();
      await recorder.flush();
      await recorder.writeGaps();
      // A server that does not answer must not keep a service from ending; what is new is sealed the next time.
      await answerWithin(sealer.seal(), sealingAtClose);
    };
    closing ??= end();
    return closing;
  };

  return {
    trial,
    get counters() {
      return { ...recorder.counters, spooled: store.state?.waiting ?? 0 };
    },
    assign,
    ...chronicleOf({ trial, composer, recorder, openings, impressions, now, assign }),
    backfill: () => backfillOf({ trial, store, composer, recorder }),
    flush: () => recorder.flush(),
    close,
    [Symbol.asyncDispose]: close,
  };
}
