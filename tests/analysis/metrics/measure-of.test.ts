import { describe, expect, test } from '@jest/globals';
import { analyze, identityOf } from '../../../src/analysis/index.ts';
import type { UnitRow } from '../../../src/analysis/index.ts';
import { measureOf } from '../../../src/analysis/metrics/index.ts';
import { ratioOfTotals, relativeOf } from '../../../src/analysis/methods/ratio-of-totals.ts';
import { AnalysisRefusedError, defineTrial } from '../../../src/index.ts';
import type { Trial, TrialEvent } from '../../../src/index.ts';
import { reportHtml } from '../../../src/report/index.ts';
import { memoryStore, openLog } from '../../../src/store/index.ts';
import type { Store } from '../../../src/store/index.ts';
import type { CustomMetric } from '../../../src/trial/metric.ts';
import { answer, hour, impression, nine, patientDay } from '../../store/fixtures.ts';
import { trialWith } from '../../trials.ts';
import { asOf, events, trial } from './ledger.ts';

async function storeWith(of: Trial, held: readonly TrialEvent[]): Promise<Store> {
  const store = memoryStore();
  await store.register(of);
  await store.append(held.map((event) => ({ ...event, trial: of.fingerprint })));
  return store;
}

const options = { asOf, draws: 199 };

describe('A measure says what it divides', () => {
  test('numerator, denominator, level and window', async () => {
    const store = await storeWith(trial, events);
    const words = async (metric: string): Promise<unknown> => {
      const { numerator, denominator, window, terms } = await measureOf(trial, store, {
        ...options,
        metric,
      });
      return [numerator, denominator, window, `${terms.events} / ${terms.exposure}`];
    };
    expect(await words('alertsPerPatientDay')).toEqual([
      'alerts shown (every firing)',
      'eligible patient-days (calendar days touched)',
      null,
      'alerts / patient-days',
    ]);
    expect(await words('acceptanceRate')).toEqual([
      'accepted, of alerts shown (every firing)',
      'alerts shown (every firing)',
      'PT24H',
      'accepted / alerts',
    ]);
    expect(await words('answeredWithin3Seconds')).toEqual([
      'alerts accepted or dismissed within 3 s, where the clocks agree',
      'alerts accepted or dismissed within 24 h, where the clocks agree',
      'PT3S',
      'answered / alerts',
    ]);
    expect(await words('acceptancePerEligiblePatient')).toEqual([
      'patients with at least one alert accepted within 24 h, of patients with time at risk',
      'eligible patients',
      'PT24H',
      'with an accepted alert / patients',
    ]);
    expect(await words('ignoredRate')).toEqual([
      'alerts shown more than 24 h before the analysis and neither accepted nor dismissed within 24 h',
      'alerts shown more than 24 h before the analysis',
      'PT24H',
      'ignored / alerts',
    ]);
    expect(await words('acceptedPerPatientDay')).toEqual([
      'accepted, of alerts shown (every firing)',
      'eligible patient-days (calendar days touched)',
      'PT24H',
      'accepted alerts / patient-days',
    ]);
    expect(await words('orderRate')).toEqual([
      'alerts followed by an order within 24 h, shown or silent',
      'alerts fired, shown or silent',
      'PT24H',
      'followed by an order / alerts',
    ]);
  });

  test('a denominator that depends on the arm is marked, with what to read beside it', async () => {
    const store = await storeWith(trial, events);
    const marked = async (metric: string): Promise<unknown> => {
      const { postRandomization, warnings } = await measureOf(trial, store, { ...options, metric });
      return [postRandomization, warnings.filter((warning) => warning.includes('read it beside'))];
    };
    expect(await marked('acceptancePerPatient')).toEqual([
      true,
      [
        'The denominator (patients with at least one alert shown) depends on what the arm did, so an effect may be one on the denominator alone: read it beside acceptancePerEligiblePatient and acceptedPerPatientDay.',
      ],
    ]);
    expect(await marked('acceptancePerEligiblePatient')).toEqual([false, []]);
    expect(await marked('orderAfterFirstFiring')).toEqual([false, []]);
  });

  test('alerts without the id that is counted by are told', async () => {
    const store = await storeWith(trial, events);
    const { warnings } = await measureOf(trial, store, {
      ...options,
      metric: 'acceptancePerEncounter',
    });
    expect(warnings).toContain(
      '1 of 8 alerts carry no encounter and are in none of what is counted by encounter.',
    );
    const known = await measureOf(trial, store, { ...options, metric: 'acceptancePerPatient' });
    expect(known.warnings.join(' ')).not.toMatch(/carry no/);
  });

  test('a rate per 100 is on that scale throughout', async () => {
    const rows = [
      ['a', 'usual', 30, 1_000],
      ['b', 'usual', 50, 900],
      ['c', 'usual', 20, 1_100],
      ['d', 'redesign', 10, 1_000],
      ['e', 'redesign', 25, 1_200],
      ['f', 'redesign', 12, 700],
    ].map(
      ([unitId, arm, alerts, orders]) =>
        ({ unitId, arm, alerts, counts: { orders } }) as unknown as UnitRow,
    );
    const measure = await measureOf(trial, rows, { draws: 199, metric: 'alertsPer100Orders' });
    const [usual, redesign] = ['usual', 'redesign'].map((arm) =>
      ratioOfTotals(
        rows
          .filter((row) => row.arm === arm)
          .map((row) => ({ numerator: row.alerts ?? 0, denominator: row.counts?.['orders'] ?? 0 })),
      ),
    );
    if (usual?.estimable !== true || redesign?.estimable !== true) throw new Error('not estimable');
    expect(measure.arms[0]).toMatchObject({ numerator: 100, denominator: 3_000 });
    expect(measure.arms[0]?.ratio).toBeCloseTo(100 / 30, 12);
    const [arm] = measure.arms;
    if (arm?.rate.estimable !== true) throw new Error('not estimable');
    expect(arm.rate.standardError).toBeCloseTo(100 * usual.standardError, 12);
    const [comparison] = measure.comparisons;
    if (comparison?.difference.estimable !== true || !comparison.ratio.estimable) {
      throw new Error('not estimable');
    }
    expect(comparison.difference.estimate).toBeCloseTo(100 * (redesign.ratio - usual.ratio), 12);
    const relative = relativeOf(redesign, usual, 0.95);
    if (!relative.estimable) throw new Error('not estimable');
    expect(comparison.ratio.lower).toBeCloseTo(relative.lower, 12);
  });
});

