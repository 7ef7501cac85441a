import { appendFile, copyFile, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, jest, test } from '@jest/globals';
import Database from 'better-sqlite3';
import { openStore } from '../../src/store/index.ts';
import { answer, hour, impression, nine, trial } from '../store/fixtures.ts';
import { inFolder } from '../store/place.ts';
import { onLedger, store } from './store-ledger.ts';

// Each ledger is opened many times and forced to the disk, which may be slow.
jest.setTimeout(60_000);

/** Changes a ledger behind its back, as somebody with the file could. */
function tamper(ledger: string, sql: string): void {
  const database = new Database(ledger);
  database.exec(`DROP TRIGGER event_no_update; ${sql}`);
  database.close();
}

describe('rapidcycle store', () => {
  test('begins a ledger with its key, and does not begin one that is there', async () => {
    await inFolder(async (folder) => {
      const ledger = join(folder, 'new.db');
      const made = await store('init', ledger);
      expect(made).toMatchObject({ code: 0, err: '' });
      expect(made.out).toMatch(/SQLite \d+\.\d+.*schema \d/);
      expect(made.out).toContain(`${ledger}.key`);
      expect((await stat(`${ledger}.key`)).mode & 0o777).toBe(0o600);
      expect(await store('init', ledger)).toMatchObject({ code: 2 });
      expect(await store('migrate', ledger)).toMatchObject({ code: 0 });
      expect((await store('stats', ledger)).out).toContain('No trial yet.');
      const missing = await store('stats', join(folder, 'none.db'));
      expect(missing.code).toBe(2);
      expect(missing.err).toContain('There is no ledger at');
    });
  });

  test('says what a ledger holds', async () => {
    await onLedger(async (ledger) => {
      const { code, out } = await store('stats', ledger);
      expect(code).toBe(0);
      expect(out).toContain('influenza, round 1');
      expect(out).toContain('70 events, 2026-10-06 to 2026-10-06');
      expect(out).toContain('1 segment, 0 not sealed yet');
      const report = JSON.parse((await store('stats', ledger, '--json')).out);
      expect(report.trials).toMatchObject([{ events: 70, segments: 1, lost: 0, retiredAt: null }]);
    });
  });

  test('finds nothing wrong with a ledger that is whole', async () => {
    await onLedger(async (ledger, folder) => {
      const heads = join(folder, 'heads');
      const check = await store('check', ledger);
      expect(check.out).toContain('All is well.');
      expect(check.code).toBe(0);
      expect((await store('seal', ledger, '--heads', heads)).out).toMatch(/head [0-9a-f]{64}/);
      const { code, out } = await store('verify', ledger, '--heads', heads);
      expect(out).toContain('chain: whole; 1 segment of 70 events, 0 not sealed yet');
      expect(out).toContain('held against 1 published head');
      expect(out).toContain('are what the events give');
      expect(code).toBe(0);
      const rebuilt = await store('rebuild', ledger);
      expect(rebuilt.out).toContain('and they are the same');
      expect(rebuilt.code).toBe(0);
    });
  });

  test('shows an arm that was changed, in chain and sums, and makes the sums again', async () => {
    await onLedger(async (ledger) => {
      await store('rebuild', ledger);
      tamper(
        ledger,
        `UPDATE event SET arm = 'redesign' WHERE arm = 'usual' AND type = 'impression'`,
      );
      const verified = await store('verify', ledger);
      expect(verified.code).toBe(1);
      expect(verified.out).toContain('chain: BROKEN');
      expect(verified.out).toContain('an event of segment 1 was changed since it was sealed');
      expect(verified.out).toMatch(/sums: WRONG in \d+ places/);
      expect((await store('check', ledger)).code).toBe(1);
      const rebuilt = await store('rebuild', ledger);
      expect(rebuilt.code).toBe(1);
      expect(rebuilt.out).toContain('they are OTHERS than before');
    });
  });

  test('shows a chain that was made again, by the heads that were published', async () => {
    await onLedger(async (ledger, folder) => {
      const heads = join(folder, 'heads');
      await store('seal', ledger, '--heads', heads);
      const forged = join(folder, 'forged.db');
      await store('copy', ledger, forged);
      await copyFile(`${ledger}.key`, `${forged}.key`);
      await store('copy', ledger, forged, '--key-file', `${ledger}.key`);
      tamper(forged, `UPDATE event SET at_ms = at_ms + 1`);
      await store('seal', forged);
      const { code, out } = await store('verify', forged, '--heads', heads);
      expect(out).toContain('segment 1 was published with another head');
      expect(code).toBe(1);
      await appendFile(heads, `${JSON.stringify({ trial: 'x', number: 1, head: 'y' })}\n`);
      const stranger = await store('verify', ledger, '--heads', heads);
      expect(stranger.out).toContain('1 published head of trials that this ledger does not hold');
      expect(stranger.code).toBe(1);
    });
  });

  test('backs a ledger up, and never over a file', async () => {
    await onLedger(async (ledger, folder) => {
      const to = join(folder, 'backup.db');
      expect(await store('backup', ledger, to)).toMatchObject({ code: 0 });
      expect((await store('stats', to)).out).toContain('70 events');
      const again = await store('backup', ledger, to);
      expect(again.code).toBe(2);
      expect(again.err).toContain('already there');
    });
  });

  test('says that a damaged ledger is to be restored', async () => {
    await onLedger(async (ledger) => {
      const bytes = await readFile(ledger);
      bytes.fill(0xff, 3 * 4_096, 6 * 4_096);
      await writeFile(ledger, bytes);
      const { code, out, err } = await store('check', ledger);
      expect(`${out}${err}`).toMatch(/restore .*backup/);
      expect(code).not.toBe(0);
    });
  });

  test('exports as Parquet and NDJSON, and goes on where it ended', async () => {
    await onLedger(async (ledger, folder) => {
      for (const format of ['parquet', 'ndjson']) {
        const to = join(folder, format);
        const first = await store('export', ledger, to, '--format', format);
        expect(first.out).toContain('70 new events');
        expect((await store('export', ledger, to, '--format', format)).out).toContain(
          '0 new events',
        );
      }
      expect(await store('export', ledger, folder, '--format', 'xls')).toMatchObject({ code: 2 });
    });
  });

  test('removes the events of a trial that is over, when asked with --yes; its sums stand', async () => {
    await onLedger(async (ledger, folder) => {
      await using opened = await openStore(ledger);
      const shown = impression(900, { at: nine + hour });
      await opened.append([shown, answer('acceptance', 901, 900)]);
      const asked = await store('retire', ledger);
      expect(asked.err).toContain('--yes');
      const before = await opened.summaries(trial.fingerprint);
      expect(await store('retire', ledger, '--yes')).toMatchObject({ code: 0 });
      expect((await store('retire', ledger, '--yes')).out).toContain('already');
      expect(await opened.summaries(trial.fingerprint)).toEqual(before);
      const { code, out } = await store('verify', ledger);
      expect(out).toContain('only the links were checked');
      expect(code).toBe(0);
      expect((await store('rebuild', ledger)).out).toContain('its sums stand');
      expect((await store('stats', ledger)).out).toContain('events removed on');
      const late = await store('export', ledger, join(folder, 'late'));
      expect(late.out).toContain('72 events had been removed before and are not in it');
    });
  });

  test('says what only a server can do', async () => {
    await onLedger(async (ledger, folder) => {
      const distributed = await store('distribute', ledger);
      expect(distributed.err).toContain('Only a ledger on a server');
      const plan = await store('distribute', 'postgresql://nobody@localhost/none', '--dry-run');
      expect(plan.out).toContain('create_distributed_table');
      expect(plan.code).toBe(0);
      const to = join(folder, 'other.db');
      expect((await store('forward', ledger, '--to', to)).err).toContain('to a ledger on a server');
      const server = 'postgresql://nobody:secret@127.0.0.1:1/none';
      expect((await store('backup', server, to)).err).toContain('pg_dump');
      const keyless = await store('init', server);
      expect(keyless.err).toContain('--key-file');
      const away = await store('stats', server);
      expect(away.code).toBe(2);
      expect(away.err).toContain('nothing listens there');
      expect(`${away.err}${keyless.err}`).not.toContain('secret');
    });
  });
});
