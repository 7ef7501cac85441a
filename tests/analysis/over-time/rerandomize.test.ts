import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { PeriodUnit } from '../../../src/analysis/methods/over-time/index.ts';
import {
  estimateOverTime,
  rerandomizationIntervalOverTime,
  rerandomizeOverTime,
} from '../../../src/analysis/methods/over-time/index.ts';
import { rerandomize } from '../../../src/analysis/methods/rerandomization/index.ts';
import { randomStream } from '../../../src/stats/index.ts';
import { close, designNamed, made, reasonOf } from './data.ts';

type Options = Parameters<typeof rerandomizeOverTime>[1];
type IntervalOptions = Parameters<typeof rerandomizationIntervalOverTime>[1];

/** The cells of a design with the arms of other groups. */
function regrouped(
  units: readonly PeriodUnit[],
  sequences: readonly (readonly number[])[],
  groups: readonly number[],
): PeriodUnit[] {
  return units.map((unit, i) => ({ ...unit, arms: sequences[groups[i] ?? 0] ?? [] }));
}

function optionsOf(name: string, others: Partial<Options> = {}): Options {
  const { sequences, groups, procedure } = designNamed(name);
  return { sequences, groups, procedure, statistic: 'logRatio', seed: 'a seed', ...others };
}

describe('Under the sharp null hypothesis the p value is exact', () => {
  const { units, sequences, groups } = designNamed('wedge');
  // Every order in turn as the actual one.
  const orders = [0, 1, 2, 3, 4, 5].reduce<number[][]>(
    (all) => all.flatMap((order) => [0, 1, 2].map((group) => [...order, group])),
    [[]],
  );
  const possible = orders.filter((order) =>
    [0, 1, 2].every((group) => order.filter((own) => own === group).length === 2),
  );
  test.each(['pValue', 'pLess', 'pGreater'] as const)('%s', (which) => {
    expect(possible).toHaveLength(90);
    const values = possible.map(
      (order) =>
        made(
          rerandomizeOverTime(
            regrouped(units, sequences, order),
            optionsOf('wedge', { groups: order }),
          ),
        )[which],
    );
    for (const value of values) {
      const share = values.filter((other) => other <= value + 1e-12).length / 90;
      expect(share).toBeLessThanOrEqual(value + 1e-12);
    }
    expect(groups).toHaveLength(6);
  });
});

