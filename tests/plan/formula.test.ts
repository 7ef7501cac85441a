import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { PlanAssumptions, PlanReport, QuestionPlan } from '../../src/plan/index.ts';
import {
  clusterPower,
  detectableEffect,
  feasibility,
  plan,
  powerOverTime,
  steppedWedge,
} from '../../src/plan/index.ts';
import type { Trial } from '../../src/trial/trial.ts';
import { trialWith } from '../trials.ts';
import { acceptanceFirst, assumed, listed, practices, threeArms, weeks } from './support.ts';

/** R 4.2.2, by `oracle.R` beside this file. */
const reference: Readonly<Record<string, Readonly<Record<string, number>>>> = JSON.parse(
  readFileSync(new URL('reference.json', import.meta.url), 'utf8'),
);

function expected(of: string, number: string): number {
  const value = reference[of]?.[number];
  if (value === undefined) throw new Error(`the reference has no ${number} of ${of}`);
  return value;
}

function formulaOf(trial: Trial, changes: Readonly<Record<string, unknown>> = {}): PlanReport {
  const assumptions = { ...assumed, ...changes } as PlanAssumptions;
  return plan(trial, assumptions, { seed: 'formula', simulations: 0 });
}

function questionIn(report: PlanReport, index = 0): QuestionPlan {
  const question = report.questions[index];
  if (question === undefined) throw new Error('no such question');
  return question;
}

function powerIn(question: QuestionPlan): {
  readonly power: number;
  readonly standardError: number;
} {
  if (!question.power.estimable) throw new Error(question.power.reason);
  return question.power;
}

const withMargin = (guardrail: Readonly<Record<string, unknown>>): Trial =>
  practices({ guardrails: [{ ...acceptanceFirst, ...guardrail }] });

