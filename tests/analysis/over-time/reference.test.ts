import { describe, expect, test } from '@jest/globals';
import type { Effect } from '../../../src/analysis/methods/effect.ts';
import {
  carryOverCheck,
  effectByPeriod,
  estimateOverTime,
  exposureTimeCheck,
  rerandomizationIntervalOverTime,
  rerandomizeOverTime,
} from '../../../src/analysis/methods/over-time/index.ts';
import type { StatisticOverTime } from '../../../src/analysis/methods/over-time/index.ts';
import type { Estimable } from '../../../src/analysis/estimable.ts';
import { close, designNamed, listOf, made, reference, unitsNamed } from './data.ts';

function shown(statistic: StatisticOverTime, value: number | undefined): number {
  return statistic === 'logRatio' ? Math.exp(value ?? Number.NaN) : (value ?? Number.NaN);
}

describe('Effects adjusted for periods agree with geepack and dense matrices', () => {
  const corrections = ['CR0', 'KC', 'MD', 'FG'] as const;
  test.each(reference.estimates)('$set, $statistic, $correlation', (its) => {
    const { statistic, correlation } = its;
    const arms = its.beta.length - its.periods;
    for (let arm = 1; arm <= arms; arm += 1) {
      const at = its.periods + arm - 1;
      for (const correction of corrections) {
        const effect = made(
          estimateOverTime(unitsNamed(its.set), { statistic, correlation, correction, arm }),
        );
        close(effect.estimate, shown(statistic, its.beta[at]));
        close(effect.standardError, its.se[correction][at]);
        close(effect.statistic, (its.beta[at] ?? 0) / (its.se[correction][at] ?? 0));
        expect(effect.degreesOfFreedom).toBe(its.df);
        expect(effect.correction).toBe(correction);
        if (correlation === 'independence') expect(effect.correlation).toBeNull();
        else close(effect.correlation, its.alpha, 1e-6);
      }
      const effect = made(
        estimateOverTime(unitsNamed(its.set), { statistic, correlation, arm, arms: arms + 1 }),
      );
      expect(effect.correction).toBe('MD');
      close(effect.pValue, listOf(its.p)[arm - 1]);
      effect.periods.forEach(({ period, control }, j) => {
        expect(period).toBe(j);
        const level = its.plain?.glm[j] ?? its.beta[j];
        // One period is an intercept.
        close(made(control).estimate, shown(statistic, level));
      });
    }
    close(its.se.CR0[its.periods], its.robust[its.periods]);
    if (its.plain) {
      close(its.se.CR0[its.periods], its.plain.CR0[its.periods]);
      close(its.se.MD[its.periods], its.plain.CR3[its.periods]);
    }
  });
});

function closeTo(
  effect: Estimable<Effect>,
  statistic: StatisticOverTime,
  [estimate, se, df, p]: readonly (number | undefined)[],
): void {
  const got = made(effect);
  close(got.estimate, shown(statistic, estimate));
  close(got.standardError, se);
  expect(got.degreesOfFreedom).toBe(df);
  close(got.pValue, p, 1e-6);
}

describe('Checks agree with geepack and dense matrices', () => {
  test.each(reference.exposures)('exposure time: $set, $statistic, $correlation', (its) => {
    const { statistic, correlation, effects, average } = its;
    const estimates = listOf(effects.estimate);
    const check = made(
      exposureTimeCheck(unitsNamed(its.set), {
        statistic,
        correlation,
        longest: estimates.length,
      }),
    );
    expect(check.effects.map(({ exposure }) => exposure)).toEqual(estimates.map((_, s) => s + 1));
    check.effects.forEach(({ effect }, s) =>
      closeTo(effect, statistic, [
        estimates[s],
        listOf(effects.se)[s],
        effects.df,
        listOf(effects.p)[s],
      ]),
    );
    closeTo(check.average, statistic, [
      listOf(average.estimate)[0],
      listOf(average.se)[0],
      average.df,
      listOf(average.p)[0],
    ]);
    const joint = made(check.test);
    close(joint.statistic, its.test.statistic, 1e-6);
    expect(joint.degreesOfFreedom).toEqual(its.test.df);
    close(joint.pValue, its.test.pValue, 1e-6);
    const constant = made(check.constant);
    const plain = made(estimateOverTime(unitsNamed(its.set), { statistic, correlation }));
    expect(constant.estimate).toBe(plain.estimate);
  });

  test.each(reference.carry)('carry-over: $set, $statistic, $correlation', (its) => {
    const { statistic, correlation, both } = its;
    const check = made(
      carryOverCheck(unitsNamed(its.set), { statistic, correlation, correction: 'KC' }),
    );
    [check.adjusted, check.carryOver].forEach((effect, k) =>
      closeTo(effect, statistic, [
        listOf(both.estimate)[k],
        listOf(both.se)[k],
        both.df,
        listOf(both.p)[k],
      ]),
    );
  });

  test.each(reference.byPeriod)('period by period: $set, $statistic', (its) => {
    const { statistic, effects } = its;
    const check = made(effectByPeriod(unitsNamed(its.set), { statistic }));
    check.periods.forEach(({ effect }, j) =>
      closeTo(effect, statistic, [
        listOf(effects.estimate)[j],
        listOf(effects.se)[j],
        effects.df,
        listOf(effects.p)[j],
      ]),
    );
    const joint = made(check.test);
    close(joint.statistic, its.test.statistic, 1e-6);
    expect(joint.degreesOfFreedom).toEqual(its.test.df);
    close(joint.pValue, its.test.pValue, 1e-6);
  });
});

describe('Re-randomisation agrees with going through all orders in R', () => {
  test.each(reference.tests)(
    '$design, arm $arm, scale $scale, shift $shift',
    ({ design, arm, scale, shift, ...its }) => {
      const { units, sequences, groups, procedure } = designNamed(design);
      const result = made(
        rerandomizeOverTime(units, {
          sequences,
          groups,
          procedure,
          arm,
          scale,
          shift,
          statistic: shift === 0 ? 'logRatio' : 'difference',
          seed: 1,
        }),
      );
      expect(result.method).toBe('enumeration');
      expect(result.draws).toBe(its.draws);
      close(result.observed, its.T, 1e-10);
      close(result.pValue, its.two, 1e-10);
      close(result.pLess, its.less, 1e-10);
      close(result.pGreater, its.greater, 1e-10);
      expect(result.monteCarloError).toBe(0);
    },
  );

  test.each(reference.intervals)(
    'interval of $design, arm $arm, $statistic, $sides',
    ({ design, arm, statistic, sides, level, ...its }) => {
      const { units, sequences, groups, procedure } = designNamed(design);
      const result = made(
        rerandomizationIntervalOverTime(units, {
          sequences,
          groups,
          procedure,
          arm,
          statistic,
          sides,
          level,
          seed: 1,
        }),
      );
      close(result.estimate, its.estimate, 1e-10);
      for (const [got, wanted] of [
        [result.lower, its.lower],
        [result.upper, its.upper],
      ] as const) {
        if (typeof wanted === 'number') close(got, wanted, 1e-8);
        else expect(got).toBeNull();
      }
    },
  );
});
