import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Estimable } from '../../../src/analysis/estimable.ts';
import type {
  ControlLevel,
  OverTimeEffect,
  PeriodUnit,
} from '../../../src/analysis/methods/over-time/index.ts';
import { estimateOverTime } from '../../../src/analysis/methods/over-time/index.ts';
import {
  differenceOf,
  ratioOfTotals,
  relativeOf,
} from '../../../src/analysis/methods/ratio-of-totals.ts';
import { close, listOf, made, reasonOf, reference, unitsNamed } from './data.ts';

type Row = readonly (readonly [numerator: number, denominator: number, arm: number])[];

/** Clusters written as rows of cells. */
function clusters(...rows: readonly Row[]): PeriodUnit[] {
  return rows.map((row) => ({
    cells: row.map(([numerator, denominator]) => ({ numerator, denominator })),
    arms: row.map(([, , arm]) => arm),
  }));
}

/** Clusters with one more period, all in one arm. */
function withPeriod(units: readonly PeriodUnit[], arm: number): PeriodUnit[] {
  return units.map(({ cells, arms }, i) => ({
    cells: [...cells, { numerator: 3 + i, denominator: 20 + 2 * i }],
    arms: [...arms, arm],
  }));
}

/** What control would have in a period. */
function controlIn({ periods }: OverTimeEffect, period: number): Estimable<ControlLevel> {
  return periods[period]?.control ?? { estimable: false, reason: 'no such period' };
}

const counts = fc.record({
  numerator: fc.integer({ min: 1, max: 40 }),
  denominator: fc.integer({ min: 1, max: 60 }),
});
const oneArm = fc.array(counts, { minLength: 3, maxLength: 6 });

