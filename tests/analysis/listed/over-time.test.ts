import { describe, expect, test } from '@jest/globals';
import type { Allocation } from '../../../src/allocation/index.ts';
import type { PeriodUnit, UnitRow } from '../../../src/analysis/index.ts';
import {
  analyze,
  estimateOverTime,
  measureOf,
  rerandomizeOverTime,
} from '../../../src/analysis/index.ts';
import type { Trial } from '../../../src/index.ts';
import { randomStream } from '../../../src/stats/index.ts';
import { memoryStore, openLog } from '../../../src/store/index.ts';
import { listedTrial, listOf, week } from '../../allocation/list/fixtures.ts';

const asOf = Date.UTC(2027, 0, 1);
const complete = { method: 'complete' };

const wedge = (changes: Readonly<Record<string, unknown>> = {}): Trial =>
  listedTrial(complete, {
    periods: { design: 'stepped-wedge', starts: [0, 1, 2, 3].map(week) },
    ...changes,
  });

/** Synthetic rows with a trend that alone would look like an effect. */
function rowsOf(
  { clusters }: Pick<Allocation, 'clusters'>,
  { effect = 1, seed = 'rows' }: { readonly effect?: number; readonly seed?: string } = {},
): readonly UnitRow[] {
  const stream = randomStream(seed);
  return clusters.flatMap(({ id, arms }) => {
    const level = Math.exp(0.3 * stream.normal());
    return arms.map((arm, i) => {
      const days = 40 + stream.integer(20);
      const rate = 3 * level * 0.8 ** i * Math.exp(0.1 * stream.normal());
      const alerts = Math.round(days * rate * (arm === 'usual' ? 1 : effect));
      const accepted = Math.round(alerts * (0.2 + 0.05 * stream.next()));
      return {
        unitId: id,
        arm,
        stratum: '',
        period: i + 1,
        alerts,
        alertsByOpening: alerts,
        accepted,
        acceptedByOpening: accepted,
        dismissed: 0,
        acceptedAndDismissed: 0,
        silent: 0,
        calendarDays: days,
        midnightDays: days,
        elapsedDays: days,
      };
    });
  });
}

const unitsOf = (
  { clusters }: Allocation,
  rows: readonly UnitRow[],
  columns: readonly ['alerts' | 'accepted', 'calendarDays' | 'alerts'],
): readonly PeriodUnit[] =>
  clusters.map(({ id, arms }) => ({
    arms: arms.map((arm) => (arm === 'usual' ? 0 : 1)),
    cells: arms.map((_, i) => {
      const row = rows.find(({ unitId, period }) => unitId === id && period === i + 1);
      return { numerator: row?.[columns[0]] ?? 0, denominator: row?.[columns[1]] ?? 0 };
    }),
  }));

