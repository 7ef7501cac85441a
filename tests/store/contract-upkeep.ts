import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Segment, Store, TrialStatistics } from '../../src/store/index.ts';
import { verifyChain } from '../../src/store/index.ts';
import type { SequencedRow } from '../../src/store/chain/chain.ts';
import { contentOf, headOf } from '../../src/store/chain/chain.ts';
import { toRow } from '../../src/store/row.ts';
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
} from './fixtures.ts';

const { fingerprint } = trial;
const second = changed({ round: 2 });
const day = 24 * hour;

const everyType = [
  impression(1, { practice: 'P1' }),
  answer('dismissal', 2, 1, { override: { code: 'patient-refused' } }),
  answer('acceptance', 3, 1),
  answer('order', 4, 1, { route: 'window' }),
  patientDay(5, { calendar: 0.1, midnight: 0, elapsed: 1 / 3 }),
  deviation(6),
  gap(7),
];

/** What the chain of a trial must be, made from what is read of it. */
async function recompute(store: Store, segments: readonly Segment[]): Promise<readonly string[]> {
  const rows: SequencedRow[] = [];
  for await (const { sequence, event } of store.read({ trial: fingerprint })) {
    rows.push([sequence, ...toRow(event)]);
  }
  const heads: string[] = [];
  for (const { number, first, last, events } of segments) {
    const own = rows.filter(([place]) => place >= first && place <= last);
    expect([own[0]?.[0], own.at(-1)?.[0], own.length]).toEqual([first, last, events]);
    const link = { before: heads.at(-1), number, first, last, events, content: contentOf(own) };
    heads.push(headOf(fingerprint, link));
  }
  return heads;
}