describe('With one period it is the comparison of two ratios of totals', () => {
  const twoArms = (arm: readonly PeriodUnit['cells'][0][], control: typeof arm): PeriodUnit[] => [
    ...arm.map((cell) => ({ cells: [cell], arms: [1] })),
    ...control.map((cell) => ({ cells: [cell], arms: [0] })),
  ];
  test.each(['MD', 'KC', 'CR0'] as const)('with the correction %s', (correction) => {
    fc.assert(
      fc.property(oneArm, oneArm, (arm, control) => {
        const [one, other] = [ratioOfTotals(arm, correction), ratioOfTotals(control, correction)];
        for (const statistic of ['logRatio', 'difference'] as const) {
          const plain = (statistic === 'logRatio' ? relativeOf : differenceOf)(
            made(one),
            made(other),
            0.9,
          );
          const units = twoArms(arm, control);
          const effect = estimateOverTime(units, { statistic, correction, level: 0.9 });
          expect(effect.estimable).toBe(plain.estimable);
          if (!plain.estimable || !effect.estimable) return;
          for (const key of ['estimate', 'lower', 'upper', 'standardError', 'pValue'] as const) {
            close(effect[key], plain[key], 1e-6);
          }
          expect(effect.degreesOfFreedom).toBe(plain.degreesOfFreedom);
          expect(effect.clusters).toBe(units.length);
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('What tells nothing of the comparison', () => {
  test.each([0, 1])(
    'a period with only arm %i has a level and leaves the effect as it was',
    (arm) => {
      for (const statistic of ['logRatio', 'difference'] as const) {
        const units = unitsNamed('crossover');
        const before = made(estimateOverTime(units, { statistic }));
        const after = made(estimateOverTime(withPeriod(units, arm), { statistic }));
        close(after.estimate, before.estimate, 1e-9);
        close(after.standardError, before.standardError, 1e-9);
        expect(after.degreesOfFreedom).toBe(before.degreesOfFreedom);
        expect(after.cells).toBe(before.cells + 10);
        const total = 75 / 290;
        const level =
          arm === 0
            ? total
            : statistic === 'logRatio'
              ? total / after.estimate
              : total - after.estimate;
        close(made(controlIn(after, 4)).estimate, level, 1e-7);
        expect(after.periods[4]?.clusters).toEqual(arm === 0 ? [10, 0] : [0, 10]);
      }
    },
  );

  test('a period with one cluster, or without events for a ratio, is left out and says so', () => {
    const units = unitsNamed('crossover').map(({ cells, arms }, i) => ({
      cells: [
        ...cells,
        { numerator: i, denominator: i === 4 ? 30 : 0 },
        { numerator: 0, denominator: 12 },
      ],
      arms: [...arms, 1, i % 2],
    }));
    const plain = made(estimateOverTime(unitsNamed('crossover'), { statistic: 'logRatio' }));
    const ratio = made(estimateOverTime(units, { statistic: 'logRatio' }));
    close(ratio.estimate, plain.estimate, 1e-9);
    close(ratio.standardError, plain.standardError, 1e-9);
    expect(ratio.cells).toBe(plain.cells);
    expect(ratio.periods.map(({ control }) => control.estimable)).toEqual([
      true,
      true,
      true,
      true,
      false,
      false,
    ]);
    expect(reasonOf(controlIn(ratio, 4))).toContain('tells nothing');
    expect(ratio.periods[4]?.clusters).toEqual([0, 1]);
    const difference = made(estimateOverTime(units, { statistic: 'difference' }));
    expect(difference.cells).toBe(plain.cells + 10);
    close(made(controlIn(difference, 5)).estimate, -difference.estimate / 2);
  });

  test('an arm without events is left out where another is compared by ratio', () => {
    const units = unitsNamed('three').map(({ cells, arms }) => ({
      arms,
      cells: cells.map((cell, j) => (arms[j] === 2 ? { ...cell, numerator: 0 } : cell)),
    }));
    const effect = made(estimateOverTime(units, { statistic: 'logRatio', arm: 1 }));
    const without = units.map(({ cells, arms }) => ({
      arms,
      cells: cells.map((cell, j) => (arms[j] === 2 ? { numerator: 0, denominator: 0 } : cell)),
    }));
    const same = made(estimateOverTime(without, { statistic: 'logRatio', arm: 1 }));
    expect(effect.estimate).toBe(same.estimate);
    expect(effect.standardError).toBe(same.standardError);
    expect(effect.degreesOfFreedom).toBe(10);
    expect(effect.periods[0]?.clusters).toEqual([4, 4, 4]);
    expect(reasonOf(estimateOverTime(units, { statistic: 'logRatio', arm: 2 }))).toBe(
      'arm 2 has no events, so the ratio has no logarithm',
    );
    expect(estimateOverTime(units, { statistic: 'difference', arm: 2 }).estimable).toBe(true);
  });
});

test('An arm that never met control is compared through one that met both', () => {
  const units = clusters(
    [
      [2, 10, 0],
      [5, 10, 1],
    ],
    [
      [3, 10, 0],
      [9, 12, 2],
    ],
    [
      [6, 11, 1],
      [4, 9, 1],
    ],
    [
      [4, 10, 1],
      [7, 10, 2],
    ],
    [
      [5, 20, 0],
      [8, 21, 2],
    ],
  );
  const { estimate, degreesOfFreedom } = made(
    estimateOverTime(units, { statistic: 'difference', arm: 2 }),
  );
  // (arm 1 - control) in the first period and (arm 2 - arm 1) in the second.
  close(estimate, 10 / 21 - 10 / 40 + 24 / 43 - 9 / 19, 1e-9);
  expect(degreesOfFreedom).toBe(2);
});

test('An arm that no chain of periods links to control has no effect, and takes no part', () => {
  const units = clusters(
    [
      [2, 10, 0],
      [5, 10, 2],
    ],
    [
      [3, 10, 0],
      [9, 12, 2],
    ],
    [
      [6, 11, 1],
      [4, 9, 2],
    ],
    [
      [4, 10, 1],
      [7, 10, 3],
    ],
    [
      [5, 20, 0],
      [8, 21, 3],
    ],
  );
  expect(reasonOf(estimateOverTime(units, { statistic: 'difference', arm: 2 }))).toMatch(
    /^in no period were arm 2 and the control arm both seen/,
  );
  const linked = made(estimateOverTime(units, { statistic: 'difference', arm: 1 }));
  expect(linked.cells).toBe(5);
  expect(linked.degreesOfFreedom).toBe(3);
  expect(linked.periods[1]?.clusters).toEqual([0, 0, 3, 2]);
  expect(linked.periods[1]?.control.estimable).toBe(false);
});

describe('Options', () => {
  const units = unitsNamed('wedge');
  test('degrees of freedom are those of clusters less arms, of Satterthwaite, or a number', () => {
    const p = (degreesOfFreedom?: 'clusters' | 'satterthwaite' | number): readonly number[] => {
      const effect = made(
        estimateOverTime(units, { statistic: 'difference', correction: 'KC', degreesOfFreedom }),
      );
      return [effect.degreesOfFreedom, effect.pValue];
    };
    expect(p()).toEqual(p('clusters'));
    expect(p()[0]).toBe(7);
    expect(p(4)[0]).toBe(4);
    expect(p(4)[1]).toBeGreaterThan(p(7)[1] ?? 0);
    const wanted = reference.estimates.find(
      ({ set, statistic }) => set === 'wedge' && statistic === 'difference',
    );
    close(p('satterthwaite')[0], listOf(wanted?.plain?.df ?? [])[5], 1e-6);
  });

  test('the level is that of every interval', () => {
    const [wide, narrow] = [0.95, 0.5].map((level) =>
      made(estimateOverTime(units, { statistic: 'difference', level })),
    );
    if (wide === undefined || narrow === undefined) throw new Error('no effects');
    const reach = ({ lower, upper }: { lower: number; upper: number }): number => upper - lower;
    close(reach(wide) / reach(narrow), 2.364624252 / 0.711141778, 1e-7);
    const [first, second] = [wide, narrow].map(({ periods }) =>
      made(periods[0]?.control ?? { estimable: false, reason: 'no period' }),
    );
    if (first === undefined || second === undefined) throw new Error('no levels');
    close(reach(first) / reach(second), 2.364624252 / 0.711141778, 1e-7);
  });

  test('a result is plain data, the same for clusters in any order', () => {
    const effect = made(
      estimateOverTime(units, { statistic: 'logRatio', correlation: 'exchangeable' }),
    );
    expect(JSON.parse(JSON.stringify(effect))).toEqual(effect);
    const turned = made(
      estimateOverTime([...units].reverse(), {
        statistic: 'logRatio',
        correlation: 'exchangeable',
      }),
    );
    close(turned.estimate, effect.estimate, 1e-9);
    close(turned.standardError, effect.standardError, 1e-9);
  });
});

describe('No effect is estimated', () => {
  const reason = (
    units: readonly PeriodUnit[],
    statistic: 'logRatio' | 'difference' = 'logRatio',
  ) => reasonOf(estimateOverTime(units, { statistic }));

  test('without a cluster seen in an arm', () => {
    expect(reason(clusters([[2, 10, 0]], [[3, 10, 0]], [[3, 0, 1]]))).toBe(
      'no cluster was seen with arm 1',
    );
    expect(reason(clusters([[2, 10, 1]], [[3, 10, 1]]))).toBe(
      'no cluster was seen with the control arm',
    );
  });

  test('without events in an arm, by ratio', () => {
    const units = clusters([[0, 10, 0]], [[0, 10, 0]], [[3, 9, 1]], [[1, 10, 1]], [[1, 9, 1]]);
    expect(reason(units)).toBe('the control arm has no events, so the ratio has no logarithm');
    const { estimate } = made(estimateOverTime(units, { statistic: 'difference' }));
    close(estimate, 5 / 28, 1e-9);
  });

  test('without a period that both arms share', () => {
    const before = clusters(
      [
        [2, 10, 0],
        [5, 10, 1],
      ],
      [
        [3, 10, 0],
        [6, 11, 1],
      ],
      [
        [3, 9, 0],
        [6, 12, 1],
      ],
    );
    expect(reason(before)).toMatch(/^in no period were arm 1 and the control arm both seen/);
    expect(reason(before, 'difference')).toContain('cannot be told from those of the periods');
  });

  test('from as many clusters as arms', () => {
    const pair = clusters(
      [
        [2, 10, 0],
        [5, 10, 1],
      ],
      [
        [3, 10, 1],
        [6, 11, 0],
      ],
    );
    expect(reason(pair)).toMatch(/^clusters: 2, arms: 2; there must be more clusters than arms/);
    const three = [
      ...pair,
      ...clusters([
        [9, 20, 0],
        [5, 18, 1],
      ]),
    ];
    // Of three crossing over one goes its own way: alone it says what that way does.
    expect(reason(three)).toContain('leverage 1');
    const effect = made(estimateOverTime(three, { statistic: 'logRatio', correction: 'CR0' }));
    expect(effect.degreesOfFreedom).toBe(1);
  });

  test('where one cluster alone has the arm, unless the correction does without its leverage', () => {
    const units = clusters([[2, 10, 0]], [[5, 9, 0]], [[4, 11, 0]], [[3, 10, 1]]);
    expect(reason(units)).toContain('leverage 1');
    expect(estimateOverTime(units, { statistic: 'logRatio', correction: 'FG' }).estimable).toBe(
      true,
    );
  });

  test('where every cluster has the ratio of its period', () => {
    const units = clusters(
      [
        [2, 10, 0],
        [4, 10, 1],
      ],
      [
        [4, 20, 0],
        [4, 10, 1],
      ],
      [
        [4, 20, 1],
        [8, 20, 0],
      ],
    );
    expect(reason(units)).toContain('fitted exactly');
  });

  test('with a correlation that the periods of a cluster cannot have in common', () => {
    const units = clusters(
      [
        [10, 20, 0],
        [1, 20, 1],
      ],
      [
        [1, 20, 0],
        [10, 20, 1],
      ],
      [
        [10, 20, 1],
        [1, 20, 0],
      ],
      [
        [1, 20, 1],
        [10, 20, 0],
      ],
    );
    const result = estimateOverTime(units, {
      statistic: 'difference',
      correlation: 'exchangeable',
    });
    expect(reasonOf(result)).toContain('correlation within clusters');
    expect(result.estimable ? '' : result.instead).toContain('independence');
  });
});

describe('What is not a trial over time is refused', () => {
  const good = unitsNamed('wedge');
  const refused =
    (units: readonly PeriodUnit[], options: object = {}): (() => unknown) =>
    () =>
      estimateOverTime(units, { statistic: 'logRatio', ...options });
  const changed = (cell: object): PeriodUnit[] =>
    good.map(({ cells, arms }, i) => ({
      arms,
      cells: cells.map((own, j) => (i === 3 && j === 2 ? { ...own, ...cell } : own)),
    }));

  test('by what is wrong', () => {
    expect(refused([])).toThrow('at least one cluster and one period');
    expect(refused([{ cells: [], arms: [] }])).toThrow(RangeError);
    expect(refused([...good, { cells: [], arms: [] }])).toThrow(
      'cluster 9 has 0 cells and 0 arms, not 5',
    );
    expect(refused([...good, { cells: good[0]?.cells ?? [], arms: [0] }])).toThrow('1 arms');
    expect(refused(changed({ numerator: Number.NaN }))).toThrow(
      'the numerator of cluster 3 in period 2',
    );
    expect(refused(changed({ numerator: -1 }))).toThrow('has no logarithm');
    expect(refused(changed({ numerator: -1 }), { statistic: 'difference' })).not.toThrow();
    expect(refused(changed({ denominator: -1 }))).toThrow(
      'the denominator of cluster 3 in period 2',
    );
    expect(refused(changed({ denominator: Infinity }))).toThrow('must be finite and at least 0');
    expect(refused(good, { statistic: 'ratio' })).toThrow('logRatio, difference');
    expect(refused(good, { correlation: 'ar1' })).toThrow('correlation');
    expect(refused(good, { correction: 'HC3' })).toThrow('correction');
    expect(refused(good, { level: 1 })).toThrow('level');
  });

  test('with arms that are no indices', () => {
    const odd = good.map(({ cells, arms }) => ({ cells, arms: arms.map((arm) => arm / 2) }));
    expect(refused(odd)).toThrow('an arm is an index from 0 to 1, not 0.5');
    expect(refused(good, { arm: 0 })).toThrow('must be one of 1 to 1, not 0');
    expect(refused(good, { arm: 2 })).toThrow('must be one of 1 to 1, not 2');
    expect(refused(good, { arms: 1 })).toThrow('from 2 to 255');
    expect(refused(good, { arms: 256 })).toThrow('from 2 to 255');
    expect(reasonOf(estimateOverTime(good, { statistic: 'logRatio', arm: 2, arms: 3 }))).toBe(
      'no cluster was seen with arm 2',
    );
    expect(refused(unitsNamed('three'), { arms: 2 })).toThrow(
      'an arm is an index from 0 to 1, not 2',
    );
  });
});