describe('Power by formula', () => {
  test('of alerts per patient-day is that of R', () => {
    const question = questionIn(formulaOf(practices()));
    expect(powerIn(question).standardError).toBeCloseTo(expected('rate', 'se'), 12);
    expect(powerIn(question).power).toBeCloseTo(expected('rate', 'power'), 10);
    expect(question.power).toMatchObject({ degreesOfFreedom: 18 });
    expect(question.assumed).toEqual({ control: 0.5, arm: 0.35, effect: 0.7 });
    expect(question.level).toBe(0.05);
  });

  test('adjusted for a baseline is that of R, and shown beside', () => {
    const question = questionIn(formulaOf(practices(), { baselineCorrelation: 0.6 }));
    expect(powerIn(question).power).toBeCloseTo(expected('rate', 'power'), 10);
    expect(question.adjusted).toBeCloseTo(expected('rate', 'adjusted'), 10);
    expect(questionIn(formulaOf(practices())).adjusted).toBeNull();
  });

  test.each([
    ['difference', -0.03, 'margin'],
    ['ratio', 0.8, 'ratioMargin'],
  ])('of a guardrail with a margin as a %s is that of R', (scale, margin, name) => {
    const question = questionIn(formulaOf(withMargin({ scale, margin })), 1);
    expect(question.role).toBe('guardrail');
    expect(powerIn(question).standardError).toBeCloseTo(expected(name, 'se'), 12);
    expect(powerIn(question).power).toBeCloseTo(expected(name, 'power'), 10);
  });

  test('of accepted alerts per patient-day is that of R', () => {
    const trial = practices({
      primary: { metric: 'acceptedPerPatientDay', better: 'higher' },
      guardrails: [],
    });
    const effects = { redesign: { alertsRatio: 0.9, acceptanceDifference: 0.1 } };
    const question = questionIn(formulaOf(trial, { effects }));
    expect(powerIn(question).standardError).toBeCloseTo(expected('accepted', 'se'), 12);
    expect(powerIn(question).power).toBeCloseTo(expected('accepted', 'power'), 10);
  });

  test('of equivalence is that of both its sides', () => {
    const trial = practices({
      decision: { claim: { kind: 'equivalence', scale: 'ratio', lower: 0.7, upper: 1.4 } },
    });
    const question = questionIn(formulaOf(trial, { effects: { redesign: {} } }));
    expect(powerIn(question).standardError).toBeCloseTo(expected('equivalence', 'se'), 12);
    expect(powerIn(question).power).toBeCloseTo(expected('equivalence', 'power'), 10);
  });

  test('of three arms is at the level of Holm’s first step, on the units of two arms', () => {
    const trial = practices({ arms: threeArms, primary: acceptanceFirst, guardrails: [] });
    const effects = { redesign: { acceptanceDifference: 0.08 }, third: { acceptanceRatio: 1.4 } };
    const report = formulaOf(trial, { units: 18, effects });
    expect(report.questions.map(({ arm }) => arm)).toEqual(['redesign', 'third']);
    for (const question of report.questions) {
      expect(question.level).toBe(0.025);
      expect(powerIn(question).standardError).toBeCloseTo(expected('three', 'se'), 12);
      expect(powerIn(question).power).toBeCloseTo(expected('three', 'power'), 10);
    }
  });

  test('of arms of unequal weights is that of R', () => {
    const [control, arm] = trialWith().arms;
    const trial = practices({ arms: [control, { ...arm, weight: 2 }] });
    const report = formulaOf(trial, { units: 21 });
    expect(report.units.byArm).toEqual([
      { arm: 'usual', units: 7 },
      { arm: 'redesign', units: 14 },
    ]);
    expect(powerIn(questionIn(report)).power).toBeCloseTo(expected('unequal', 'power'), 10);
  });

  test('finds the least effect and the narrowest margin that R finds', () => {
    const report = formulaOf(practices());
    expect(report.questions[0]?.detectable).toMatchObject({ estimable: true });
    const [first, second] = report.questions.map(({ detectable }) =>
      detectable.estimable ? detectable : { effect: 0, value: 0 },
    );
    expect(first?.effect).toBeCloseTo(expected('detectable', 'ratio'), 9);
    expect(first?.value).toBeCloseTo(0.5 * expected('detectable', 'ratio'), 9);
    // The arm is without any effect there, in its alerts too.
    expect(second?.effect).toBeCloseTo(expected('narrowest', 'margin'), 9);
    expect(second?.value).toBeCloseTo(0.2 + expected('narrowest', 'margin'), 9);
  });

  test('with alike units is that of clusterPower and of detectableEffect', () => {
    const report = formulaOf(practices(), { patientDays: { mean: 300 } });
    const outcome = { kind: 'rate', control: 0.5, kappa: 0.25, overdispersion: 1.5 } as const;
    const clusters = { arm: 10, control: 10 };
    const power = clusterPower(outcome, { clusters, size: 300, arm: 0.35 });
    expect(questionIn(report).power).toEqual(
      power.estimable
        ? {
            estimable: true,
            power: expect.closeTo(power.power, 12),
            standardError: expect.closeTo(power.standardError, 12),
            degreesOfFreedom: 18,
          }
        : power,
    );
    const least = detectableEffect(outcome, { clusters, size: 300, direction: 'lower' });
    const { detectable } = questionIn(report);
    expect(detectable.estimable && detectable.value).toBeCloseTo(
      least.estimable ? least.arm : 0,
      10,
    );
  });

  test('tells the same feasibility as Hemming’s rule', () => {
    const trial = practices({ primary: acceptanceFirst, guardrails: [] });
    const report = formulaOf(trial, {
      patientDays: { mean: 400 },
      alerts: { control: 0.5, kappa: 0 },
      acceptance: { control: 0.2, icc: 'idocc-process' },
      effects: { redesign: { acceptanceDifference: 0.08 } },
    });
    const { leastUnits, unlimited } = questionIn(report);
    const found = feasibility(
      { kind: 'proportion', control: 0.2, icc: 0.088 },
      { arm: 0.28, clusters: { arm: 10, control: 10 } },
    );
    expect(leastUnits?.arm).toBeCloseTo(expected('beyond', 'units'), 8);
    expect(leastUnits?.arm).toBeCloseTo(found.beyond.arm, 10);
    expect(leastUnits?.control).toBeCloseTo(found.beyond.control, 10);
    const limit = clusterPower(
      { kind: 'proportion', control: 0.2, icc: 0.088 },
      { arm: 0.28, clusters: { arm: 10, control: 10 }, size: Infinity },
    );
    expect(unlimited).toBeCloseTo(limit.estimable ? limit.power : 0, 10);
    expect(report.likeness.icc).toBe(0.088);
  });

  const wedgeOf = (periods: Readonly<Record<string, unknown>> = {}, changes = {}): Trial =>
    practices({
      allocation: listed(
        { method: 'complete' },
        { design: 'stepped-wedge', starts: weeks, ...periods },
      ),
      ...changes,
    });
  const overTime = { clusterAutocorrelation: 0.8 };
  const wedge = { units: 12, patientDays: { mean: 80 }, overTime };

  test('of a stepped wedge is that of its own analysis, by the true covariance of a practice', () => {
    const question = questionIn(formulaOf(wedgeOf(), wedge));
    expect(powerIn(question).standardError).toBeCloseTo(expected('wedge', 'se'), 10);
    expect(powerIn(question).power).toBeCloseTo(expected('wedge', 'power'), 9);
    expect(question.power).toMatchObject({ degreesOfFreedom: 10 });
    expect(question.unlimited).toBeNull();
    expect(question.leastUnits).toBeNull();
  });

  test('of a stepped wedge is below what generalised least squares would reach', () => {
    const exchangeable = questionIn(formulaOf(wedgeOf(), { ...wedge, overTime: undefined }));
    const by = powerOverTime(
      { kind: 'rate', control: 0.5, kappa: 0.25, overdispersion: 1.5 },
      steppedWedge({ steps: 4, clusters: 3 }),
      { arms: [0.35], sizes: 80 },
    );
    expect(powerIn(exchangeable).power).toBeLessThan((by.estimable ? by.power : 0) - 0.3);
  });

  test.each([
    ['sizes that vary', 'wedgeUneven', { patientDays: { mean: 80, cv: 0.4 } }, {}],
    ['a trend of the alerts', 'wedgeTrend', { overTime: { ...overTime, trend: 0.9 } }, {}],
    ['days left out after a change', 'wedgeWashout', {}, { washout: 2 }],
  ])('over time allows for %s', (_, name, changes, periods) => {
    const question = questionIn(formulaOf(wedgeOf(periods), { ...wedge, ...changes }));
    expect(powerIn(question).standardError).toBeCloseTo(expected(name, 'se'), 10);
  });

  test('over time weighs acceptance by the alerts that each arm has', () => {
    const trial = wedgeOf({}, { primary: acceptanceFirst, guardrails: [] });
    const question = questionIn(
      formulaOf(trial, {
        units: 12,
        patientDays: { mean: 80, cv: 0.4 },
        overTime: { clusterAutocorrelation: 0.7, structure: 'exponential-decay' },
        effects: { redesign: { alertsRatio: 0.7, acceptanceDifference: 0.08 } },
      }),
    );
    expect(powerIn(question).standardError).toBeCloseTo(expected('wedgeAcceptance', 'se'), 10);
  });

  test('takes an ICC of patient-days with an alert for the κ that it makes', () => {
    const { likeness } = formulaOf(practices(), { alerts: { control: 0.2, icc: 0.01 } });
    expect(likeness.kappa).toBeCloseTo(0.2, 12);
    expect(likeness.overdispersion).toBe(1);
  });

  test('is not given for what assumptions say nothing of', () => {
    const trial = practices({ primary: { metric: 'orderRate', better: 'higher' } });
    const report = formulaOf(trial);
    const question = questionIn(report);
    expect(question.power).toMatchObject({ estimable: false });
    expect(question.assumed).toBeNull();
    expect(report.curves).toEqual([]);
    expect(report.limits.join('\n')).toContain('no power can be given');
  });

  test('is 0, and not NaN, where the assumed effect is on the wrong side', () => {
    const question = questionIn(
      formulaOf(practices(), {
        alerts: { control: 0.5, kappa: 0 },
        patientDays: { mean: 1e6 },
        effects: { redesign: { alertsRatio: 3 } },
      }),
    );
    expect(powerIn(question).power).toBe(0);
    expect(question.unlimited).toBe(0);
  });

  test('grows with the effect, the units and their size, and falls with κ', () => {
    const powerFor = (changes: Readonly<Record<string, unknown>>): number =>
      powerIn(questionIn(formulaOf(trialWith({ unit: 'practice' }), changes))).power;
    fc.assert(
      fc.property(
        fc.integer({ min: 8, max: 60 }),
        fc.double({ min: 0.5, max: 0.95, noNaN: true }),
        fc.double({ min: 20, max: 2_000, noNaN: true }),
        (units, alertsRatio, mean) => {
          const base = { units, patientDays: { mean }, effects: { redesign: { alertsRatio } } };
          const power = powerFor(base);
          expect(powerFor({ ...base, units: units + 4 })).toBeGreaterThanOrEqual(power);
          expect(powerFor({ ...base, patientDays: { mean: 2 * mean } })).toBeGreaterThanOrEqual(
            power,
          );
          const larger = { redesign: { alertsRatio: alertsRatio - 0.1 } };
          expect(powerFor({ ...base, effects: larger })).toBeGreaterThanOrEqual(power);
          const varied = { control: 0.5, kappa: 0.4, overdispersion: 1.5 };
          expect(powerFor({ ...base, alerts: varied })).toBeLessThanOrEqual(power);
        },
      ),
      { numRuns: 20 },
    );
  });
});

