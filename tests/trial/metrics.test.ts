import { describe, expect, test } from '@jest/globals';
import { ProtocolError, trialFrom } from '../../src/index.ts';
import type { Count } from '../../src/trial/count.ts';
import type { CustomMetric } from '../../src/trial/metric.ts';
import { metricProblems } from '../../src/trial/metric-schema.ts';
import { isRegistered, metrics } from '../../src/trial/metrics.ts';
import { isPartOf } from '../../src/trial/part-of.ts';
import { protocol, trialWith } from '../trials.ts';

const refused: CustomMetric = {
  name: 'refusedPer100Orders',
  title: 'Patients who refused, per 100 orders',
  numerator: { of: 'dismissed', each: 'patient', reason: 'declined' },
  denominator: { column: 'orders' },
  kind: 'rate',
  better: 'lower',
  per: 100,
};

function problemsWith(changes: Readonly<Record<string, unknown>>): ProtocolError['problems'] {
  try {
    trialWith(changes);
  } catch (error) {
    if (error instanceof ProtocolError) return error.problems;
    throw error;
  }
  return [];
}

describe('A protocol', () => {
  test('that names none of the new metrics keeps its fingerprint', () => {
    expect(trialFrom(protocol).fingerprint).toBe(
      '400536e3982bd90ae3482b73b392fdbb8ee4e1ca3a39c75f12911815b7d36316',
    );
    expect(trialFrom(protocol).metrics).toEqual([]);
  });

  test('may name every metric of the registry, as primary, guardrail and secondary', () => {
    for (const metric of Object.keys(metrics)) {
      const trial = trialWith({
        primary: { metric, better: 'higher' },
        guardrails: [{ metric, better: 'lower', scale: 'ratio', margin: 1.1 }],
        secondary: [{ metric, better: 'lower' }],
      });
      expect(trial.primary).toEqual({
        metric,
        better: 'higher',
        alerts: 'fired',
        patientDays: 'calendar',
      });
    }
  });

  test('may name a metric of its own, which goes into the fingerprint', () => {
    const trial = trialWith({
      metrics: [refused],
      secondary: [{ metric: 'refusedPer100Orders', better: 'lower' }],
    });
    expect(trial.metrics).toEqual([refused]);
    expect(trial.fingerprint).not.toBe(trialWith({ metrics: [] }).fingerprint);
    expect(Object.isFrozen(trial.metrics[0])).toBe(true);
  });

  test('that names a metric which does not exist is told the names', () => {
    const [problem, ...others] = problemsWith({
      metrics: [refused],
      guardrails: [{ metric: 'clicks', better: 'lower', scale: 'ratio', margin: 1.1 }],
    });
    expect(others).toEqual([]);
    expect(problem?.path).toBe('guardrails[0].metric');
    expect(problem?.message).toMatch(/"clicks".*ignoredRate.*refusedPer100Orders/);
    expect(problemsWith({ secondary: [{ metric: 'constructor', better: 'lower' }] })).toHaveLength(
      1,
    );
  });

  test('that defines a metric twice, or one of the registry, is refused', () => {
    expect(problemsWith({ metrics: [refused, refused] })).toMatchObject([
      { path: 'metrics[1].name', message: expect.stringMatching(/two metrics are named/) },
    ]);
    expect(problemsWith({ metrics: [{ ...refused, name: 'reach' }] })).toMatchObject([
      { path: 'metrics[0].name', message: expect.stringMatching(/of the registry/) },
    ]);
  });

  test.each([
    'alertsPerPatientDay',
    'acceptanceRate',
    'acceptedPerPatientDay',
    'alertsPerEncounter',
  ])('%s may be counted by opening', (metric) => {
    expect(problemsWith({ primary: { metric, better: 'lower', alerts: 'opening' } })).toEqual([]);
  });

  test.each(['ignoredRate', 'repeatShare', 'alertsPerExposedDay', 'orderRate', 'dismissalRate'])(
    '%s may not',
    (metric) => {
      expect(
        problemsWith({ primary: { metric, better: 'lower', alerts: 'opening' } }),
      ).toMatchObject([
        { path: 'primary.alerts', message: expect.stringMatching(/not counted by opening/) },
      ]);
    },
  );

  test('a metric of its own says itself what it counts', () => {
    const outcome = { metric: refused.name, better: 'lower' };
    const own = (alerts: string): unknown =>
      problemsWith({ metrics: [refused], secondary: [{ ...outcome, alerts }] });
    expect(own('fired')).toEqual([]);
    expect(own('opening')).toMatchObject([
      { path: 'secondary[0].alerts', message: expect.stringMatching(/leave `alerts` out/) },
    ]);
  });
});