describe('The statistic', () => {
  test('is at most the root of the clusters, and its sign turns with the data', () => {
    const { units } = designNamed('wedge');
    const turned = units.map(({ cells, arms }) => ({
      arms,
      cells: cells.map(({ numerator, denominator }) => ({
        numerator: 500 - numerator - denominator,
        denominator: 1,
      })),
    }));
    const up = units.map(({ cells, arms }) => ({
      arms,
      cells: cells.map(({ numerator, denominator }) => ({
        numerator: numerator + denominator,
        denominator: 1,
      })),
    }));
    const [one, other] = [up, turned].map((data) =>
      made(rerandomizeOverTime(data, optionsOf('wedge', { statistic: 'difference' }))),
    );
    close(one?.observed, -(other?.observed ?? 0), 1e-9);
    expect(Math.abs(one?.observed ?? 9)).toBeLessThanOrEqual(Math.sqrt(6));
    expect(one?.pLess).toBe(other?.pGreater);
    expect(one?.pValue).toBe(other?.pValue);
  });

  test('of one period with arms of one size and clusters alike is the difference of the means', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(50), { minLength: 6, maxLength: 6 }), (numerators) => {
        const groups = [0, 1, 1, 0, 1, 0];
        const result = rerandomizeOverTime(
          numerators.map((numerator, i) => ({
            cells: [{ numerator, denominator: 3 }],
            arms: [groups[i] ?? 0],
          })),
          { ...optionsOf('wedge'), sequences: [[0], [1]], groups, procedure: { kind: 'complete' } },
        );
        const plain = rerandomize(
          numerators.map((numerator, i) => ({
            numerator,
            denominator: 3,
            treated: groups[i] === 1,
          })),
          { statistic: 'difference', studentized: false, procedure: { kind: 'complete' }, seed: 1 },
        );
        expect(result.estimable).toBe(plain.estimable);
        if (!result.estimable || !plain.estimable) return;
        for (const key of ['pValue', 'pLess', 'pGreater', 'smallestPValue', 'floor'] as const) {
          if (typeof plain[key] === 'number') close(Number(result[key]), plain[key], 1e-12);
          else expect(result[key]).toBe(plain[key]);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('does not mind on which scale effects are told, nor a period in which all have one arm', () => {
    const { units, sequences } = designNamed('wedge');
    const ratio = made(rerandomizeOverTime(units, optionsOf('wedge')));
    const difference = made(
      rerandomizeOverTime(units, optionsOf('wedge', { statistic: 'difference' })),
    );
    expect(difference).toEqual({ ...ratio, statistic: 'difference' });
    expect(ratio).toMatchObject({ statistic: 'logRatio', studentized: true, assignments: 90 });
    const longer = units.map(({ cells, arms }, i) => ({
      cells: [...cells, { numerator: 99 * i, denominator: 3 }],
      arms: [...arms, 1],
    }));
    const options = optionsOf('wedge', { sequences: sequences.map((own) => [...own, 1]) });
    expect(made(rerandomizeOverTime(longer, options))).toEqual(ratio);
  });

  test('is 0 at the estimate of its interval, and every order is then as extreme', () => {
    for (const name of ['wedge', 'stratified', 'latin', 'washout']) {
      const { units } = designNamed(name);
      const interval = (statistic: 'logRatio' | 'difference'): number =>
        made(
          rerandomizationIntervalOverTime(units, {
            ...optionsOf(name, { statistic }),
            level: 0.5,
          }),
        ).estimate;
      const scale = 1 / interval('logRatio');
      const at = made(rerandomizeOverTime(units, optionsOf(name, { scale })));
      expect(Math.abs(at.observed)).toBeLessThan(1e-9);
      expect(at.pValue).toBe(1);
      const shift = interval('difference');
      expect(made(rerandomizeOverTime(units, optionsOf(name, { shift }))).pValue).toBe(1);
    }
  });
});

describe('The smallest p values', () => {
  const four = [
    [0, 1, 1, 0],
    [1, 0, 0, 1],
    [0, 0, 1, 1],
    [1, 1, 0, 0],
  ];
  const cellsOf = (i: number, arms: readonly number[]): PeriodUnit => ({
    arms,
    cells: arms.map((_, j) => ({ numerator: 5 + ((i * 7 + j * 3 + i * j) % 11), denominator: 20 })),
  });
  const run = (sequences: number[][], groups: number[]): ReturnType<typeof rerandomizeOverTime> =>
    rerandomizeOverTime(
      groups.map((group, i) => cellsOf(i, sequences[group] ?? [])),
      { sequences, groups, procedure: { kind: 'complete' }, statistic: 'difference', seed: 1 },
    );

  test('count the mirror image where the orders have one', () => {
    // 8! / (2!)⁴ orders; each order has the one in which every cluster has the other arm throughout.
    const both = made(run(four, [0, 1, 2, 3, 0, 1, 2, 3]));
    expect(both.assignments).toBe(2520);
    close(both.smallestPValue, 1 / 2520, 1e-12);
    close(both.smallestTwoSidedPValue, 2 / 2520, 1e-12);
    // With one more cluster on the first order the mirror image is none of the assignments.
    const uneven = made(run(four.slice(0, 3), [0, 1, 2, 0, 1, 0]));
    close(uneven.smallestTwoSidedPValue, 1 / 60, 1e-12);
    expect(uneven.floor).toContain('60 assignments');
  });

  test('count orders that cannot be told apart as one', () => {
    const twice = made(
      run(
        [
          [0, 1],
          [1, 0],
          [1, 0],
        ],
        [0, 0, 0, 1, 1, 2],
      ),
    );
    // 60 assignments, of which each stands for 3 with the same arms: 20.
    expect(twice.assignments).toBe(60);
    close(twice.smallestPValue, 1 / 20, 1e-12);
    close(twice.smallestTwoSidedPValue, 2 / 20, 1e-12);
    // Periods that all have one arm, and what no period has on the other side, make no difference.
    const alike = made(
      run(
        [
          [0, 0, 1],
          [0, 1, 1],
        ],
        [0, 0, 0, 1, 1, 1],
      ),
    );
    close(alike.smallestTwoSidedPValue, 2 / 20, 1e-12);
  });

  test('are those of clusters with data', () => {
    const groups = [0, 0, 1, 1, 0, 1];
    const sequences = [
      [0, 1],
      [1, 0],
    ];
    const units = groups.map((group, i) => cellsOf(i, sequences[group] ?? []));
    const unseen = units.map((unit, i) =>
      i < 4 ? unit : { ...unit, cells: unit.cells.map(() => ({ numerator: 0, denominator: 0 })) },
    );
    const result = made(
      rerandomizeOverTime(unseen, {
        sequences,
        groups,
        procedure: { kind: 'complete' },
        statistic: 'difference',
        seed: 1,
      }),
    );
    // Of 20 assignments 2 give the four clusters with data what they have (2 of the others in 1 each).
    expect(result.assignments).toBe(20);
    close(result.smallestPValue, 2 / 20, 1e-12);
  });

  test('with washouts are those of orders that leave the same days out', () => {
    const { units } = designNamed('washout');
    const result = made(rerandomizeOverTime(units, optionsOf('washout')));
    close(result.smallestPValue, 1 / 90, 1e-12);
    // The first two sequences have the same in the one period that tells anything, after a change or not.
    const sequences = [
      [2, 1],
      [1, 1],
      [1, 0],
    ];
    const groups = [0, 1, 2, 0, 1, 2];
    const plain = groups.map((group, i) => cellsOf(i, sequences[group] ?? []));
    const washed = plain.map((unit) => ({
      ...unit,
      washout: unit.cells.map(() => ({ numerator: 1, denominator: 4 })),
    }));
    const floor = (data: readonly PeriodUnit[]): number =>
      made(
        rerandomizeOverTime(data, {
          sequences,
          groups,
          procedure: { kind: 'complete' },
          statistic: 'difference',
          seed: 1,
        }),
      ).smallestPValue;
    close(floor(plain), 1 / 15, 1e-12);
    close(floor(washed), 1 / 90, 1e-12);
  });
});

describe('Days left out after a change of arm', () => {
  const { units } = designNamed('washout');
  test('matter: without them other orders would be judged by days that they have not', () => {
    const without = units.map(({ cells, arms }) => ({ cells, arms }));
    const [exact, rough] = [units, without].map((data) =>
      made(rerandomizeOverTime(data, optionsOf('washout'))),
    );
    expect(rough?.observed).toBe(exact?.observed);
    expect(rough?.pValue).not.toBe(exact?.pValue);
  });

  test('of nothing change nothing', () => {
    const { units: plain } = designNamed('wedge');
    const none = plain.map((unit) => ({
      ...unit,
      washout: unit.cells.map(() => ({ numerator: 0, denominator: 0 })),
    }));
    expect(made(rerandomizeOverTime(none, optionsOf('wedge')))).toEqual(
      made(rerandomizeOverTime(plain, optionsOf('wedge'))),
    );
  });

  test('may be the whole period, which is then left out in each order where it falls', () => {
    const whole = units.map(({ cells, arms, washout = [] }) => {
      const full = cells.map(({ numerator, denominator }, j) => {
        const isChanged = j > 0 && arms[j] !== arms[j - 1];
        return {
          numerator: numerator + (isChanged ? (washout[j]?.numerator ?? 0) : 0),
          denominator: denominator + (isChanged ? (washout[j]?.denominator ?? 0) : 0),
        };
      });
      return {
        arms,
        washout: full,
        cells: full.map((cell, j) =>
          j > 0 && arms[j] !== arms[j - 1] ? { numerator: 0, denominator: 0 } : cell,
        ),
      };
    });
    const result = made(rerandomizeOverTime(whole, optionsOf('washout')));
    expect(result.draws).toBe(90);
    const seen = whole.map(({ cells, arms }) => ({ cells, arms }));
    const effect = made(estimateOverTime(seen, { statistic: 'difference' }));
    const interval = made(
      rerandomizationIntervalOverTime(whole, {
        ...optionsOf('washout', { statistic: 'difference' }),
        level: 0.5,
      }),
    );
    close(interval.estimate, effect.estimate, 1e-9);
  });

  test('must be a part of their cell', () => {
    const none = { numerator: 0, denominator: 0 };
    const wrong =
      (first: PeriodUnit['cells'][0], length = 4): (() => unknown) =>
      () =>
        rerandomizeOverTime(
          units.map((unit) => ({
            ...unit,
            washout: Array.from({ length }, (_, j) => (j === 0 ? first : none)),
          })),
          optionsOf('washout'),
        );
    expect(wrong({ numerator: 0, denominator: 1e6 })).toThrow(
      'the washout of cluster 0 in period 0 must be a part of its cell',
    );
    expect(wrong({ numerator: 0, denominator: -1 })).toThrow('must be a part of its cell');
    expect(wrong({ numerator: Number.NaN, denominator: 1 })).toThrow('must be a part of its cell');
    expect(wrong({ numerator: 0, denominator: Infinity })).toThrow('must be a part of its cell');
    expect(wrong(none)).not.toThrow();
    expect(wrong(none, 3)).toThrow('cluster 0 has washouts of 3 periods, not of 4');
  });
});

describe('Orders that are drawn', () => {
  test('are the same for the same seed, and count the actual one', () => {
    const { units } = designNamed('latin');
    const drawn = (draws: number, seed: string) =>
      made(rerandomizeOverTime(units, optionsOf('latin', { draws, seed, enumerateUpTo: 0 })));
    const result = drawn(499, 'one');
    expect(drawn(499, 'one')).toEqual(result);
    expect(drawn(499, 'other').pValue).not.toBe(result.pValue);
    expect(result).toMatchObject({ method: 'monte-carlo', draws: 499, assignments: 1680 });
    expect((result.pValue * 500) % 1).toBeCloseTo(0, 9);
    close(result.monteCarloError, Math.sqrt((result.pValue * (1 - result.pValue)) / 499), 1e-12);
    close(result.smallestPValue, 1 / 500, 1e-12);
    const exact = made(rerandomizeOverTime(units, optionsOf('latin')));
    expect(Math.abs(drawn(4000, 'one').pValue - exact.pValue)).toBeLessThan(0.03);
  });

  test('may come from any procedure that can be run again', () => {
    const { units, groups } = designNamed('latin');
    const result = made(
      rerandomizeOverTime(
        units,
        optionsOf('latin', {
          draws: 4000,
          procedure: {
            kind: 'sampler',
            sample: (stream) => {
              const order = Int32Array.from(groups);
              stream.shuffle(order);
              return order;
            },
          },
        }),
      ),
    );
    expect(result.assignments).toBeNull();
    const exact = made(rerandomizeOverTime(units, optionsOf('latin')));
    expect(Math.abs(result.pValue - exact.pValue)).toBeLessThan(0.03);
  });

  test('ten thousand of thirty clusters in six periods take a moment', () => {
    const stream = randomStream('speed');
    const sequences = [1, 2, 3, 4, 5].map((step) => [0, 1, 2, 3, 4, 5].map((j) => +(j >= step)));
    const groups = Array.from({ length: 30 }, (_, i) => i % 5);
    const units = groups.map((group) => ({
      arms: sequences[group] ?? [],
      cells: Array.from({ length: 6 }, () => ({ numerator: stream.integer(20), denominator: 40 })),
    }));
    const begun = performance.now();
    const result = made(
      rerandomizeOverTime(units, {
        sequences,
        groups,
        procedure: { kind: 'complete' },
        statistic: 'logRatio',
        seed: 1,
        draws: 10_000,
      }),
    );
    // Some 60 ms when nothing else runs.
    expect(performance.now() - begun).toBeLessThan(2000);
    expect(result.draws).toBe(10_000);
  });
});

describe('The interval', () => {
  const { units } = designNamed('wedge');
  const interval = (others: Partial<IntervalOptions> = {}) =>
    rerandomizationIntervalOverTime(units, { ...optionsOf('wedge'), level: 0.8, ...others });

  test.each(['logRatio', 'difference'] as const)(
    'ends where the test begins to reject (%s)',
    (statistic) => {
      const { lower, upper, estimate, sides, level } = made(interval({ statistic }));
      expect([sides, level]).toEqual(['two-sided', 0.8]);
      const p = (effect: number): number =>
        made(
          rerandomizeOverTime(
            units,
            optionsOf(
              'wedge',
              statistic === 'logRatio' ? { scale: 1 / effect } : { shift: effect },
            ),
          ),
        ).pValue;
      for (const end of [lower ?? Number.NaN, upper ?? Number.NaN]) {
        const outwards = end + (end - estimate) * 1e-6;
        const inwards = end - (end - estimate) * 1e-6;
        expect(p(outwards)).toBeLessThanOrEqual(0.2 + 1e-9);
        expect(p(inwards)).toBeGreaterThan(0.2);
      }
    },
  );

  test('equal-tailed is made of two bounds', () => {
    const both = made(interval({ sides: 'equal-tailed' }));
    const lower = made(interval({ sides: 'lower', level: 0.9 }));
    const upper = made(interval({ sides: 'upper', level: 0.9 }));
    expect([both.lower, both.upper]).toEqual([lower.lower, upper.upper]);
    expect([lower.upper, upper.lower]).toEqual([null, null]);
  });

  test('by draws tells the error that they leave', () => {
    const drawn = made(interval({ enumerateUpTo: 0, draws: 999 }));
    expect(drawn.method).toBe('monte-carlo');
    close(drawn.monteCarloError, Math.sqrt((0.2 * 0.8) / 999), 1e-12);
    const exact = made(interval());
    expect(exact.monteCarloError).toBe(0);
    expect(exact.draws).toBe(90);
    close(drawn.lower, exact.lower ?? 0, 0.1);
  });

  test('is none where the orders are too few for its level', () => {
    const short = interval({ level: 0.99 });
    expect(reasonOf(short)).toContain('An interval at the level 0.99 needs one of at most 0.01');
    expect(interval({ level: 0.98 }).estimable).toBe(true);
    expect(reasonOf(interval({ level: 0.99, enumerateUpTo: 0, draws: 50 }))).toContain('50 draws');
  });

  test('of a ratio is none without events in an arm', () => {
    const eventless = (arm: number): PeriodUnit[] =>
      units.map(({ cells, arms }) => ({
        arms,
        cells: cells.map((cell, j) => (arms[j] === arm ? { ...cell, numerator: 0 } : cell)),
      }));
    const of = (arm: number, statistic: 'logRatio' | 'difference' = 'logRatio') =>
      rerandomizationIntervalOverTime(eventless(arm), {
        ...optionsOf('wedge', { statistic }),
        level: 0.8,
      });
    expect(reasonOf(of(0))).toMatch(/^the control arm has no events in the periods with both arms/);
    expect(reasonOf(of(1))).toMatch(/^arm 1 has no events/);
    expect(of(1, 'difference').estimable).toBe(true);
    // The test does without a logarithm.
    expect(rerandomizeOverTime(eventless(1), optionsOf('wedge')).estimable).toBe(true);
  });

  test('refuses levels that are none', () => {
    expect(() => interval({ level: 1 })).toThrow('level');
    expect(() => interval({ level: 0.4, sides: 'lower' })).toThrow('at least 0.5');
    expect(() => interval({ level: 0.4, sides: 'upper' })).toThrow('at least 0.5');
    expect(interval({ level: 0.5, sides: 'upper' }).estimable).toBe(true);
    expect(interval({ level: 0.4 }).estimable).toBe(true);
  });
});

describe('There is no test', () => {
  test('where no period has both arms, or no cluster differs from its period', () => {
    const groups = [0, 1, 0, 1];
    const apart = groups.map((group) => ({
      arms: [group, 0],
      cells: [0, 1].map((j) => ({ numerator: 3, denominator: group === j ? 9 : 0 })),
    }));
    const options: Options = {
      sequences: [
        [0, 0],
        [1, 0],
      ],
      groups,
      procedure: { kind: 'complete' },
      statistic: 'difference',
      seed: 1,
    };
    expect(reasonOf(rerandomizeOverTime(apart, options))).toMatch(/^in no period were arm 1/);
    expect(reasonOf(rerandomizationIntervalOverTime(apart, options))).toMatch(/^in no period/);
    const alike = apart.map(({ arms }) => ({
      arms,
      cells: [0, 1].map((j) => ({ numerator: 3 + j, denominator: 7 })),
    }));
    expect(reasonOf(rerandomizeOverTime(alike, options))).toContain('do not differ');
    expect(reasonOf(rerandomizationIntervalOverTime(alike, options))).toContain('do not differ');
  });

  test('where the procedure could have given no other order', () => {
    const { units, groups } = designNamed('wedge');
    const only = optionsOf('wedge', { procedure: { kind: 'listed', allocations: [groups] } });
    expect(reasonOf(rerandomizeOverTime(units, only))).toContain('no other assignment');
    expect(reasonOf(rerandomizationIntervalOverTime(units, only))).toContain('no other assignment');
  });

  test('of clusters, sequences and groups that do not fit', () => {
    const { units, groups, sequences } = designNamed('wedge');
    const refused =
      (others: Partial<Options>): (() => unknown) =>
      () =>
        rerandomizeOverTime(units, optionsOf('wedge', others));
    expect(refused({ groups: groups.slice(1) })).toThrow('one for each of the 6 clusters, not 5');
    expect(refused({ groups: [3, ...groups.slice(1)] })).toThrow(
      'cluster 0 is in group 3, not one of 0 to 2',
    );
    expect(refused({ groups: [1, ...groups.slice(1)] })).toThrow(
      'cluster 0 had arm 1 in period 1 where its group 1 has arm 0',
    );
    expect(refused({ sequences: sequences.map((own) => own.slice(1)) })).toThrow(
      'sequence 0 has 3 periods where the clusters have 4',
    );
    expect(refused({ sequences: Array.from({ length: 257 }, () => sequences[0] ?? []) })).toThrow(
      'up to 256 sequences',
    );
    expect(refused({ arm: 2 })).toThrow('must be one of 1 to 1, not 2');
    expect(refused({ arms: 1 })).toThrow('from 2 to 255');
    expect(refused({ arm: 2, arms: 3 })).not.toThrow();
    expect(refused({ scale: 0 })).toThrow('scale must be a number above 0');
    expect(refused({ scale: Infinity })).toThrow('scale');
    expect(refused({ shift: Number.NaN })).toThrow('shift must be a number');
    expect(refused({ draws: 0 })).toThrow('draws');
    expect(refused({ statistic: 'meanDifference' as 'difference' })).toThrow('statistic');
  });
});