describe('The analysis of a design over time', () => {
  const trial = wedge();
  const allocation = listOf(trial, 9);
  const rows = rowsOf(allocation, { effect: 0.75 });
  const units = unitsOf(allocation, rows, ['alerts', 'calendarDays']);

  test('adjusts for periods, where a plain comparison would see the trend', async () => {
    const { primary, identities } = await analyze(trial, rows, { allocation, asOf });
    const [comparison] = primary.comparisons;
    expect(comparison?.ratio).toMatchObject({
      ...estimateOverTime(units, { statistic: 'logRatio' }),
    });
    expect(comparison?.difference).toMatchObject({
      ...estimateOverTime(units, { statistic: 'difference' }),
    });
    const ratio = comparison?.ratio.estimable === true ? comparison.ratio.estimate : 0;
    const [usual, redesign] = primary.arms.map((arm) => arm.ratio ?? 0);
    expect((redesign ?? 0) / (usual ?? 1)).toBeLessThan(0.65);
    expect(ratio).toBeGreaterThan(0.65);
    expect(ratio).toBeLessThan(0.9);
    expect(comparison?.naive).toMatchObject({ estimable: false });
    expect(comparison?.estimands).toMatchObject({ estimable: false });
    expect(identities[0]).toMatchObject({ estimable: false });
    expect(primary.together).toBeNull();
  });

  test('assigns the sequences again as the list was made', async () => {
    const { primary } = await analyze(trial, rows, { allocation, asOf });
    const groups = allocation.clusters.map(
      ({ arms }) =>
        2 - (arms.lastIndexOf('usual') === 2 ? 0 : arms.lastIndexOf('usual') === 1 ? 1 : 2),
    );
    const expected = rerandomizeOverTime(units, {
      statistic: 'logRatio',
      procedure: { kind: 'complete' },
      sequences: [
        [0, 1, 1, 1],
        [0, 0, 1, 1],
        [0, 0, 0, 1],
      ],
      groups,
      draws: 9_999,
      seed: ['rerandomization', trial.fingerprint, 'alertsPerPatientDay', 'redesign'],
    });
    const found = primary.comparisons[0]?.rerandomization;
    expect(found).toMatchObject({ estimable: true, method: 'enumeration', assignments: 1_680 });
    expect(found?.estimable === true && found.pValue).toBeCloseTo(
      expected.estimable ? expected.pValue : -1,
      12,
    );
    expect(primary.comparisons[0]?.rerandomizationInterval).toMatchObject({ estimable: true });
  });

  test('says whether the effect changes with time, or is carried over', async () => {
    const { primary } = await analyze(trial, rows, { allocation, asOf });
    expect(primary.overTime).toHaveLength(1);
    expect(primary.overTime?.[0]).toMatchObject({
      arm: 'redesign',
      exchangeable: { estimable: true },
      exposureTime: { estimable: true },
      carryOver: null,
    });
    const crossover = listedTrial(complete, {
      periods: { design: 'crossover', starts: [week(0), week(1), week(2)] },
    });
    const list = listOf(crossover, 10);
    const crossed = await analyze(crossover, rowsOf(list), { allocation: list, asOf });
    expect(crossed.primary.overTime?.[0]).toMatchObject({
      exposureTime: null,
      carryOver: { estimable: true },
    });
    expect(crossed.integrity).toBeNull();
  });

  test('decides by the test that replays, with the interval that belongs to it', async () => {
    for (const effect of [1, 0.6]) {
      const own = rowsOf(allocation, { effect });
      const { verdicts } = await analyze(trial, own, { allocation, asOf });
      const [verdict] = verdicts;
      expect(verdict?.primary).toMatchObject({ estimable: true, method: 'rerandomization' });
      if (verdict?.primary.estimable !== true) throw new Error('no answer');
      const { lower, upper, passed, pValue } = verdict.primary;
      expect(passed).toBe(pValue <= 0.025);
      expect((upper ?? 9) < 1).toBe(passed);
      expect((lower ?? 0) < (upper ?? 9)).toBe(true);
      const [guardrail] = verdict.guardrails;
      expect(guardrail).toMatchObject({
        estimable: true,
        question: 'non-inferiority',
        scale: 'difference',
        null: -0.03,
      });
    }
    const strong = await analyze(trial, rowsOf(allocation, { effect: 0.5 }), { allocation, asOf });
    expect(strong.verdicts[0]?.verdict).toBe('adopt');
  });

  test('by the model gives the t test of the adjusted effect at the null of each question', async () => {
    const model = wedge({ decision: { test: 'model' } });
    const list = listOf(model, 9);
    const own = rowsOf(list, { effect: 0.75 });
    const { verdicts } = await analyze(model, own, { allocation: list, asOf });
    const effect = estimateOverTime(unitsOf(list, own, ['accepted', 'alerts']), {
      statistic: 'difference',
    });
    const [guardrail] = verdicts[0]?.guardrails ?? [];
    if (guardrail?.estimable !== true || !effect.estimable) throw new Error('no answer');
    expect(guardrail.method).toBe('model');
    expect(guardrail.estimate).toBeCloseTo(effect.estimate, 12);
    expect(guardrail.lower).toBeCloseTo(effect.lower, 12);
    const t = (effect.estimate + 0.03) / effect.standardError;
    const { studentT } = await import('../../../src/stats/index.ts');
    expect(guardrail.pValue).toBeCloseTo(studentT.cdf(t, effect.degreesOfFreedom).upper, 12);
  });

  test('does the same for a switchback, whose blocks were drawn one by one', async () => {
    const switchback = listedTrial(complete, {
      periods: { design: 'switchback', starts: [0, 1, 2, 3].map(week) },
    });
    const list = listOf(switchback, 6);
    const { primary } = await analyze(switchback, rowsOf(list, { effect: 0.6 }), {
      allocation: list,
      asOf,
    });
    const { ratio, rerandomization } = primary.comparisons[0] ?? {};
    expect(ratio).toMatchObject({ estimable: true });
    // Two blocks, each dealt out to 3 and 3 of 6 clusters: (20)² lists.
    expect(rerandomization).toMatchObject({
      estimable: true,
      method: 'enumeration',
      assignments: 400,
    });
    expect(rerandomization?.estimable === true && rerandomization.pValue).toBeLessThan(0.05);
    const long = listedTrial(complete, {
      periods: { design: 'switchback', starts: [0, 1, 2, 3, 4, 5].map(week) },
    });
    const twelve = listOf(long, 12);
    const drawn = await analyze(long, rowsOf(twelve), { allocation: twelve, asOf });
    expect(drawn.primary.comparisons[0]?.rerandomization).toMatchObject({
      estimable: true,
      method: 'monte-carlo',
    });
    // One market alone, over time: the orders of its blocks are the randomisation.
    const many = listedTrial(
      { method: 'minimisation', factors: [{ name: 'region' }] },
      { periods: { design: 'switchback', starts: [0, 1, 2, 3].map(week) } },
    );
    expect(listOf(many, 6).clusters.every(({ arms }) => new Set(arms).size === 2)).toBe(true);
  });

  test('of a metric that is not counted by period has nothing to say, and says what has', async () => {
    const reason = expect.stringMatching(/counted over the whole trial and not by period/);
    const found = await measureOf(trial, rows, { metric: 'ignoredRate', allocation });
    expect(found.comparisons[0]).toMatchObject({ ratio: { estimable: false, reason } });
    for (const { rate } of found.arms) expect(rate).toMatchObject({ estimable: false, reason });
    const other = wedge({ primary: { metric: 'acceptancePerEligiblePatient', better: 'higher' } });
    const list = listOf(other, 9);
    await using store = memoryStore();
    await using log = await openLog(other, store, { allocation: list, now: () => other.startsAt });
    for (const { id } of list.clusters) {
      const subject = { practice: id, patient: id } as never;
      log.patientDays(subject, { day: week(0), calendar: 1, midnight: 1, elapsed: 1 });
      log.impression(log.assign(subject), { stage: 'displayed', alert: 'a' });
    }
    await log.flush();
    const { primary, verdicts } = await analyze(other, store, { asOf });
    expect(primary.comparisons[0]?.ratio).toMatchObject({ estimable: false, reason });
    expect(verdicts[0]).toMatchObject({ verdict: 'inconclusive', primary: { reason } });
  });

  test.each<[string, Partial<UnitRow>, RegExp]>([
    ['no period', { period: undefined }, /needs its `period`, 1 to 4/],
    ['a period that there is not', { period: 5 }, /needs its `period`, 1 to 4/],
    [
      'an arm that its list does not give it then',
      { arm: 'redesign', period: 1 },
      /stands in arm redesign in period 1, and its list says usual/,
    ],
    ['no place on the list', { unitId: 'x' }, /Unit "x": is not on the list/],
    [
      'a washout that the protocol does not have',
      { washout: true },
      /of a washout, and the protocol has none: what is left out is not chosen afterwards/,
    ],
    [
      'a washout that is neither true nor false',
      { washout: 'yes' as never },
      /`washout` is true or false, not "yes"/,
    ],
  ])('refuses a row with %s', async (_, change, message) => {
    const [first, ...rest] = rows;
    if (first === undefined) throw new Error('no row');
    const wrong = { ...first, ...change } as UnitRow;
    await expect(analyze(trial, [wrong, ...rest], { allocation, asOf })).rejects.toThrow(message);
  });
});

