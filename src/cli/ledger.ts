import { existsSync } from 'node:fs';
import { UsageError } from '../errors.ts';
import type { RegisteredTrial, Store } from '../store/index.ts';
import { openStore } from '../store/index.ts';

/**
 * Checks that a ledger is there, so that a misspelt name does not make a new one.
 *
 * @throws UsageError when there is no such file
 */
export function needLedger(file: string): void {
  if (!existsSync(file)) throw new UsageError(`There is no ledger at ${file}.`);
}

/**
 * Opens a ledger that is there, without its key.
 *
 * @throws UsageError when there is no such file
 */
export async function openLedger(file: string): Promise<Store> {
  needLedger(file);
  return openStore(file, { key: null });
}

/**
 * The trial that is meant: of the given id and round, else the only one, else the last round of it.
 *
 * @throws UsageError when none or several are meant
 */
export function chooseTrial(
  trials: readonly RegisteredTrial[],
  { trial, round }: { readonly trial?: string | undefined; readonly round?: number | undefined },
): RegisteredTrial {
  const named = trials.filter(({ id }) => trial === undefined || id === trial);
  const ids = new Set(named.map(({ id }) => id));
  if (ids.size === 0) {
    throw new UsageError(
      trial === undefined
        ? 'The ledger holds no trial yet.'
        : `The ledger holds no trial "${trial}".`,
    );
  }
  if (ids.size > 1)
    throw new UsageError(
      `The ledger holds several trials: give --trial with one of ${[...ids].join(', ')}.`,
    );
  const meant = named.filter((each) => round === undefined || each.round === round);
  const last = meant.reduce<RegisteredTrial | undefined>(
    (latest, each) => (latest === undefined || each.round > latest.round ? each : latest),
    undefined,
  );
  if (last === undefined) {
    throw new UsageError(
      `The trial has no round ${round}: its rounds are ${named.map((each) => each.round).join(', ')}.`,
    );
  }
  return last;
}
