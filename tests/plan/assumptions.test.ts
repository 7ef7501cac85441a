import { describe, expect, test } from '@jest/globals';
import { PlanError } from '../../src/errors.ts';
import { assumptionsFrom, plan } from '../../src/plan/index.ts';
import { assumed, clustersOf, listed, practices, threeArms, weeks } from './support.ts';

function problemsIn(document: unknown): readonly string[] {
  try {
    assumptionsFrom(document);
  } catch (error) {
    if (error instanceof PlanError) {
      return error.problems.map(({ path, message }) => `${path}: ${message}`);
    }
    throw error;
  }
  return [];
}

function misfitsOf(
  trial: Parameters<typeof plan>[0],
  changes: Readonly<Record<string, unknown>>,
  clusters?: Parameters<typeof plan>[2]['clusters'],
): readonly string[] {
  try {
    plan(
      trial,
      { ...assumed, ...changes },
      {
        seed: 'x',
        simulations: 0,
        clusters,
      },
    );
  } catch (error) {
    if (error instanceof PlanError) {
      return error.problems.map(({ path, message }) => `${path}: ${message}`);
    }
    throw error;
  }
  return [];
}

describe('Assumptions', () => {
  test('are taken up as they are', () => {
    expect(assumptionsFrom(assumed)).toEqual(assumed);
    expect(
      assumptionsFrom({ ...assumed, alerts: { control: 0.5, icc: 'idocc-process' } }).alerts,
    ).toEqual({ control: 0.5, icc: 'idocc-process' });
  });

  test('are refused with every fault that they have', () => {
    const problems = problemsIn({
      units: 1,
      patientDays: { mean: 10, perSize: 2 },
      alerts: { control: 0, kappa: 0.2, icc: 0.1, overdispersion: 0.9 },
      acceptance: { control: 1, icc: 'no-such-preset' },
      effects: { redesign: { alertsRatio: 0, acceptanceDifference: 0.1, acceptanceRatio: 2 } },
      power: 1,
      baselineCorrelation: 1,
      overTime: { clusterAutocorrelation: 1.1, trend: 0, structure: 'none' },
      sise: 3,
    });
    const paths = problems.map((problem) => problem.slice(0, problem.indexOf(': ')));
    expect(new Set(paths)).toEqual(
      new Set([
        'assumptions.units',
        'assumptions.patientDays',
        'assumptions.alerts',
        'assumptions.alerts.control',
        'assumptions.alerts.overdispersion',
        'assumptions.acceptance.control',
        'assumptions.acceptance.icc',
        'assumptions.effects.redesign',
        'assumptions.effects.redesign.alertsRatio',
        'assumptions.power',
        'assumptions.baselineCorrelation',
        'assumptions.overTime.clusterAutocorrelation',
        'assumptions.overTime.trend',
        'assumptions.overTime.structure',
        'assumptions',
      ]),
    );
    expect(problems.join('\n')).toContain('no intraclass correlation is known as "no-such-preset"');
    expect(problems.join('\n')).toContain('idocc-process');
  });

  test.each([
    [{ patientDays: undefined }, 'assumptions.patientDays: is missing'],
    [{ alerts: undefined }, 'assumptions.alerts: is missing'],
    [{ effects: undefined }, 'assumptions.effects: is missing'],
    [{ alerts: 3 }, 'assumptions.alerts: must be an object with keys of its own'],
    [{ alerts: { control: 0.5 } }, 'assumptions.alerts: give `kappa` or `icc`, one of the two'],
    [
      { alerts: { control: 0.5, kappa: 0.2, icc: 0.1 } },
      'assumptions.alerts: give `kappa` or `icc`, one of the two',
    ],
    [{ patientDays: {} }, 'assumptions.patientDays: give `mean` or `perSize`, one of the two'],
    [
      { patientDays: { perSize: 1, cv: 0.2 } },
      'assumptions.patientDays.cv: comes from the sizes of the clusters here: leave it out',
    ],
    [
      { alerts: { control: 1, icc: 0.1 } },
      'assumptions.alerts.icc: is of whether a patient-day has an alert: with 1 alert a day and more, give `kappa`',
    ],
    [
      { acceptance: { control: 0.2, icc: 1 } },
      'assumptions.acceptance.icc: must be from 0 to below 1',
    ],
    [
      { acceptance: { control: 0.2, icc: 'enphc-process' } },
      'assumptions.acceptance.icc: of "enphc-process" only the range 0.01 to 0.48 is known: take a number from it',
    ],
    [
      { effects: { redesign: { acceptanceDifference: 0.8 } } },
      'assumptions.effects.redesign.acceptanceDifference: would make the acceptance of the arm 1: it lies between 0 and 1',
    ],
    [
      { effects: { redesign: { acceptanceRatio: 6 } } },
      'assumptions.effects.redesign.acceptanceRatio: would make the acceptance of the arm 1.2: it lies between 0 and 1',
    ],
    [
      { effects: { redesign: { acceptanceRatio: 1.1, acceptanceDifference: 0.1 } } },
      'assumptions.effects.redesign: give at most one of `acceptanceDifference` or `acceptanceRatio`',
    ],
    [
      { acceptance: undefined, effects: { redesign: { acceptanceRatio: 1.1 } } },
      'assumptions.effects.redesign.acceptanceRatio: needs `acceptance`, that of the control arm',
    ],
    [
      { alerts: { control: 0.5, kappa: 101 } },
      'assumptions.alerts.kappa: is a coefficient of variation: at most 100',
    ],
    [
      { alerts: { control: 0.5, kappa: 0.2, overdispersion: 2e6 } },
      'assumptions.alerts.overdispersion: must be at most 1,000,000',
    ],
    [
      { overTime: { trend: 11 } },
      'assumptions.overTime.trend: is from one period to the next: from 0.1 to 10',
    ],
    [
      { overTime: { trend: 0.09 } },
      'assumptions.overTime.trend: is from one period to the next: from 0.1 to 10',
    ],
  ])('with %j are refused', (changes, problem) => {
    expect(problemsIn({ ...assumed, ...changes })).toEqual([problem]);
  });

  test.each([null, 3, 'x', []])('that are %j are refused', (document) => {
    expect(problemsIn(document)).toHaveLength(1);
  });
});

