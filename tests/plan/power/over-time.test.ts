import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { MeanOutcome, Outcome, TreatmentMatrix } from '../../../src/plan/power/index.ts';
import {
  clusterPower,
  crossover,
  designTotals,
  detectableOverTime,
  husseyHughes,
  parallel,
  parallelWithBaseline,
  baselineCorrelation,
  powerOverTime,
  steppedWedge,
  treatmentMatrix,
  varianceOverTime,
} from '../../../src/plan/power/index.ts';
import { close, made, reference } from './reference.ts';

const one = [
  { between: 0.05, within: 1 },
  { between: 0.05, within: 1 },
];
const acceptance: Outcome = { kind: 'proportion', control: 0.2, icc: 0.05 };
const wedge = steppedWedge({ steps: 4, clusters: 3 });

describe('Designs', () => {
  test('of a stepped wedge begin with control and pass for good', () => {
    expect(steppedWedge({ steps: 2, clusters: [1, 2], baseline: 2, periodsPerStep: 2 })).toEqual([
      [0, 0, 1, 1, 1, 1],
      [0, 0, 0, 0, 1, 1],
      [0, 0, 0, 0, 1, 1],
    ]);
    expect(steppedWedge({ steps: 2, clusters: 1, baseline: 0 })).toEqual([
      [1, 1],
      [0, 1],
    ]);
  });

  test('of a crossover turn the arms round', () => {
    expect(crossover({ clusters: 1 })).toEqual([
      [0, 1],
      [1, 0],
    ]);
    expect(crossover({ clusters: [1, 1, 2], arms: 3 })).toEqual([
      [0, 1, 2],
      [1, 2, 0],
      [2, 0, 1],
      [2, 0, 1],
    ]);
    expect(crossover({ clusters: 1, periods: 4 })[1]).toEqual([1, 0, 1, 0]);
  });

  test('of parallel arms keep them', () => {
    expect(parallel({ clusters: [2, 1] })).toEqual([[0], [0], [1]]);
    expect(parallel({ clusters: 1, arms: 3, periods: 2 })).toEqual([
      [0, 0],
      [1, 1],
      [2, 2],
    ]);
    expect(parallelWithBaseline({ clusters: 1 })).toEqual([
      [0, 0],
      [0, 1],
    ]);
    expect(parallelWithBaseline({ clusters: 1, baseline: 2, periods: 2, arms: 2 })[1]).toEqual([
      0, 0, 1, 1,
    ]);
  });

  test('come from sequences, with empty cells', () => {
    expect(
      treatmentMatrix({
        sequences: [
          [0, null, 1],
          [0, 0, null],
        ],
        clusters: [2, 1],
      }),
    ).toEqual([
      [0, null, 1],
      [0, null, 1],
      [0, 0, null],
    ]);
  });

  test('refuse what is not possible', () => {
    const sequences: TreatmentMatrix = [[0, 1]];
    expect(() => treatmentMatrix({ sequences: [], clusters: 1 })).toThrow(/at least one row/);
    expect(() => treatmentMatrix({ sequences: [[]], clusters: 1 })).toThrow(/at least one row/);
    expect(() => treatmentMatrix({ sequences: [[0, 1], [1]], clusters: 1 })).toThrow(
      /row 1 has 1 periods where row 0 has 2/,
    );
    expect(() => treatmentMatrix({ sequences: [[0, 0.5]], clusters: 1 })).toThrow(
      /the arm in row 0, period 1/,
    );
    expect(() => treatmentMatrix({ sequences, clusters: [1, 1] })).toThrow(/1 sequences need/);
    expect(() => treatmentMatrix({ sequences, clusters: 0 })).toThrow(/clusters\[0\]/);
    expect(() => steppedWedge({ steps: 0, clusters: 1 })).toThrow(/steps must/);
    expect(() => steppedWedge({ steps: 2, clusters: 1, baseline: -1 })).toThrow(/baseline must/);
    expect(() => steppedWedge({ steps: 2, clusters: 1, periodsPerStep: 0 })).toThrow(
      /periodsPerStep/,
    );
    expect(() => crossover({ clusters: 1, arms: 1 })).toThrow(
      /arms must be a whole number of at least 2/,
    );
    expect(() => crossover({ clusters: 1, periods: 0 })).toThrow(/periods must/);
    expect(() => parallel({ clusters: 1, arms: 1.5 })).toThrow(/arms must/);
    expect(() => parallel({ clusters: 1, periods: 0 })).toThrow(/periods must/);
    expect(() => parallelWithBaseline({ clusters: 1, baseline: -1 })).toThrow(/baseline must/);
  });
});