describe('A metric that cannot be known is not estimated', () => {
  test('encounters at risk, where a patient-day carries none', async () => {
    const store = await storeWith(trial, [
      ...events,
      patientDay(90, { unitId: 'Nord', arm: 'usual', patient: 'p8', encounter: undefined }),
    ]);
    const measure = await measureOf(trial, store, { ...options, metric: 'alertsPerEncounter' });
    expect(measure.arms[0]?.rate).toEqual({
      estimable: false,
      reason: '1 of 11 patient-days carry no encounter, so the encounters at risk are not known',
      instead: expect.stringMatching(/bring `encounters`/),
    });
    expect(measure.comparisons[0]?.ratio).toMatchObject({ estimable: false });
  });

  test.each(['clinicianAdoption', 'alertsPerExposedClinicianDay'])(
    '%s by patient, whom clinicians of both arms share',
    async (metric) => {
      const byPatient = trialWith();
      const store = await storeWith(byPatient, [
        impression(1, { unitId: 'a', clinician: 'c' }),
        impression(2, { unitId: 'b', clinician: 'c' }),
      ]);
      const measure = await measureOf(byPatient, store, { ...options, metric });
      expect(measure.arms[0]?.rate).toMatchObject({
        estimable: false,
        reason: expect.stringMatching(/randomised by patient/),
      });
    },
  );

  test('anything, in a trial without events', async () => {
    const store = await storeWith(trial, []);
    const measure = await measureOf(trial, store, { ...options, metric: 'reach' });
    expect(measure.arms.map(({ units, ratio }) => [units, ratio])).toEqual([
      [0, null],
      [0, null],
    ]);
    expect(measure.arms[0]?.rate).toMatchObject({
      estimable: false,
      reason: 'no unit has a denominator above 0',
    });
  });
});

