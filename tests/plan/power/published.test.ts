import { describe, expect, test } from '@jest/globals';
import { designEffect, effectiveSampleSize } from '../../../src/analysis/methods/icc/index.ts';
import {
  clusterPower,
  clustersNeeded,
  designTotals,
  detectableEffect,
  feasibility,
  husseyHughes,
  powerOverTime,
  sampleSizeOfProportions,
  severalArmsPower,
  steppedWedge,
  twoStepPower,
} from '../../../src/plan/power/index.ts';
import type { Outcome } from '../../../src/plan/power/index.ts';
import { close, made, read } from './reference.ts';

interface Case<Input = Readonly<Record<string, number>>> {
  readonly input: Input;
  readonly expected: Readonly<Record<string, number>>;
  readonly rel: number;
}
const cases = read('cases.json') as {
  readonly twoProportions: Case<{ readonly arm: number; readonly control: number }>;
  readonly clusterProportions: Case;
  readonly steppedWedge: Case;
  readonly designMatrix: { readonly matrix: readonly number[]; readonly totals: object };
  readonly unlimited: {
    readonly clusters: readonly number[];
    readonly points: Readonly<Record<string, readonly number[]>>;
  };
  readonly killip: Readonly<Record<'sizes' | 'effective' | 'power', readonly number[]>>;
  readonly hemming: { readonly icc: readonly number[]; readonly clusters: readonly number[] };
  readonly threeArms: {
    readonly simulated: readonly number[];
    readonly noncentral: readonly number[];
  };
  readonly twoStep: { readonly power: readonly number[] };
};

/** The alert of Goldfeld's examples. */
const score: Outcome = { kind: 'mean', between: 1, within: 8 };