describe('The variance of an effect over time', () => {
  test.each(reference.gls)('agrees with least squares of single observations by R: $name', (of) => {
    const found = made(
      varianceOverTime(of.matrix, {
        sizes: of.sizes,
        spreads: of.between.map((between, arm) => ({ between, within: of.within[arm] ?? 0 })),
        structure: of.structure,
        clusterAutocorrelation: of.structure === 'exchangeable' ? undefined : of.cac,
        subjectAutocorrelation: of.sac,
        comparison: of.comparison,
      }),
    );
    close(found.variance, of.variance, 1e-10);
  });

  test('is Hussey and Hughes’ closed form for any complete design of 0 and 1', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }).chain((periods) =>
          fc.array(fc.array(fc.constantFrom(0, 1), { minLength: periods, maxLength: periods }), {
            minLength: 2,
            maxLength: 9,
          }),
        ),
        fc.double({ min: 0.01, max: 2, noNaN: true }),
        fc.integer({ min: 1, max: 200 }),
        (matrix, between, size) => {
          const closed = husseyHughes(matrix, { cellVariance: 1 / size, clusterVariance: between });
          const spreads = [0, 1].map(() => ({ between, within: 1 }));
          if (!matrix.flat().includes(0) || !matrix.flat().includes(1)) {
            expect(closed.estimable).toBe(false);
            return;
          }
          const squares = varianceOverTime(matrix, { sizes: size, spreads });
          expect(squares.estimable).toBe(closed.estimable);
          if (closed.estimable) close(made(squares).variance, closed.variance, 1e-8);
          else expect(closed.reason).toMatch(/never differ in arm within a period/);
        },
      ),
    );
  });

  test('gives sums of the design, and refuses what the closed form is not for', () => {
    expect(
      designTotals([
        [0, 1, 1],
        [0, 0, 1],
      ]),
    ).toEqual({ u: 3, w: 5, v: 5 });
    const good = { cellVariance: 1, clusterVariance: 0 };
    expect(() => husseyHughes([[0, null]], good)).toThrow(/not null in row 0, period 1/);
    expect(() => husseyHughes([[0, 2]], good)).toThrow(/not 2 in row 0, period 1/);
    expect(() => husseyHughes([[0, 1], [0]], good)).toThrow(/row 1 has 1 periods/);
    expect(() => husseyHughes(wedge, { ...good, cellVariance: 0 })).toThrow(/cellVariance/);
    expect(() => husseyHughes(wedge, { ...good, clusterVariance: -1 })).toThrow(/clusterVariance/);
    expect(husseyHughes(wedge, good).estimable).toBe(true);
  });

  test('of parallel arms is the difference of two means, and after a baseline that of Teerenstra', () => {
    const flat = parallel({ clusters: [6, 9] });
    const { variance } = made(varianceOverTime(flat, { sizes: 20, spreads: one }));
    close(variance, (0.05 + 1 / 20) * (1 / 6 + 1 / 9), 1e-12);
    const outcome: MeanOutcome = { kind: 'mean', between: 0.05, within: 1 };
    const r = baselineCorrelation(outcome, { size: 20, clusterAutocorrelation: 0.7 });
    const before = parallelWithBaseline({ clusters: [6, 9] });
    const adjusted = varianceOverTime(before, {
      sizes: 20,
      spreads: one,
      structure: 'nested-exchangeable',
      clusterAutocorrelation: 0.7,
    });
    close(made(adjusted).variance, variance * (1 - r * r), 1e-12);
  });

  test('does not depend on how like clusters stand in the list, nor on empty ones', () => {
    const shuffled = [...wedge].reverse();
    const design = { sizes: 10, spreads: one };
    const { variance } = made(varianceOverTime(wedge, design));
    close(made(varianceOverTime(shuffled, design)).variance, variance, 1e-12);
    const empty = [...wedge, wedge[0]?.map(() => null) ?? []];
    close(made(varianceOverTime(empty, design)).variance, variance, 1e-12);
    const sizes = wedge.map((row) => row.map(() => 10));
    close(made(varianceOverTime(wedge, { ...design, sizes })).variance, variance, 1e-13);
    close(
      made(varianceOverTime(wedge, { ...design, sizes: wedge.map(() => 10) })).variance,
      variance,
    );
  });

  test('of unlimited observations is that between clusters over time', () => {
    const decay = { structure: 'exponential-decay', clusterAutocorrelation: 0.8 } as const;
    const unlimited = made(varianceOverTime(wedge, { sizes: Infinity, spreads: one, ...decay }));
    const many = made(varianceOverTime(wedge, { sizes: 1e9, spreads: one, ...decay }));
    close(unlimited.variance, many.variance, 1e-6);
    expect(varianceOverTime(wedge, { sizes: Infinity, spreads: one })).toEqual({
      estimable: false,
      reason:
        'cells have no variance of their own, so that the effect would be known without error',
      instead: 'give a finite size, or a cluster autocorrelation below 1',
    });
  });

  test('is not estimable where arms never stand side by side', () => {
    const apart: TreatmentMatrix = [
      [0, 1],
      [0, 1],
    ];
    expect(varianceOverTime(apart, { sizes: 10, spreads: one })).toMatchObject({
      estimable: false,
      reason: expect.stringContaining('has arms 1 and 0 side by side'),
    });
    const third: TreatmentMatrix = [
      [0, 1, 2],
      [1, 0, 2],
      [1, 1, 2],
    ];
    const spreads = [...one, { between: 0.05, within: 1 }];
    // The last period compares nothing, yet tells of the levels of the clusters.
    const design = { sizes: 10, spreads };
    const without = third.map((row) => row.slice(0, 2));
    const { variance } = made(varianceOverTime(third, design));
    expect(variance).toBeLessThan(made(varianceOverTime(without, design)).variance);
    const as = third.map((row) => [...row.slice(0, 2), 0]);
    close(variance, made(varianceOverTime(as, design)).variance, 1e-12);
    expect(varianceOverTime(third, { ...design, comparison: [2, 0] }).estimable).toBe(false);
  });

  test('compares arms that only a chain of periods links', () => {
    const chain: TreatmentMatrix = [
      [0, 1],
      [1, 2],
      [0, 2],
    ];
    const spreads = [...one, { between: 0.05, within: 1 }];
    const found = varianceOverTime(chain, { sizes: 10, spreads, comparison: [2, 0] });
    const there = varianceOverTime(chain, { sizes: 10, spreads, comparison: [0, 2] });
    close(made(found).variance, made(there).variance, 1e-12);
    // Arms of one period each, linked from last to first.
    const late: TreatmentMatrix = [
      [3, 1, 0],
      [2, 2, 1],
    ];
    const four = [0, 1, 2, 3].map(() => ({ between: 0.05, within: 1 }));
    expect(varianceOverTime(late, { sizes: 5, spreads: four, comparison: [3, 0] }).estimable).toBe(
      true,
    );
  });

  test('refuses what is not possible', () => {
    const good = { sizes: 10, spreads: one } as const;
    const bad =
      (change: object, matrix: TreatmentMatrix = wedge) =>
      () =>
        varianceOverTime(matrix, { ...good, ...change });
    expect(bad({ sizes: 0 })).toThrow(/size of cluster 0 in period 0 must be above 0/);
    expect(bad({ sizes: [1, 2] })).toThrow(/12 clusters need as many sizes, not 2/);
    expect(bad({ sizes: wedge.map(() => [1, 2]) })).toThrow(/cluster 0 needs 5 sizes, not 2/);
    expect(bad({ structure: 'nested-exchangeable' })).toThrow(/needs a clusterAutocorrelation/);
    expect(bad({ clusterAutocorrelation: 0.5 })).toThrow(/belongs to nested-exchangeable/);
    const decay = { structure: 'exponential-decay' };
    expect(bad({ ...decay, clusterAutocorrelation: 1.2 })).toThrow(/clusterAutocorrelation must/);
    expect(bad({ ...decay, clusterAutocorrelation: -0.2 })).toThrow(/clusterAutocorrelation must/);
    expect(bad({ subjectAutocorrelation: 1.5 })).toThrow(/subjectAutocorrelation must/);
    expect(bad({ subjectAutocorrelation: 0.5, sizes: wedge.map(() => [1, 2, 3, 4, 5]) })).toThrow(
      /those of cluster 0 differ/,
    );
    expect(bad({ subjectAutocorrelation: 0.5, sizes: wedge.map((_, i) => i + 1) })).not.toThrow();
    expect(bad({ comparison: [2, 0] })).toThrow(/no cell of the design has arm 2/);
    expect(bad({ comparison: [1, 1] })).toThrow(/arm 1 cannot be compared with itself/);
    expect(bad({ spreads: [one[0], { between: -1, within: 1 }] })).toThrow(/spreads\[1\].between/);
    expect(bad({ spreads: [{ between: 1, within: -1 }, one[0]] })).toThrow(/spreads\[0\].within/);
    expect(
      bad({}, [
        [0, 2],
        [2, 0],
      ]),
    ).toThrow(/no cell of the design has arm 1/);
    expect(
      bad({ comparison: [2, 0] }, [
        [0, 2],
        [2, 0],
      ]),
    ).toThrow(/spreads are given of 2 arms/);
    expect(bad({}, [[0, 1], [1]])).toThrow(/row 1 has 1 periods/);
  });
});