describe('A patient of several strata or units', () => {
  test('is one patient where patients were randomised', async () => {
    const byPatient = trialWith();
    const held = ['a', 'b'].flatMap((unitId, i) => {
      const who = { unitId, patient: unitId };
      const ids = 10 * i;
      return [
        impression(ids + 1, { ...who, stratum: 'site=1' }),
        impression(ids + 2, { ...who, stratum: 'site=2' }),
        answer('acceptance', ids + 3, ids + 2, { ...who, stratum: 'site=2' }),
        patientDay(ids + 4, { ...who, stratum: 'site=1' }),
        patientDay(ids + 5, { ...who, stratum: 'site=2', day: '2026-10-07' }),
      ];
    });
    const store = await storeWith(byPatient, held);
    const totals = async (metric: string): Promise<unknown> => {
      const [usual] = (await measureOf(byPatient, store, { ...options, metric })).arms;
      return [usual?.numerator, usual?.denominator];
    };
    expect(await totals('acceptancePerEligiblePatient')).toEqual([2, 2]);
    expect(await totals('acceptancePerPatient')).toEqual([2, 2]);
    expect(await totals('alertsPerPatient')).toEqual([4, 2]);
    // The first of a patient is one over all strata.
    expect(await totals('firstAlertAcceptance')).toEqual([0, 2]);
    expect(await totals('repeatShare')).toEqual([2, 4]);
  });

  test('counts in each clinician, and the measure says so', async () => {
    const byClinician = trialWith({ unit: 'clinician' });
    const store = await storeWith(byClinician, [impression(1, { unitId: 'c' })]);
    const warned = async (metric: string): Promise<boolean> =>
      (await measureOf(byClinician, store, { ...options, metric })).warnings.includes(
        'A patient of several clinicians counts once in each of them.',
      );
    expect(await warned('reach')).toBe(true);
    expect(await warned('firstAlertAcceptance')).toBe(true);
    expect(await warned('ignoredRate')).toBe(false);
  });
});

describe('Rows from a warehouse', () => {
  const row = (unitId: string, arm: string, due: number, ignored: number): UnitRow => ({
    unitId,
    arm,
    counts: { due, ignored },
  });
  const rows = [
    row('a', 'usual', 10, 4),
    row('b', 'usual', 20, 6),
    row('c', 'redesign', 10, 2),
    row('d', 'redesign', 30, 3),
  ];

  test('carry the counts under their names', async () => {
    const measure = await measureOf(trial, rows, { draws: 199, metric: 'ignoredRate' });
    expect(measure.arms.map(({ numerator, denominator }) => [numerator, denominator])).toEqual([
      [10, 30],
      [5, 40],
    ]);
  });

  test('may have them among the columns of a summary', async () => {
    const flat = rows.map(({ unitId, arm }) => ({
      unitId,
      arm,
      alerts: 10,
      counts: { dismissedNotAccepted: 3 },
    }));
    const measure = await measureOf(trial, flat, { draws: 199, metric: 'dismissalRate' });
    expect(measure.arms[0]).toMatchObject({ numerator: 6, denominator: 20 });
  });

  test('are refused when a count is missing, by its name', async () => {
    await expect(
      measureOf(trial, [...rows, { unitId: 'e', arm: 'usual', counts: { due: 1 } }], {
        metric: 'ignoredRate',
      }),
    ).rejects.toThrow(/summary 5 of 5: the count `ignored` is missing: give it in `counts`/);
    await expect(measureOf(trial, rows, { metric: 'alertsPer100Orders' })).rejects.toThrow(
      /count `orders` is missing/,
    );
    await expect(measureOf(trial, rows, { metric: 'acceptanceRate' })).rejects.toThrow(
      /`accepted` must be a number of at least 0, not undefined/,
    );
  });

  test('are refused when a share is more than its whole', async () => {
    await expect(
      measureOf(trial, [row('a', 'usual', 1, 2)], { metric: 'ignoredRate' }),
    ).rejects.toThrow(/`ignored` \(2\) cannot be above `due` \(1\)/);
  });

  test('a ledger that cannot count says which count is missing', async () => {
    const store = await storeWith(trial, events);
    const old = { summaries: async () => store.summaries(trial.fingerprint) };
    await expect(measureOf(trial, old, { metric: 'ignoredRate' })).rejects.toThrow(
      /the count `ignored` is missing/,
    );
  });
});

