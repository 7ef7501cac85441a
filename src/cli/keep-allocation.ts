import type { Allocation } from '../allocation/index.ts';
import type { Trial } from '../trial/trial.ts';
import type { KeyedOptions } from './ledger.ts';
import { openWithKey } from './ledger.ts';

/** Registers a trial in a ledger, which is made when it is not there, and keeps its list. */
export async function keepInLedger(
  trial: Trial,
  allocation: Allocation,
  { ledger, keyFile }: Pick<KeyedOptions, 'keyFile'> & { readonly ledger: string },
): Promise<void> {
  await using store = await openWithKey(ledger, { keyFile });
  await store.register(trial);
  await store.keepAllocation(allocation);
}