describe('Rows with the washout of a protocol', () => {
  const trial = wedge({
    periods: { design: 'stepped-wedge', starts: [0, 1, 2, 3].map(week), washout: 2 },
  });
  const allocation = listOf(trial, 9);
  const plain = rowsOf(allocation);
  const parted = plain.flatMap((row) => [
    { ...row, washout: false },
    { ...row, alerts: 9, alertsByOpening: 9, accepted: 3, acceptedByOpening: 3, washout: true },
  ]);

  test('are refused where they do not tell it apart', async () => {
    await expect(analyze(trial, plain, { allocation, asOf })).rejects.toThrow(
      /leaves out the first 2 days after a change of arm: rows of period 2 and later need their `washout`/,
    );
    // No arm changes at the beginning of the first period.
    const first = parted.flatMap(({ washout, ...row }) =>
      row.period === 1 ? (washout ? [] : [row]) : [{ ...row, washout }],
    );
    const { primary } = await analyze(trial, first, { allocation, asOf });
    expect(primary.comparisons[0]?.ratio).toMatchObject({ estimable: true });
  });

  test('are without it where the arm has just changed, and with it elsewhere', async () => {
    const { primary } = await analyze(trial, parted, { allocation, asOf });
    const kept = parted.filter(({ unitId, period = 1, washout }) => {
      const arms = allocation.clusters.find(({ id }) => id === unitId)?.arms ?? [];
      return !washout || period === 1 || arms[period - 1] === arms[period - 2];
    });
    const total = (arm: string): number =>
      kept.filter((row) => row.arm === arm).reduce((sum, row) => sum + (row.alerts ?? 0), 0);
    expect(primary.arms.map(({ arm, numerator }) => [arm, numerator])).toEqual([
      ['usual', total('usual')],
      ['redesign', total('redesign')],
    ]);
    const units = allocation.clusters.map(({ id, arms }) => ({
      arms: arms.map((arm) => (arm === 'usual' ? 0 : 1)),
      cells: arms.map((_, i) => {
        const own = kept.filter(({ unitId, period }) => unitId === id && period === i + 1);
        return {
          numerator: own.reduce((sum, row) => sum + (row.alerts ?? 0), 0),
          denominator: own.reduce((sum, row) => sum + (row.calendarDays ?? 0), 0),
        };
      }),
    }));
    expect(primary.comparisons[0]?.ratio).toMatchObject({
      ...estimateOverTime(units, { statistic: 'logRatio' }),
    });
  });
});

