import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { TrialAnalysis, UnitRow, Verdict } from '../../src/analysis/index.ts';
import {
  alertsPerPatientDay,
  analyze,
  identityOf,
  ratioOfTotals,
  rerandomize,
  testSampleRatio,
} from '../../src/analysis/index.ts';
import type { Trial } from '../../src/index.ts';
import { randomStream } from '../../src/stats/index.ts';
import { memoryStore, openLog } from '../../src/store/index.ts';
import { trialWith } from '../trials.ts';

const over = Date.UTC(2027, 0, 1);
const perDay = { metric: 'acceptedPerPatientDay', better: 'higher', scale: 'ratio', margin: 0.8 };

interface Arm {
  readonly alerts: number;
  readonly acceptance: number;
}

/** Seeded patients with 1 to 6 days, by arm. */
function patients(arms: Readonly<Record<string, Arm>>, perArm = 200): readonly UnitRow[] {
  return Object.entries(arms).flatMap(([arm, { alerts: rate, acceptance }], a) =>
    Array.from({ length: perArm }, (_, i): UnitRow => {
      const stream = randomStream(['edges', a], i);
      const calendarDays = 1 + stream.integer(6);
      let alerts = 0;
      for (let hour = 0; hour < 24 * calendarDays; hour += 1)
        if (stream.next() < rate / 24) alerts += 1;
      let accepted = 0;
      for (let k = 0; k < alerts; k += 1) if (stream.next() < acceptance) accepted += 1;
      return { unitId: `${arm}-${i}`, arm, patients: 1, calendarDays, alerts, accepted };
    }),
  );
}

const first = ({ verdicts }: TrialAnalysis): Verdict => {
  const [verdict] = verdicts;
  if (verdict === undefined) throw new Error('no verdict');
  return verdict;
};

const verdictOn = async (trial: Trial, rows: readonly UnitRow[], asOf = over): Promise<Verdict> =>
  first(await analyze(trial, rows, { asOf }));

describe('An arm without events', () => {
  const trial = trialWith({ guardrails: [perDay], secondary: [], decision: { draws: 999 } });

  test.each(['model', 'rerandomization'])(
    'is harm when what it lost is guarded, by %s',
    async (method) => {
      const decided = trialWith({
        guardrails: [perDay],
        secondary: [],
        decision: { draws: 999, test: method },
      });
      const rows = patients({
        usual: { alerts: 5, acceptance: 0.12 },
        redesign: { alerts: 3, acceptance: 0 },
      });
      for (const asOf of [Date.UTC(2026, 9, 20), over]) {
        const { verdict, reasons, guardrails } = await verdictOn(decided, rows, asOf);
        expect(verdict).toBe('harm');
        expect(reasons[1]).toMatch(
          /changed by −100 % \(no interval: an arm has no events\): worse than the tolerated/,
        );
        expect(guardrails[0]).toMatchObject({ estimate: 0, lower: null, reversed: true });
      }
    },
  );

  test('is better when it is alerts that it has none of', async () => {
    const quiet = trialWith({ guardrails: [], secondary: [], decision: { draws: 999 } });
    const rows = patients({
      usual: { alerts: 5, acceptance: 0.12 },
      redesign: { alerts: 0, acceptance: 0 },
    });
    const { verdict, primary } = await verdictOn(quiet, rows);
    expect(verdict).toBe('adopt');
    expect(primary).toMatchObject({ scale: 'difference', passed: true });
    const [comparison] = (await alertsPerPatientDay(quiet, rows)).comparisons;
    expect(comparison?.ratio.estimable).toBe(false);
    expect(comparison?.rerandomization).toMatchObject({ estimable: true, statistic: 'difference' });
  });

  test('in both arms decides nothing', async () => {
    const rows = patients({
      usual: { alerts: 5, acceptance: 0 },
      redesign: { alerts: 3, acceptance: 0 },
    });
    const { verdict, guardrails } = await verdictOn(trial, rows);
    expect(verdict).toBe('inconclusive');
    expect(guardrails[0]?.estimable).toBe(false);
  });
});

