import { describe, expect, test } from '@jest/globals';
import { columnOf, isSummaryColumn } from '../../../src/analysis/metrics/column.ts';
import {
  eventsOf,
  nounOf,
  windowOf,
  windowWords,
  wordsOf,
} from '../../../src/analysis/metrics/words.ts';
import type { Count } from '../../../src/trial/count.ts';

describe('A count in words', () => {
  test.each<[Count, string]>([
    [{ of: 'alerts' }, 'alerts shown (every firing)'],
    [{ of: 'alerts', each: 'opening' }, 'alerts shown (one for each opening of a chart)'],
    [
      { of: 'accepted', each: 'opening' },
      'accepted, of alerts shown (one for each opening of a chart)',
    ],
    [{ of: 'accepted', within: 'PT3S' }, 'alerts accepted within 3 s'],
    [{ of: 'alerts', known: 'clinician' }, 'alerts shown, of a known clinician'],
    [{ of: 'alerts', eligible: true }, 'alerts shown, of patients with time at risk'],
    [{ of: 'silent' }, 'alerts silent, not shown'],
    [{ of: 'fired', each: 'firstFiring' }, 'first firings of a patient fired, shown or silent'],
    [{ of: 'repeats' }, 'alerts shown again after the first of their patient'],
    [
      { of: 'dismissed', each: 'patient', reason: 'später' },
      'patients with at least one alert dismissed and not accepted within 24 h, with the reason "später"',
    ],
    [
      { of: 'answered', each: 'firstAlert' },
      'first alerts of a patient accepted or dismissed within 24 h',
    ],
    [{ of: 'timed' }, 'alerts accepted or dismissed within 24 h, where the clocks agree'],
    [
      { of: 'due', each: 'clinicianDay' },
      'clinician-days with at least one alert shown more than 24 h before the analysis',
    ],
    [
      { of: 'undismissed', within: 'PT90M' },
      'alerts shown more than 90 min before the analysis and not dismissed, or accepted all the same, within 90 min',
    ],
    [
      { of: 'ordered', each: 'encounter' },
      'encounters with at least one alert followed by an order within 24 h, shown or silent',
    ],
    [{ of: 'atRisk', each: 'patient' }, 'eligible patients'],
    [{ of: 'atRisk', each: 'encounter' }, 'eligible encounters'],
    [
      { of: 'atRisk', each: 'patientDay', days: 'midnight' },
      'eligible patient-days (midnight census)',
    ],
    [
      { of: 'atRisk', each: 'patientDay', days: 'elapsed' },
      'eligible patient-days (elapsed hours / 24)',
    ],
    [
      { of: 'atRisk', each: 'patientDay', known: 'encounter' },
      'eligible patient-days (calendar days touched) of a known encounter',
    ],
    [{ column: 'orders' }, 'orders'],
    [{ column: 'orders', title: 'orders placed' }, 'orders placed'],
  ])('%j', (count, words) => {
    expect(wordsOf(count, 'PT24H')).toBe(words);
  });

  test.each<[Count, 'rate' | 'proportion', string]>([
    [{ of: 'alerts' }, 'rate', 'alerts'],
    [{ of: 'ignored' }, 'rate', 'ignored alerts'],
    [{ of: 'ignored' }, 'proportion', 'ignored'],
    [{ of: 'due' }, 'proportion', 'alerts'],
    [{ of: 'accepted', each: 'firstAlert' }, 'proportion', 'accepted'],
    [{ of: 'accepted', each: 'opening' }, 'rate', 'accepted openings'],
    [{ of: 'accepted', each: 'opening' }, 'proportion', 'with an accepted alert'],
    [{ of: 'dismissed', each: 'patient' }, 'rate', 'patients with a dismissed alert'],
    [{ of: 'alerts', each: 'patient' }, 'proportion', 'with an alert'],
    [{ of: 'ordered' }, 'rate', 'followed by an order'],
    [{ of: 'ordered', each: 'encounter' }, 'proportion', 'with an alert followed by an order'],
    [{ of: 'atRisk', each: 'encounter' }, 'rate', 'encounters'],
    [{ column: 'orders' }, 'rate', 'orders'],
  ])('after more or fewer, %j of a %s is %s', (count, kind, words) => {
    expect(eventsOf(count, kind)).toBe(words);
  });

  test('the noun is that of the level', () => {
    expect(nounOf({ of: 'accepted' })).toBe('alerts');
    expect(nounOf({ of: 'accepted', each: 'opening' })).toBe('openings of a chart');
    expect(nounOf({ of: 'atRisk', each: 'patientDay' })).toBe('patient-days');
    expect(nounOf({ column: 'orders', title: 'orders placed' })).toBe('orders');
  });

  test.each([
    ['PT24H', '24 h'],
    ['P1DT2H30M1.5S', '1 d 2 h 30 min 1.5 s'],
    ['PT10M', '10 min'],
    ['P2W', 'P2W'],
  ])('a window of %s is said %s', (duration, words) => {
    expect(windowWords(duration)).toBe(words);
  });

  test('only what depends on an answer has a window', () => {
    expect(windowOf({ of: 'alerts' }, 'PT24H')).toBeUndefined();
    expect(windowOf({ of: 'atRisk', each: 'patient' }, 'PT24H')).toBeUndefined();
    expect(windowOf({ column: 'orders' }, 'PT24H')).toBeUndefined();
    expect(windowOf({ of: 'ignored' }, 'PT24H')).toBe('PT24H');
    expect(windowOf({ of: 'ordered', within: 'PT3H' }, 'PT24H')).toBe('PT3H');
  });
});

describe('The column of a count', () => {
  test.each<[Count, string]>([
    [{ of: 'alerts', each: 'alert' }, 'alerts'],
    [{ of: 'dismissed' }, 'dismissedNotAccepted'],
    [{ of: 'dismissed', each: 'patient', reason: 'x' }, 'dismissedNotAcceptedByPatient[reason=x]'],
    [
      { of: 'accepted', within: 'PT3S', known: 'patient', eligible: true },
      'accepted[within=PT3S,known=patient,eligible]',
    ],
    [{ of: 'atRisk', each: 'patientDay', known: 'encounter' }, 'calendarDays[known=encounter]'],
    [{ of: 'atRisk', each: 'patientDay', days: 'elapsed' }, 'elapsedDays'],
    [{ column: 'orders' }, 'orders'],
  ])('%j is %s', (count, column) => {
    expect(columnOf(count)).toBe(column);
  });

  test('is one of a summary only where it counts the same', () => {
    expect(isSummaryColumn('exposedDays')).toBe(true);
    expect(isSummaryColumn('alertsByPatientDay')).toBe(false);
    expect(isSummaryColumn('dismissed')).toBe(false);
    expect(isSummaryColumn('orders')).toBe(false);
  });
});