describe('How units of a design over time vary', () => {
  test('is told without the trend that all of them follow', async () => {
    const trial = wedge();
    const allocation = listOf(trial, 12);
    const days = [40, 50, 60, 70];
    // Units that differ by nothing but the periods in which they had control.
    const rows = rowsOf(allocation).map((row) => {
      const { period = 1 } = row;
      const own = days[period - 1] ?? 0;
      const alerts = (own * 3) / 2 ** (period - 1);
      const counts = { alerts, alertsByOpening: alerts, accepted: 0, acceptedByOpening: 0 };
      return { ...row, ...counts, calendarDays: own, midnightDays: own, elapsedDays: own };
    });
    const { primary } = await analyze(trial, rows, { allocation, asOf });
    const { variation } = primary.clustering;
    expect(variation).toMatchObject({ estimable: true, clusters: 12, kappa: 0 });
    expect(variation?.estimable === true && variation.observedVariance).toBeCloseTo(0, 12);
    // Units with control in the first period alone had 3 a day, and others less.
    const all = primary.arms[0]?.ratio ?? 0;
    expect(variation?.estimable === true && variation.meanRate).toBeCloseTo(all, 12);
  });
});

describe('A list over time with few others beside it', () => {
  test('supports no claim, and says that more units are wanted, as every arm has all of them', async () => {
    const trial = listedTrial(complete, {
      periods: { design: 'crossover', starts: [week(0), week(1)] },
      guardrails: [],
    });
    const allocation = listOf(trial, 6);
    const rows = rowsOf(allocation, { effect: 0.2 });
    const { verdicts } = await analyze(trial, rows, { allocation, asOf });
    const [verdict] = verdicts;
    expect(verdict?.verdict).toBe('inconclusive');
    // (6 over 3) lists.
    expect(verdict?.reasons.at(-1)).toBe(
      'No claim can be made with this list (Alerts per patient-day): it is one of 20 that its method could have made and that can be compared, so no one-sided p value below 0.0500 can be had, whatever the effect, and 0.0250 is asked for. Randomise more practices, or by a method that leaves more lists.',
    );
  });
});

