import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  columnOf,
  dismissalRateFor,
  measureOf,
  metrics,
} from '../../../src/analysis/metrics/index.ts';
import type { RegisteredMetric } from '../../../src/analysis/metrics/index.ts';
import type { Store } from '../../../src/store/index.ts';
import { asOf, events, stores, trial } from './ledger.ts';

/** Numerator and denominator of the usual arm and of the redesign, counted by hand. */
const byHand: Readonly<Record<RegisteredMetric, readonly [number, number, number, number]>> = {
  alertsPerPatientDay: [6, 7, 2, 3],
  // Days with an alert: p1 on the 6th, p2 on the 6th and 7th, p3 on the 10th, p4 on the 6th.
  alertsPerExposedDay: [6, 5, 2, 2],
  alertsPerPatient: [6, 5, 2, 3],
  // At risk in e1, e2, e3, e5, e6; e4 has no patient-day.
  alertsPerEncounter: [6, 5, 2, 3],
  alertsPerClinicianDay: [6, 40, 2, 20],
  // Alert 5 has no clinician; c1 on the 6th, c2 on the 7th, c3 on the 6th.
  alertsPerExposedClinicianDay: [5, 3, 2, 2],
  alertsPer100Orders: [6, 200, 2, 400],
  firingsPerPatientDay: [7, 7, 2, 3],
  acceptanceRate: [2, 6, 1, 2],
  // First alerts: 1 (accepted), 3, 5 and 6.
  firstAlertAcceptance: [1, 4, 1, 2],
  acceptancePerEncounter: [2, 3, 1, 2],
  acceptancePerPatient: [2, 4, 1, 2],
  acceptancePerEligiblePatient: [2, 5, 1, 3],
  acceptedPerPatientDay: [2, 7, 1, 3],
  // Alerts 2 and 6; alert 4 was accepted after all.
  dismissalRate: [2, 6, 0, 2],
  // Alert 3; the window of alert 5 is still open.
  ignoredRate: [1, 5, 1, 2],
  // Alerts 1 and 2 of 1, 2 and 4; the clocks disagree on alert 6. In the redesign 3.001 s is too late.
  answeredWithin3Seconds: [2, 3, 0, 1],
  // Alert 2 of p1 and alert 4 of p2.
  repeatShare: [2, 6, 0, 2],
  // p1, p2 and p3; p4 had an alert, but no time at risk.
  reach: [3, 5, 2, 3],
  // Alerts 1, 3 and 4 of the five that were due.
  adoption: [3, 5, 2, 2],
  clinicianAdoption: [2, 3, 1, 2],
  // Alerts 1 and 7.
  orderRate: [2, 7, 0, 2],
  // First firings: 1, 3, 5, 6 and 7.
  orderAfterFirstFiring: [2, 5, 0, 2],
};

const brought = [
  { unitId: 'Nord', counts: { orders: 150, clinicianDays: 30 } },
  { unitId: 'Süd 病棟', counts: { orders: 50, clinicianDays: 10 } },
  { unitId: 'Ost', counts: { orders: 300, clinicianDays: 15 } },
  { unitId: 'West', counts: { orders: 100, clinicianDays: 5 } },
];

