import { describe, expect, jest, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TrialEvent } from '../../../src/events/event.ts';
import type { Store } from '../../../src/store/index.ts';
import { memoryStore, openStore } from '../../../src/store/index.ts';
import { exportLedger } from '../../../src/store/export/export.ts';
import {
  answer,
  changed,
  deviation,
  gap,
  hour,
  impression,
  nine,
  patientDay,
  trial,
  uuid,
} from '../fixtures.ts';
import { inFolder } from '../place.ts';
import type { DuckRow } from './duck.ts';
import { asExported, ask, eventsIn, exportedEvents, ndjson, parquet } from './duck.ts';

// Each of them opens ledgers and DuckDB several times.
jest.setTimeout(60_000);

const odd = 'Ünït "7" \\ \'; DROP TABLE event; --\t\n\u2028 \u{1F489} \u0000 end';

/** Every kind of event, with every column filled and empty, and texts and numbers at their limits. */
const events: readonly TrialEvent[] = [
  impression(1, { practice: 'north', clinician: 'c1', encounter: 'e1', stratum: 'site=1;age=old' }),
  impression(2, { unitId: odd, patient: odd, alert: odd, stage: 'silent', arm: 'redesign' }),
  impression(3, { at: 0, day: '1970-01-01', receivedAt: 253_402_300_799_999, stage: 'returned' }),
  impression(4, { day: '2400-02-29', at: 13_574_520_000_000 }),
  answer('dismissal', 5, 1, { override: { system: 'urn:x', code: odd, display: odd } }),
  answer('dismissal', 6, 2, { delay: -hour, unitId: odd, arm: 'redesign' }),
  answer('acceptance', 7, 1, { suggestion: 'null' }),
  {
    ...answer('acceptance', 8, 4, { alertDay: '2400-02-29' }),
    delay: 9_007_199_254_740_991,
  } as TrialEvent,
  answer('order', 9, 1, { route: 'window', order: { code: '140' } }),
  patientDay(10, { calendar: 1, midnight: 0, elapsed: 0.1 + 0.2 }),
  patientDay(11, { patient: odd, unitId: odd, arm: 'redesign', day: '2026-10-08' }),
  patientDay(12, { randomized: false, reason: 'forced', calendar: 0, elapsed: 5e-324 }),
  deviation(13),
  gap(14),
];

async function withStores(run: (store: Store, folder: string) => Promise<void>): Promise<void> {
  for (const kind of ['memory', 'embedded']) {
    await inFolder(async (folder) => {
      await using store =
        kind === 'memory' ? memoryStore() : await openStore(join(folder, 'ledger.db'));
      await store.register(trial);
      await run(store, join(folder, 'export'));
    });
  }
}

function snake(row: object): DuckRow {
  return Object.fromEntries(
    Object.entries(row).map(([name, cell]) => [
      name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      cell,
    ]),
  );
}

