import { describe, expect, jest, test } from '@jest/globals';
import * as fc from 'fast-check';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TrialEvent } from '../../../src/events/event.ts';
import { exportLedger } from '../../../src/store/export/export.ts';
import type { Store } from '../../../src/store/index.ts';
import { memoryStore } from '../../../src/store/index.ts';
import { answer, changed, impression, patientDay, trial } from '../fixtures.ts';
import { inFolder } from '../place.ts';
import { linesIn, linesOf } from './lines.ts';

// Each file is forced to the disk, which may be slow.
jest.setTimeout(60_000);

/** A store whose reading breaks off after some events. */
function breaking(store: Store, after: number): Store {
  let left = after;
  return {
    ...store,
    read: async function* read(query) {
      for await (const event of store.read(query)) {
        if (left <= 0) throw new Error('broken off');
        left -= 1;
        yield event;
      }
    },
  };
}

const day = fc.constantFrom('2026-10-06', '2026-10-06', '2026-10-07', '2026-11-02', '2027-01-01');
const unit = fc.string({ unit: 'binary', minLength: 1, maxLength: 8 });
const happening = fc.oneof(
  fc.tuple(day, unit).map(
    ([day, unitId]) =>
      (id: number): TrialEvent =>
        impression(id, { day, unitId }),
  ),
  fc.tuple(day, unit, fc.integer()).map(
    ([day, unitId, delay]) =>
      (id: number): TrialEvent =>
        answer('order', id, 1, { day, unitId, delay }),
  ),
  fc.tuple(day, fc.double({ min: 0, max: 1, noNaN: true })).map(
    ([day, elapsed]) =>
      (id: number): TrialEvent =>
        patientDay(id, { day, elapsed }),
  ),
);
const step = fc.record({
  happenings: fc.array(happening, { maxLength: 30, size: 'max' }),
  other: fc.boolean(),
  capacity: fc.integer({ min: 1, max: 12 }),
  /** After how many events the reading breaks off; then the export stops. */
  breaksAfter: fc.option(fc.nat(40)),
  seals: fc.boolean(),
});

describe('An export that is gone on with', () => {
  test('holds each event once in the file of its day, wherever it was interrupted', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 5 }), async (steps) => {
        await inFolder(async (folder) => {
          await using store = memoryStore();
          const second = changed({ round: 2 });
          await store.register(trial);
          await store.register(second);
          let id = 0;
          for (const { happenings, other, capacity, breaksAfter, seals } of steps) {
            await store.append(happenings.map((make) => make((id += 1))));
            // Places of another trial between those of the first.
            if (other) await store.append([impression((id += 1), { trial: second.fingerprint })]);
            if (seals) await store.seal(trial.fingerprint);
            const options = { format: 'ndjson', capacity, trials: [trial.fingerprint] } as const;
            if (breaksAfter === null) await exportLedger(store, folder, options);
            else {
              await exportLedger(breaking(store, breaksAfter), folder, options).catch(
                (error: unknown) => expect(error).toHaveProperty('message', 'broken off'),
              );
            }
          }
          const options = { format: 'ndjson', trials: [trial.fingerprint] } as const;
          const { manifest } = await exportLedger(store, folder, options);
          expect(await linesIn(folder)).toEqual(await linesOf(store, trial.fingerprint));
          const again = await exportLedger(store, folder, options);
          expect(again).toEqual({ events: 0, manifest });
        });
      }),
      { numRuns: 25 },
    );
  });

  test('takes only what is new, and replaces the sums', async () => {
    await inFolder(async (folder) => {
      await using store = memoryStore();
      await store.register(trial);
      await store.append([impression(1), impression(2)]);
      const first = await exportLedger(store, folder, { format: 'ndjson' });
      await store.append([impression(3)]);
      const second = await exportLedger(store, folder, { format: 'ndjson' });
      expect([first.events, second.events]).toEqual([2, 1]);
      expect(second.manifest.trials[0]?.events.map(({ first, rows }) => [first, rows])).toEqual([
        [1, 2],
        [3, 1],
      ]);
      const sums = join(folder, 'unit_summary/trial=influenza/round=1');
      expect(await readdir(sums)).toEqual(['part.ndjson']);
      expect(JSON.parse(await readFile(join(sums, 'part.ndjson'), 'utf8'))).toMatchObject({
        alerts: 3,
      });
    });
  });

  test('says how far it is, and that sums may hold events that came in meanwhile', async () => {
    await inFolder(async (folder) => {
      await using store = memoryStore();
      await store.register(trial);
      await store.append(Array.from({ length: 10 }, (_, index) => impression(index + 1)));
      const progress: { readonly done: number; readonly total: number }[] = [];
      const meanwhile: Store = {
        ...store,
        summaries: async (fingerprint) => {
          await store.append([impression(11)]);
          return store.summaries(fingerprint);
        },
      };
      const { manifest } = await exportLedger(meanwhile, folder, {
        format: 'ndjson',
        capacity: 4,
        onProgress: (now) => progress.push(now),
      });
      expect(progress.every(({ total }) => total === 10)).toBe(true);
      const done = progress.map((now) => now.done);
      expect(done).toEqual([...done].sort((left, right) => left - right));
      expect([...new Set(done)]).toEqual([4, 8, 10]);
      expect(manifest.trials[0]).toMatchObject({
        through: 10,
        summaries: { through: 10, exact: false },
      });
    });
  });

  test('makes few files of late events: a day waits until it is large, or has waited long', async () => {
    await inFolder(async (folder) => {
      await using store = memoryStore();
      await store.register(trial);
      const late = (index: number): string => (index % 20 === 0 ? '2026-10-01' : '2026-10-06');
      await store.append(
        Array.from({ length: 400 }, (_, index) => impression(index + 1, { day: late(index) })),
      );
      const { manifest } = await exportLedger(store, folder, { format: 'ndjson', capacity: 10 });
      const files = manifest.trials[0]?.events ?? [];
      const lateFiles = files.filter(({ day }) => day === '2026-10-01');
      expect(lateFiles.reduce((sum, { rows }) => sum + rows, 0)).toBe(20);
      expect(lateFiles.length).toBeLessThanOrEqual(5);
      expect(Math.max(...lateFiles.map(({ first, last }) => last - first))).toBeLessThanOrEqual(
        120,
      );
      expect(Math.max(...files.map(({ rows }) => rows))).toBeLessThanOrEqual(10);
    });
  });
});
