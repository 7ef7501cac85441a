import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { Trial } from '../../src/index.ts';
import { openLog, openStore } from '../../src/store/index.ts';
import { trialWith } from '../trials.ts';
import { sealed } from '../../src/allocation/list/checksum.ts';
import type { Allocation } from '../../src/allocation/index.ts';
import { amend } from '../../src/allocation/index.ts';
import { listedTrial, listOf, week } from '../allocation/list/fixtures.ts';
import { first, list } from '../allocation/two-step.ts';
import { inFolder } from '../store/place.ts';
import { copyTo, fixedKey, second } from '../store/two-logs.ts';
import type { Ran } from './command.ts';
import { commandHere as command } from './command.ts';

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
      `  list ${list.checksum.slice(0, 12)}, 0 amendment(s): follows from its seed`,
      '  chain: nothing is sealed yet (0 events)',
      `wording, round 1 (${second.fingerprint.slice(0, 12)}): 122 rows, 122 arms computed again, 0 disagreement(s)`,
      '  chain: nothing is sealed yet (122 events)',
      '',
    ]);
    expect(code).toBe(0);
  }, 30_000);

  test('says that no row can be replayed where the ledger does not hold it', async () => {
    const { code, out } = await verify([second]);
    expect(out.split('\n')).toEqual([
      `wording, round 1 (${second.fingerprint.slice(0, 12)}): 122 rows, 0 arms computed again, 0 disagreement(s)`,
      `  its 122 row(s) cannot be replayed: it lies within delivery, round 1 (${first.fingerprint.slice(0, 12)}), which this ledger does not hold`,
      '  chain: nothing is sealed yet (122 events)',
      '',
    ]);
    expect(code).toBe(0);
    const [finding] = JSON.parse((await verify([second], '--json')).out) as object[];
    expect(finding).toMatchObject({ replayed: 0, missing: second.protocol.within });
  }, 30_000);
});

describe('rapidcycle verify, of a trial with a list', () => {
  const trial = listedTrial({ method: 'blocks', sizes: [4] });
  const made = listOf(trial);
  const headline = `influenza, round 1 (${trial.fingerprint.slice(0, 12)}): 1 rows`;

  /** Verifies a ledger that keeps a list, and one alert of its first practice. */
  const verifyList = async (kept: Allocation, ...words: readonly string[]): Promise<Ran> =>
    inFolder(async (folder) => {
      const ledger = join(folder, 'ledger.db');
      await using store = await openStore(ledger, { key: fixedKey });
      await using log = await openLog(trial, store, {
        allocation: made,
        now: () => trial.startsAt,
      });
      const { id = '' } = made.clusters[0] ?? {};
      log.impression(log.assign({ practice: id }), { stage: 'displayed', alert: 'a' });
      await log.close();
      await store.keepAllocation(kept);
      await store.close();
      return command(['verify', ledger, ...words]);
    });
  const amended = (allocation: Allocation, cluster: string): Allocation =>
    amend(trial, allocation, {
      from: week(2),
      reason: 'closed',
      change: { kind: 'withdraw', cluster },
    });

  test('makes it again from its protocol and its seed', async () => {
    const kept = amended(made, 'practice-3');
    const { code, out } = await verifyList(kept);
    expect(out.split('\n')).toEqual([
      `${headline}, 1 arms computed again, 0 disagreement(s)`,
      `  list ${kept.checksum.slice(0, 12)}, 1 amendment(s): follows from its seed`,
      expect.stringMatching(
        /^  chain: whole; 1 segment of 1 event, 0 not sealed yet; head [0-9a-f]{12}$/,
      ),
      '',
    ]);
    expect(code).toBe(0);
    expect(JSON.parse((await verifyList(kept, '--json')).out)).toMatchObject([
      { rows: 1, list: { checksum: kept.checksum, amendments: 1, problems: [] } },
    ]);
  }, 30_000);

  test('exits with 1 when the seed gives other arms, though every row follows from the list', async () => {
    // A late cluster that was put where somebody wanted it, with checksums that are right.
    const { checksum: amends, ...rest } = made;
    const clusters = [{ id: 'late', values: {}, wave: 1, arms: ['usual'] }];
    const other = (seed: string): Allocation =>
      sealed({
        ...rest,
        amendments: [{ kind: 'add', from: week(2), reason: 'opened', amends, seed, clusters }],
      });
    const checks = await Promise.all(
      ['s1', 's2', 's3', 's4', 's5'].map((s) => verifyList(other(s))),
    );
    const wrong = checks.filter(({ code }) => code === 1);
    expect(wrong.length).toBeGreaterThan(0);
    expect(wrong.length).toBeLessThan(5);
    for (const { out } of wrong) {
      expect(out).toContain(`${headline}, 1 arms computed again, 0 disagreement(s)`);
      expect(out).toMatch(/list [0-9a-f]{12}, 1 amendment\(s\): is WRONG/);
      expect(out).toMatch(/"late" has usual, but its protocol and seed give redesign/);
    }
  }, 60_000);

  test('exits with 1, and ends, when amendments go in a circle', async () => {
    const circle = [
      ['practice-1', 'practice-2'],
      ['practice-2', 'practice-1'],
    ].reduce<Allocation>((allocation, [cluster = '', into = '']) => {
      const { checksum: amends, ...rest } = allocation;
      const amendment = {
        kind: 'merge',
        from: '2026-10-05',
        reason: 'x',
        amends,
        cluster,
        into,
      } as const;
      return sealed({ ...rest, amendments: [...rest.amendments, amendment] });
    }, made);
    const { code, out } = await verifyList(circle);
    expect(code).toBe(1);
    expect(out).toMatch(/amendments\[1\]\.into: "practice-1" was withdrawn or merged before/);
  }, 30_000);

  test('says that there is none, and nothing of lists where a trial hashes', async () => {
    await inFolder(async (folder) => {
      const ledger = join(folder, 'ledger.db');
      const store = await openStore(ledger);
      await store.register(trial);
      await store.register(trialWith({ round: 2 }));
      await store.close();
      const { code, out } = await command(['verify', ledger]);
      expect(out).toMatch(/no list is kept: the trial allocates from one/);
      expect(out.match(/list/g)).toHaveLength(1);
      expect(code).toBe(0);
    });
  }, 30_000);
});
