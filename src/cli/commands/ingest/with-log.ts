import { UsageError } from '../../../errors.ts';
import type { Recorded, Settlement, Store, TrialLog } from '../../../store/index.ts';
import { openLog } from '../../../store/index.ts';
import { trialFrom } from '../../../trial/trial.ts';
import type { TrialChoice } from '../../ledger.ts';
import { loggerOf } from '../../logger.ts';
import { chooseTrial, needLedger, openWithKey } from '../../ledger.ts';
import { readIds } from '../../read-file.ts';
import { onEndSignal } from '../../signals.ts';
import type { Streams } from '../../streams.ts';
import { tell } from '../../streams.ts';
import { grouped } from '../../words.ts';

/** Into which trial of which ledger something is ingested. */
export interface IntoArguments extends TrialChoice {
  readonly ledger: string;
  readonly keyFile?: string | undefined;
  /** A file of ids of patients who opted out. */
  readonly optOut?: string | undefined;
  readonly dryRun: boolean;
  readonly json: boolean;
  readonly logLevel: string;
}

/** A ledger and the log of one of its trials. */
export interface Opened {
  readonly store: Store;
  readonly log: TrialLog;
}

/** Counts why the ledger did not take what it was told. */
function watched(log: TrialLog): {
  readonly log: TrialLog;
  readonly reasons: ReadonlyMap<string, number>;
} {
  const reasons = new Map<string, number>();
  const note = async (settled: Promise<Settlement>): Promise<void> => {
    const { status, error } = await settled;
    if (status === 'durable' || status === 'duplicate') return;
    const problem = error?.problems[0];
    const reason =
      problem === undefined ? (error?.message ?? status) : `${problem.path}: ${problem.message}`;
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  };
  const watch = (recorded: Recorded): Recorded => {
    void note(recorded.settled);
    return recorded;
  };
  return {
    reasons,
    log: {
      ...log,
      get counters() {
        return log.counters;
      },
      patientDays: (subject, details) => watch(log.patientDays(subject, details)),
      acceptedOrder: (impression, details) => watch(log.acceptedOrder(impression, details)),
    },
  };
}

/**
 * Opens the log of a trial that a ledger holds, says why anything failed, and closes it again.
 *
 * @throws UsageError when there is no such ledger or trial
 */
export async function withLog<T>(
  { ledger, keyFile, optOut, logLevel, ...choice }: IntoArguments,
  { run, streams }: { readonly run: (opened: Opened) => Promise<T>; readonly streams: Streams },
): Promise<T> {
  needLedger(ledger);
  const optedOut = optOut === undefined ? [] : readIds(optOut, 'The opt-out list');
  const logger = loggerOf(logLevel);
  await using store = await openWithKey(ledger, { keyFile });
  const trial = trialFrom(chooseTrial(await store.trials(), choice).protocol);
  const { within } = trial.protocol;
  if (within !== undefined) {
    throw new UsageError(
      `${trial.id}, round ${trial.round}, lies within ${within.trial}, round ${within.round}: this command knows one trial, and two steps take code that opens both logs (openLog with \`within\`).`,
    );
  }
  await using opened = await openLog(trial, store, { optedOut, logger });
  const { log, reasons } = watched(opened);
  try {
    // Awaited, or the ledger would be closed under it.
    return await run({ store, log });
  } finally {
    for (const [reason, count] of reasons) tell(streams, `  failed: ${grouped(count)}, ${reason}`);
  }
}

/** Aborted when the command is asked to end, so that what is on its way still gets to the ledger. */
export function interruption(): { readonly signal: AbortSignal } & Disposable {
  const controller = new AbortController();
  const signals = onEndSignal(() =>
    controller.abort(new UsageError('Interrupted: run it again to go on.')),
  );
  return { signal: controller.signal, [Symbol.dispose]: () => signals[Symbol.dispose]() };
}