describe('A verdict holds to the plan', () => {
  const better = {
    usual: { alerts: 5, acceptance: 0.12 },
    redesign: { alerts: 3, acceptance: 0.12 },
  };

  test('after an early stop: nothing is adopted, and harm is still called', async () => {
    const trial = trialWith({ decision: { draws: 199 } });
    const stoppedAt = Date.UTC(2026, 9, 20);
    const ledgerOf = (rows: readonly UnitRow[]) => ({
      summaries: async () => rows as never,
      days: async () => [],
      flow: async () => [],
      trials: async () => [
        {
          id: trial.id,
          round: 1,
          fingerprint: trial.fingerprint,
          protocol: null,
          registeredAt: 0,
          stoppedAt,
          retiredAt: null,
        },
      ],
    });
    const good = await analyze(trial, ledgerOf(patients(better)), { asOf: over });
    expect(good).toMatchObject({ final: true, stoppedAt: '2026-10-20T00:00:00.000Z' });
    expect(first(good).verdict).toBe('inconclusive');
    expect(first(good).reasons.join(' ')).toMatch(/stopped before its planned end/);
    const waiting = await analyze(trial, ledgerOf(patients(better)), { asOf: stoppedAt + 1_000 });
    expect(first(waiting)).toMatchObject({ final: false, verdict: 'keep-testing' });
    const before = await analyze(trial, ledgerOf(patients(better)), { asOf: stoppedAt - 1_000 });
    expect(before.stoppedAt).toBe(null);
    const bad = patients({ ...better, redesign: { alerts: 3, acceptance: 0.02 } });
    expect(first(await analyze(trial, ledgerOf(bad), { asOf: over })).verdict).toBe('harm');
  });

  test('with a sample-ratio mismatch: nothing is concluded', async () => {
    const rows = patients(better, 300).filter(({ arm }, i) => arm === 'usual' || i % 2 === 0);
    const { verdict, reasons } = await verdictOn(trialWith({ decision: { draws: 199 } }), rows);
    expect(verdict).toBe('inconclusive');
    expect(reasons.join(' ')).toMatch(/do not hold the units/);
  });

  test('with an arm whose code keeps failing: it is not adopted for being quiet', async () => {
    const trial = trialWith({ decision: { draws: 199 } });
    const store = memoryStore({ key: 'cd'.repeat(32) });
    await using log = await openLog(trial, store, { now: () => Date.UTC(2026, 9, 10) });
    for (let n = 0; n < 40; n += 1) {
      const assignment = log.assign({ patient: `p-${n}` });
      log.patientDays(
        { patient: `p-${n}` },
        { day: '2026-10-10', calendar: 1, midnight: 1, elapsed: 1 },
      );
      if (assignment.arm === 'redesign' && n % 4 === 0) log.deviation(assignment, 'arm-failed');
      else
        for (let k = 0; k < 1 + (n % 3); k += 1)
          log.impression(assignment, { stage: 'returned', alert: 'flu' });
      if (n === 0) log.deviation(assignment, 'wrong-printer');
    }
    await log.flush();
    const analysis = await analyze(trial, store, { asOf: over });
    expect(first(analysis).verdict).toBe('inconclusive');
    expect(first(analysis).reasons.join(' ')).toMatch(/could not be served as assigned/);
    expect(analysis.warnings.join(' ')).toMatch(/1 other deviation/);
  });

  test('discards what is better, but not by enough to be worthwhile', async () => {
    const trial = trialWith({ guardrails: [], decision: { draws: 199, worthwhile: 0.5 } });
    const { verdict, reasons } = await verdictOn(trial, patients(better, 400));
    expect(verdict).toBe('discard');
    expect(reasons.join(' ')).toMatch(/ruled out/);
  });

  test('lets several arms share alpha', async () => {
    const arms = ['usual', 'b', 'c', 'd'];
    const trial = trialWith({
      arms: arms.map((name) => ({ name, weight: 1, content: null })),
      guardrails: [],
      secondary: [],
      decision: { draws: 199, test: 'model' },
    });
    const same = { alerts: 5, acceptance: 0.1 };
    // Look for a trial in which the one-sided p of b lies between a third of the level and the level.
    for (const alerts of [4.2, 4.4, 4.6]) {
      for (let perArm = 40; perArm <= 300; perArm += 20) {
        const rows = patients({ usual: same, b: { ...same, alerts }, c: same, d: same }, perArm);
        const { verdicts } = await analyze(trial, rows, { asOf: over });
        const [b, ...others] = verdicts;
        const p = b?.pValue ?? 1;
        if (p > 0.025 || p <= 0.025 / 3 || others.some(({ pValue }) => (pValue ?? 1) < p)) continue;
        expect(b?.verdict).toBe('inconclusive');
        expect(b?.reasons.join(' ')).toMatch(/Holm/);
        return;
      }
    }
    throw new Error('no such trial was found');
  });

  test('prints the p value that belongs to the finding', async () => {
    const { reasons } = await verdictOn(
      trialWith({ decision: { draws: 199 } }),
      patients({ ...better, redesign: { alerts: 7, acceptance: 0.01 } }),
    );
    expect(reasons[0]).toMatch(/worse than the control arm \(one-sided p < 0\.001\)/);
  });
});