describe('Assumptions of a trial', () => {
  test('must say what each of its arms does, and of no other', () => {
    expect(misfitsOf(practices(), { effects: {} })).toEqual([
      'assumptions.effects: arm "redesign" is missing: give {} where it is thought to change nothing',
    ]);
    expect(misfitsOf(practices(), { effects: { redesign: {}, usual: {}, other: {} } })).toEqual([
      'assumptions.effects.usual: is the control arm: name redesign',
      'assumptions.effects.other: is not an arm of the trial: name redesign',
    ]);
  });

  test('want a power that chance alone does not give, at the level of each arm', () => {
    expect(misfitsOf(practices(), { power: 0.025 })).toEqual([
      'assumptions.power: must be above 0.025, which is how often chance alone shows an effect',
    ]);
    expect(misfitsOf(practices(), { power: 0.026 })).toEqual([]);
    const effects = { redesign: {}, third: {} };
    const trial = practices({ arms: threeArms });
    expect(misfitsOf(trial, { power: 0.0125, effects })).toEqual([
      'assumptions.power: must be above 0.0125, which is how often chance alone shows an effect',
    ]);
    expect(misfitsOf(trial, { power: 0.02, effects })).toEqual([]);
  });

  test('have no more alerts than can be drawn', () => {
    const most = { patientDays: { mean: 1e6 }, alerts: { control: 100, kappa: 0.2 } };
    expect(misfitsOf(practices(), most)).toEqual([]);
    expect(misfitsOf(practices(), { ...most, effects: { redesign: { alertsRatio: 2 } } })).toEqual([
      'assumptions.alerts: with these patient-days and effects, and this trend, a practice would have 2.0e+8 alerts: at most 100,000,000 can be planned with',
    ]);
    const periods = { design: 'crossover', starts: weeks.slice(0, 2) };
    const crossover = practices({ allocation: listed({ method: 'complete' }, periods) });
    expect(misfitsOf(crossover, { ...most, overTime: { trend: 1.5 } })[0]).toContain(
      '1.5e+8 alerts in a period',
    );
    // By their sizes of 100 to 340, with 220 on average.
    const clusters = clustersOf(practices(), 14);
    expect(misfitsOf(practices(), { ...most, units: undefined }, clusters)[0]).toContain('1.5e+8');
    const perSize = { ...most, units: undefined, patientDays: { perSize: 2_900 } };
    expect(misfitsOf(practices(), perSize, clusters)).toEqual([]);
  });

  test('need the number of units, once', () => {
    const trial = practices();
    expect(misfitsOf(trial, { units: undefined })).toEqual([
      'assumptions.units: is missing: give the number of units, or a file of clusters',
    ]);
    expect(misfitsOf(trial, { units: 21 }, clustersOf(trial, 20))).toEqual([
      'assumptions.units: says 21, and the file has 20 clusters: leave it out',
    ]);
    expect(misfitsOf(trial, { units: 20 }, clustersOf(trial, 20))).toEqual([]);
  });

  test('by the size of clusters need the clusters', () => {
    expect(misfitsOf(practices(), { patientDays: { perSize: 2 } })).toEqual([
      'assumptions.patientDays.perSize: needs a file of clusters with the size of each: or give `mean`',
    ]);
  });

  test('need an acceptance where an outcome counts what was accepted', () => {
    expect(misfitsOf(practices(), { acceptance: undefined })).toEqual([
      'assumptions.acceptance: is missing, and an outcome of the trial counts accepted alerts',
    ]);
    expect(misfitsOf(practices({ guardrails: [] }), { acceptance: undefined })).toEqual([]);
  });

  test('about time are for designs over time', () => {
    expect(misfitsOf(practices(), { overTime: { trend: 0.9 } })).toEqual([
      'assumptions.overTime: is for designs over time, and the arms of this trial never change',
    ]);
  });

  test('need the clusters themselves where the method looks at them', () => {
    const trial = practices({
      allocation: listed({ method: 'constrained', covariates: [{ name: 'staff' }] }),
    });
    expect(misfitsOf(trial, {})).toEqual([
      'clusters: the method of the trial needs the clusters themselves, with staff: give their file',
    ]);
  });
});
