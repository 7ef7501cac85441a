import { describe, expect, test } from '@jest/globals';
import type { PeriodUnit } from '../../../src/analysis/methods/over-time/index.ts';
import {
  carryOverCheck,
  effectByPeriod,
  estimateOverTime,
  exposureTimeCheck,
} from '../../../src/analysis/methods/over-time/index.ts';
import {
  differenceOf,
  ratioOfTotals,
  relativeOf,
} from '../../../src/analysis/methods/ratio-of-totals.ts';
import { close, made, reasonOf, unitsNamed } from './data.ts';

const wedge = unitsNamed('wedge');
const crossover = unitsNamed('crossover');

describe('Exposure time', () => {
  test('the longest time is the longest that two clusters reached, or the one wished for', () => {
    const check = made(exposureTimeCheck(wedge, { statistic: 'difference' }));
    expect(
      check.effects.map(({ exposure, isLongest, clusters }) => [exposure, isLongest, clusters]),
    ).toEqual([
      [1, false, 9],
      [2, false, 6],
      [3, false, 5],
      [4, true, 2],
    ]);
    // Without the last period of one of them a single cluster is left with four.
    const shorter = wedge.map(({ cells, arms }, i) => ({
      arms,
      cells: cells.map((cell, j) => (i === 0 && j === 4 ? { numerator: 0, denominator: 0 } : cell)),
    }));
    const fewer = made(exposureTimeCheck(shorter, { statistic: 'difference' }));
    expect(fewer.effects.map(({ clusters }) => clusters)).toEqual([9, 6, 5]);
    expect(fewer.effects.at(-1)).toMatchObject({ exposure: 3, isLongest: true });
    const wished = made(exposureTimeCheck(wedge, { statistic: 'difference', longest: 2 }));
    expect(wished.effects.map(({ clusters }) => clusters)).toEqual([9, 7]);
    expect(made(wished.test).degreesOfFreedom).toEqual([1, 7]);
    // More than there are is all there are.
    const more = made(exposureTimeCheck(wedge, { statistic: 'difference', longest: 99 }));
    expect(more.effects).toHaveLength(4);
  });

  test('of two times the joint test is the square of the t test of their difference', () => {
    const check = made(
      exposureTimeCheck(unitsNamed('halves'), { statistic: 'difference', longest: 2 }),
    );
    const lagged = made(carryOverCheck(unitsNamed('halves'), { statistic: 'difference' }));
    const joint = made(check.test);
    const carried = made(lagged.carryOver);
    close(joint.statistic, carried.statistic ** 2, 1e-7);
    close(joint.pValue, carried.pValue, 1e-7);
  });

  test('starts anew each time that the arm begins again', () => {
    const orders = [
      [1, 1, 0, 1, 1],
      [0, 1, 1, 0, 1],
      [0, 0, 1, 1, 0],
      [1, 0, 0, 1, 1],
    ];
    const units = [...orders, ...orders].map((arms, i) => ({
      arms,
      cells: arms.map((arm, j) => ({
        numerator: 10 + ((7 * i + 3 * j + i * j) % 9) + arm,
        denominator: 40,
      })),
    }));
    const check = made(exposureTimeCheck(units, { statistic: 'logRatio' }));
    expect(check.effects.map(({ clusters }) => clusters)).toEqual([8, 8]);
    const exposures = orders.flat().filter((arm) => arm === 1).length;
    expect(exposures).toBe(12);
  });

  test('counts periods without data, during which a cluster was exposed all the same', () => {
    const units = wedge.map(({ cells, arms }) => ({
      arms,
      cells: cells.map((cell, j) =>
        j > 0 && arms[j] === 1 && arms[j - 1] === 0 ? { numerator: 0, denominator: 0 } : cell,
      ),
    }));
    const check = made(exposureTimeCheck(units, { statistic: 'difference' }));
    expect(check.effects.map(({ exposure }) => exposure)).toEqual([2, 3, 4]);
    const mean = check.effects.reduce((total, { effect }) => total + made(effect).estimate / 3, 0);
    close(made(check.average).estimate, mean, 1e-9);
  });

  test('has no check with one exposure time, and no joint test with few clusters', () => {
    expect(reasonOf(exposureTimeCheck(crossover, { statistic: 'logRatio' }))).toBe(
      'too few clusters had arm 1 for more than one period running, so there is one exposure time',
    );
    const five = wedge.filter((_, i) => [0, 4, 1, 5, 3].includes(i));
    const check = made(exposureTimeCheck(five, { statistic: 'difference', correction: 'FG' }));
    expect(check.effects).toHaveLength(4);
    expect(made(check.test).degreesOfFreedom).toEqual([3, 1]);
    const four = wedge.filter((_, i) => [0, 4, 1, 3].includes(i));
    const fewer = made(exposureTimeCheck(four, { statistic: 'difference', correction: 'FG' }));
    expect(reasonOf(fewer.test)).toBe(
      '4 effects cannot be tested jointly with 2 degrees of freedom between clusters',
    );
    expect(fewer.average.estimable).toBe(true);
  });

  test('refuses a longest time that is none, and passes on why there is no comparison', () => {
    for (const longest of [0, 1.5, Number.NaN]) {
      expect(() => exposureTimeCheck(wedge, { statistic: 'logRatio', longest })).toThrow('longest');
    }
    const untreated = wedge.map(({ cells, arms }) => ({ cells, arms: arms.map(() => 0) }));
    expect(reasonOf(exposureTimeCheck(untreated, { statistic: 'logRatio' }))).toContain('arm 1');
    expect(reasonOf(carryOverCheck(untreated, { statistic: 'logRatio' }))).toContain('arm 1');
    expect(reasonOf(effectByPeriod(untreated, { statistic: 'logRatio' }))).toContain('arm 1');
  });

  test('keeps the effect of other arms apart', () => {
    const check = made(
      exposureTimeCheck(unitsNamed('three').map(stay), { statistic: 'difference' }),
    );
    expect(made(check.average).degreesOfFreedom).toBe(9);
    expect(check.effects.map(({ clusters }) => clusters)).toEqual([12, 4]);
  });
});

