import { describe, expect, test } from '@jest/globals';
import { allocate, referenceSetOf } from '../../src/allocation/index.ts';
import type { PlanAssumptions, PlanReport, SimulatedPower } from '../../src/plan/index.ts';
import { plan } from '../../src/plan/index.ts';
import { settingOf } from '../../src/plan/setting.ts';
import { lighter } from '../../src/plan/simulate/lighter.ts';
import { drawRows } from '../../src/plan/simulate/model.ts';
import { nullValues } from '../../src/plan/simulate/null-values.ts';
import {
  drawCount,
  drawShare,
  drawSuccesses,
  logNormalAt,
} from '../../src/plan/simulate/variates.ts';
import { randomStream } from '../../src/stats/index.ts';
import type { Trial } from '../../src/trial/trial.ts';
import { trialWith } from '../trials.ts';
import {
  acceptanceFirst,
  assumed,
  clustersOf,
  listed,
  practices,
  threeArms,
  weeks,
} from './support.ts';

function momentsOf(
  draw: () => number,
  draws = 20_000,
): { readonly mean: number; readonly variance: number } {
  const values = Array.from({ length: draws }, draw);
  const mean = values.reduce((sum, value) => sum + value, 0) / draws;
  return {
    mean,
    variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (draws - 1),
  };
}

function correlationOf(pairs: readonly (readonly [number, number])[]): number {
  const mean = (i: 0 | 1): number => pairs.reduce((sum, pair) => sum + pair[i], 0) / pairs.length;
  const [a, b] = [mean(0), mean(1)];
  const product = (f: (pair: readonly [number, number]) => number): number =>
    pairs.reduce((sum, pair) => sum + f(pair), 0);
  return (
    product(([x, y]) => (x - a) * (y - b)) /
    Math.sqrt(product(([x]) => (x - a) ** 2) * product(([, y]) => (y - b) ** 2))
  );
}

function simulationOf(report: PlanReport): SimulatedPower {
  if (!report.simulation.estimable) throw new Error(report.simulation.reason);
  return report.simulation;
}

function run(
  trial: Trial,
  changes: Readonly<Record<string, unknown>>,
  simulations: number,
): { readonly formula: number; readonly simulated: SimulatedPower; readonly report: PlanReport } {
  const report = plan(
    trial,
    { ...assumed, ...changes },
    {
      simulations,
      seed: 'simulation',
    },
  );
  const [question] = report.questions;
  return {
    formula: question?.power.estimable === true ? question.power.power : Number.NaN,
    simulated: simulationOf(report),
    report,
  };
}

describe('Variates', () => {
  test.each([
    [0.3, 1],
    [5, 1],
    [200, 1],
    [0.3, 2],
    [5, 3],
    [200, 1.5],
  ])('counts have the mean %d and %d times its variance', (mean, overdispersion) => {
    const stream = randomStream(['counts', mean, overdispersion]);
    const found = momentsOf(() => drawCount(stream, { mean, overdispersion }));
    expect(Math.abs(found.mean / mean - 1)).toBeLessThan(0.05);
    expect(Math.abs(found.variance / (mean * overdispersion) - 1)).toBeLessThan(0.08);
  });

  test('there are no counts without a mean', () => {
    expect(drawCount(randomStream('x'), { mean: 0, overdispersion: 2 })).toBe(0);
  });

  test.each([
    [0.2, 0.05],
    [0.6, 0.5],
    [0.3, 0.8],
  ])('shares have the mean %d and the variance of an ICC of %d', (mean, icc) => {
    const stream = randomStream(['shares', mean, icc]);
    const found = momentsOf(() => drawShare(stream, mean, icc));
    expect(Math.abs(found.mean - mean)).toBeLessThan(0.01);
    expect(Math.abs(found.variance / (icc * mean * (1 - mean)) - 1)).toBeLessThan(0.08);
    expect(drawShare(stream, mean, 0)).toBe(mean);
  });

  test.each([
    [10, 0.3],
    [400, 0.3],
  ])('of %d some succeed, each with the chance %d', (trials, chance) => {
    const stream = randomStream(['successes', trials]);
    const found = momentsOf(() => drawSuccesses(stream, trials, chance));
    expect(Math.abs(found.mean / (trials * chance) - 1)).toBeLessThan(0.02);
    expect(Math.abs(found.variance / (trials * chance * (1 - chance)) - 1)).toBeLessThan(0.05);
  });

  test('log-normal numbers have the mean 1 and the variation asked for', () => {
    const stream = randomStream('log-normal');
    const found = momentsOf(() => logNormalAt(stream.normal(), 0.5));
    expect(Math.abs(found.mean - 1)).toBeLessThan(0.02);
    expect(Math.abs(Math.sqrt(found.variance) - 0.5)).toBeLessThan(0.03);
    expect(logNormalAt(3, 0)).toBe(1);
  });
});