describe('A ledger exported as Parquet, read by DuckDB', () => {
  test('has every column of every kind of event as the store holds it', async () => {
    await withStores(async (store, folder) => {
      await store.append(events);
      await exportLedger(store, folder, { format: 'parquet' });
      const held = await eventsIn(store, trial.fingerprint);
      expect(held).toHaveLength(events.length);
      expect(await exportedEvents(folder)).toEqual(held.map(asExported));
    });
  });

  test('has nulls where there is nothing, and types that every engine has', async () => {
    await withStores(async (store, folder) => {
      await store.append([gap(1), impression(2)]);
      await exportLedger(store, folder, { format: 'parquet' });
      const types = await ask(`DESCRIBE SELECT * FROM ${parquet(folder, 'event')}`);
      const typeOf = (name: string): unknown =>
        types.find((row) => row['column_name'] === name)?.['column_type'];
      expect(['seq', 'at_ms', 'received_ms', 'delay_ms'].map(typeOf)).toEqual(
        Array(4).fill('BIGINT'),
      );
      expect(typeOf('randomized')).toBe('INTEGER');
      expect(['calendar', 'midnight', 'elapsed'].map(typeOf)).toEqual(Array(3).fill('DOUBLE'));
      expect(['event_id', 'alert_day', 'detail'].map(typeOf)).toEqual(Array(3).fill('VARCHAR'));
      const empty = await ask(
        `SELECT count(*) AS n FROM ${parquet(folder, 'event')} WHERE unit_id IS NULL AND stratum = ''`,
      );
      expect(empty).toEqual([{ n: 1 }]);
    });
  });

  test('stands in partitions of trial, round and day', async () => {
    await withStores(async (store, folder) => {
      await store.append(events);
      await exportLedger(store, folder, { format: 'parquet' });
      const partitions = await ask(
        `SELECT trial, round, event_day, count(*) AS n FROM ${parquet(folder, 'event')} GROUP BY ALL ORDER BY event_day`,
      );
      const of = { trial: 'influenza', round: '1' };
      expect(partitions).toEqual([
        { ...of, event_day: '1970-01-01', n: 1 },
        { ...of, event_day: '2026-10-06', n: 11 },
        { ...of, event_day: '2026-10-08', n: 1 },
        { ...of, event_day: '2400-02-29', n: 1 },
      ]);
      const days = await readdir(join(folder, 'event/trial=influenza/round=1'));
      expect(days.sort()).toEqual(partitions.map((row) => `event_day=${String(row['event_day'])}`));
    });
  });

  test('has the sums of the store, of units and of their days', async () => {
    await withStores(async (store, folder) => {
      await store.append(events);
      await exportLedger(store, folder, { format: 'parquet' });
      const { fingerprint } = trial;
      const partition = { fingerprint, trial: 'influenza', round: '1' };
      const summaries = await store.summaries(fingerprint);
      expect(await ask(`SELECT * FROM ${parquet(folder, 'unit_summary')}`)).toEqual(
        summaries.map((row) => ({ ...snake(row), ...partition })),
      );
      const unitDays = await store.unitDays(fingerprint);
      expect(await ask(`SELECT * FROM ${parquet(folder, 'unit_day')}`)).toEqual(
        unitDays.map((row) => ({ ...snake(row), ...partition })),
      );
      const counted = await ask(
        `SELECT unit_id, arm, stratum, count(*) AS alerts FROM ${parquet(folder, 'event')}
         WHERE type = 'impression' AND stage <> 'silent' AND randomized = 1
         GROUP BY ALL ORDER BY ALL`,
      );
      expect(counted).toEqual(
        summaries
          .filter(({ alerts }) => alerts > 0)
          .map(({ unitId, arm, stratum, alerts }) => ({ unit_id: unitId, arm, stratum, alerts })),
      );
    });
  });

  test('of a trial without events has sums without rows', async () => {
    await withStores(async (store, folder) => {
      const { events: exported, manifest } = await exportLedger(store, folder, {
        format: 'parquet',
      });
      expect(exported).toBe(0);
      expect(manifest.trials).toMatchObject([
        { id: 'influenza', through: 0, events: [], witness: null, summaries: { rows: 0 } },
      ]);
      expect(await ask(`SELECT * FROM ${parquet(folder, 'unit_summary')}`)).toEqual([]);
      expect(await readdir(folder)).not.toContain('event');
    });
  });

  test('keeps trials and rounds apart', async () => {
    await withStores(async (store, folder) => {
      const second = changed({ round: 2 });
      const other = changed({ id: 'sepsis' });
      await store.register(second);
      await store.register(other);
      await store.append([
        impression(1),
        impression(2, { trial: second.fingerprint }),
        impression(3, { trial: other.fingerprint }),
        impression(4),
      ]);
      const chosen = [trial.fingerprint, other.fingerprint];
      await exportLedger(store, folder, { format: 'parquet', trials: chosen });
      const sql = `SELECT trial, round, fingerprint, list(seq ORDER BY seq)::VARCHAR AS places FROM ${parquet(folder, 'event')} GROUP BY ALL ORDER BY trial, round`;
      const first = { trial: 'influenza', round: '1', fingerprint: trial.fingerprint };
      const third = { trial: 'sepsis', round: '1', fingerprint: other.fingerprint };
      expect(await ask(sql)).toEqual([
        { ...first, places: '[1, 4]' },
        { ...third, places: '[3]' },
      ]);
      const { events: added } = await exportLedger(store, folder, { format: 'parquet' });
      expect(added).toBe(1);
      expect(await ask(sql)).toEqual([
        { ...first, places: '[1, 4]' },
        { trial: 'influenza', round: '2', fingerprint: second.fingerprint, places: '[2]' },
        { ...third, places: '[3]' },
      ]);
    });
  });
});