/** Clusters that keep the arm of the second period in the third. */
function stay({ cells, arms }: PeriodUnit): PeriodUnit {
  return { cells, arms: [arms[0] ?? 0, arms[1] ?? 0, arms[1] === 1 ? 1 : (arms[2] ?? 0)] };
}

describe('Carry-over', () => {
  test('of AB and BA is what the effect of the first period exceeds the second by', () => {
    const units = crossover.map(({ cells, arms }) => ({
      cells: cells.slice(0, 2),
      arms: arms.slice(0, 2),
    }));
    for (const statistic of ['logRatio', 'difference'] as const) {
      const { carryOver, first, later, adjusted } = made(carryOverCheck(units, { statistic }));
      const scale = statistic === 'logRatio' ? Math.log : (value: number) => value;
      const [one, two] = [scale(made(first).estimate), scale(made(later).estimate)];
      close(scale(made(carryOver).estimate), one - two, 1e-7);
      close(scale(made(adjusted).estimate), one, 1e-7);
      expect(made(first).degreesOfFreedom).toBe(8);
    }
  });

  test('takes the first period alone and the later ones as comparisons by themselves', () => {
    const { first, later, caution } = made(carryOverCheck(crossover, { statistic: 'logRatio' }));
    const part = (from: number, to: number): number =>
      made(
        estimateOverTime(
          crossover.map(({ cells, arms }) => ({
            cells: cells.slice(from, to),
            arms: arms.slice(from, to),
          })),
          { statistic: 'logRatio' },
        ),
      ).standardError;
    close(made(first).standardError, part(0, 1), 1e-9);
    close(made(later).standardError, part(1, 4), 1e-9);
    expect(caution).toContain('must not choose the analysis');
  });

  test('minds what went before a washout, and has no first period in a stepped wedge', () => {
    const check = made(carryOverCheck(wedge, { statistic: 'difference' }));
    expect(reasonOf(check.first)).toBe('no cluster was seen with arm 1');
    const units = crossover.map(({ cells, arms }) => ({
      arms: [...arms.slice(0, 2), ...arms.slice(1)],
      cells: [...cells.slice(0, 1), { numerator: 0, denominator: 0 }, ...cells.slice(1)],
    }));
    const washed = made(carryOverCheck(units, { statistic: 'difference' }));
    const plain = made(carryOverCheck(crossover, { statistic: 'difference' }));
    // The second period, left out, has the arm of the third, so that nothing else goes before that.
    expect(made(washed.later).estimate).toBe(made(plain.later).estimate);
    expect(made(washed.carryOver).estimate).not.toBe(made(plain.carryOver).estimate);
  });

  test('cannot be told apart where arms never change in the periods that are seen', () => {
    const parallel = crossover.map(({ cells }, i) => ({
      cells: cells.map((cell, j) => (j === 0 ? { numerator: 0, denominator: 0 } : cell)),
      arms: cells.map(() => i % 2),
    }));
    expect(reasonOf(carryOverCheck(parallel, { statistic: 'logRatio' }))).toBe(
      '"arm 1 in the period before" is a combination of the terms before it',
    );
  });
});

