import type { Logger } from 'pino';
import type { Protocol } from '../trial/protocol.ts';
import type { Trial } from '../trial/trial.ts';
import { assignerOf } from './assigner.ts';
import { chronicleOf } from './chronicle.ts';
import { composerOf } from './compose.ts';
import { impressionsOf } from './impressions.ts';
import { logOptions } from './log-options.ts';
import type { TrialLog } from './log-port.ts';
import type { Openings } from './openings.ts';
import { openingsWithin } from './openings.ts';
import type { Store } from './port.ts';
import { recorderOf } from './recorder.ts';
import { safeLogger } from './safe-logger.ts';

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
  /** How many events may be on their way to the ledger before more are lost; default 10,000. */
  readonly capacity?: number | undefined;
  /** How often to look whether the trial was stopped, milliseconds; default 2,000. */
  readonly refreshEvery?: number | undefined;
}

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

/**
 * Opens the log of a trial on a store: registers the trial, and takes up what the ledger knows of
 * its stop and of the charts opened last. The store stays the caller's to close.
 *
 * @throws ProtocolMismatchError when the store holds another protocol for this trial and round
 * @throws StoreUnusableError when the ledger cannot be read or written
 * @throws KeyError when the store was opened without its key
 * @throws RangeError when an option is out of range, an id that opted out or was forced is empty or no
 *   text, or a forced arm does not exist
 */
export async function openLog<P extends Protocol>(
  trial: Trial<P>,
  store: Store,
  options: OpenLogOptions = {},
): Promise<TrialLog<P>> {
  const { optedOut, forced, capacity, refreshEvery } = logOptions(trial, options);
  const logger = safeLogger(options.logger);
  const { fingerprint, repeatWindow } = trial;
  const clock = options.now ?? Date.now;
  const now = (): number => Math.floor(clock());
  let stoppedAt: number | undefined;

  const assign = assignerOf({
    trial,
    pseudonym: (kind, id) => store.pseudonym(kind, id),
    logger,
    now,
    stoppedAt: () => stoppedAt,
    optedOut,
    forced,
  });
  // A store without a key would turn every assignment into a fault: better said at once.
  store.pseudonym('patient', 'key check');
  await store.register(trial);
  stoppedAt = await stopOf(store, fingerprint);
  const openings = openingsWithin(repeatWindow);
  await recallOpenings(store, { openings, trial: fingerprint, since: now() - repeatWindow });

  const composer = composerOf(trial, now);
  const recorder = recorderOf({ store, capacity, logger, gapOf: composer.gap });
  const impressions = impressionsOf(fingerprint, store);

  const refresh = async (): Promise<void> => {
    try {
      stoppedAt = await stopOf(store, fingerprint);
    } catch {
      // Whoever uses the log hears of a broken store by what is lost; assignment goes on.
    }
    await recorder.writeGaps();
  };
  const timer = setInterval(() => void refresh().catch(() => undefined), refreshEvery);
  timer.unref();

  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    const end = async (): Promise<void> => {
      clearInterval(timer);
      recorder.end();
      await recorder.flush();
      await recorder.writeGaps();
    };
    closing ??= end();
    return closing;
  };

  return {
    trial,
    get counters() {
      return recorder.counters;
    },
    assign,
    ...chronicleOf({ trial, composer, recorder, openings, impressions, now, assign }),
    flush: () => recorder.flush(),
    close,
    [Symbol.asyncDispose]: close,
  };
}