describe('Simulated rows', () => {
  test('have the assumed rates, variation and acceptance', () => {
    const trial = practices();
    const setting = settingOf(trial, assumed, { clusters: undefined, seed: 'rows' });
    const units = Array.from({ length: 4_000 }, (_, i) => ({
      id: String(i),
      arms: [i % 2 === 0 ? 'usual' : 'redesign'],
    }));
    const rows = drawRows(setting, units, { values: setting.values, stream: randomStream('rows') });
    expect(rows).toHaveLength(4_000);
    for (const [arm, rate] of [
      ['usual', 0.5],
      ['redesign', 0.35],
    ] as const) {
      const own = rows.filter((row) => row.arm === arm);
      const total = (column: 'alerts' | 'accepted' | 'calendarDays'): number =>
        own.reduce((sum, row) => sum + (row[column] ?? 0), 0);
      const days = total('calendarDays') / own.length;
      expect(Math.abs(days - 400)).toBeLessThan(15);
      expect(Math.abs(total('alerts') / total('calendarDays') / rate - 1)).toBeLessThan(0.03);
      expect(Math.abs(total('accepted') / total('alerts') - 0.2)).toBeLessThan(0.01);
      const rates = own.map(({ alerts = 0, calendarDays = 1 }) => alerts / calendarDays);
      const noise = own.reduce((sum, row) => sum + 1 / (row.calendarDays ?? 1), 0) / own.length;
      const { variance } = momentsOf(
        (
          (i) => () =>
            rates[i++] ?? 0
        )(0),
        rates.length,
      );
      const kappa = Math.sqrt(variance / rate ** 2 - (1.5 * noise) / rate);
      expect(Math.abs(kappa - 0.25)).toBeLessThan(0.02);
    }
    expect(rows[0]).toMatchObject({ unitId: '0', arm: 'usual' });
    expect(rows[0]).not.toHaveProperty('period');
    expect(rows[0]?.alertsByOpening).toBe(rows[0]?.alerts);
    expect(rows[0]?.midnightDays).toBe(rows[0]?.calendarDays);
  });

  test.each([
    ['nested-exchangeable', 0.6, 0.6],
    ['exponential-decay', 0.6, 0.36],
  ] as const)('over time correlate as %s says', (structure, next, afterNext) => {
    const trial = practices({
      allocation: listed({ method: 'complete' }, { design: 'stepped-wedge', starts: weeks }),
    });
    const assumptions: PlanAssumptions = {
      ...assumed,
      patientDays: { mean: 1e5 },
      alerts: { control: 0.5, kappa: 0.5 },
      acceptance: { control: 0.3, icc: 0.1 },
      effects: { redesign: {} },
      overTime: { clusterAutocorrelation: 0.6, structure, trend: 0.9 },
    };
    const setting = settingOf(trial, assumptions, { clusters: undefined, seed: 'time' });
    const arms = weeks.map(() => 'usual');
    const units = Array.from({ length: 2_500 }, (_, i) => ({ id: String(i), arms }));
    const rows = drawRows(setting, units, { values: setting.values, stream: randomStream('time') });
    const cell = (unit: number, period: number): readonly [number, number] => {
      const row = rows[unit * weeks.length + period];
      const { alerts = 0, accepted = 0, calendarDays = 1 } = row ?? {};
      return [alerts / calendarDays, accepted / alerts];
    };
    const between = (first: number, second: number, which: 0 | 1): number =>
      correlationOf(units.map((_, i) => [cell(i, first)[which], cell(i, second)[which]] as const));
    for (const which of [0, 1] as const) {
      expect(Math.abs(between(0, 1, which) - next)).toBeLessThan(0.06);
      expect(Math.abs(between(2, 4, which) - afterNext)).toBeLessThan(0.06);
    }
    const meanOf = (period: number): number =>
      units.reduce((sum, _, i) => sum + cell(i, period)[0], 0) / units.length;
    expect(Math.abs(meanOf(4) / meanOf(0) - 0.9 ** 4)).toBeLessThan(0.04);
    expect(rows[3]?.period).toBe(4);
  });

  test('over time have days by the lengths of the periods, with the washout apart', () => {
    const periods = { design: 'crossover', starts: ['2026-10-05', '2026-10-19'], washout: 7 };
    const trial = practices({ allocation: listed({ method: 'complete' }, periods) });
    const assumptions = { ...assumed, patientDays: { mean: 210 } };
    const setting = settingOf(trial, assumptions, { clusters: undefined, seed: 'washout' });
    const rows = drawRows(setting, [{ id: 'a', arms: ['usual', 'redesign'] }], {
      values: setting.values,
      stream: randomStream('washout'),
    });
    // 14 and 28 days of 21 on average; 7 of them apart.
    expect(
      rows.map(({ period, arm, washout = false, calendarDays }) => [
        period,
        arm,
        washout,
        calendarDays,
      ]),
    ).toEqual([
      [1, 'usual', false, 70],
      [1, 'usual', true, 70],
      [2, 'redesign', false, 210],
      [2, 'redesign', true, 70],
    ]);
  });

  test('of a file of clusters have its sizes, in the order of the list', () => {
    const trial = practices();
    const clusters = clustersOf(trial, 14);
    const { units: _, ...rest } = assumed;
    const setting = settingOf(
      trial,
      { ...rest, patientDays: { perSize: 2 } },
      { clusters, seed: 'sizes' },
    );
    const rows = drawRows(setting, setting.reference?.clusters ?? [], {
      values: setting.values,
      stream: randomStream('sizes'),
    });
    const sizes = new Map(clusters.waves.flat().map(({ id, size }) => [id, size ?? 0]));
    expect(rows).toHaveLength(14);
    for (const { unitId, calendarDays } of rows) {
      expect(calendarDays).toBe(2 * (sizes.get(unitId) ?? 0));
    }
    expect(setting.size).toBe(440);
    expect(setting.cv).toBeCloseTo(80 / 220, 10);
  });
});

