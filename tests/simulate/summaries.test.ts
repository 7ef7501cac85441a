import { describe, expect, test } from '@jest/globals';
import type { ClinicChoices } from '../../src/simulate/index.ts';
import {
  defaultClinic,
  influenzaProtocol,
  influenzaTrial,
  simulateSummaries,
  truthOf,
} from '../../src/simulate/index.ts';
import type { UnitSummary } from '../../src/store/port.ts';
import { defineTrial, trialFrom } from '../../src/trial/trial.ts';

const total = (rows: readonly UnitSummary[], key: keyof UnitSummary): number =>
  rows.reduce((sum, row) => sum + Number(row[key]), 0);

const inArm = (rows: readonly UnitSummary[], arm: string): readonly UnitSummary[] =>
  rows.filter((row) => row.arm === arm);

interface Estimates {
  readonly usualRate: number;
  readonly logRatio: number;
  readonly usualAcceptance: number;
  readonly difference: number;
  readonly logAcceptedRatio: number;
}

function estimate(settings: ClinicChoices): Estimates {
  const rows = simulateSummaries(settings, influenzaTrial);
  const [usual, redesign] = [inArm(rows, 'usual'), inArm(rows, 'redesign')];
  const rate = (of: readonly UnitSummary[]): number =>
    total(of, 'alerts') / total(of, 'calendarDays');
  const accepted = (of: readonly UnitSummary[]): number =>
    total(of, 'accepted') / total(of, 'alerts');
  return {
    usualRate: rate(usual),
    logRatio: Math.log(rate(redesign) / rate(usual)),
    usualAcceptance: accepted(usual),
    difference: accepted(redesign) - accepted(usual),
    logAcceptedRatio: Math.log(
      (rate(redesign) * accepted(redesign)) / (rate(usual) * accepted(usual)),
    ),
  };
}

/** The distance of the mean of some estimates from the truth, in standard errors. */
function standardized(values: readonly number[], truth: number): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance =
    values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  return (mean - truth) / Math.sqrt(variance / values.length);
}

const seeds = Array.from({ length: 40 }, (_, seed) => seed);

describe('the truth that was set', () => {
  const runs = seeds.map((seed) => estimate({ seed, patients: 700 }));
  const truth = truthOf(defaultClinic.truth);

  test.each([
    ['firings of the usual alert per patient-day', 'usualRate', truth.usual.alertsPerPatientDay],
    ['the ratio of alerts per patient-day', 'logRatio', Math.log(truth.alertsRatio)],
    ['acceptance of the usual alert', 'usualAcceptance', truth.usual.acceptanceRate],
    ['the difference of acceptance', 'difference', truth.acceptanceDifference],
    [
      'the ratio of accepted alerts per patient-day',
      'logAcceptedRatio',
      Math.log(truth.acceptedRatio),
    ],
  ] as const)('is met within Monte Carlo error: %s', (_what, key, expected) => {
    expect(
      Math.abs(
        standardized(
          runs.map((run) => run[key]),
          expected,
        ),
      ),
    ).toBeLessThan(3.5);
  });

  test('is no effect where none was set', () => {
    const none = { quietShare: 0, cardEffect: 0 };
    const runs = seeds.map((seed) =>
      estimate({ seed: `none ${seed}`, patients: 300, truth: none }),
    );
    expect(
      Math.abs(
        standardized(
          runs.map(({ logRatio }) => logRatio),
          0,
        ),
      ),
    ).toBeLessThan(3.5);
    expect(
      Math.abs(
        standardized(
          runs.map(({ difference }) => difference),
          0,
        ),
      ),
    ).toBeLessThan(3.5);
  });

  test('is met for a harm too', () => {
    const harm = { proceduralAcceptance: 0.12, cardEffect: -0.03 };
    const expected = truthOf({ ...defaultClinic.truth, ...harm }).acceptanceDifference;
    const runs = seeds.map((seed) =>
      estimate({ seed: `harm ${seed}`, patients: 300, truth: harm }),
    );
    expect(
      Math.abs(
        standardized(
          runs.map(({ difference }) => difference),
          expected,
        ),
      ),
    ).toBeLessThan(3.5);
  });
});