describe('A metric is refused', () => {
  const problems = (changes: Readonly<Record<string, unknown>>): readonly (readonly string[])[] =>
    metricProblems({ ...refused, ...changes }, 'PT24H').map(({ path, message }) => [path, message]);
  const fault = (path: string, message: RegExp): unknown => [
    [path, expect.stringMatching(message)],
  ];

  test('never when it is right', () => {
    expect(problems({})).toEqual([]);
    expect(problems({ numerator: { of: 'accepted', within: 'PT24H' } })).toEqual([]);
    expect(problems({ numerator: { column: 'visits', title: 'visits' } })).toEqual([]);
    expect(problems({ denominator: { of: 'atRisk', each: 'encounter' } })).toEqual([]);
    expect(
      problems({ denominator: { of: 'atRisk', each: 'patientDay', days: 'elapsed' } }),
    ).toEqual([]);
    expect(
      problems({ denominator: { of: 'atRisk', each: 'patientDay', known: 'encounter' } }),
    ).toEqual([]);
  });

  test.each<[string, unknown, string, RegExp]>([
    ['for a count that does not exist', { of: 'clicks' }, 'of', /accepted/],
    ['for a count of nothing', {}, 'of', /name what is counted.*atRisk.*column/],
    ['for a level that does not exist', { of: 'alerts', each: 'ward' }, 'each', /patientDay/],
    ['for a key that does not exist', { of: 'alerts', window: 'PT1H' }, '', /window/],
    [
      'for time at risk of a clinician',
      { of: 'atRisk', each: 'clinician' },
      'each',
      /patientDay, patient or encounter/,
    ],
    ['for time at risk of nobody', { of: 'atRisk' }, 'each', /patientDay, patient or encounter/],
    [
      'for time at risk with a window',
      { of: 'atRisk', each: 'patient', within: 'PT1H' },
      'within',
      /no answers/,
    ],
    [
      'for time at risk with a reason',
      { of: 'atRisk', each: 'patient', reason: 'x' },
      'reason',
      /no answers/,
    ],
    [
      'for time at risk of the eligible',
      { of: 'atRisk', each: 'patient', eligible: true },
      'eligible',
      /no answers/,
    ],
    [
      'for patients in days',
      { of: 'atRisk', each: 'patient', days: 'midnight' },
      'days',
      /only patient-days/,
    ],
    [
      'for patients of a known encounter',
      { of: 'atRisk', each: 'patient', known: 'encounter' },
      'known',
      /only patient-days/,
    ],
    [
      'for patient-days of a known clinician',
      { of: 'atRisk', each: 'patientDay', known: 'clinician' },
      'known',
      /encounter/,
    ],
    ['for alerts in days', { of: 'alerts', days: 'midnight' }, 'days', /only `atRisk`/],
    [
      'for a reason to accept',
      { of: 'accepted', reason: 'x' },
      'reason',
      /only a count of `dismissed`/,
    ],
    ['for an empty reason', { of: 'dismissed', reason: ' ' }, 'reason', /must not be empty/],
    [
      'for a window of what has none',
      { of: 'alerts', within: 'PT3S' },
      'within',
      /leave the window out/,
    ],
    ['for a window that is none', { of: 'answered', within: '3 s' }, 'within', /ISO 8601/],
    [
      'for a window beyond that of the trial',
      { of: 'answered', within: 'PT24H0.001S' },
      'within',
      /cannot be longer/,
    ],
    [
      'for the first alert of what was not shown',
      { of: 'silent', each: 'firstAlert' },
      'each',
      /firstFiring/,
    ],
    [
      'for the first firing of what was shown',
      { of: 'accepted', each: 'firstFiring' },
      'each',
      /firstAlert/,
    ],
    ['for a column of alerts', { column: 'orders', of: 'alerts' }, 'of', /nothing else/],
    ['for a column with a window', { column: 'orders', within: 'PT3S' }, 'within', /nothing else/],
    ['for a column whose name is none', { column: 'a column' }, 'column', /letters, digits/],
    ['for a title of what is no column', { of: 'alerts', title: 'x' }, 'title', /only a `column`/],
    ['for eligible: false', { of: 'alerts', eligible: false }, 'eligible', /true/],
  ])('%s', (_, denominator, path, message) => {
    expect(problems({ denominator })).toEqual(
      fault(path === '' ? 'denominator' : `denominator.${path}`, message),
    );
  });

  test('for a proportion whose numerator is no part of its denominator', () => {
    expect(problems({ kind: 'proportion', per: undefined, denominator: { of: 'alerts' } })).toEqual(
      fault('numerator', /not a part of the denominator/),
    );
  });

  test('for a proportion of a hundred, and for a rate of nothing', () => {
    expect(problems({ kind: 'proportion' })).toEqual(fault('per', /only a rate/));
    expect(problems({ per: 0 })).toEqual(fault('per', /above 0/));
  });

  test.each(['', ' x', 'x ', 'x\ny'])('for the name %j', (name) => {
    expect(problems({ name })).toEqual(fault('name', /must be a line/));
  });

  test('a name may be of one letter, and of any script', () => {
    expect(problems({ name: 'x' })).toEqual([]);
    expect(problems({ name: '拒否 率' })).toEqual([]);
  });
});

