import { readFileSync } from 'node:fs';
import { messageOf, UsageError } from '../../../errors.ts';
import type { Store, TrialLog } from '../../../store/index.ts';
import { openLog } from '../../../store/index.ts';
import { trialFrom } from '../../../trial/trial.ts';
import type { TrialChoice } from '../../ledger.ts';
import { loggerOf } from '../../logger.ts';
import { chooseTrial, needLedger, openWithKey } from '../../ledger.ts';

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

/**
 * The lines of a file of ids.
 *
 * @throws UsageError when it cannot be read
 */
export function readIds(file: string, what: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8')
      .split(/\r?\n/)
      .map((line) => line.trim())
      .filter((line) => line !== '');
  } catch (cause) {
    throw new UsageError(`${what} ${file} cannot be read: ${messageOf(cause)}`, { cause });
  }
}

/**
 * Opens the log of a trial that a ledger holds, and closes it again.
 *
 * @throws UsageError when there is no such ledger or trial
 */
export async function withLog<T>(
  { ledger, keyFile, optOut, logLevel, ...choice }: IntoArguments,
  run: (opened: Opened) => Promise<T>,
): Promise<T> {
  needLedger(ledger);
  await using store = await openWithKey(ledger, { keyFile });
  const trial = trialFrom(chooseTrial(await store.trials(), choice).protocol);
  const optedOut = optOut === undefined ? [] : readIds(optOut, 'The opt-out list');
  await using log = await openLog(trial, store, { optedOut, logger: loggerOf(logLevel) });
  // Awaited, or the ledger would be closed under it.
  return await run({ store, log });
}

/** Aborted when the command is asked to end, so that what is on its way still gets to the ledger. */
export function interruption(): { readonly signal: AbortSignal } & Disposable {
  const controller = new AbortController();
  const abort = (): void => controller.abort(new UsageError('Interrupted: run it again to go on.'));
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, abort);
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, abort);
    },
  };
}
