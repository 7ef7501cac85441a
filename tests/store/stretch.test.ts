import { describe, expect, jest, test } from '@jest/globals';
import SQLite from 'better-sqlite3';
import fc from 'fast-check';
import { join } from 'node:path';
import type { Store } from '../../src/store/index.ts';
import { openStore } from '../../src/store/index.ts';
import { migrations } from '../../src/store/embedded/migrations.ts';
import { eventColumns, toRow } from '../../src/store/row.ts';
import { applicationId } from '../../src/store/embedded/schema.ts';
import { stretchesOf, stretchLength } from '../../src/store/embedded/stretch.ts';
import { changed, hour, impression, nine, trial } from './fixtures.ts';
import { inFolder } from './place.ts';

// Every store starts a thread, which takes seconds where the machine is busy.
jest.setTimeout(60_000);

const second = changed({ round: 2 });
const { fingerprint } = trial;

async function idsSince(store: Store, since: number): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const { event } of store.read({ trial: fingerprint, since })) ids.push(event.id);
  return ids;
}

/** A ledger of two trials in memory, with events at some places. */
function ledgerWith(
  events: readonly { readonly seq: number; readonly trial: number; readonly at: number }[],
): SQLite.Database {
  const database = new SQLite(':memory:');
  for (const sql of migrations) database.exec(sql);
  for (const [number, { id, round, fingerprint: name }] of [trial, second].entries()) {
    database
      .prepare(`INSERT INTO trial VALUES (?, ?, ?, ?, '{}', 1, 1)`)
      .run(number + 1, name, id, round);
  }
  const insert = database.prepare(
    `INSERT INTO event (seq, ${eventColumns.join(', ')}) VALUES (?, ${eventColumns.map(() => '?').join(', ')})`,
  );
  for (const { seq, trial: number, at } of events) {
    insert.run(seq, ...toRow(impression(seq, { at })).with(1, number));
  }
  return database;
}

const selectStretches = 'SELECT trial, stretch, earliest_ms, latest_ms FROM stretch';

describe('The stretches of a ledger', () => {
  test('leave out of a reading since an instant nothing that happened then or later', async () => {
    await inFolder(async (folder) => {
      await using store = await openStore(join(folder, 'ledger.db'));
      await store.register(trial);
      await store.register(second);
      // Two and a half stretches, of which some events come long after and some long before their time.
      const events = Array.from({ length: 10_000 }, (_, index) =>
        impression(index, {
          at: nine + index + (index % 997 === 0 ? hour : 0) - (index % 499 === 0 ? hour : 0),
          trial: index % 5 === 0 ? second.fingerprint : fingerprint,
        }),
      );
      for (let from = 0; from < events.length; from += 2_500) {
        await store.append(events.slice(from, from + 2_500));
      }
      const mine = events.filter((event) => event.trial === fingerprint);
      for (const since of [0, nine, nine + 4_500, nine + 9_990, nine + hour + 9_000, nine + 9e9]) {
        expect(await idsSince(store, since)).toEqual(
          mine.filter(({ at }) => at >= since).map(({ id }) => id),
        );
      }
      const times = mine.map(({ at }) => at);
      expect((await store.statistics()).trials[0]).toMatchObject({
        events: mine.length,
        firstAt: Math.min(...times),
        lastAt: Math.max(...times),
      });
    });
  });

  test('are made for a ledger that had an index of the instants instead', async () => {
    await inFolder(async (folder) => {
      const file = join(folder, 'ledger.db');
      const old = new SQLite(file);
      for (const sql of migrations.slice(0, 2)) old.exec(sql);
      old
        .prepare('INSERT INTO trial VALUES (1, ?, ?, ?, ?, ?, 5)')
        .run(fingerprint, trial.id, trial.round, JSON.stringify(trial.protocol), 86_400_000);
      const insert = old.prepare(
        `INSERT INTO event (seq, ${eventColumns.join(', ')}) VALUES (?, ${eventColumns.map(() => '?').join(', ')})`,
      );
      const events = [1, 5_000, 9_000].map((seq) => impression(seq, { at: nine + seq }));
      for (const [index, seq] of [1, 5_000, 9_000].entries()) {
        insert.run(seq, ...toRow(events[index] ?? impression(seq)).with(1, 1));
      }
      old.pragma(`application_id = ${applicationId}`);
      old.pragma('user_version = 2');
      old.close();
      await using store = await openStore(file);
      expect(await idsSince(store, nine + 5_000)).toEqual(events.slice(1).map(({ id }) => id));
      expect(await store.statistics()).toMatchObject({
        trials: [{ firstAt: nine + 1, lastAt: nine + 9_000 }],
      });
    });
  });

  test('that are extended say the same as those that are made from the events', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3 * stretchLength }),
        fc.array(fc.record({ trial: fc.constantFrom(1, 2), at: fc.nat() }), { minLength: 1 }),
        (from, added) => {
          const events = added.map((event, index) => ({ ...event, seq: from + index }));
          const database = ledgerWith(events);
          const stretches = stretchesOf(database);
          const half = Math.floor(events.length / 2);
          const rows = events.map(({ seq, trial: number, at }) =>
            toRow(impression(seq, { at })).with(1, number),
          );
          stretches.extend(rows.slice(0, half), from);
          stretches.extend(rows.slice(half), from + half);
          const extended = database.prepare(selectStretches).all();
          stretches.renew(from, from + events.length - 1);
          expect(extended).toEqual(database.prepare(selectStretches).all());
          database.close();
        },
      ),
      { numRuns: 40 },
    );
  });

  test('are renewed when events are removed, and go with the last of them', () => {
    const after = 2 * stretchLength;
    const database = ledgerWith([
      { seq: 1, trial: 1, at: 10 },
      { seq: stretchLength, trial: 1, at: 20 },
      { seq: stretchLength + 1, trial: 1, at: 30 },
      { seq: after, trial: 2, at: 5 },
    ]);
    const stretches = stretchesOf(database);
    stretches.renew(1, after);
    database.exec(`INSERT INTO released VALUES (1, ${stretchLength}, 2, 'forwarded', 1);
      DELETE FROM event WHERE seq <= ${stretchLength}`);
    stretches.renew(1, stretchLength);
    expect(database.prepare(selectStretches).raw().all()).toEqual([
      [1, 1, 30, 30],
      [2, 2, 5, 5],
    ]);
    database.close();
  });
});