/** What every store must do for its upkeep. `open` makes a new one; `dispose` removes what it left. */
export function upkeepContract(
  name: string,
  open: () => Promise<{ readonly store: Store; readonly dispose: () => Promise<void> }>,
): void {
  describe(`${name} keeps the contract of upkeep`, () => {
    let store: Store;
    let dispose: () => Promise<void>;
    beforeEach(async () => {
      ({ store, dispose } = await open());
      await store.register(trial);
    });
    afterEach(async () => {
      await store.close();
      await dispose();
    });

    const statisticsOf = async (which: string): Promise<TrialStatistics | undefined> =>
      (await store.statistics()).trials.find((found) => found.fingerprint === which);
    const sums = (): Promise<readonly unknown[]> =>
      Promise.all([
        store.summaries(fingerprint),
        store.unitDays(fingerprint),
        store.days(fingerprint),
        store.flow(fingerprint),
      ]);
    const placesIn = async (which: string): Promise<readonly number[]> => {
      const places: number[] = [];
      for await (const { sequence } of store.read({ trial: which })) places.push(sequence);
      return places;
    };
    /** Stops the trial and removes its events. */
    const retire = async (): Promise<void> => {
      await store.stop(fingerprint, nine);
      await store.retire(fingerprint, nine + day);
    };

    describe('sealing', () => {
      test('makes nothing of a trial without events', async () => {
        expect(await store.seal(fingerprint)).toBeUndefined();
        expect(await store.segments(fingerprint)).toEqual([]);
      });

      test('covers every event of every type by a chain that anyone can make again', async () => {
        await store.append(everyType);
        const last = await store.seal(fingerprint);
        const segments = await store.segments(fingerprint);
        expect(segments.map(({ number, events }) => [number, events])).toEqual([[1, 7]]);
        expect(segments.at(-1)).toEqual(last);
        expect(await recompute(store, segments)).toEqual(segments.map(({ head }) => head));
      });

      test('again without anything new changes nothing', async () => {
        await store.append(everyType);
        const first = await store.seal(fingerprint);
        await store.append(everyType);
        expect(await store.seal(fingerprint)).toEqual(first);
        expect(await store.segments(fingerprint)).toHaveLength(1);
      });

      test('goes on behind the last segment, at most a thousand events in each', async () => {
        await store.append([impression(1)]);
        await store.seal(fingerprint);
        await store.append(Array.from({ length: 2_500 }, (_, index) => impression(index + 2)));
        const last = await store.seal(fingerprint);
        const segments = await store.segments(fingerprint);
        expect(segments.map(({ events }) => events)).toEqual([1, 1_000, 1_000, 500]);
        expect(segments.map(({ number }) => number)).toEqual([1, 2, 3, 4]);
        expect(segments.at(-1)).toEqual(last);
        expect(await recompute(store, segments)).toEqual(segments.map(({ head }) => head));
      });

      test('at the same time twice makes one chain', async () => {
        await store.append(Array.from({ length: 1_200 }, (_, index) => impression(index)));
        const [one, other] = await Promise.all([store.seal(fingerprint), store.seal(fingerprint)]);
        expect(other).toEqual(one);
        expect((await store.segments(fingerprint)).map(({ events }) => events)).toEqual([
          1_000, 200,
        ]);
      });

      test('keeps trials apart that share a ledger', async () => {
        await store.register(second);
        for (let id = 0; id < 6; id += 2) {
          await store.append([
            impression(id),
            impression(id + 1, { trial: second.fingerprint, opening: uuid(id + 1) }),
          ]);
        }
        const [one, other] = [await store.seal(fingerprint), await store.seal(second.fingerprint)];
        expect([one?.events, other?.events]).toEqual([3, 3]);
        expect(one?.head).not.toBe(other?.head);
        for (const round of await store.trials()) {
          const report = await verifyChain(store, round);
          expect(report).toMatchObject({ segments: 1, events: 3, unsealed: 0, problems: [] });
        }
      });
    });

    describe('retiring', () => {
      test('is refused while the trial runs, and until its last response window has passed', async () => {
        await store.append(everyType);
        const refusal = {
          code: 'ERR_STORE_UNUSABLE',
          message: expect.stringContaining('is not over'),
        };
        await expect(store.retire(fingerprint, trial.endsAt)).rejects.toMatchObject(refusal);
        await store.stop(fingerprint, nine);
        await expect(store.retire(fingerprint, nine + day - 1)).rejects.toMatchObject(refusal);
        expect(await placesIn(fingerprint)).toHaveLength(7);
        expect((await store.trials())[0]?.retiredAt).toBeNull();
      });

      test('is done past the end of a trial that was not stopped', async () => {
        await store.append(everyType);
        await store.retire(fingerprint, trial.endsAt + day);
        expect((await store.trials())[0]).toMatchObject({
          stoppedAt: null,
          retiredAt: trial.endsAt + day,
        });
      });

      test('removes the events and leaves the sums, the protocol and the chain', async () => {
        await store.append(everyType);
        const before = await sums();
        await retire();
        expect(await placesIn(fingerprint)).toEqual([]);
        expect(await store.find(uuid(1))).toBeUndefined();
        expect(await sums()).toEqual(before);
        expect((await store.trials())[0]).toMatchObject({
          fingerprint,
          protocol: trial.protocol,
          stoppedAt: nine,
          retiredAt: nine + day,
        });
        const [round] = await store.trials();
        if (round === undefined) throw new Error('no trial');
        expect(await verifyChain(store, round)).toMatchObject({
          events: 7,
          unsealed: 0,
          retired: true,
          problems: [],
        });
      });

      test('folds and seals first what came since', async () => {
        await store.append(everyType);
        const sealed = await store.seal(fingerprint);
        await store.summaries(fingerprint);
        await store.append([impression(8)]);
        await retire();
        expect(await store.summaries(fingerprint)).toMatchObject([{ alerts: 2 }]);
        const segments = await store.segments(fingerprint);
        expect(segments.map(({ events }) => events)).toEqual([7, 1]);
        expect(segments[0]).toEqual(sealed);
      });

      test('a second time does nothing, and the first instant stands', async () => {
        await store.append(everyType);
        await retire();
        const before = await sums();
        await store.retire(fingerprint, nine + 2 * day);
        expect(await sums()).toEqual(before);
        expect((await store.trials())[0]?.retiredAt).toBe(nine + day);
        expect(await store.segments(fingerprint)).toHaveLength(1);
      });

      test('a trial without events is possible', async () => {
        await retire();
        expect(await store.summaries(fingerprint)).toEqual([]);
        expect(await store.seal(fingerprint)).toBeUndefined();
      });

      test('refuses from then on what goes through the events', async () => {
        await store.append(everyType);
        await retire();
        const refusal = {
          code: 'ERR_STORE_UNUSABLE',
          message: expect.stringContaining('retired'),
        };
        await expect(
          store.counts(fingerprint, { counts: [{ of: 'alerts' }], asOf: nine }),
        ).rejects.toMatchObject(refusal);
        await expect(store.delays(fingerprint)).rejects.toMatchObject(refusal);
        await expect(store.rebuild(fingerprint)).rejects.toMatchObject(refusal);
      });

      test('refuses further events of the trial, the same ones too', async () => {
        await store.append(everyType);
        await retire();
        for (const event of [impression(1), impression(99)]) {
          await expect(store.append([event])).rejects.toMatchObject({
            code: 'ERR_STORE_UNUSABLE',
            message: expect.stringContaining('retired'),
          });
        }
        expect(await placesIn(fingerprint)).toEqual([]);
      });

      test('leaves another trial unharmed, whose new events are all seen and counted', async () => {
        await store.register(second);
        const other = { trial: second.fingerprint } as const;
        await store.append([impression(100, other)]);
        // The last places of the ledger are those of the trial that is retired.
        await store.append(everyType);
        const ends = await placesIn(fingerprint);
        await store.seal(second.fingerprint);
        await retire();
        await store.append([impression(101, other), patientDay(102, other)]);
        const places = await placesIn(second.fingerprint);
        expect(places).toHaveLength(3);
        expect(places[1]).toBeGreaterThan(ends.at(-1) ?? Infinity);
        expect(await store.summaries(second.fingerprint)).toMatchObject([
          { alerts: 2, calendarDays: 1, patients: 1 },
        ]);
        await store.rebuild(second.fingerprint);
        expect(await store.summaries(second.fingerprint)).toMatchObject([{ alerts: 2 }]);
        await store.seal(second.fingerprint);
        const round = { fingerprint: second.fingerprint, retiredAt: null };
        expect(await verifyChain(store, round)).toMatchObject({
          events: 3,
          unsealed: 0,
          problems: [],
        });
      });
    });

    describe('statistics', () => {
      test('name the engine and tell of a trial without events', async () => {
        const { engine, schema, bytes, trials } = await store.statistics();
        expect(engine).toMatch(/^(memory|SQLite \d|PostgreSQL \d)/);
        expect(Number.isSafeInteger(schema)).toBe(true);
        expect(bytes === null || bytes > 0).toBe(true);
        expect(trials).toEqual([
          {
            fingerprint,
            events: 0,
            unfolded: 0,
            unsealed: 0,
            segments: 0,
            firstAt: null,
            lastAt: null,
          },
        ]);
      });

      test('follow what is appended and sealed, in the order of the trials', async () => {
        await store.register(second);
        await store.append([impression(1, { at: nine + 5 }), impression(2, { at: nine - 5 })]);
        await store.seal(fingerprint);
        await store.summaries(fingerprint);
        await store.append([impression(3)]);
        expect(await statisticsOf(fingerprint)).toMatchObject({
          events: 3,
          unsealed: 1,
          segments: 1,
          firstAt: nine - 5,
          lastAt: nine + 5,
        });
        const { trials } = await store.statistics();
        expect(trials.map((found) => found.fingerprint)).toEqual([fingerprint, second.fingerprint]);
      });

      test('have nothing unfolded once the sums were asked for', async () => {
        await store.append(everyType);
        await store.summaries(fingerprint);
        expect(await statisticsOf(fingerprint)).toMatchObject({ events: 7, unfolded: 0 });
      });

      test('still count the events of a retired trial, which has no instants any more', async () => {
        await store.append(everyType);
        await retire();
        expect(await statisticsOf(fingerprint)).toMatchObject({
          events: 7,
          unfolded: 0,
          unsealed: 0,
          segments: 1,
          firstAt: null,
          lastAt: null,
        });
      });
    });

    test('the check of the key tells keys apart and is no key', async () => {
      const check = await store.keyCheck();
      expect(check).toMatch(/^[0-9a-f]{16}$/);
      expect(await store.keyCheck()).toBe(check);
    });

    test('a trial that is not registered is neither sealed nor retired', async () => {
      const refusal = { code: 'ERR_PROTOCOL_MISMATCH' };
      const other = second.fingerprint;
      await expect(store.seal(other)).rejects.toMatchObject(refusal);
      await expect(store.segments(other)).rejects.toMatchObject(refusal);
      await expect(store.retire(other, nine)).rejects.toMatchObject(refusal);
    });
  });
}