describe('Power curves', () => {
  test('go through the planned design, along units and along their size', () => {
    const report = formulaOf(practices());
    const [curve] = report.curves;
    expect(curve?.byUnits.map(({ units }) => units)).toEqual([10, 16, 20, 30, 40, 60]);
    expect(curve?.bySize.map(({ size }) => size)).toEqual([100, 200, 400, 800, 1600, null]);
    const { power } = powerIn(questionIn(report));
    expect(curve?.byUnits[2]?.power).toBe(power);
    expect(curve?.bySize[2]?.power).toBe(power);
    expect(curve?.bySize[5]?.power).toBe(questionIn(report).unlimited);
    for (const rows of [curve?.byUnits ?? [], curve?.bySize ?? []]) {
      const powers = rows.map((row) => row.power ?? 0);
      expect(powers).toEqual([...powers].sort((a, b) => a - b));
    }
  });

  test('of a design over time repeat its list', () => {
    const trial = practices({
      allocation: listed(
        { method: 'complete' },
        { design: 'crossover', starts: weeks.slice(0, 2) },
      ),
    });
    const [curve] = formulaOf(trial).curves;
    expect(curve?.byUnits.map(({ units }) => units)).toEqual([20, 40, 60, 80]);
    expect(curve?.bySize.map(({ size }) => size)).toEqual([100, 200, 400, 800, 1600]);
  });
});