describe('What is to be ruled out', () => {
  const values = (
    decision: unknown,
    primary: unknown = { metric: 'alertsPerPatientDay', better: 'lower' },
  ) =>
    nullValues(
      settingOf(practices({ decision, primary, guardrails: [] }), assumed, {
        clusters: undefined,
        seed: 'null',
      }),
    );

  test('is no effect for superiority', () => {
    expect(values(undefined)).toEqual([
      { alerts: 0.5, acceptance: 0.2 },
      { alerts: 0.5, acceptance: 0.2 },
    ]);
  });

  test('is the margin for non-inferiority, and the worse bound for equivalence', () => {
    expect(values({ claim: { kind: 'non-inferiority', scale: 'ratio', margin: 1.2 } })[1]).toEqual({
      alerts: 0.6,
      acceptance: 0.2,
    });
    expect(
      values(
        { claim: { kind: 'non-inferiority', scale: 'difference', margin: -0.05 } },
        acceptanceFirst,
      )[1],
    ).toEqual({ alerts: 0.5, acceptance: expect.closeTo(0.15, 12) });
    expect(
      values({ claim: { kind: 'equivalence', scale: 'ratio', lower: 0.8, upper: 1.3 } })[1],
    ).toEqual({ alerts: 0.65, acceptance: 0.2 });
    expect(
      values(
        { claim: { kind: 'equivalence', scale: 'ratio', lower: 0.8, upper: 1.3 } },
        acceptanceFirst,
      )[1],
    ).toEqual({ alerts: 0.5, acceptance: expect.closeTo(0.16, 12) });
  });
});

