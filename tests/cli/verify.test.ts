import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { Trial } from '../../src/index.ts';
import { openStore } from '../../src/store/index.ts';
import { first } from '../allocation/two-step.ts';
import { inFolder } from '../store/place.ts';
import { copyTo, fixedKey, second } from '../store/two-logs.ts';
import type { Ran } from './command.ts';
import { command } from './command.ts';

/** Verifies a ledger with the rows of a second step and these trials. */
async function verify(trials: readonly Trial[], ...words: readonly string[]): Promise<Ran> {
  return inFolder(async (folder) => {
    const ledger = join(folder, 'ledger.db');
    await using store = await openStore(ledger, { key: fixedKey });
    await copyTo(store, trials);
    await store.close();
    return command(['verify', ledger, ...words]);
  });
}

describe('rapidcycle verify, of a trial within another', () => {
  test('finds that one in the same ledger', async () => {
    const { code, out } = await verify([first, second]);
    expect(out.split('\n')).toEqual([
      `delivery, round 1 (${first.fingerprint.slice(0, 12)}): 0 rows, 0 arms computed again, 0 disagreement(s)`,
      `wording, round 1 (${second.fingerprint.slice(0, 12)}): 122 rows, 122 arms computed again, 0 disagreement(s)`,
      '',
    ]);
    expect(code).toBe(0);
  }, 30_000);

  test('says that no row can be replayed where the ledger does not hold it', async () => {
    const { code, out } = await verify([second]);
    expect(out.split('\n')).toEqual([
      `wording, round 1 (${second.fingerprint.slice(0, 12)}): 122 rows, 0 arms computed again, 0 disagreement(s)`,
      `  its 122 row(s) cannot be replayed: it lies within delivery, round 1 (${first.fingerprint.slice(0, 12)}), which this ledger does not hold`,
      '',
    ]);
    expect(code).toBe(0);
    const [finding] = JSON.parse((await verify([second], '--json')).out) as object[];
    expect(finding).toMatchObject({ replayed: 0, missing: second.protocol.within });
  }, 30_000);
});
