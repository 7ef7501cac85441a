import { describe, expect, test } from '@jest/globals';
import type { PlanAssumptions, PlanOptions, PlanReport } from '../../src/plan/index.ts';
import { plan } from '../../src/plan/index.ts';
import { AllocationError } from '../../src/errors.ts';
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

function reportOf(
  trial: Trial,
  changes: Readonly<Record<string, unknown>> = {},
  options: Partial<PlanOptions> = {},
): PlanReport {
  const { units, ...rest } = assumed;
  const assumptions = {
    ...rest,
    ...(options.clusters === undefined ? { units } : {}),
    ...changes,
  } as PlanAssumptions;
  return plan(trial, assumptions, { simulations: 0, seed: 'report', ...options });
}

const constrained = listed({
  method: 'constrained',
  covariates: [{ name: 'size' }, { name: 'staff' }, { name: 'region', kind: 'categorical' }],
});

describe('A plan', () => {
  test('is plain data that JSON holds, and the same from the same seed', () => {
    const make = (seed: string): PlanReport => reportOf(practices(), {}, { simulations: 5, seed });
    const report = make('one');
    expect(JSON.parse(JSON.stringify(report))).toEqual({ ...report });
    expect(Object.keys(report)).not.toContain('toString');
    expect(make('one')).toEqual(report);
    expect(JSON.stringify(make('two'))).not.toBe(JSON.stringify(report));
    expect(String(make('one'))).toBe(String(report));
  });

  test('says what trial it is of, and what units it has', () => {
    const trial = practices();
    const { trial: head, units, wantedPower, scheme } = reportOf(trial);
    expect(head).toEqual({
      id: 'influenza',
      round: 1,
      title: trial.title,
      fingerprint: trial.fingerprint,
      unit: 'practice',
      control: 'usual',
      allocation: 'a list by the method "complete"',
      alpha: 0.05,
    });
    expect(units).toEqual({
      total: 20,
      byArm: [
        { arm: 'usual', units: 10 },
        { arm: 'redesign', units: 10 },
      ],
      size: 400,
      cv: 0.4,
      cvFrom: 'assumptions',
      periods: 1,
    });
    expect(wantedPower).toBe(0.8);
    expect(scheme?.constraint).toBeNull();
    expect(scheme?.groups.map(({ clusters }) => clusters)).toEqual([10, 10]);
  });

  test('takes sizes from the file of clusters, and shows what a constraint gains and costs', () => {
    const trial = practices({ allocation: constrained });
    const report = reportOf(
      trial,
      { patientDays: { perSize: 2 } },
      { clusters: clustersOf(trial, 16) },
    );
    expect(report.units).toMatchObject({ total: 16, cvFrom: 'clusters', size: 415 });
    const { constraint } = report.scheme ?? {};
    expect(constraint?.possible.count).toBe(12_870);
    expect(constraint?.candidates.count).toBeGreaterThanOrEqual(1_287);
    expect(constraint?.meanScore.constrained).toBeLessThan(constraint?.meanScore.complete ?? 0);
    expect(constraint?.cost.smallestPValue.complete).toBeCloseTo(2 / 12_870, 12);
    const [floor] = report.floors;
    expect(floor?.by).toBe('lists');
    expect(floor?.smallestPValue).toBeCloseTo(1 / (constraint?.candidates.count ?? 1), 12);
    expect(report.reaches.level).toBe(true);
    const text = String(report);
    expect(text).toContain(`The constraint keeps 1,386 of 12,870 lists`);
    expect(text).toContain('mean difference between groups (SD)');
  });

  test('is written in lines of at most 100 characters', () => {
    for (const report of [
      reportOf(practices(), { baselineCorrelation: 0.5 }, { simulations: 2 }),
      reportOf(practices({ arms: threeArms }), { effects: { redesign: {}, third: {} }, units: 9 }),
      reportOf(
        practices({
          allocation: listed({ method: 'complete' }, { design: 'stepped-wedge', starts: weeks }),
        }),
        { overTime: { clusterAutocorrelation: 0.7, structure: 'exponential-decay' } },
      ),
    ]) {
      for (const line of String(report).split('\n')) expect(line.length).toBeLessThanOrEqual(100);
      expect(String(report)).not.toMatch(/NaN|undefined|Infinity|\d\n +%/);
      expect(String(report)).toContain('WHAT THIS DESIGN CANNOT DO');
    }
  });

  test('of a good design says that nothing speaks against it', () => {
    const report = reportOf(trialWith({ guardrails: [] }), {
      units: 2_000,
      patientDays: { mean: 8 },
      alerts: { control: 0.8, kappa: 0.6 },
    });
    expect(report.limits).toEqual([]);
    expect(report.reaches).toEqual({ level: true, power: true });
    expect(String(report)).toContain('Nothing was found that speaks against it');
    expect(String(report)).toContain('the wanted power of 80 %.');
    expect(report.scheme).toBeNull();
  });

  test('refuses clusters that the method cannot allocate', () => {
    const trial = practices({ allocation: constrained });
    const { waves, warnings } = clustersOf(trial, 12);
    const bare = waves.map((wave) => wave.map(({ id, size }) => ({ id, size, values: {} })));
    expect(() => reportOf(trial, {}, { clusters: { waves: bare, warnings } })).toThrow(
      AllocationError,
    );
  });
});