describe('Reference sets of a simulation', () => {
  const draws = (
    sample: (stream: ReturnType<typeof randomStream>) => ArrayLike<number>,
    n: number,
  ) => {
    const stream = randomStream('reference');
    return Array.from({ length: n }, () => Array.from(sample(stream)));
  };

  test('of few allocations stay as they are', () => {
    const trial = practices();
    const reference = referenceSetOf(trial, allocate(trial, clustersOf(trial, 10), { seed: 'x' }));
    expect(lighter(reference).redraw()).toEqual(reference.redraw());
  });

  test('of many are drawn from, within strata and with the same sizes', () => {
    const trial = practices({
      allocation: listed({ method: 'blocks', sizes: [8], strata: ['region'] }),
    });
    const reference = referenceSetOf(trial, allocate(trial, clustersOf(trial, 16), { seed: 'x' }));
    const [redraw] = lighter(reference).redraw();
    expect(redraw?.kind).toBe('sampler');
    if (redraw?.kind !== 'sampler') return;
    const regions = reference.clusters.map(({ values }) => values['region']);
    const drawn = draws(redraw.sample, 2_000);
    const inArm = new Float64Array(16);
    for (const groups of drawn) {
      for (const region of ['north', 'south']) {
        const own = groups.filter((_, i) => regions[i] === region);
        expect(own.reduce((sum, group) => sum + group, 0)).toBe(4);
      }
      groups.forEach((group, i) => (inArm[i] = (inArm[i] ?? 0) + group / drawn.length));
    }
    // Each cluster is in each arm half of the time: 5 standard errors of 2,000 draws.
    for (const share of inArm) expect(Math.abs(share - 0.5)).toBeLessThan(0.056);
  });

  test('with places that nobody took deal out these too', () => {
    const trial = practices({ allocation: listed({ method: 'blocks', sizes: [20] }) });
    const reference = referenceSetOf(trial, allocate(trial, clustersOf(trial, 15), { seed: 'x' }));
    const [own] = reference.redraw();
    const [redraw] = lighter(reference).redraw();
    expect(own?.kind).toBe('stratified');
    expect(redraw?.kind).toBe('sampler');
    if (redraw?.kind !== 'sampler') return;
    const sizes = new Set(
      draws(redraw.sample, 500).map((groups) => groups.reduce((sum, group) => sum + group, 0)),
    );
    expect([...sizes].sort((a, b) => a - b).at(0)).toBeGreaterThanOrEqual(5);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(10);
    expect(sizes.size).toBeGreaterThan(2);
  });
});