describe('Period by period', () => {
  test('each effect is the comparison of two ratios of totals in its period', () => {
    for (const statistic of ['logRatio', 'difference'] as const) {
      const { periods } = made(effectByPeriod(unitsNamed('three'), { statistic, level: 0.8 }));
      expect(periods).toHaveLength(3);
      for (const { period, clusters, effect } of periods) {
        const of = (arm: number): Parameters<typeof relativeOf>[0] =>
          made(
            ratioOfTotals(
              unitsNamed('three').flatMap(({ cells, arms }) =>
                arms[period] === arm ? cells.slice(period, period + 1) : [],
              ),
            ),
          );
        const plain = made(
          (statistic === 'logRatio' ? relativeOf : differenceOf)(of(1), of(0), 0.8),
        );
        expect(clusters).toEqual({ arm: 4, control: 4 });
        for (const key of ['estimate', 'lower', 'upper', 'standardError', 'pValue'] as const) {
          close(made(effect)[key], plain[key], 1e-7);
        }
        expect(made(effect).degreesOfFreedom).toBe(6);
      }
    }
  });

  test('a period without two clusters an arm, or without events in one, says why it has no effect', () => {
    const units = crossover.map(({ cells, arms }, i) => ({
      arms: [...arms, 1, i < 9 ? 0 : 1, i % 2],
      cells: [
        ...cells,
        { numerator: 2, denominator: 9 },
        { numerator: 2 + i, denominator: 20 },
        { numerator: i % 2 === 1 ? 3 + (i % 3) : 0, denominator: 20 },
      ],
    }));
    const { periods, test: joint } = made(effectByPeriod(units, { statistic: 'logRatio' }));
    const reasons = periods.map(({ effect }) => (effect.estimable ? '' : effect.reason));
    expect(reasons).toEqual([
      '',
      '',
      '',
      '',
      'each arm needs two clusters in the period',
      'each arm needs two clusters in the period',
      'the control arm has no events in the period, so the ratio has no logarithm',
    ]);
    expect(periods[5]?.clusters).toEqual({ arm: 1, control: 9 });
    expect(made(joint).degreesOfFreedom).toEqual([3, 6]);
    const difference = made(effectByPeriod(units, { statistic: 'difference' }));
    const last = difference.periods[6]?.effect;
    if (last === undefined) throw new Error('no such period');
    close(made(last).estimate, 0.19, 1e-7);
  });

  test('has no effects where no period has two clusters an arm', () => {
    const units = wedge.slice(0, 4);
    expect(
      reasonOf(
        effectByPeriod(
          units.map(({ cells, arms }) => ({ cells: cells.slice(0, 2), arms: arms.slice(0, 2) })),
          { statistic: 'difference' },
        ),
      ),
    ).toContain('in no period did each arm have two clusters');
  });

  test('a joint test of one effect alone has nothing to compare', () => {
    const units = crossover.map(({ cells, arms }) => ({
      cells: cells.slice(0, 1),
      arms: arms.slice(0, 1),
    }));
    const check = made(effectByPeriod(units, { statistic: 'difference' }));
    expect(reasonOf(check.test)).toContain('one effect');
  });
});