describe('simulateSummaries', () => {
  const rows = simulateSummaries({}, influenzaTrial);

  test('is the same for the same seed', () => {
    expect(simulateSummaries({}, influenzaTrial)).toEqual(rows);
  });

  test('has the size of the demonstration', () => {
    expect(total(rows, 'calendarDays')).toBeGreaterThan(4_000);
    expect(total(rows, 'calendarDays')).toBeLessThan(5_000);
    expect(total(rows, 'patients')).toBe(rows.length);
  });

  test('gives rows that hold together, in order', () => {
    for (const row of rows) {
      expect(row.accepted + row.dismissed - row.acceptedAndDismissed).toBeLessThanOrEqual(
        row.alerts,
      );
      expect(row.alertsByOpening).toBeLessThanOrEqual(row.alerts);
      expect(row.acceptedByOpening).toBeLessThanOrEqual(row.accepted);
      expect(row.exposedDays).toBeLessThanOrEqual(row.calendarDays);
      expect(row.midnightDays).toBeLessThanOrEqual(row.calendarDays);
      // The day of 25 hours alone can be longer than a day.
      expect(row.elapsedDays).toBeLessThanOrEqual(row.calendarDays + 1 / 24);
      expect(row.calendarDays).toBeGreaterThan(0);
    }
    const ids = rows.map(({ unitId }) => unitId);
    expect([...ids].sort()).toEqual(ids);
  });

  test('counts patient-days that do not depend on the arm or on the alerts', () => {
    const other = simulateSummaries(
      { truth: { quietShare: 0.8, acceptance: 0.3, proceduralAcceptance: 0.3 } },
      trialFrom({ ...influenzaProtocol, salt: 'another randomisation' }),
    );
    for (const key of ['calendarDays', 'midnightDays', 'patients'] as const) {
      expect(total(other, key)).toBe(total(rows, key));
    }
    expect(total(other, 'elapsedDays')).toBeCloseTo(total(rows, 'elapsedDays'), 6);
  });

  test('randomises wards as practices', () => {
    const byWard = trialFrom({ ...influenzaProtocol, unit: 'practice' });
    const rows = simulateSummaries({}, byWard);
    expect(rows).toHaveLength(12);
    expect(new Set(rows.map(({ unitId }) => unitId)).size).toBe(12);
    const sizes = rows.map(({ calendarDays }) => calendarDays);
    expect(Math.max(...sizes)).toBeGreaterThan(2 * Math.min(...sizes));
    expect(total(rows, 'patients')).toBeGreaterThan(rows.length);
  });

  test('takes arms from elsewhere when it is told to', () => {
    const [usual] = influenzaTrial.arms;
    const rows = simulateSummaries({ patients: 100 }, influenzaTrial, {
      assign: ({ patient }) => ({
        arm: 'usual',
        content: usual.content,
        silent: false,
        randomized: true,
        unitId: patient ?? null,
      }),
    });
    expect(rows.every(({ arm, silent }) => arm === 'usual' && silent === 0)).toBe(true);
  });

  test('counts firings of a silent arm, which shows nothing', () => {
    const [usual] = influenzaProtocol.arms;
    const trial = defineTrial({
      ...influenzaProtocol,
      arms: [usual, { name: 'nothing', weight: 1, silent: true }],
    });
    const quiet = inArm(simulateSummaries({ patients: 100 }, trial), 'nothing');
    expect(total(quiet, 'silent')).toBeGreaterThan(100);
    expect(total(quiet, 'alerts') + total(quiet, 'accepted') + total(quiet, 'dismissed')).toBe(0);
  });

  test('refuses a trial by clinician', () => {
    const byClinician = trialFrom({ ...influenzaProtocol, unit: 'clinician' });
    expect(() => simulateSummaries({}, byClinician)).toThrow(/no patient-days/);
  });

  test('counts only days of the trial', () => {
    const short = trialFrom({ ...influenzaProtocol, start: '2026-10-12', end: '2026-10-18' });
    const whole = simulateSummaries({ start: '2026-10-05', end: '2026-11-15' }, short);
    expect(total(whole, 'calendarDays')).toBeLessThan(total(rows, 'calendarDays') / 4);
    expect(total(whole, 'calendarDays')).toBeGreaterThan(total(rows, 'calendarDays') / 10);
  });
});
