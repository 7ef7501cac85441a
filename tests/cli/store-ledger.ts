import { join } from 'node:path';
import { openLog, openStore } from '../../src/store/index.ts';
import { planted } from '../planted.ts';
import { nine, trial } from '../store/fixtures.ts';
import { inFolder } from '../store/place.ts';
import type { Ran } from './command.ts';
import { commandHere } from './command.ts';

/** Runs the command in this process. */
export function said(...words: readonly string[]): Promise<Ran> {
  return commandHere(words);
}

/** Runs `rapidcycle store` in this process. */
export function store(...words: readonly string[]): Promise<Ran> {
  return said('store', ...words);
}

/** A ledger of forty alerts, half of them answered; nine is its clock. */
async function writeLedger(ledger: string): Promise<void> {
  await using opened = await openStore(ledger);
  await using log = await openLog(trial, opened, { now: () => nine });
  for (let n = 0; n < 40; n += 1) {
    const subject = { patient: planted('mrn', n % 10), clinician: planted('clinician', 1) };
    const shown = log.impression(log.assign(subject), { stage: 'displayed', alert: 'a' });
    if (n % 2 === 0) log.dismissal(shown.id, { at: nine + 1_000 });
    log.patientDays(subject, { day: '2026-10-06', calendar: 1, midnight: 0, elapsed: 0.5 });
  }
  await log.flush();
}

/** Runs something with a ledger and the folder that it lies in. */
export async function onLedger(
  use: (ledger: string, folder: string) => Promise<void>,
): Promise<void> {
  await inFolder(async (folder) => {
    const ledger = join(folder, 'trial.db');
    await writeLedger(ledger);
    await use(ledger, folder);
  });
}