describe('Power over time', () => {
  test('of parallel arms is that of a trial of clusters', () => {
    const flat = parallel({ clusters: [10, 8] });
    for (const test of ['z', 't', 'noncentral-t'] as const) {
      for (const variance of ['each-arm', 'control'] as const) {
        for (const [outcome, arm] of [
          [acceptance, 0.35],
          [{ kind: 'rate', control: 0.2, kappa: 0.3, overdispersion: 2 }, 0.1],
          [{ kind: 'rate', control: 0.2, kappa: 0.3, scale: 'difference' }, 0.3],
        ] as const) {
          const design = { test, variance };
          const clusters = { arm: 8, control: 10 };
          const plain = made(clusterPower(outcome, { ...design, arm, clusters, size: 50 }));
          const found = made(powerOverTime(outcome, flat, { ...design, arms: [arm], sizes: 50 }));
          close(found.power, plain.power, 1e-11);
          close(found.effect, plain.effect, 1e-13);
          expect(found.degreesOfFreedom).toBe(plain.degreesOfFreedom);
        }
      }
    }
  });

  test('has clusters less arms for degrees of freedom, or those given', () => {
    const trial = { arms: [0.3], sizes: 50 };
    const empty = [...wedge, [null, null, null, null, null]];
    expect(made(powerOverTime(acceptance, empty, trial)).degreesOfFreedom).toBe(10);
    const three = crossover({ clusters: 4, arms: 3 });
    const arms = { ...trial, arms: [0.3, 0.4] };
    expect(made(powerOverTime(acceptance, three, arms)).degreesOfFreedom).toBe(9);
    const strict = made(powerOverTime(acceptance, wedge, { ...trial, degreesOfFreedom: 6 }));
    expect(strict.degreesOfFreedom).toBe(6);
    expect(strict.power).toBeLessThan(made(powerOverTime(acceptance, wedge, trial)).power);
    const z = powerOverTime(acceptance, wedge, { ...trial, degreesOfFreedom: 6, test: 'z' });
    expect(made(z).degreesOfFreedom).toBe(Infinity);
  });

  test('compares any two arms', () => {
    const three = crossover({ clusters: 4, arms: 3 });
    const trial = { arms: [0.3, 0.42], sizes: 50 };
    const found = made(powerOverTime(acceptance, three, { ...trial, comparison: [2, 1] }));
    close(found.effect, 0.12);
    const back = made(powerOverTime(acceptance, three, { ...trial, comparison: [1, 2] }));
    close(back.effect, -0.12);
    close(back.power, found.power, 1e-11);
  });

  test('is as wanted at the detectable effect', () => {
    const time = { structure: 'exponential-decay', clusterAutocorrelation: 0.7 } as const;
    for (const outcome of [
      acceptance,
      { kind: 'rate', control: 0.2, kappa: 0.3 },
      { kind: 'mean', between: 1, within: 8 },
    ] as const satisfies readonly Outcome[]) {
      for (const direction of ['higher', 'lower'] as const) {
        const design = { sizes: 30, ...time };
        const found = made(
          detectableOverTime(outcome, wedge, { ...design, direction, power: 0.9 }),
        );
        expect(found.difference > 0).toBe(direction === 'higher');
        const reached = made(powerOverTime(outcome, wedge, { ...design, arms: [found.arm] }));
        close(reached.power, 0.9, 1e-8);
        const usual = made(detectableOverTime(outcome, wedge, { ...design, direction }));
        close(
          made(powerOverTime(outcome, wedge, { ...design, arms: [usual.arm] })).power,
          0.8,
          1e-8,
        );
      }
    }
    const plain = made(detectableOverTime(acceptance, wedge, { sizes: 30 }));
    expect(plain.difference).toBeGreaterThan(0);
    const flat = { sizes: 30, variance: 'control' } as const;
    const under = made(detectableOverTime(acceptance, wedge, flat));
    expect(under.difference).toBeLessThan(plain.difference);
    close(made(powerOverTime(acceptance, wedge, { ...flat, arms: [under.arm] })).power, 0.8, 1e-8);
  });

  test('is not estimable without degrees of freedom or a comparison', () => {
    const two = crossover({ clusters: 1 });
    const trial = { arms: [0.3], sizes: 50 };
    expect(powerOverTime(acceptance, two, trial)).toMatchObject({
      estimable: false,
      reason: expect.stringContaining('0 degrees of freedom'),
    });
    expect(detectableOverTime(acceptance, two, { sizes: 50 }).estimable).toBe(false);
    expect(powerOverTime(acceptance, two, { ...trial, test: 'z' }).estimable).toBe(true);
    expect(powerOverTime(acceptance, crossover({ clusters: [1, 2] }), trial).estimable).toBe(true);
    const apart: TreatmentMatrix = [
      [0, 1],
      [0, 1],
      [0, 1],
    ];
    expect(powerOverTime(acceptance, apart, trial).estimable).toBe(false);
    expect(detectableOverTime(acceptance, apart, { sizes: 50 })).toMatchObject({
      reason: expect.stringContaining('side by side'),
    });
  });

  test('refuses what is not possible', () => {
    const good = { arms: [0.3], sizes: 50 };
    const bad = (change: object) => () => powerOverTime(acceptance, wedge, { ...good, ...change });
    expect(bad({ arms: [1.2] })).toThrow(/the proportion in an arm/);
    expect(bad({ arms: [0.2] })).toThrow(/must differ, but both are 0.2/);
    expect(bad({ comparison: [2, 0] })).toThrow(/arms 0 to 1, not 2 and 0/);
    expect(bad({ comparison: [1, 2] })).toThrow(/arms 0 to 1, not 1 and 2/);
    expect(bad({ degreesOfFreedom: 0 })).toThrow(/degreesOfFreedom must be above 0/);
    expect(bad({ alpha: 0 })).toThrow(/alpha must/);
    expect(() => powerOverTime({ kind: 'proportion', control: 0, icc: 0 }, wedge, good)).toThrow(
      /control must/,
    );
    expect(() =>
      detectableOverTime({ kind: 'proportion', control: 0, icc: 0 }, wedge, { sizes: 5 }),
    ).toThrow(/control must/);
    expect(() => detectableOverTime(acceptance, wedge, { sizes: 5, power: 1 })).toThrow(
      /power must/,
    );
  });
});