describe('What a design cannot do', () => {
  test('with three practices per arm is to show anything, ever', () => {
    const report = reportOf(practices(), { units: 6 }, { simulations: 5 });
    expect(report.floors).toEqual([
      {
        arm: 'redesign',
        smallestPValue: expect.closeTo(0.05, 12),
        level: 0.025,
        reachable: false,
        by: 'arm-sizes',
        chanceOfNone: null,
        notReplayed: null,
      },
    ]);
    expect(report.reaches).toEqual({ level: false, power: false });
    expect(report.limits[0]).toBe(
      'It can never show anything about arm redesign: no one-sided p value below 0.0500 can be had, ' +
        'and 0.025 is asked for. Fewer than 4 practices per arm can never reach it, whatever the effect: ' +
        'randomise at least 4 practices to each arm, or a smaller unit.',
    );
    expect(report.limits.join('\n')).toContain('Arm redesign would be adopted in 0 % of trials');
    expect(String(report)).toContain(
      'AS DESIGNED IT CANNOT REACH its level and the wanted power of 80 %.',
    );
  });

  test('with four per arm is no longer that, unless three arms share the level', () => {
    expect(reportOf(practices(), { units: 8 }).reaches.level).toBe(true);
    const several = (units: number): PlanReport =>
      reportOf(practices({ arms: threeArms }), { units, effects: { redesign: {}, third: {} } });
    // 1 in 70 is above 0.0125, and 1 in 252 is not.
    expect(several(12).reaches.level).toBe(false);
    expect(several(12).limits.join('\n')).toContain('Fewer than 5 practices per arm');
    expect(several(15).reaches.level).toBe(true);
  });

  test('when matched pairs leave too few lists is said', () => {
    const trial = practices({
      allocation: listed({ method: 'matched', covariates: [{ name: 'staff' }] }),
    });
    const report = reportOf(trial, {}, { clusters: clustersOf(trial, 10) });
    expect(report.floors[0]?.smallestPValue).toBeCloseTo(1 / 32, 12);
    expect(report.floors[0]?.by).toBe('lists');
    expect(report.limits[0]).toContain('The method could have made too few other lists');
  });

  test('with units that hash depends on luck', () => {
    const ten = reportOf(trialWith({ unit: 'practice' }), { units: 10 });
    // Arms of 0 or 1 of 10: 22 of 1,024.
    expect(ten.floors[0]?.chanceOfNone).toBeCloseTo(22 / 1_024, 12);
    expect(ten.limits.join('\n')).toContain(
      'Hashing 10 practices gives arms of random sizes: in 2.1 % of such trials arm redesign and control would be too uneven, or too small, to show anything. Allocate from a list.',
    );
    const twenty = reportOf(trialWith({ unit: 'practice' }));
    expect(twenty.floors[0]?.chanceOfNone).toBeCloseTo(4.00543212890625e-5, 15);
    expect(twenty.limits.join('\n')).not.toContain('Hashing');
    const six = reportOf(trialWith({ unit: 'practice' }), { units: 6 });
    expect(six.floors[0]?.chanceOfNone).toBe(1);
  });

  test('with units that are minimised depends on luck, and not on one list', () => {
    const method = { method: 'minimisation', factors: [{ name: 'region' }] };
    const trial = practices({ arms: threeArms, allocation: listed(method) });
    const effects = { redesign: { alertsRatio: 0.7 }, third: { alertsRatio: 0.7 } };
    const report = reportOf(trial, { effects }, { clusters: clustersOf(trial, 12) });
    // Arms of 4 and 4 of 12 cannot reach 0.0125 (1 of 70); 5 and 4 (1 of 126) can.
    for (const { smallestPValue, reachable, chanceOfNone, by } of report.floors) {
      expect(smallestPValue).toBeLessThanOrEqual(1 / 126);
      expect(reachable).toBe(true);
      expect(by).toBe('arm-sizes');
      expect(chanceOfNone).toBeGreaterThan(0.3);
      expect(chanceOfNone).toBeLessThan(1);
    }
    const said = report.limits.join('\n');
    expect(said).toMatch(/Minimising 12 practices gives arms of random sizes: in \d\d % of such/);
    expect(said).toContain('or by a method with arms of fixed sizes');
    expect(said).not.toContain('can never show anything');
    const many = reportOf(trial, { effects }, { clusters: clustersOf(trial, 60) });
    expect(many.floors.map(({ chanceOfNone }) => chanceOfNone)).toEqual([0, 0]);
    const fixed = reportOf(practices(), { units: 12 });
    expect(fixed.floors[0]?.chanceOfNone).toBeNull();
  });

  test('is to find an effect below the least that it can', () => {
    const { limits } = reportOf(practices());
    expect(limits).toContain(
      'Alerts per patient-day, arm redesign: the assumed effect (ratio 0.700) is found with 75 %, not 80 %, by formula; the least effect that it finds with 80 % is ratio 0.685 (0.500 to 0.342).',
    );
    expect(limits.join('\n')).toContain('no margin narrower than −14.4 points');
    expect(limits.join('\n')).toContain(
      'however many alerts each practice has, the power stays at 9 %',
    );
    expect(limits.join('\n')).toMatch(
      /each arm needs more than 193 practices \(k > n·ICC\), and this one has 10/,
    );
  });

  test('is to show an improvement that nobody assumes, or to meet a margin that is overstepped', () => {
    const { limits, reaches } = reportOf(practices(), {
      effects: { redesign: { acceptanceDifference: -0.05 } },
    });
    expect(limits[0]).toBe(
      'Alerts per patient-day, arm redesign: no improvement is assumed (ratio 1.00), so there is none to show.',
    );
    expect(limits[1]).toBe(
      'Acceptance per alert, arm redesign: the assumed effect (−5.0 points) is not within what has to be shown (not worse than by the margin (−3.0 points)), so the arm cannot be adopted.',
    );
    expect(reaches.power).toBe(false);
  });

  test('with minimised arms of three is to compare two of them by re-randomisation', () => {
    const method = { method: 'minimisation', factors: [{ name: 'region' }] };
    const trial = practices({ arms: threeArms, allocation: listed(method) });
    const effects = { redesign: { alertsRatio: 0.7 }, third: { alertsRatio: 0.7 } };
    const report = reportOf(trial, { effects }, { clusters: clustersOf(trial, 18) });
    expect(report.floors.map(({ notReplayed }) => notReplayed)).toEqual([
      expect.stringContaining('minimisation cannot be drawn again'),
      expect.stringContaining('minimisation cannot be drawn again'),
    ]);
    expect(report.limits.filter((limit) => limit.includes('the t test decides'))).toHaveLength(2);
  });

  test('of three arms in turn is to test one of them by itself', () => {
    const periods = { design: 'crossover', starts: weeks.slice(0, 3) };
    const design = { allocation: listed({ method: 'complete' }, periods) };
    const said = 'so all arms are re-randomised together';
    const limitsOf = (trial: Trial, units: number): string =>
      reportOf(trial, { units, effects: { redesign: {}, third: {} } }).limits.join('\n');
    const three = practices({ ...design, arms: threeArms });
    expect(limitsOf(three, 18)).toContain(said);
    // With so many the model decides.
    expect(limitsOf(three, 60)).not.toContain(said);
    const two = reportOf(practices(design), { units: 18 });
    expect(two.limits.join('\n')).not.toContain(said);
  });

  test('with one practice per sequence is to tell the two apart', () => {
    const trial = practices({
      allocation: listed({ method: 'complete' }, { design: 'stepped-wedge', starts: weeks }),
    });
    expect(reportOf(trial, { units: 4 }).limits.join('\n')).toContain(
      '4 of 4 sequences have a single practice (redesign from period 2; redesign from period 3;',
    );
    expect(reportOf(trial, { units: 8 }).limits.join('\n')).not.toContain('single practice');
    expect(reportOf(trial, { units: 8 }).units.byArm).toEqual([
      { arm: 'usual', units: 8 },
      { arm: 'redesign', units: 0 },
    ]);
  });

  test('is to use a baseline in its verdict', () => {
    const { limits } = reportOf(practices(), { baselineCorrelation: 0.6 });
    expect(limits).toContain(
      'The verdict does not adjust for the baseline: only an analysis beside it that does has 91 % instead of 75 % for Alerts per patient-day, arm redesign.',
    );
  });

  test('is to bear clinicians who work in two practices', () => {
    const said =
      'were a tenth of the effect of arm redesign lost that way, its power for Alerts per patient-day would fall from 75 % to 65 %';
    expect(reportOf(practices()).limits.join('\n')).toContain(said);
    expect(reportOf(trialWith()).limits.join('\n')).not.toContain('two practices');
  });

  test('is what the simulation finds where the formula promises more', () => {
    const trial = practices({
      guardrails: [],
      allocation: listed(
        { method: 'complete' },
        { design: 'switchback', starts: weeks.slice(0, 4) },
      ),
    });
    const report = reportOf(
      trial,
      { units: 4, effects: { redesign: { alertsRatio: 0.4 } } },
      { simulations: 12 },
    );
    expect(report.limits.join('\n')).toMatch(
      /The formula promises 9\d % for the primary outcome of arm redesign/,
    );
    expect(report.reaches).toEqual({ level: false, power: false });
  });

  test('of a metric that nothing is assumed of is everything', () => {
    const trial = practices({ primary: { metric: 'orderRate', better: 'higher' }, guardrails: [] });
    const { limits } = reportOf(trial, {}, { simulations: 3 });
    expect(limits.join('\n')).toContain('the assumptions say nothing of this metric');
    expect(limits.join('\n')).toContain('No trial was simulated');
  });

  test('is told with the warnings of the clusters', () => {
    const trial = practices({
      allocation: listed({ method: 'blocks', sizes: [2], strata: ['staff'] }),
    });
    const { limits } = reportOf(trial, {}, { clusters: clustersOf(trial, 11) });
    expect(limits.join('\n')).toContain('strata so small balance little');
  });

  test('of an acceptance that comes first is said in points', () => {
    const report = reportOf(practices({ primary: acceptanceFirst, guardrails: [] }), {
      effects: { redesign: { acceptanceDifference: 0.08 } },
    });
    expect(report.limits[0]).toContain('the assumed effect (+8.0 points) is found with');
    expect(String(report)).toContain('assumed 20.0 % to 28.0 %, +8.0 points');
  });
});
