import { describe, expect, test } from '@jest/globals';
import type { Outcome, PlannedSeveralArms } from '../../../src/plan/power/index.ts';
import { clusterPower, severalArmsPower } from '../../../src/plan/power/index.ts';
import { close, made, reference } from './reference.ts';

const score: Outcome = { kind: 'mean', between: 1, within: 8 };
const { several } = reference;
const trial: PlannedSeveralArms = {
  arms: several.effects,
  clusters: several.clusters,
  size: 40,
  draws: 5000,
};

describe('A trial of several arms', () => {
  test('has the power of each comparison by R, at Bonferroni’s level', () => {
    const found = made(severalArmsPower(score, { ...trial, adjustment: 'bonferroni' }));
    expect(found.degreesOfFreedom).toBe(several.df);
    found.comparisons.forEach(({ comparison, effect, level, power }, i) => {
      expect(comparison).toEqual([i + 1, 0]);
      expect(effect).toBe(several.effects[i]);
      expect(level).toBe(0.025);
      close(power, several.bonferroni[i] ?? 0, 1e-9);
    });
  });

  test('has by R the chance that any and that all effects are found', () => {
    const draws = 40_000;
    const found = made(severalArmsPower(score, { ...trial, adjustment: 'bonferroni', draws }));
    const { any, all } = several.joint;
    const error = (p: number): number => Math.sqrt((p * (1 - p)) / draws);
    expect(Math.abs(found.any - any)).toBeLessThan(4 * error(any));
    expect(Math.abs(found.all - all)).toBeLessThan(4 * error(all));
    expect(found.monteCarloError).toBeCloseTo(error(found.all), 12);
  });

  test('has Dunnett’s level and power by R', () => {
    const found = made(severalArmsPower(score, { ...trial, adjustment: 'dunnett' }));
    found.comparisons.forEach(({ level, power }, i) => {
      close(level, several.dunnettLevel, 1e-8);
      close(power, several.dunnett[i] ?? 0, 1e-8);
    });
    const one = { ...trial, comparisons: [[2, 0]] as const };
    close(
      made(severalArmsPower(score, { ...one, adjustment: 'dunnett' })).comparisons[0]?.level,
      0.05,
    );
  });

  test('has the level of many clusters by the normal law', () => {
    const found = made(
      severalArmsPower(score, { ...trial, clusters: [9, 9, 9], adjustment: 'dunnett', test: 'z' }),
    );
    // Dunnett's two-sided 5 % point of two comparisons of one size, 2.212 (tables, infinite df).
    expect(found.comparisons[0]?.level).toBeCloseTo(0.02696, 4);
    expect(found.degreesOfFreedom).toBe(Infinity);
  });

  test('finds more with Holm’s steps than with Bonferroni’s level, and any no less', () => {
    const holm = made(severalArmsPower(score, trial));
    const plain = made(severalArmsPower(score, { ...trial, adjustment: 'bonferroni' }));
    expect(holm.any).toBe(plain.any);
    expect(holm.all).toBeGreaterThan(plain.all);
    holm.comparisons.forEach(({ power, level }, i) => {
      expect(level).toBe(0.025);
      expect(power).toBeGreaterThan((plain.comparisons[i]?.power ?? 1) - 0.01);
      expect(power).toBeGreaterThanOrEqual(holm.all);
      expect(power).toBeLessThanOrEqual(holm.any);
    });
    expect(holm.comparisons[0]?.power).toBeGreaterThan(plain.comparisons[0]?.power ?? 1);
    expect(holm.monteCarloError).toBeGreaterThanOrEqual(
      Math.sqrt((holm.any * (1 - holm.any)) / 5000),
    );
  });

  test('is a trial of two arms where there is one besides control', () => {
    for (const test of ['z', 't', 'noncentral-t'] as const) {
      const design = { size: 30, cv: 0.5, test, baselineCorrelation: 0.5 };
      const two = made(
        clusterPower(score, { ...design, arm: 1, clusters: { arm: 9, control: 7 } }),
      );
      const found = made(
        severalArmsPower(score, { ...design, arms: [1], clusters: [7, 9], adjustment: 'none' }),
      );
      close(found.comparisons[0]?.power, two.power, 1e-13);
      close(found.comparisons[0]?.standardError, two.standardError, 1e-13);
      expect(found.degreesOfFreedom).toBe(two.degreesOfFreedom);
      expect(found.any).toBe(found.all);
    }
    const two = made(clusterPower(score, { size: 30, arm: 1, clusters: { arm: 9, control: 7 } }));
    const found = made(severalArmsPower(score, { size: 30, arms: [1], clusters: [7, 9] }));
    expect(Math.abs(found.any - two.power)).toBeLessThan(4 * found.monteCarloError);
  });

  test('judges false findings in both directions where there is no effect', () => {
    const none = { ...trial, arms: [0, 2], adjustment: 'none' } as const;
    const found = made(severalArmsPower(score, none));
    expect(found.comparisons[0]?.power).toBe(0.05);
    expect(found.any).toBe(found.all);
    expect(found.any).toBeCloseTo(found.comparisons[1]?.power ?? 0, 2);
    const holm = made(severalArmsPower(score, { ...none, adjustment: 'holm' }));
    expect(holm.comparisons[0]?.power).toBeGreaterThan(0.025);
    expect(holm.comparisons[0]?.power).toBeLessThan(0.055);
  });

  test('takes rates and proportions, each arm with its variance', () => {
    const burden: Outcome = { kind: 'rate', control: 0.2, kappa: 0.25 };
    const found = made(
      severalArmsPower(burden, {
        arms: [0.15, 0.1],
        clusters: [10, 10, 10],
        size: 300,
        comparisons: [[1, 2]],
      }),
    );
    const [only] = found.comparisons;
    close(only?.effect, Math.log(1.5));
    close(only?.standardError, Math.sqrt((2 * 0.0625 + 1 / 45 + 1 / 30) / 10));
    expect(only?.level).toBe(0.05);
  });

  test('gives the same numbers from the same seed, others from another', () => {
    const of = (seed: string): number => made(severalArmsPower(score, { ...trial, seed })).all;
    expect(of('a')).toBe(of('a'));
    expect(of('a')).not.toBe(of('b'));
  });

  test('has no power to speak of without degrees of freedom', () => {
    const few = { ...trial, clusters: [1, 1, 1] };
    expect(severalArmsPower(score, few).estimable).toBe(false);
    expect(severalArmsPower(score, { ...few, test: 'z' }).estimable).toBe(true);
    expect(severalArmsPower(score, { ...few, clusters: [2, 1, 1] }).estimable).toBe(true);
    const adjusted = { ...few, clusters: [2, 1, 1], baselineCorrelation: 0.1 };
    expect(severalArmsPower(score, adjusted).estimable).toBe(false);
  });

  test('refuses what is not possible', () => {
    const bad = (change: Partial<PlannedSeveralArms>) => () =>
      severalArmsPower(score, { ...trial, ...change });
    expect(bad({ clusters: [3, 3] })).toThrow(/2 arms beside control need/);
    expect(bad({ arms: [], clusters: [3] })).toThrow(/0 arms beside control need/);
    expect(bad({ clusters: [3, 0, 3] })).toThrow(/clusters\[1\]/);
    expect(bad({ arms: [1, Infinity] })).toThrow(/the mean in an arm/);
    expect(bad({ comparisons: [] })).toThrow(/at least one comparison/);
    expect(bad({ comparisons: [[3, 0]] })).toThrow(/arms 0 to 2, not of 3/);
    expect(bad({ comparisons: [[1, -1]] })).toThrow(/not of -1/);
    expect(bad({ comparisons: [[0.5, 0]] })).toThrow(/not of 0.5/);
    expect(bad({ comparisons: [[1, 1]] })).toThrow(/arm 1 cannot be compared with itself/);
    expect(bad({ comparisons: [[2, 1]], adjustment: 'dunnett' })).toThrow(/Dunnett/);
    expect(bad({ alpha: 1 })).toThrow(/alpha must be/);
    expect(bad({ draws: 0 })).toThrow(/draws must be/);
    expect(bad({ size: 0 })).toThrow(/size must be/);
  });
});