describe('Counts that are brought', () => {
  const metric = 'alertsPer100Orders';
  const orders = (...units: readonly string[]) =>
    units.map((unitId) => ({ unitId, counts: { orders: 100 } }));

  test('belong to the unit, not to each of its strata', async () => {
    const rows = ['site=1', 'site=2'].flatMap((stratum) =>
      ['a', 'b'].map((unitId) => ({ unitId, arm: 'usual', stratum, alerts: 1 })),
    );
    const measure = await measureOf(trial, rows, {
      ...options,
      metric,
      brought: orders('a', 'b'),
    });
    expect(measure.arms[0]).toMatchObject({ units: 2, numerator: 4, denominator: 200 });
  });

  test('are refused for a unit without a row, for one twice, and when one is missing', async () => {
    const store = await storeWith(trial, events);
    const bring = (...units: readonly string[]): Promise<unknown> =>
      measureOf(trial, store, { ...options, metric, brought: orders(...units) });
    const all = ['Nord', 'Süd 病棟', 'Ost', 'West'];
    await expect(bring(...all, 'Hinterland', 'x')).rejects.toThrow(
      /2 unit\(s\) of which there is no/,
    );
    await expect(bring(...all, 'Nord')).rejects.toThrow(/twice/);
    await expect(bring('Nord')).rejects.toThrow(/summary 2 of 4: the count `orders` is missing/);
    await expect(measureOf(trial, store, { ...options, metric })).rejects.toThrow(
      /^The count `orders` is missing, and a ledger of alerts cannot know it: give it by unit in `brought`/,
    );
  });
});

