import { describe, expect, test } from '@jest/globals';
import { acceptanceRate, alertsPerPatientDay } from '../../src/analysis/index.ts';
import type { UnitRow } from '../../src/analysis/index.ts';
import { assumptionsFrom, assumptionsOfPilot, daysOf } from '../../src/plan/index.ts';
import { allocate } from '../../src/allocation/index.ts';
import { trialWith } from '../trials.ts';
import { clustersOf, practices } from './support.ts';

const pilot = trialWith({ unit: 'practice' });

/** Twelve practices that differ; synthetic. */
const rows: readonly UnitRow[] = Array.from({ length: 12 }, (_, i) => ({
  unitId: `practice ${i}`,
  arm: i < 6 ? 'usual' : 'redesign',
  calendarDays: 100 + 20 * (i % 6),
  alerts: 60 + 31 * ((i * 5) % 6),
  accepted: 10 + 9 * ((i * 5) % 6),
}));

describe('A pilot', () => {
  test('gives rates, likeness and sizes to plan with, with their intervals', async () => {
    const { assumptions, estimates, days } = await assumptionsOfPilot(pilot, rows);
    const burden = await alertsPerPatientDay(pilot, rows);
    const uptake = await acceptanceRate(pilot, rows);
    const control = rows.slice(0, 6);
    const total = (column: 'alerts' | 'accepted' | 'calendarDays'): number =>
      control.reduce((sum, row) => sum + (row[column] ?? 0), 0);
    expect(days).toBe(42);
    expect(assumptions.units).toBe(12);
    // Sizes 100, 120, … 200, each twice: mean 150, standard deviation √(3500/3).
    expect(assumptions.patientDays).toEqual({
      mean: 150,
      cv: expect.closeTo(Math.sqrt(3_500 / 3) / 150, 12),
    });
    const { variation } = burden.clustering;
    const { icc } = uptake.clustering;
    if (variation?.estimable !== true || icc?.estimable !== true) throw new Error('no likeness');
    expect(assumptions.alerts).toEqual({
      control: total('alerts') / total('calendarDays'),
      kappa: variation.kappa,
    });
    expect(assumptions.acceptance).toEqual({
      control: total('accepted') / total('alerts'),
      icc: icc.truncated,
    });
    expect(estimates.kappa).toEqual({
      estimable: true,
      value: variation.kappa,
      lower: variation.lower,
      upper: variation.upper,
    });
    expect(estimates.icc).toMatchObject({ value: icc.truncated, upper: icc.upper });
    const rate = burden.arms[0]?.rate;
    expect(estimates.alerts).toMatchObject(
      rate?.estimable === true ? { lower: rate.lower, upper: rate.upper } : {},
    );
    expect(assumptionsFrom({ ...assumptions, effects: {} })).toMatchObject({ units: 12 });
  });

  test('is scaled to the days of the trial that is planned', async () => {
    const { assumptions } = await assumptionsOfPilot(pilot, rows, { days: 84 });
    expect(assumptions.patientDays).toMatchObject({ mean: 300 });
    expect(daysOf(pilot)).toBe(42);
    const wedge = trialWith({
      unit: 'practice',
      allocation: {
        kind: 'listed',
        method: { method: 'complete' },
        periods: { design: 'crossover', starts: ['2026-10-05', '2026-10-26'] },
      },
    });
    expect(daysOf(wedge)).toBe(21);
  });

  test.each([0, -1, Number.NaN, Infinity])('is not scaled to %d days', async (days) => {
    await expect(assumptionsOfPilot(pilot, rows, { days })).rejects.toThrow(RangeError);
    await expect(assumptionsOfPilot(pilot, rows, { days })).rejects.toThrow(
      `days must be a number above 0, got ${days}`,
    );
  });

  test('that allocated from a list is read from rows with its list', async () => {
    const listed = practices();
    const clusters = clustersOf(listed, 12);
    const allocation = allocate(listed, clusters, { seed: 'pilot' });
    const own = allocation.clusters.map(({ id, arms: [arm = ''] }, i) => ({
      ...rows[i],
      unitId: id,
      arm,
    }));
    await expect(assumptionsOfPilot(listed, own)).rejects.toThrow('allocates from a list');
    const { assumptions } = await assumptionsOfPilot(listed, own, {
      allocation,
    });
    expect(assumptions.units).toBe(12);
    expect(assumptions.alerts).toBeDefined();
  });

  test('without events leaves out what it does not know, and says why', async () => {
    const silent = rows.map((row) => ({ ...row, alerts: 0, accepted: 0 }));
    const { assumptions, estimates } = await assumptionsOfPilot(pilot, silent);
    expect(Object.keys(assumptions)).toEqual(['units', 'patientDays']);
    expect(estimates.alerts).toEqual({
      estimable: false,
      reason: 'nothing was counted in arm usual',
    });
    expect(estimates.acceptance.estimable).toBe(false);
  });

  test('with an ICC below 0 plans with 0', async () => {
    const alike = rows.map((row) => ({ ...row, accepted: (row.alerts ?? 0) / 1 > 100 ? 30 : 30 }));
    const even = alike.map((row) => ({ ...row, alerts: 150, accepted: 30 }));
    const { assumptions, estimates } = await assumptionsOfPilot(pilot, even);
    expect(assumptions.acceptance).toEqual({ control: 0.2, icc: 0 });
    expect(estimates.icc).toMatchObject({ value: 0, lower: 0 });
  });
});