describe('A share has a numerator that is part of its denominator', () => {
  const day = 24 * 3_600_000;
  const part = (numerator: Count, denominator: Count): boolean =>
    isPartOf(numerator, denominator, day);

  test.each<[Count, Count]>([
    [{ of: 'accepted' }, { of: 'alerts' }],
    [{ of: 'accepted' }, { of: 'alerts', each: 'alert' }],
    [{ of: 'accepted' }, { of: 'answered' }],
    [{ of: 'accepted' }, { of: 'fired' }],
    [{ of: 'accepted', within: 'PT3S' }, { of: 'accepted' }],
    [{ of: 'accepted', within: 'PT24H' }, { of: 'answered' }],
    [{ of: 'dismissed' }, { of: 'dismissed' }],
    [{ of: 'dismissed', reason: 'x' }, { of: 'dismissed' }],
    [{ of: 'dismissed', within: 'PT3S' }, { of: 'answered' }],
    [{ of: 'ignored' }, { of: 'undismissed' }],
    [
      { of: 'ignored', within: 'PT3S' },
      { of: 'due', within: 'PT3S' },
    ],
    [{ of: 'silent' }, { of: 'fired' }],
    [{ of: 'repeats' }, { of: 'alerts' }],
    [{ of: 'alerts', each: 'firstAlert' }, { of: 'alerts' }],
    [{ of: 'ordered', each: 'firstFiring' }, { of: 'fired' }],
    [
      { of: 'accepted', each: 'patient', eligible: true },
      { of: 'atRisk', each: 'patient' },
    ],
    [
      { of: 'accepted', known: 'patient' },
      { of: 'alerts', known: 'patient' },
    ],
    [{ of: 'accepted', known: 'patient' }, { of: 'alerts' }],
    [
      { of: 'atRisk', each: 'patientDay' },
      { of: 'atRisk', each: 'patientDay', days: 'calendar' },
    ],
    [
      { of: 'atRisk', each: 'patientDay', known: 'encounter' },
      { of: 'atRisk', each: 'patientDay' },
    ],
    [{ column: 'orders' }, { of: 'alerts' }],
    [{ of: 'alerts' }, { column: 'orders' }],
  ])('%j is part of %j', (numerator, denominator) => {
    expect(part(numerator, denominator)).toBe(true);
  });

  test.each<[Count, Count]>([
    [{ of: 'alerts' }, { of: 'accepted' }],
    [{ of: 'accepted', each: 'patient' }, { of: 'alerts' }],
    [{ of: 'alerts' }, { of: 'alerts', each: 'firstAlert' }],
    [{ of: 'accepted' }, { of: 'accepted', within: 'PT3S' }],
    [{ of: 'dismissed', within: 'PT3S' }, { of: 'dismissed' }],
    [{ of: 'dismissed' }, { of: 'dismissed', reason: 'x' }],
    [
      { of: 'dismissed', reason: 'y' },
      { of: 'dismissed', reason: 'x' },
    ],
    [{ of: 'ignored', within: 'PT3S' }, { of: 'due' }],
    [{ of: 'accepted' }, { of: 'due' }],
    [{ of: 'answered' }, { of: 'timed' }],
    [{ of: 'ordered' }, { of: 'alerts' }],
    [{ of: 'silent' }, { of: 'alerts' }],
    [{ of: 'accepted' }, { of: 'alerts', known: 'patient' }],
    [{ of: 'accepted' }, { of: 'alerts', eligible: true }],
    [
      { of: 'accepted', each: 'patient' },
      { of: 'atRisk', each: 'patient' },
    ],
    [
      { of: 'accepted', each: 'encounter', eligible: true },
      { of: 'atRisk', each: 'encounter' },
    ],
    [
      { of: 'alerts', eligible: true },
      { of: 'atRisk', each: 'patient' },
    ],
    [
      { of: 'atRisk', each: 'patient' },
      { of: 'alerts', each: 'patient' },
    ],
    [
      { of: 'atRisk', each: 'patient' },
      { of: 'atRisk', each: 'encounter' },
    ],
    [
      { of: 'atRisk', each: 'patientDay' },
      { of: 'atRisk', each: 'patientDay', days: 'midnight' },
    ],
    [
      { of: 'atRisk', each: 'patientDay' },
      { of: 'atRisk', each: 'patientDay', known: 'encounter' },
    ],
  ])('%j is no part of %j', (numerator, denominator) => {
    expect(part(numerator, denominator)).toBe(false);
  });

  test('in every proportion of the registry', () => {
    for (const [name, { kind, numerator, denominator }] of Object.entries(metrics)) {
      if (kind === 'proportion') expect([name, part(numerator, denominator)]).toEqual([name, true]);
    }
    expect(isRegistered('reach')).toBe(true);
    expect(isRegistered('toString')).toBe(false);
  });

  test('and every metric of the registry would be allowed in a protocol', () => {
    for (const [name, definition] of Object.entries(metrics)) {
      expect(metricProblems({ ...definition, name: `own ${name}` }, 'PT24H')).toEqual([]);
    }
  });
});