describe('Numbers at the edge', () => {
  test('130,000 units are summed up', () => {
    const units = Array.from({ length: 130_000 }, (_, i) => ({
      numerator: i % 5,
      denominator: 1 + (i % 3),
    }));
    expect(ratioOfTotals(units)).toMatchObject({ estimable: true, units: 130_000 });
  });

  test('an interval beyond all numbers is a reason, not an infinity', async () => {
    const rows: readonly UnitRow[] = [
      { unitId: 'a', arm: 'redesign', alerts: 1_000, calendarDays: 1e6 },
      { unitId: 'b', arm: 'redesign', alerts: 5, calendarDays: 1 },
      { unitId: 'c', arm: 'usual', alerts: 5, calendarDays: 4 },
      { unitId: 'd', arm: 'usual', alerts: 9, calendarDays: 5 },
    ];
    const burden = await alertsPerPatientDay(trialWith({ decision: { draws: 199 } }), rows);
    expect(burden.comparisons[0]?.ratio).toEqual({
      estimable: false,
      reason: expect.stringMatching(/one unit holds nearly all/),
      instead: expect.stringMatching(/unit averages/),
    });
    expect(JSON.stringify(burden)).not.toMatch(/null,"upper"|Infinity/);
  });

  test('whatever the counts, an analysis is plain data without NaN or infinity', async () => {
    const trial = trialWith({ decision: { draws: 199 }, guardrails: [perDay] });
    const row = fc.record({
      unitId: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'),
      calendarDays: fc.integer({ min: 0, max: 50 }),
      alerts: fc.constantFrom(0, 1, 2, 40, 1_000_000),
      share: fc.constantFrom(0, 0.3, 1),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 16 }), async (drawn) => {
        const rows = drawn.map(({ unitId, share, ...rest }) => ({
          ...rest,
          unitId,
          arm: unitId < 'e' ? 'usual' : 'redesign',
          accepted: Math.floor(rest.alerts * share),
        }));
        const analysis = await analyze(trial, rows, { asOf: over });
        expect(JSON.parse(JSON.stringify(analysis))).toEqual(analysis);
        expect(String(analysis)).not.toMatch(/NaN|Infinity|undefined/);
      }),
      { numRuns: 150 },
    );
  });

  test('the identity takes units, whose alerts and days may stand in different strata', () => {
    const trial = trialWith();
    const counting = { alerts: 'fired', patientDays: 'calendar' } as const;
    const whole = patients({
      usual: { alerts: 5, acceptance: 0.3 },
      redesign: { alerts: 3, acceptance: 0.3 },
    });
    const split = whole.flatMap((row) => [
      { ...row, stratum: 'ward=', alerts: 0, accepted: 0 },
      { ...row, stratum: 'ward=icu', calendarDays: 0 },
    ]);
    expect(identityOf(trial, split, 'redesign', counting)).toEqual(
      identityOf(trial, whole, 'redesign', counting),
    );
  });

  test('more accepted than shown is refused', async () => {
    const [row] = patients({ usual: { alerts: 5, acceptance: 0.1 } }, 1);
    const broken = [{ ...row, alerts: 3, accepted: 4 } as UnitRow];
    await expect(analyze(trialWith(), broken)).rejects.toThrow(
      /`accepted` \(4\) cannot be above `alerts` \(3\)/,
    );
  });

  test.each([0, -1, 1.5, Number.NaN])('%p draws are refused', (draws) => {
    expect(() =>
      rerandomize([], { procedure: { kind: 'hashed' }, draws, seed: 1, statistic: 'difference' }),
    ).toThrow(RangeError);
  });

  test('a sample ratio of arms with few expected units is drawn, and never 0', () => {
    expect(testSampleRatio([1_000, 1_000, 10], [500, 500, 1])).toMatchObject({
      method: 'monte-carlo',
    });
    // Exact by hand: all 6 units in the arm of 1/3 weight, (1/3)^6, and nothing is less likely but its mirror images.
    expect(testSampleRatio([6, 0, 0], [1, 1, 1]).pValue).toBeCloseTo(3 * (1 / 3) ** 6, 3);
    expect(testSampleRatio([2_000, 0], [1, 1]).pValue).toBeGreaterThan(0);
    expect(testSampleRatio([30_000, 20_000, 10_000], [1, 1, 1]).pValue).toBeGreaterThan(0);
  });
});

describe('Few units', () => {
  test('can show an effect by re-randomisation as far as their number allows, and are told when it does not', async () => {
    const trial = trialWith({
      unit: 'practice',
      guardrails: [],
      secondary: [],
      decision: { draws: 4_999 },
    });
    const practices = (perArm: number): readonly UnitRow[] =>
      ['usual', 'redesign'].flatMap((arm) =>
        Array.from({ length: perArm }, (_, i) => ({
          unitId: `${arm}-${i}`,
          arm,
          calendarDays: 100 + 7 * i,
          alerts: (arm === 'usual' ? 500 : 50) + 11 * i,
        })),
      );
    const four = await verdictOn(trial, practices(4));
    expect(four.primary).toMatchObject({ method: 'rerandomization', passed: true });
    const { warnings } = await alertsPerPatientDay(trial, practices(2));
    expect(warnings.join(' ')).toMatch(/So few units cannot show an effect/);
  });
});