describe('A metric of your own', () => {
  const seen: CustomMetric = {
    name: 'answeredWithin10Minutes',
    title: 'Answered within ten minutes',
    numerator: { of: 'answered', within: 'PT10M' },
    denominator: { of: 'due' },
    kind: 'rate',
    better: 'higher',
  };

  test('may be given as it is', async () => {
    const store = await storeWith(trial, events);
    const measure = await measureOf(trial, store, { ...options, metric: seen });
    expect(measure).toMatchObject({ metric: seen.name, title: seen.title, better: 'higher' });
    // Alerts 1, 2, 4 and 6 of the five that were due.
    expect(measure.arms[0]).toMatchObject({ numerator: 4, denominator: 5 });
    expect(String(measure)).toMatch(/^Answered within ten minutes\n/);
  });

  test('is refused when it is malformed, or unknown, with the reason', async () => {
    const ask = (metric: unknown): Promise<unknown> =>
      measureOf(trial, [], { metric: metric as CustomMetric });
    await expect(ask({ ...seen, kind: 'proportion' })).rejects.toThrow(
      /numerator: is not a part of the denominator/,
    );
    await expect(ask({ ...seen, better: 'more' })).rejects.toThrow(AnalysisRefusedError);
    await expect(ask('clicks')).rejects.toThrow(/no metric is named "clicks": name one of alerts/);
    await expect(
      measureOf(trial, [], { metric: 'ignoredRate', alerts: 'opening' }),
    ).rejects.toThrow(/not counted by opening/);
    await expect(measureOf(trial, [], { metric: 'reach', unit: 'alert' })).rejects.toThrow(
      /randomised by practice/,
    );
  });

  test('goes from the protocol through the log to the analysis and the report', async () => {
    const own = defineTrial({
      algorithm: 'murmur3-32/1',
      id: 'refusals',
      round: 1,
      title: 'Do patients refuse less?',
      unit: 'patient',
      timeZone: 'America/New_York',
      arms: [
        { name: 'usual', weight: 1, content: 'a' },
        { name: 'redesign', weight: 1, content: 'b' },
      ],
      control: 'usual',
      start: '2026-10-05',
      end: '2026-11-15',
      metrics: [
        {
          name: 'refusals',
          title: 'Patients who declined 拒否',
          numerator: { of: 'dismissed', each: 'patient', reason: 'declined', eligible: true },
          denominator: { of: 'atRisk', each: 'patient' },
          kind: 'proportion',
          better: 'lower',
        },
        {
          name: 'alertsPerVisit',
          title: 'Alerts per 10 visits',
          numerator: { of: 'alerts' },
          denominator: { column: 'visits' },
          kind: 'rate',
          per: 10,
          better: 'lower',
        },
      ],
      primary: { metric: 'refusals', better: 'lower' },
      guardrails: [
        { metric: 'refusals', better: 'lower', scale: 'difference', margin: 0.2 },
        { metric: 'ignoredRate', better: 'lower', scale: 'difference', margin: 0.1 },
      ],
      secondary: [
        { metric: 'alertsPerVisit', better: 'lower' },
        { metric: 'acceptancePerEligiblePatient', better: 'higher' },
      ],
      responseWindow: 'PT24H',
      decision: { draws: 199 },
      governance: { determination: 'synthetic', reference: 'none', owner: 'tests', optOut: 'none' },
    });
    const store = memoryStore({ key: 'cd'.repeat(32) });
    let now = nine;
    const log = await openLog(own, store, { now: () => now });
    const expected: Record<string, [number, number]> = { usual: [0, 0], redesign: [0, 0] };
    for (let i = 0; i < 24; i += 1) {
      const subject = { patient: `patient ${i}` };
      now = nine + i * 60_000;
      const assignment = log.assign(subject);
      const { id } = log.impression(assignment, { stage: 'displayed', alert: 'vaccine' });
      const tally = expected[assignment.arm] ?? [0, 0];
      tally[1] += 1;
      now += 5_000;
      if (i % 3 === 0) {
        log.dismissal(id, { override: { code: 'declined' } });
        tally[0] += 1;
      } else if (i % 3 === 1) log.dismissal(id, { override: { code: 'later' } });
      log.patientDays(subject, { day: '2026-10-06', calendar: 1, midnight: 1, elapsed: 1 });
    }
    await log.close();

    const summaries = await store.summaries(own.fingerprint);
    const brought = summaries.map(({ unitId }, i) => ({ unitId, counts: { visits: 1 + (i % 3) } }));
    const visits = summaries.reduce(
      (total, { arm }, i) => total + (arm === 'usual' ? 1 + (i % 3) : 0),
      0,
    );
    const analysis = await analyze(own, store, { asOf: own.endsAt + 25 * hour, brought });
    const { primary, guardrails, secondary, verdicts } = analysis;
    expect(
      primary.arms.map(({ arm, numerator, denominator }) => [arm, [numerator, denominator]]),
    ).toEqual(Object.entries(expected));
    expect(guardrails[1]?.title).toBe('Ignored alerts');
    const usual = expected['usual']?.[1] ?? 0;
    expect(secondary[0]?.arms[0]).toMatchObject({ numerator: usual, denominator: visits });
    expect(secondary[0]?.arms[0]?.ratio).toBeCloseTo((10 * usual) / visits, 12);
    const reasons = verdicts[0]?.reasons.join(' ') ?? '';
    expect(reasons).toMatch(/^Patients who declined 拒否 changed by [−+]?[\d.]+ percentage points/);
    expect(reasons).toMatch(/tolerated \+20\.0 points/);
    expect(String(analysis)).toContain('Patients who declined 拒否');
    const page = reportHtml(analysis);
    expect(page).toContain('Patients who declined 拒否');
    expect(page).toMatch(/For every 100 patients: [\d.]+ (?:more|fewer) with a dismissed alert in/);
    expect(page).toMatch(/For every 100 visits: /);
    // The identity is about alerts, whatever the primary outcome is.
    expect(identityOf(own, summaries, 'redesign', own.primary)).toMatchObject({ estimable: false });
    // What was not brought is not known, and takes nothing else down with it.
    const without = await analyze(own, store, { asOf: own.endsAt });
    expect(without.secondary[0]?.arms[0]?.rate).toEqual({
      estimable: false,
      reason: 'the count `visits` was not brought, and a ledger of alerts cannot know it',
      instead: expect.stringMatching(/`brought`/),
    });
    expect(without.primary).toEqual(primary);
    await expect(
      analyze(own, store, { asOf: own.endsAt, brought: brought.slice(1) }),
    ).rejects.toThrow(/the count `visits` is missing/);
  });
});