describe('Published numbers', () => {
  test.each(Object.entries(cases.twoProportions.expected))('two proportions: %s', (name, n) => {
    const [method = '', power] = name.split('_');
    const found = sampleSizeOfProportions(cases.twoProportions.input, {
      method: method as 'pooled',
      power: Number(power) / 100,
    });
    close(found.control, n, cases.twoProportions.rel);
    expect(found.arm).toBe(found.control);
  });

  test('clusters for two proportions, of unequal sizes', () => {
    const { input, expected, rel } = cases.clusterProportions;
    const { control = 0, icc = 0, arm = 0, size = 0, cv = 0, power = 0 } = input;
    const outcome: Outcome = { kind: 'proportion', control, icc };
    close(designEffect({ icc, meanSize: size, cv }), expected['designEffect'] ?? 0, rel);
    const z = clustersNeeded(outcome, { arm, size, cv, power, test: 'z' });
    close(z.arm, expected['clusters_z'] ?? 0, rel);
    close(z.arm * size, expected['individuals_z'] ?? 0, rel);
    const t = clustersNeeded(outcome, { arm, size, cv, power, test: 't' });
    close(t.arm, expected['clusters_t'] ?? 0, rel);
  });

  test('the variance and power of a stepped wedge, by closed form and least squares', () => {
    const { expected, rel } = cases.steppedWedge;
    const matrix = steppedWedge({ steps: 4, clusters: 2 });
    const within = 0.25 * 0.75;
    const between = (within * 0.05) / 0.95;
    const { variance } = made(
      husseyHughes(matrix, { cellVariance: within / 40, clusterVariance: between }),
    );
    close(variance, expected['variance'] ?? 0, rel);
    const outcome: Outcome = { kind: 'mean', between, within };
    const found = made(powerOverTime(outcome, matrix, { arms: [0.08], sizes: 40, test: 'z' }));
    close(found.standardError ** 2, expected['variance'] ?? 0, rel);
    close(found.power, expected['power'] ?? 0, rel);
  });

  test('the treatment matrix of a stepped wedge and its sums', () => {
    const matrix = steppedWedge({ steps: 3, clusters: 2, baseline: 1 });
    expect(matrix.flat()).toEqual(cases.designMatrix.matrix);
    expect(designTotals(matrix)).toEqual(cases.designMatrix.totals);
  });

  test.each(Object.entries(cases.unlimited.points))(
    'the detectable difference with unlimited alerts and an intraclass correlation of %s',
    (icc, points) => {
      const outcome: Outcome = { kind: 'proportion', control: 0.2, icc: Number(icc) };
      const found = cases.unlimited.clusters.map((k) => {
        const clusters = { arm: k, control: k };
        const design = { clusters, size: Infinity, test: 't', variance: 'control' } as const;
        return Math.round(1000 * made(detectableEffect(outcome, design)).difference) / 10;
      });
      expect(found).toEqual(points);
    },
  );

  test('the effective sample size of Killip’s table, and its power, which is for single patients', () => {
    cases.killip.sizes.forEach((size, i) => {
      const n = effectiveSampleSize({ icc: 0.017, meanSize: size, clusters: 4 });
      expect(Math.floor(n)).toBe(cases.killip.effective[i]);
      const half = Math.floor(n) / 2;
      const single: Outcome = { kind: 'mean', between: 0, within: 1 };
      const powerOf = (patients: number): number =>
        made(
          clusterPower(single, {
            arm: 0.5,
            size: half / patients,
            clusters: { arm: patients, control: patients },
          }),
        ).power;
      const patients = Math.floor(half);
      expect(Math.floor(100 * powerOf(patients))).toBe(cases.killip.power[i]);
      // A t test of four clusters has two degrees of freedom, and far less power.
      const four: Outcome = { kind: 'mean', between: 0.017, within: 0.983 };
      const honest = clusterPower(four, { arm: 0.5, size, clusters: { arm: 2, control: 2 } });
      expect(made(honest).power).toBeLessThan(0.6 * powerOf(patients));
    });
  });

  test('a design effect of about five for 100 patients and 0.04', () => {
    close(designEffect({ icc: 0.04, meanSize: 100 }), 4.96);
  });

  test('the clusters without which no number of patients is enough', () => {
    cases.hemming.icc.forEach((icc, i) => {
      const outcome: Outcome = { kind: 'proportion', control: 0.2, icc };
      const found = feasibility(outcome, { arm: 0.25, clusters: { arm: 30, control: 30 } });
      const least = cases.hemming.clusters[i] ?? 0;
      expect(found.least).toEqual({ arm: least, control: least });
      expect(Math.ceil(found.beyond.arm / icc)).toBe(1091);
    });
  });

  test('three arms of ten providers', () => {
    const found = made(
      severalArmsPower(score, {
        arms: [1.5, 2.25],
        clusters: [10, 10, 10],
        size: 40,
        comparisons: [
          [1, 0],
          [2, 1],
        ],
        adjustment: 'bonferroni',
      }),
    );
    expect(found.degreesOfFreedom).toBe(27);
    found.comparisons.forEach(({ power, level }, i) => {
      expect(level).toBe(0.025);
      expect(Math.abs(power - (cases.threeArms.noncentral[i] ?? 0))).toBeLessThan(0.001);
      expect(Math.abs(power - (cases.threeArms.simulated[i] ?? 0))).toBeLessThan(0.03);
    });
  });

  test('two steps: providers, then patients', () => {
    const design = {
      standard: 1.5,
      enhanced: 2.25,
      providers: { control: 10, intervention: 20 },
      size: 30,
    };
    const t = made(twoStepPower(score, design));
    expect(t.standard.degreesOfFreedom).toBe(28);
    expect(t.enhanced.degreesOfFreedom).toBe(579);
    expect(Math.round(1000 * t.standard.power) / 1000).toBe(cases.twoStep.power[0]);
    expect(t.enhanced.power).toBeCloseTo(0.8411, 4);
    const z = made(twoStepPower(score, { ...design, test: 'z' }));
    expect(Math.round(1000 * z.enhanced.power) / 1000).toBe(cases.twoStep.power[1]);
  });
});