describe('Power by simulation', () => {
  // Of N trials; where the verdict's standard errors (Mancl and DeRouen) are a little larger than the
  // formula's, its power is up to about 0.04 lower.
  const modelDifference = 0.04;
  const plain = practices({ guardrails: [], secondary: [] });

  test('agrees with the formula where the t test decides', () => {
    const { formula, simulated } = run(
      plain,
      {
        units: 60,
        patientDays: { mean: 400 },
        alerts: { control: 0.5, kappa: 0.25 },
        effects: { redesign: { alertsRatio: 0.83 } },
      },
      240,
    );
    const [arm] = simulated.arms;
    expect(simulated.simulations).toBe(240);
    expect(simulated.draws).toBe(99);
    expect(formula).toBeCloseTo(0.777, 2);
    expect(Math.abs((arm?.primary.share ?? 0) - formula)).toBeLessThan(
      4 * (arm?.primary.standardError ?? 0) + modelDifference,
    );
    // Without guardrails what is shown is adopted.
    expect(arm?.adopt).toEqual(arm?.primary);
    const [none] = simulated.withoutEffect.arms;
    expect(none?.primary.share).toBeLessThan(0.025 + 4 * Math.sqrt((0.025 * 0.975) / 240));
  });

  test('agrees with it where re-randomisation decides, whose level it keeps', () => {
    const { formula, simulated } = run(plain, { patientDays: { mean: 400 } }, 80);
    const [arm] = simulated.arms;
    expect(simulated.draws).toBe(519);
    expect(Math.abs((arm?.primary.share ?? 0) - formula)).toBeLessThan(
      4 * (arm?.primary.standardError ?? 0) + modelDifference,
    );
    const [none] = simulated.withoutEffect.arms;
    expect(none?.primary.share).toBeLessThan(0.025 + 4 * Math.sqrt((0.025 * 0.975) / 80));
  });

  test('agrees with it for the acceptance of patients who hash', () => {
    const trial = trialWith({ primary: acceptanceFirst, guardrails: [], secondary: [] });
    const { formula, simulated } = run(
      trial,
      {
        units: 200,
        patientDays: { mean: 8, cv: 0.7 },
        alerts: { control: 0.6, kappa: 0.8, overdispersion: 1.3 },
        acceptance: { control: 0.2, icc: 0.1 },
        effects: { redesign: { acceptanceDifference: 0.1 } },
      },
      80,
    );
    const [arm] = simulated.arms;
    expect(simulated.draws).toBe(99);
    expect(Math.abs((arm?.primary.share ?? 0) - formula)).toBeLessThan(
      4 * (arm?.primary.standardError ?? 0) + modelDifference,
    );
  });

  test('shows its Monte Carlo error, never 0', () => {
    const { simulated } = run(practices(), { units: 6 }, 20);
    const [arm] = simulated.arms;
    expect(arm?.adopt.count).toBe(0);
    expect(arm?.adopt.share).toBe(0);
    expect(arm?.adopt.standardError).toBeCloseTo(Math.sqrt(((1 / 22) * (21 / 22)) / 20), 12);
    expect(arm?.guardrails).toHaveLength(1);
  });

  test('counts guardrails that are not met, and harm', () => {
    const { simulated } = run(
      practices(),
      {
        units: 40,
        acceptance: { control: 0.3, icc: 0.001 },
        effects: { redesign: { alertsRatio: 0.5, acceptanceDifference: -0.15 } },
      },
      20,
    );
    const [arm] = simulated.arms;
    expect(arm?.primary.share).toBe(1);
    expect(arm?.guardrails[0]?.share).toBe(0);
    expect(arm?.harm.share).toBe(1);
    expect(arm?.adopt.share).toBe(0);
    expect(simulated.anyAdopted.count).toBe(0);
    expect(simulated.withoutEffect.arms[0]?.harm.share).toBeLessThan(0.3);
  });

  test('adopts several arms as Holm’s steps do', () => {
    const { simulated } = run(
      practices({ arms: threeArms, guardrails: [] }),
      {
        units: 18,
        patientDays: { mean: 400 },
        alerts: { control: 0.5, kappa: 0.1 },
        effects: { redesign: { alertsRatio: 0.5 }, third: {} },
      },
      20,
    );
    expect(simulated.draws).toBe(559);
    expect(simulated.arms.map(({ arm }) => arm)).toEqual(['redesign', 'third']);
    expect(simulated.arms[0]?.adopt.share).toBeGreaterThan(0.8);
    expect(simulated.arms[1]?.adopt.share).toBeLessThan(0.3);
    expect(simulated.anyAdopted.share).toBeGreaterThanOrEqual(simulated.arms[0]?.adopt.share ?? 1);
    expect(simulated.allAdopted.share).toBeLessThan(0.3);
  });

  test('judges a stepped wedge by its periods, whatever the trend', () => {
    const trial = practices({
      guardrails: [],
      allocation: listed({ method: 'complete' }, { design: 'stepped-wedge', starts: weeks }),
    });
    const changes = {
      units: 12,
      patientDays: { mean: 400 },
      alerts: { control: 0.5, kappa: 0.1 },
      overTime: { trend: 0.8 },
      effects: { redesign: { alertsRatio: 0.7 } },
    };
    const { simulated } = run(trial, changes, 8);
    expect(simulated.arms[0]?.primary.share).toBeGreaterThan(0.6);
    expect(simulated.withoutEffect.arms[0]?.primary.share).toBeLessThan(0.25);
  });

  test('agrees with the formula over time, where a practice is compared within periods alone', () => {
    const trial = practices({
      guardrails: [],
      decision: { test: 'model' },
      allocation: listed(
        { method: 'complete' },
        { design: 'stepped-wedge', starts: weeks.slice(0, 4), washout: 2 },
      ),
    });
    const { formula, simulated } = run(
      trial,
      {
        units: 45,
        patientDays: { mean: 150, cv: 0.4 },
        alerts: { control: 0.5, kappa: 0.3 },
        overTime: { clusterAutocorrelation: 0.7, trend: 0.9 },
        effects: { redesign: { alertsRatio: 0.8 } },
      },
      50,
    );
    const [arm] = simulated.arms;
    expect(formula).toBeGreaterThan(0.5);
    expect(formula).toBeLessThan(0.8);
    expect(Math.abs((arm?.primary.share ?? 0) - formula)).toBeLessThan(
      4 * (arm?.primary.standardError ?? 0) + modelDifference,
    );
  });

  test('tells how far it has come', () => {
    const told: (readonly [number, number])[] = [];
    plan(plain, assumed, {
      simulations: 3,
      seed: 'x',
      onProgress: (done, total) => told.push([done, total]),
    });
    expect(told).toEqual([1, 2, 3, 4, 5, 6].map((done) => [done, 6]));
  });

  test('is not there where none is asked for, or nothing is assumed of an outcome', () => {
    const none = plan(plain, assumed, { simulations: 0, seed: 'x' });
    expect(none.simulation).toEqual({
      estimable: false,
      reason: 'no simulated trials were asked for',
    });
    const trial = practices({ primary: { metric: 'orderRate', better: 'higher' } });
    const unknown = plan(trial, assumed, { simulations: 5, seed: 'x' });
    expect(unknown.simulation).toMatchObject({
      estimable: false,
      reason: expect.stringContaining('nothing is assumed of an outcome that decides'),
    });
    expect(() => plan(plain, assumed, { simulations: 1.5, seed: 'x' })).toThrow(RangeError);
    expect(() => plan(plain, assumed, { simulations: -1, seed: 'x' })).toThrow('at least 0');
  });
});