describe.each(stores)('Counted by hand, %s', (_, open) => {
  let store: Store;
  let dispose: () => Promise<void>;
  beforeAll(async () => {
    ({ store, dispose } = await open());
    await store.register(trial);
    await store.append(events);
  });
  afterAll(async () => {
    await store.close();
    await dispose();
  });

  test.each(Object.entries(byHand))('%s is %j', async (metric, [top, bottom, top1, bottom1]) => {
    const measure = await measureOf(trial, store, { metric, asOf, brought, draws: 199 });
    const [usual, redesign] = measure.arms;
    const used = (arm: typeof usual): unknown => [arm?.numerator, arm?.denominator];
    // A practice without a denominator is left out, and with it what it has above the line.
    expect(usual?.unitsWithoutDenominator).toBe(metric === 'answeredWithin3Seconds' ? 1 : 0);
    expect(used(usual)).toEqual([top, bottom]);
    expect(used(redesign)).toEqual([top1, bottom1]);
    const per = metric === 'alertsPer100Orders' ? 100 : 1;
    expect(usual?.ratio).toBeCloseTo((per * top) / bottom, 12);
    const definition = metrics[metric as RegisteredMetric];
    expect(measure).toMatchObject({
      metric,
      title: definition.title,
      kind: definition.kind,
      better: definition.better,
      per,
    });
  });

  test('by opening, and by each way of counting days', async () => {
    const totals = async (options: Parameters<typeof measureOf>[2]): Promise<unknown> => {
      const [usual] = (await measureOf(trial, store, { draws: 199, asOf, ...options })).arms;
      return [usual?.numerator, usual?.denominator];
    };
    expect(await totals({ metric: 'alertsPerPatientDay', alerts: 'opening' })).toEqual([5, 7]);
    expect(await totals({ metric: 'acceptanceRate', alerts: 'opening' })).toEqual([2, 5]);
    expect(await totals({ metric: 'alertsPerPatientDay', patientDays: 'midnight' })).toEqual([
      6, 6,
    ]);
    expect(await totals({ metric: 'firingsPerPatientDay', patientDays: 'elapsed' })).toEqual([
      7, 6.5,
    ]);
  });

  test('dismissals for one reason leave out what was accepted after all', async () => {
    const dismissed = async (code: string): Promise<unknown> =>
      (
        await measureOf(trial, store, { metric: dismissalRateFor(code), asOf, draws: 199 })
      ).arms.map(({ numerator, denominator }) => [numerator, denominator]);
    expect(await dismissed('not-indicated')).toEqual([
      [2, 6],
      [0, 2],
    ]);
    expect(await dismissed('später')).toEqual([
      [0, 6],
      [0, 2],
    ]);
  });

  test('a shorter window is one of its own, also for what takes precedence', async () => {
    const values = await store.counts(trial.fingerprint, {
      counts: [
        { of: 'dismissed', within: 'PT30S' },
        { of: 'dismissed', reason: 'später', within: 'PT30S' },
        { of: 'accepted', within: 'PT30S' },
        { of: 'accepted', within: 'PT60S' },
        { of: 'answered', within: 'PT2S' },
        { of: 'answered', within: 'PT1.999S' },
        { of: 'ignored', within: 'PT30S' },
        { of: 'due', within: 'PT59M59.999S' },
        { of: 'due', within: 'PT1H' },
      ],
      asOf,
    });
    expect(values.find(({ unitId }) => unitId === 'Nord')?.values).toEqual([
      // Alerts 2 and 4: at 30 s nobody had accepted alert 4 yet.
      2, 1, 1, 2, 1, 0, 2, 5, 4,
    ]);
  });

  test('units come in the order of their bytes, each with the counts that were asked for', async () => {
    const rows = await store.counts(trial.fingerprint, { counts: [{ of: 'alerts' }], asOf });
    expect(rows).toEqual([
      { unitId: 'Nord', arm: 'usual', stratum: '', values: [5] },
      { unitId: 'Ost', arm: 'redesign', stratum: '', values: [1] },
      { unitId: 'Süd 病棟', arm: 'usual', stratum: '', values: [1] },
      { unitId: 'West', arm: 'redesign', stratum: '', values: [1] },
    ]);
    expect((await store.counts(trial.fingerprint, { counts: [], asOf })).length).toBe(4);
  });

  test('response times are counted by arm, and clocks that disagree apart', async () => {
    expect(await store.delays(trial.fingerprint)).toEqual([
      { arm: 'redesign', delay: 3_100, alerts: 1 },
      { arm: 'usual', delay: null, alerts: 1 },
      { arm: 'usual', delay: 2_000, alerts: 1 },
      { arm: 'usual', delay: 2_900, alerts: 1 },
      { arm: 'usual', delay: 10_000, alerts: 1 },
    ]);
  });
});

describe('The registry', () => {
  test('names its counts so that a warehouse can bring them', () => {
    const columns = Object.fromEntries(
      Object.entries(metrics).map(([name, { numerator, denominator }]) => [
        name,
        `${columnOf(numerator)} / ${columnOf(denominator)}`,
      ]),
    );
    expect(columns).toEqual({
      alertsPerPatientDay: 'alerts / calendarDays',
      alertsPerExposedDay: 'alerts[known=patient] / exposedDays',
      alertsPerPatient: 'alerts / patients',
      alertsPerEncounter: 'alerts / encounters',
      alertsPerClinicianDay: 'alerts / clinicianDays',
      alertsPerExposedClinicianDay: 'alerts[known=clinician] / alertsByClinicianDay',
      alertsPer100Orders: 'alerts / orders',
      firingsPerPatientDay: 'fired / calendarDays',
      acceptanceRate: 'accepted / alerts',
      firstAlertAcceptance: 'acceptedByFirstAlert / alertsByFirstAlert',
      acceptancePerEncounter: 'acceptedByEncounter / alertsByEncounter',
      acceptancePerPatient: 'acceptedByPatient / alertsByPatient',
      acceptancePerEligiblePatient: 'acceptedByPatient[eligible] / patients',
      acceptedPerPatientDay: 'accepted / calendarDays',
      dismissalRate: 'dismissedNotAccepted / alerts',
      ignoredRate: 'ignored / due',
      answeredWithin3Seconds: 'timed[within=PT3S] / timed',
      repeatShare: 'repeats / alerts[known=patient]',
      reach: 'alertsByPatient[eligible] / patients',
      adoption: 'undismissed / due',
      clinicianAdoption: 'acceptedByClinician / alertsByClinician',
      orderRate: 'ordered / fired',
      orderAfterFirstFiring: 'orderedByFirstFiring / firedByFirstFiring',
    });
  });

  test('only names metrics that exist to be read beside others', () => {
    for (const { beside = [] } of Object.values(metrics)) {
      for (const name of beside) expect(Object.keys(metrics)).toContain(name);
    }
  });
});
