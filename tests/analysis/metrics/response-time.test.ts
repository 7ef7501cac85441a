import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { responseTimes } from '../../../src/analysis/metrics/index.ts';
import type { TrialEvent } from '../../../src/index.ts';
import type { Store } from '../../../src/store/index.ts';
import { memoryStore } from '../../../src/store/index.ts';
import { answer, changed, impression, uuid } from '../../store/fixtures.ts';
import { events, stores, trial } from './ledger.ts';

interface Case {
  readonly name: string;
  readonly level: number;
  readonly unit: readonly number[];
  readonly ms: readonly number[];
  readonly quantiles: readonly {
    readonly probability: number;
    readonly seconds: number;
    readonly lower: number;
    readonly upper: number;
  }[];
}

const cases = JSON.parse(
  readFileSync(new URL('reference.json', import.meta.url), 'utf8'),
) as readonly Case[];

describe('The quantiles and intervals of response times agree with R (oracle.R)', () => {
  test.each(cases.map((each, i) => [each.name, each, i] as const))('%s', async (_, each, i) => {
    const own = changed({ unit: 'practice', round: 20 + i });
    const store = memoryStore();
    await store.register(own);
    const held = each.ms.flatMap((delay, index): TrialEvent[] => {
      const shared = {
        trial: own.fingerprint,
        unitId: `practice ${each.unit[index] ?? 0}`,
        patient: `p${index}`,
      };
      return [
        impression(2 * index, shared),
        answer('dismissal', 2 * index + 1, 2 * index, { ...shared, delay }),
      ];
    });
    await store.append(held);
    const { arms } = await responseTimes(own, store, {
      level: each.level,
      probabilities: each.quantiles.map(({ probability }) => probability),
    });
    expect(arms[0]).toMatchObject({
      answered: each.ms.length,
      units: new Set(each.unit).size,
      clockDisagreements: 0,
    });
    expect(arms[0]?.quantiles).toEqual({
      estimable: true,
      of: each.quantiles.map(({ probability, seconds, lower, upper }) => ({
        probability,
        seconds,
        interval: { estimable: true, lower, upper },
      })),
    });
    expect(arms[1]?.quantiles).toEqual({
      estimable: false,
      reason: 'no alert was answered at a time that is known',
      instead: 'log answers with the time at which they were given',
    });
  });
});

describe.each(stores)('Response times %s', (_, open) => {
  let store: Store;
  let dispose: () => Promise<void>;
  beforeAll(async () => {
    ({ store, dispose } = await open());
    await store.register(trial);
    await store.append(events);
  });
  afterAll(async () => {
    await store.close();
    await dispose();
  });

  test('are those of the first answers, with the quartiles by default', async () => {
    const times = await responseTimes(trial, store);
    expect(times).toMatchObject({ unit: 'practice', level: 0.95, window: 'PT24H' });
    const [usual, redesign] = times.arms;
    // 2.0, 2.9 and 10 s, all of one practice.
    expect(usual).toMatchObject({ answered: 3, units: 1, clockDisagreements: 1 });
    expect(usual?.quantiles).toMatchObject({
      of: [
        { probability: 0.25, seconds: 2, interval: { estimable: false } },
        { probability: 0.5, seconds: 2.9, interval: { reason: expect.stringMatching(/one unit/) } },
        { probability: 0.75, seconds: 10 },
      ],
    });
    expect(redesign).toMatchObject({ answered: 1, units: 1, clockDisagreements: 0 });
    expect(times.warnings).toEqual([
      '1 answer(s) are dated before their alert: two clocks disagree, and the times of the others may be as wrong.',
    ]);
    const lines = String(times).split('\n');
    expect(lines.slice(0, 2)).toEqual([
      'Response time',
      '  seconds from an alert to its first answer within PT24H, 95 % intervals by practice',
    ]);
    expect(lines[2]).toMatch(
      /^ {2}usual {5}25 % by 2 s \(no interval: .*\); 50 % by 2\.9 s .*3 answered, 1 practice\(s\)$/,
    );
    expect(lines.at(-1)).toMatch(/^ {2}Warning: 1 answer/);
  });
});