describe('A ledger exported as NDJSON, read by DuckDB', () => {
  test('has every event as the store gives it', async () => {
    await withStores(async (store, folder) => {
      await store.append(events);
      await exportLedger(store, folder, { format: 'ndjson' });
      const held = await eventsIn(store, trial.fingerprint);
      const lines = await ask(
        `SELECT json::VARCHAR AS line FROM read_ndjson_objects(${ndjson(folder, 'event')})`,
      );
      const read = lines
        .map((row): { readonly sequence: number } => JSON.parse(String(row['line'])))
        .sort((left, right) => left.sequence - right.sequence);
      expect(read).toEqual(
        held.map(({ sequence, event }) => JSON.parse(JSON.stringify({ sequence, ...event }))),
      );
      const arms = await ask(
        `SELECT arm, count(*) AS n FROM read_json(${ndjson(folder, 'event')}) GROUP BY ALL ORDER BY arm`,
      );
      expect(arms).toEqual([
        { arm: 'redesign', n: 3 },
        { arm: 'usual', n: 11 },
      ]);
    });
  });

  test('has the sums of the store', async () => {
    await withStores(async (store, folder) => {
      await store.append(events);
      await exportLedger(store, folder, { format: 'ndjson' });
      const { fingerprint } = trial;
      const read = async (table: string): Promise<readonly unknown[]> => {
        const text = await readFile(
          join(folder, table, 'trial=influenza/round=1/part.ndjson'),
          'utf8',
        );
        return text
          .split('\n')
          .slice(0, -1)
          .map((line): unknown => JSON.parse(line));
      };
      const tagged = (rows: readonly object[]): readonly object[] =>
        rows.map((row) => ({ trial: fingerprint, ...row }));
      expect(await read('unit_summary')).toEqual(tagged(await store.summaries(fingerprint)));
      expect(await read('unit_day')).toEqual(tagged(await store.unitDays(fingerprint)));
    });
  });
});

describe('The manifest of an export', () => {
  test('says what the files hold, up to which place, and the head of the chain', async () => {
    await withStores(async (store, folder) => {
      await store.append(events);
      const segment = await store.seal(trial.fingerprint);
      await store.append([impression(20)]);
      const { events: exported, manifest } = await exportLedger(store, folder, {
        format: 'parquet',
      });
      expect(exported).toBe(15);
      const document: unknown = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'));
      expect(document).toEqual(manifest);
      const [registered] = await store.trials();
      expect(manifest).toMatchObject({
        form: 'rapidcycle-export/1',
        format: 'parquet',
        keyCheck: await store.keyCheck(),
        trials: [
          {
            id: 'influenza',
            round: 1,
            fingerprint: trial.fingerprint,
            protocol: registered?.protocol,
            through: 15,
            missing: 0,
            sealed: { number: 1, last: 14, head: segment?.head },
            summaries: { through: 15, exact: true },
          },
        ],
      });
      const [entry] = manifest.trials;
      const files = [...(entry?.events ?? []), entry?.summaries, entry?.unitDays];
      expect(files).toHaveLength(6);
      for (const file of files) {
        const content = await readFile(join(folder, file?.path ?? ''));
        expect(file?.bytes).toBe(content.byteLength);
        expect(file?.sha256).toBe(createHash('sha256').update(content).digest('hex'));
        const [row] = await ask(`SELECT count(*) AS n FROM '${join(folder, file?.path ?? '')}'`);
        expect(row?.['n']).toBe(file?.rows);
      }
    });
  });

  test('holds only what was asked for', async () => {
    await withStores(async (store, folder) => {
      await store.append(events);
      const { manifest } = await exportLedger(store, folder, {
        format: 'parquet',
        what: ['summaries'],
      });
      expect(manifest.trials).toMatchObject([
        { events: [], through: 0, summaries: { exact: false }, unitDays: null },
      ]);
      expect((await readdir(folder)).sort()).toEqual(['manifest.json', 'unit_summary']);
    });
  });

  test('says that events were removed from the ledger before they were exported', async () => {
    await withStores(async (store, folder) => {
      await store.append(events.slice(0, 3));
      await exportLedger(store, folder, { format: 'parquet' });
      await store.append(events.slice(3));
      await store.stop(trial.fingerprint, nine);
      await store.retire(trial.fingerprint, nine + 48 * hour);
      const { manifest } = await exportLedger(store, folder, { format: 'parquet' });
      expect(manifest.trials).toMatchObject([
        { retiredAt: nine + 48 * hour, missing: events.length - 3, summaries: { exact: false } },
      ]);
      expect(await exportedEvents(folder)).toHaveLength(3);
      expect(
        await ask(
          `SELECT * EXCLUDE (trial, round, fingerprint) FROM ${parquet(folder, 'unit_summary')}`,
        ),
      ).toEqual((await store.summaries(trial.fingerprint)).map(snake));
    });
  });
});

describe('What cannot be exported is refused', () => {
  test('with a word about the option', async () => {
    await inFolder(async (folder) => {
      await using store = memoryStore();
      const attempt = (options: object): Promise<unknown> =>
        exportLedger(store, folder, { format: 'parquet', ...options });
      await expect(attempt({ format: 'csv' })).rejects.toThrow(
        /format must be one of parquet, ndjson/,
      );
      await expect(attempt({ what: ['days'] })).rejects.toThrow(/events, summaries, unit-days/);
      await expect(attempt({ capacity: 0 })).rejects.toThrow(RangeError);
      await expect(attempt({ capacity: 1.5 })).rejects.toThrow(/capacity/);
      await expect(attempt({ trials: [uuid(1)] })).rejects.toThrow(
        /no trial with this fingerprint/,
      );
    });
  });
});