describe('A ledger of a design over time', () => {
  const hour = 3_600_000;
  const trial = listedTrial(complete, {
    periods: { design: 'stepped-wedge', starts: [0, 1, 2].map(week), washout: 2 },
  });
  const allocation = listOf(trial, 8);

  test('is analysed by period, without the washout of those whose arm has just changed', async () => {
    await using store = memoryStore({ key: 'ab'.repeat(32) });
    let clock = trial.startsAt;
    await using log = await openLog(trial, store, { allocation, now: () => clock });
    const stream = randomStream('events');
    const expected = new Map<string, { alerts: number; days: number }>();
    for (let day = 0; day < 21; day += 1) {
      clock = trial.startsAt + (day * 24 + 12) * hour;
      const date = new Date(clock).toISOString().slice(0, 10);
      const period = Math.floor(day / 7);
      for (const { id, arms } of allocation.clusters) {
        const subject = { practice: id, patient: `p-${id}` } as never;
        log.patientDays(subject, { day: date, calendar: 1, midnight: 1, elapsed: 1 });
        const alerts = stream.integer(4);
        for (let i = 0; i < alerts; i += 1) {
          const { id: impression } = log.impression(log.assign(subject), {
            stage: 'displayed',
            alert: 'a',
          });
          if (i === 0) log.acceptance(impression, { at: clock + hour });
        }
        const isLeftOut = period > 0 && arms[period] !== arms[period - 1] && day % 7 < 2;
        if (isLeftOut) continue;
        const key = `${id} ${period}`;
        const cell = expected.get(key) ?? { alerts: 0, days: 0 };
        expected.set(key, { alerts: cell.alerts + alerts, days: cell.days + 1 });
      }
      await log.flush();
    }
    const analysis = await analyze(trial, store, { asOf });
    const units = allocation.clusters.map(({ id, arms }) => ({
      arms: arms.map((arm) => (arm === 'usual' ? 0 : 1)),
      cells: arms.map((_, period) => {
        const { alerts = 0, days = 0 } = expected.get(`${id} ${period}`) ?? {};
        return { numerator: alerts, denominator: days };
      }),
    }));
    expect(analysis.primary.comparisons[0]?.ratio).toMatchObject({
      ...estimateOverTime(units, { statistic: 'logRatio' }),
    });
    const counted = [...expected.values()].reduce((sum, { days }) => sum + days, 0);
    expect(analysis.primary.arms.reduce((sum, { denominator }) => sum + denominator, 0)).toBe(
      counted,
    );
    // What was served is told whole: the washout was lived, if not analysed.
    expect(analysis.arms.reduce((sum, { patientDays }) => sum + patientDays, 0)).toBe(8 * 21);
    expect(analysis.arms.map(({ units: n }) => n)).toEqual([8, 8]);
    expect(analysis.arms.map(({ patients }) => patients)).toEqual([8, 8]);
    expect(analysis.integrity?.armChanges.units).toBe(0);
    expect(analysis.integrity?.contamination).toMatchObject({ estimable: false });
    expect(analysis.sampleRatio).toMatchObject({ estimable: false });
    expect(JSON.parse(JSON.stringify(analysis))).toMatchObject({ list: { clusters: 8 } });
  });
});
