import type { Allocation } from '../allocation/index.ts';
import { openStore } from '../store/index.ts';
import type { Trial } from '../trial/trial.ts';

/** Registers a trial in a ledger, which is made when it is not there, and keeps its list. */
export async function keepInLedger(
  trial: Trial,
  allocation: Allocation,
  ledger: string,
): Promise<void> {
  await using store = await openStore(ledger);
  await store.register(trial);
  await store.keepAllocation(allocation);
}
