import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { designEffect } from '../../../src/analysis/methods/icc/index.ts';
import {
  baselineCorrelation,
  clusterPower,
  clustersNeeded,
  detectableEffect,
  feasibility,
  powerCurve,
  sizeNeeded,
} from '../../../src/plan/power/index.ts';
import type { Outcome, ProportionOutcome, RateOutcome } from '../../../src/plan/power/index.ts';
import type { ClusterCase } from './reference.ts';
import { close, made, outcomeOf, reference } from './reference.ts';

const laws = [
  ['z', 'z'],
  ['t', 't'],
  ['nct', 'noncentral-t'],
] as const;

const designOf = ({ design: d }: ClusterCase) => ({
  size: d['size'] ?? Infinity,
  cv: d['cv'],
  baselineCorrelation: d['r'],
  variance: d.null === true ? ('control' as const) : undefined,
});

const acceptance: ProportionOutcome = { kind: 'proportion', control: 0.2, icc: 0.056 };
const burden: RateOutcome = { kind: 'rate', control: 0.2, kappa: 0.3 };
const eight = { arm: 8, control: 8 };

describe('A trial of clusters', () => {
  test.each(reference.clusters.map((of, i) => [i, of] as const))('agrees with R (%i)', (_, of) => {
    const { arm = 0, k1 = 0, k0 = 0, power = 0, ratio } = of.design;
    const outcome = outcomeOf(of);
    const design = { ...designOf(of), arm };
    const clusters = { arm: k1, control: k0 };
    const df = k1 + k0 - (of.design['r'] === undefined ? 2 : 3);
    for (const [law, test] of laws) {
      const found = made(clusterPower(outcome, { ...design, clusters, test }));
      close(found.standardError, of.se, 1e-13);
      close(found.power, of.power[law], 1e-9);
      expect(found.degreesOfFreedom).toBe(law === 'z' ? Infinity : df);
      const needed = clustersNeeded(outcome, { ...design, power, ratio, test });
      close(needed.control, of.needed[law] ?? Number.NaN);
      close(needed.arm, (of.needed[law] ?? Number.NaN) * (ratio ?? 0));
      expect(needed.whole.control).toBe(Math.ceil(of.needed[law] ?? 0));
      expect(needed.whole.arm).toBe(Math.ceil((of.needed[law] ?? 0) * (ratio ?? 0)));
    }
    const given = { ...designOf(of), clusters, power };
    const higher = detectableEffect(outcome, given);
    if (of.higher === null) expect(higher.estimable).toBe(false);
    else close(made(higher).arm, of.higher, 1e-8);
    const lower = detectableEffect(outcome, { ...given, direction: 'lower', test: 't' });
    if (of.lower === null) expect(lower.estimable).toBe(false);
    else close(made(lower).arm, of.lower, 1e-8);
    const size = sizeNeeded(outcome, { ...designOf(of), arm, clusters, power });
    if (of.sizeNeeded === null) expect(size.estimable).toBe(false);
    else close(made(size).size, of.sizeNeeded, 1e-8);
  });

  test('has the signs and scales of its effects', () => {
    const trial = { clusters: eight, size: 100 };
    close(made(clusterPower(acceptance, { ...trial, arm: 0.15 })).effect, -0.05, 1e-12);
    close(made(clusterPower(burden, { ...trial, arm: 0.1 })).effect, Math.log(0.5), 1e-12);
    const shifted: Outcome = { kind: 'mean', between: 1, within: 4, control: 10 };
    const plain: Outcome = { kind: 'mean', between: 1, within: 4 };
    close(made(clusterPower(shifted, { ...trial, arm: 12 })).effect, 2);
    const found = made(detectableEffect(shifted, trial));
    close(found.difference, made(detectableEffect(plain, trial)).arm);
    expect(found.arm).toBeGreaterThan(10);
    expect('ratio' in found).toBe(false);
    expect(made(detectableEffect(burden, trial)).ratio).toBeGreaterThan(1);
  });

  test('finds with the wanted power what it says is detectable, for any outcome and law', () => {
    fc.assert(
      fc.property(
        fc.constantFrom<Outcome>(
          acceptance,
          { kind: 'proportion', control: 0.9, icc: 0.01 },
          burden,
          { ...burden, scale: 'difference', kappa: 0.1 },
          { ...burden, overdispersion: 4 },
          { kind: 'mean', between: 0.2, within: 3, control: -1 },
        ),
        fc.integer({ min: 3, max: 60 }),
        fc.integer({ min: 3, max: 60 }),
        fc.double({ min: 5, max: 2000, noNaN: true }),
        fc.double({ min: 0.1, max: 0.95, noNaN: true }),
        fc.constantFrom('higher', 'lower'),
        fc.constantFrom('z', 't', 'noncentral-t'),
        (outcome, arm, control, size, power, direction, test) => {
          const design = { clusters: { arm, control }, size, test };
          const found = detectableEffect(outcome, { ...design, power, direction });
          if (!found.estimable) return;
          expect(found.difference > 0).toBe(direction === 'higher');
          const reached = made(clusterPower(outcome, { ...design, arm: found.arm }));
          expect(reached.power).toBeCloseTo(power, 8);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('detects the nearest value, where rates far away have too few events', () => {
    // Falling rates have ever fewer events: found between 0.0083 and 0.053 of 0.2, not below.
    const sparse: Outcome = { kind: 'rate', control: 0.2, kappa: 0 };
    const design = { clusters: { arm: 10, control: 10 }, size: 30, test: 'z' } as const;
    const found = made(detectableEffect(sparse, { ...design, direction: 'lower', power: 0.99 }));
    close(made(clusterPower(sparse, { ...design, arm: found.arm })).power, 0.99);
    for (const arm of [0.19, 0.15, found.arm * 1.01]) {
      expect(made(clusterPower(sparse, { ...design, arm })).power).toBeLessThan(0.99);
    }
    const nothing = detectableEffect(sparse, { ...design, size: 1, direction: 'lower' });
    expect(nothing).toEqual({
      estimable: false,
      reason: 'no lower value of the arm can be told from control with this power',
      instead: 'randomise more clusters, or observe them for longer',
    });
  });

  test('finds a detectable rate even where there is hardly one', () => {
    // The size is chosen so that only a sliver of rates is found: the peak must be looked for.
    const sparse: Outcome = { kind: 'rate', control: 1, kappa: 0 };
    const best = (size: number): number =>
      Math.max(
        ...Array.from(
          { length: 4000 },
          (_, i) =>
            made(
              clusterPower(sparse, {
                clusters: eight,
                size,
                test: 'z',
                arm: Math.exp(-(i + 1) / 500),
              }),
            ).power,
        ),
      );
    const power = best(1.2) - 1e-9;
    const found = made(
      detectableEffect(sparse, {
        clusters: eight,
        size: 1.2,
        test: 'z',
        direction: 'lower',
        power,
      }),
    );
    close(
      made(clusterPower(sparse, { clusters: eight, size: 1.2, test: 'z', arm: found.arm })).power,
      power,
    );
    expect(
      detectableEffect(sparse, {
        clusters: eight,
        size: 1.2,
        test: 'z',
        direction: 'lower',
        power: power + 1e-6,
      }).estimable,
    ).toBe(false);
  });

  test('cannot see higher rates whose spread grows as fast as they do', () => {
    const wild: Outcome = { kind: 'rate', control: 0.2, kappa: 2, scale: 'difference' };
    const found = detectableEffect(wild, { clusters: { arm: 3, control: 3 }, size: Infinity });
    expect(found).toMatchObject({ estimable: false, reason: expect.stringContaining('no higher') });
  });

  test('needs no fewer clusters than leave a degree of freedom', () => {
    const needed = clustersNeeded({ kind: 'mean', between: 0, within: 1 }, { arm: 100, size: 10 });
    expect(needed).toEqual({
      arm: 1.5,
      control: 1.5,
      whole: { arm: 2, control: 2 },
      degreesOfFreedom: 1,
    });
    const unequal = clustersNeeded(
      { kind: 'mean', between: 0, within: 1 },
      { arm: 100, size: 10, ratio: 3, baselineCorrelation: 0 },
    );
    expect(unequal.control).toBe(1);
    expect(unequal.arm).toBe(3);
  });

  test('reaches the wanted power with the whole numbers of clusters, and not with one fewer', () => {
    const wanted = { arm: 0.3, size: 80, cv: 0.4, power: 0.85 };
    const { whole, degreesOfFreedom, control } = clustersNeeded(acceptance, wanted);
    close(degreesOfFreedom, 2 * control - 2);
    const powerOf = (k: number): number =>
      made(clusterPower(acceptance, { ...wanted, clusters: { arm: k, control: k } })).power;
    expect(powerOf(whole.arm)).toBeGreaterThanOrEqual(0.85);
    expect(powerOf(whole.arm - 1)).toBeLessThan(0.85);
  });

  test('has the size that was needed', () => {
    const clusters = { arm: 20, control: 30 };
    const trial = { arm: 0.3, clusters, cv: 0.5, baselineCorrelation: 0.4 };
    const { size } = made(sizeNeeded(acceptance, trial));
    close(made(clusterPower(acceptance, { ...trial, size })).power, 0.8);
    const z = made(sizeNeeded(acceptance, { ...trial, test: 'z' })).size;
    expect(z).toBeLessThan(size);
  });

  test('has no power to speak of without degrees of freedom', () => {
    const one = { arm: 1, control: 1 };
    const reason =
      '0 degrees of freedom are left between clusters, so that their variance cannot be judged';
    const trial = { arm: 0.3, clusters: one, size: 40 };
    expect(clusterPower(acceptance, trial)).toMatchObject({ estimable: false, reason });
    expect(detectableEffect(acceptance, trial)).toMatchObject({ estimable: false, reason });
    expect(sizeNeeded(acceptance, trial)).toMatchObject({ estimable: false, reason });
    expect(clusterPower(acceptance, { ...trial, test: 'z' }).estimable).toBe(true);
    expect(sizeNeeded(burden, { ...trial, arm: 9, test: 'z' }).estimable).toBe(true);
    const adjusted = { ...trial, clusters: { arm: 2, control: 1 }, baselineCorrelation: 0.5 };
    expect(clusterPower(acceptance, adjusted).estimable).toBe(false);
    expect(
      clusterPower(acceptance, { ...adjusted, baselineCorrelation: undefined }).estimable,
    ).toBe(true);
  });

  test('is certain of what does not vary', () => {
    const found = clusterPower(
      { kind: 'proportion', control: 0.2, icc: 0 },
      { arm: 0.3, clusters: eight, size: Infinity },
    );
    expect(made(found).power).toBe(1);
    expect(made(found).standardError).toBe(0);
  });

  test('refuses what is not possible', () => {
    const trial = { arm: 0.3, clusters: eight, size: 40 };
    const bad = (outcome: Outcome, change: object) => () =>
      clusterPower(outcome, { ...trial, ...change });
    expect(bad({ ...acceptance, control: 0 }, {})).toThrow(/control must be greater/);
    expect(bad({ ...acceptance, icc: -0.01 }, {})).toThrow(/icc must be from 0 to 1/);
    expect(bad({ ...acceptance, icc: 1.01 }, {})).toThrow(/icc must be from 0 to 1/);
    expect(bad({ ...burden, control: 0 }, {})).toThrow(/control must be finite and greater/);
    expect(bad({ ...burden, kappa: -1 }, {})).toThrow(/kappa must be/);
    expect(bad({ ...burden, overdispersion: 0 }, {})).toThrow(/overdispersion must be/);
    expect(bad({ kind: 'mean', between: -1, within: 1 }, {})).toThrow(/between must be/);
    expect(bad({ kind: 'mean', between: 1, within: 0 }, {})).toThrow(/within must be/);
    expect(bad({ kind: 'mean', between: 1, within: 1, control: Infinity }, {})).toThrow(
      /control must/,
    );
    expect(bad(acceptance, { arm: 1 })).toThrow(/the proportion in an arm must/);
    expect(bad(burden, { arm: 0 })).toThrow(/the rate in an arm must/);
    expect(bad({ kind: 'mean', between: 1, within: 1 }, { arm: Infinity })).toThrow(
      /the mean in an arm/,
    );
    expect(bad(acceptance, { arm: 0.2 })).toThrow(/must differ from control, but both are 0.2/);
    expect(bad(acceptance, { size: 0 })).toThrow(/size must be above 0/);
    expect(bad(acceptance, { cv: -0.1 })).toThrow(/cv must be/);
    expect(bad(acceptance, { baselineCorrelation: 1 })).toThrow(/baselineCorrelation must be/);
    expect(bad(acceptance, { baselineCorrelation: -1 })).toThrow(/baselineCorrelation must be/);
    expect(bad(acceptance, { clusters: { arm: 0, control: 8 } })).toThrow(/clusters.arm/);
    expect(bad(acceptance, { clusters: { arm: 8, control: 2.5 } })).toThrow(/clusters.control/);
    expect(bad(acceptance, { alpha: 0 })).toThrow(/alpha must be/);
    expect(() => clustersNeeded(acceptance, { arm: 0.3, size: 40, ratio: 0 })).toThrow(/ratio/);
    expect(() => clustersNeeded(acceptance, { arm: 0.2, size: 40 })).toThrow(/must differ/);
    expect(() => clustersNeeded(acceptance, { arm: 1.2, size: 40 })).toThrow(
      /proportion in an arm/,
    );
    expect(() => clustersNeeded(acceptance, { arm: 0.3, size: 40, power: 0.02 })).toThrow(/power/);
    expect(() => clustersNeeded(acceptance, { arm: 0.3, size: 40, alpha: 1 })).toThrow(/alpha/);
    expect(() => sizeNeeded(acceptance, { arm: 0.2, clusters: eight })).toThrow(/must differ/);
    expect(() => sizeNeeded(acceptance, { arm: 2, clusters: eight })).toThrow(
      /proportion in an arm/,
    );
    expect(() => sizeNeeded(acceptance, { arm: 0.3, clusters: { arm: 0, control: 1 } })).toThrow(
      /arm/,
    );
    expect(() => sizeNeeded(acceptance, { arm: 0.3, clusters: { arm: 1, control: 0 } })).toThrow(
      /clusters.control/,
    );
    expect(() =>
      detectableEffect(acceptance, { clusters: { arm: 8, control: 0 }, size: 1 }),
    ).toThrow(/clusters.control/);
    expect(() =>
      detectableEffect(acceptance, { clusters: { arm: 0, control: 8 }, size: 1 }),
    ).toThrow(/clusters.arm/);
  });
});

describe('Closed forms', () => {
  const both = 1.959963984540054 + 1.2815515655446004;

  test('of Hayes and Bennett for a difference of rates', () => {
    const [l0, l1, y, kappa] = [0.0148, 0.0104, 424, 0.29];
    const outcome: Outcome = { kind: 'rate', control: l0, kappa, scale: 'difference' };
    const c = (both ** 2 * ((l0 + l1) / y + kappa ** 2 * (l0 ** 2 + l1 ** 2))) / (l0 - l1) ** 2;
    const found = clustersNeeded(outcome, { arm: l1, size: y, power: 0.9, test: 'z' });
    close(found.control, c, 1e-12);
    expect(found.degreesOfFreedom).toBe(Infinity);
  });

  test('of Zhu and Lakkis for negative binomial patients', () => {
    const [r0, r1, t, dispersion, ratio] = [0.8, 0.56, 0.75, 0.7, 1.5];
    const outcome: Outcome = { kind: 'rate', control: r0, kappa: Math.sqrt(dispersion) };
    const n =
      (both ** 2 * (1 / (t * r0) + 1 / (ratio * t * r1) + ((1 + ratio) * dispersion) / ratio)) /
      Math.log(r1 / r0) ** 2;
    const found = clustersNeeded(outcome, { arm: r1, size: t, power: 0.9, ratio, test: 'z' });
    close(found.control, n, 1e-12);
    close(found.arm, 1.5 * n, 1e-12);
  });

  test('of Eldridge: the design effect times the size for single observations', () => {
    const [control, arm, icc, size, cv] = [0.3, 0.42, 0.03, 25, 0.7];
    const single = clustersNeeded(
      { kind: 'proportion', control, icc: 0 },
      { arm, size: 1, test: 'z' },
    );
    const outcome: Outcome = { kind: 'proportion', control, icc };
    const found = clustersNeeded(outcome, { arm, size, cv, test: 'z' });
    close(found.arm * size, single.arm * designEffect({ icc, meanSize: size, cv }), 1e-12);
  });
});

describe('Feasibility', () => {
  test('fails where no size is enough, and where re-randomisation cannot reach the level', () => {
    const few = feasibility(
      { kind: 'mean', between: 0.001, within: 1 },
      {
        arm: 3,
        clusters: { arm: 3, control: 3 },
      },
    );
    expect(few.size.estimable).toBe(true);
    expect(few.smallestPValue.twoSided).toBeCloseTo(0.1, 12);
    expect(few.feasible).toBe(false);
    const four = { arm: 3, clusters: { arm: 4, control: 4 } };
    expect(feasibility({ kind: 'mean', between: 0.001, within: 1 }, four).feasible).toBe(true);
    expect(
      feasibility({ kind: 'mean', between: 0.001, within: 1 }, { ...four, alpha: 0.02 }).feasible,
    ).toBe(false);
    const wide = feasibility(acceptance, { arm: 0.25, clusters: { arm: 40, control: 40 } });
    expect(wide.feasible).toBe(false);
    expect(wide.size).toMatchObject({ reason: expect.stringContaining('vary too much') });
  });

  test('counts by arm where allocation is unequal', () => {
    const found = feasibility(acceptance, { arm: 0.3, clusters: { arm: 20, control: 10 } });
    close(found.beyond.arm, 2 * found.beyond.control);
    expect(found.least).toEqual({
      arm: Math.floor(found.beyond.arm) + 1,
      control: Math.floor(found.beyond.control) + 1,
    });
    const barely = { arm: 0.3, clusters: found.least, test: 'z', cv: 0 } as const;
    expect(sizeNeeded(acceptance, barely).estimable).toBe(true);
  });
});

describe('A power curve', () => {
  test('has a row for each size of each number of clusters', () => {
    const rows = powerCurve(acceptance, {
      arm: 0.3,
      clusters: [1, 10, { arm: 20, control: 10 }],
      sizes: [20, Infinity],
    });
    expect(rows.map(({ clusters, size }) => [clusters.arm, clusters.control, size])).toEqual([
      [1, 1, 20],
      [1, 1, Infinity],
      [10, 10, 20],
      [10, 10, Infinity],
      [20, 10, 20],
      [20, 10, Infinity],
    ]);
    expect(rows[0]).toMatchObject({ power: null, detectable: null });
    for (const { clusters, size, power, detectable } of rows.slice(2)) {
      const trial = { arm: 0.3, clusters, size };
      expect(power).toBe(made(clusterPower(acceptance, trial)).power);
      expect(detectable).toBe(made(detectableEffect(acceptance, trial)).arm);
    }
    const powers = rows.slice(2).map(({ power }) => power ?? 0);
    expect(powers[1]).toBeGreaterThan(powers[0] ?? 1);
    expect(powers[2]).toBeGreaterThan(powers[0] ?? 1);
  });

  test('looks for detectable values on the side of the arm, with the wanted power', () => {
    const trial = { arm: 0.15, size: 50, clusters: eight };
    const [row] = powerCurve(burden, { ...trial, clusters: [8], sizes: [50], power: 0.9 });
    const found = made(detectableEffect(burden, { ...trial, direction: 'lower', power: 0.9 }));
    expect(row?.detectable).toBe(found.arm);
    expect(found.arm).toBeLessThan(0.2);
  });
});

describe('The correlation with a baseline', () => {
  test.each(reference.baselines)('is that of the means of $m and $m0 observations', (of) => {
    const outcome: Outcome = { kind: 'mean', between: of.b, within: of.w };
    const r = baselineCorrelation(outcome, {
      size: of.m,
      baselineSize: of.m0,
      clusterAutocorrelation: of.c,
      subjectAutocorrelation: of.s,
    });
    close(r, of.r, 1e-12);
  });

  test('is Teerenstra’s for periods of one size', () => {
    const [m, icc, c, s] = [25, 0.04, 0.8, 0.5];
    const r = baselineCorrelation(
      { kind: 'proportion', control: 0.3, icc },
      { size: m, clusterAutocorrelation: c, subjectAutocorrelation: s },
    );
    close(r, (m * icc * c + (1 - icc) * s) / (1 + (m - 1) * icc), 1e-13);
  });

  test('of unlimited observations is the cluster autocorrelation, and takes rates too', () => {
    const period = { size: Infinity, clusterAutocorrelation: 0.7 };
    close(baselineCorrelation(burden, period), 0.7);
    const r = baselineCorrelation(burden, { ...period, size: 100, baselineSize: 200 });
    close(r, (0.09 * 0.7) / Math.sqrt((0.09 + 1 / 20) * (0.09 + 1 / 40)), 1e-13);
  });

  test('refuses what is not possible', () => {
    const good = { size: 10, clusterAutocorrelation: 0.5 };
    const bad =
      (change: object, outcome: Outcome = acceptance) =>
      () =>
        baselineCorrelation(outcome, { ...good, ...change });
    expect(bad({ size: 0 })).toThrow(/size must be above 0/);
    expect(bad({ baselineSize: -1 })).toThrow(/baselineSize must be above 0/);
    expect(bad({ clusterAutocorrelation: 1.1 })).toThrow(/clusterAutocorrelation must be from 0/);
    expect(bad({ clusterAutocorrelation: -0.1 })).toThrow(/clusterAutocorrelation must be from 0/);
    expect(bad({ subjectAutocorrelation: 2 })).toThrow(/subjectAutocorrelation must be from 0/);
    expect(bad({ subjectAutocorrelation: 0.5, baselineSize: 5 })).toThrow(/one size, not of two/);
    expect(bad({ baselineSize: 5 })).not.toThrow();
    expect(bad({}, { kind: 'proportion', control: 2, icc: 0 })).toThrow(/control must/);
    expect(bad({ size: Infinity }, { kind: 'proportion', control: 0.2, icc: 0 })).toThrow(
      /do not vary/,
    );
    expect(bad({ baselineSize: Infinity }, { ...acceptance, icc: 0 })).toThrow(/do not vary/);
  });
});