describe('Response times at the edge', () => {
  const own = changed({ unit: 'practice', round: 30, responseWindow: 'PT1H0M30S' });
  const replies = async (
    delays: readonly (readonly [string, number])[],
    armOf: readonly string[] = [],
  ): Promise<Store> => {
    const store = memoryStore();
    await store.register(own);
    await store.append(
      delays.flatMap(([unitId, delay], i) => {
        const shared = { trial: own.fingerprint, unitId, arm: armOf[i] ?? 'usual' };
        return [
          impression(2 * i, shared),
          answer('acceptance', 2 * i + 1, 2 * i, { ...shared, delay }),
        ];
      }),
    );
    return store;
  };

  test('a time is rounded up, and never beyond what the window counts', async () => {
    const store = await replies([
      ['a', 1],
      ['a', 100],
      ['b', 101],
      ['b', 60_000],
      ['c', 60_001],
      ['c', 3_600_000],
      ['d', 3_600_001],
      ['d', 3_630_000],
      ['d', 3_630_001],
    ]);
    expect(
      (await store.delays(own.fingerprint)).map(({ delay, alerts }) => [delay, alerts]),
    ).toEqual([
      [100, 2],
      [200, 1],
      [60_000, 1],
      [61_000, 1],
      [3_600_000, 1],
      [3_660_000, 2],
    ]);
    const { arms } = await responseTimes(own, store, { probabilities: [0.125, 0.5, 0.95] });
    const { quantiles } = arms[0] ?? {};
    if (quantiles?.estimable !== true) throw new Error('not estimable');
    expect(quantiles.of.map(({ seconds }) => seconds)).toEqual([0.1, 60, 3_660]);
    // Every answer had come by then in every unit, so that there is nothing to judge an interval by.
    expect(quantiles.of[2]?.interval).toMatchObject({ estimable: false });
  });

  test('an answer that bears the very time of its alert is counted, and not timed', async () => {
    const store = await replies([
      ['a', 0],
      ['a', 4_000],
      ['b', 0],
      ['b', -1],
      ['c', 0],
    ]);
    expect(await store.delays(own.fingerprint)).toEqual([
      { arm: 'usual', delay: null, alerts: 1 },
      { arm: 'usual', delay: 0, alerts: 3 },
      { arm: 'usual', delay: 4_000, alerts: 1 },
    ]);
    const { arms, warnings } = await responseTimes(own, store, { probabilities: [0.5] });
    const usual = { answered: 1, units: 1, clockDisagreements: 1, untimed: 3 };
    expect(arms[0]).toMatchObject({ ...usual, quantiles: { of: [{ seconds: 4 }] } });
    expect(warnings).toEqual([
      expect.stringMatching(/^1 answer\(s\) are dated before/),
      expect.stringMatching(/^3 answer\(s\) bear the very time of their alert/),
    ]);
    const hasty = { of: 'timed', within: 'PT3S' } as const;
    const counts = [{ of: 'answered' }, { of: 'timed' }, hasty] as const;
    const rows = await store.counts(own.fingerprint, { counts, asOf: 0 });
    expect(rows.map(({ unitId, values }) => [unitId, ...values])).toEqual([
      ['a', 2, 1, 0],
      ['b', 2, 0, 0],
      ['c', 1, 0, 0],
    ]);
  });

  test('an answered alert is timed by its first answer, and units of two arms are not judged', async () => {
    const store = await replies(
      [
        ['a', 5_000],
        ['a', 6_000],
      ],
      ['usual', 'redesign'],
    );
    await store.append([
      answer('dismissal', 90, 0, {
        trial: own.fingerprint,
        unitId: 'a',
        delay: 1_000,
        opening: uuid(0),
      }),
    ]);
    const { arms } = await responseTimes(own, store, { probabilities: [0.5] });
    expect(arms.map(({ quantiles }) => quantiles)).toMatchObject([
      { of: [{ seconds: 1, interval: { reason: '1 unit(s) stand in more than one arm' } }] },
      { of: [{ seconds: 6 }] },
    ]);
  });

  test('an empty trial has none, and shares lie between 0 and 1', async () => {
    const store = await replies([]);
    const { arms, warnings } = await responseTimes(own, store);
    expect(arms.map(({ answered, units }) => [answered, units])).toEqual([
      [0, 0],
      [0, 0],
    ]);
    expect(warnings).toEqual([]);
    for (const bad of [0, 1, -1, Number.NaN]) {
      await expect(responseTimes(own, store, { level: bad })).rejects.toThrow(RangeError);
      await expect(responseTimes(own, store, { probabilities: [0.5, bad] })).rejects.toThrow(
        /between 0 and 1/,
      );
    }
  });
});
