import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { TrialAnalysis, UnitRow } from '../../src/analysis/index.ts';
import {
  acceptanceRate,
  alertsPerPatientDay,
  analyze,
  equityReport,
  estimateArms,
  factorial,
  measureOf,
} from '../../src/analysis/index.ts';
import type { Trial } from '../../src/index.ts';
import { randomStream } from '../../src/stats/index.ts';
import { memoryStore, openLog } from '../../src/store/index.ts';
import { trialWith } from '../trials.ts';
import type { Counted } from './decision/practices.ts';
import { drawnPractices, made, over, practicesOf, practiceTrial } from './decision/practices.ts';

const armsOf = (...names: readonly string[]) =>
  names.map((name) => ({ name, weight: 1, content: null }));

const share = { metric: 'acceptanceRate', better: 'higher' };

/** Every `reason` of what is not estimable in a result, with its place and what to do instead. */
function refusalsIn(value: unknown, path = ''): readonly (readonly [string, string, unknown])[] {
  if (typeof value !== 'object' || value === null) return [];
  const own = value as Readonly<Record<string, unknown>>;
  const found =
    own['estimable'] === false ? [[path, String(own['reason']), own['instead']] as const] : [];
  return [
    ...found,
    ...Object.entries(own).flatMap(([key, part]) => refusalsIn(part, `${path}.${key}`)),
  ];
}

const shuffled = <T>(list: readonly T[], seed: number): readonly T[] => {
  const stream = randomStream('shuffle', seed);
  return list
    .map((item) => [stream.next(), item] as const)
    .sort(([a], [b]) => a - b)
    .map(([, item]) => item);
};

describe('An analysis is plain data', () => {
  const row = fc.record({
    unit: fc.integer({ min: 0, max: 14 }),
    stratum: fc.constantFrom('ward=', 'ward=icu', 'ward=病棟'),
    calendarDays: fc.constantFrom(0, 1, 7, 50),
    alerts: fc.constantFrom(0, 0, 1, 2, 40, 1_000_000),
    share: fc.constantFrom(0, 0, 0.3, 1),
  });
  const factors = ['plain', 'quality'].flatMap((wording) =>
    ['without', 'with'].map((image) => ({ wording, image })),
  );
  const designs: readonly (readonly [string, Trial])[] = [
    [
      'of three arms',
      trialWith({
        arms: armsOf('a', 'b', 'c'),
        control: 'b',
        strata: ['ward'],
        guardrails: [{ ...share, scale: 'ratio', margin: 0.8 }],
        decision: { draws: 199 },
      }),
    ],
    [
      'of a proportion, by equivalence',
      trialWith({
        arms: armsOf('a', 'b', 'c'),
        control: 'a',
        primary: share,
        guardrails: [
          { metric: 'alertsPerPatientDay', better: 'lower', scale: 'difference', margin: 1 },
        ],
        decision: {
          draws: 199,
          test: 'model',
          claim: { kind: 'equivalence', scale: 'ratio', lower: 0.8, upper: 1.25 },
        },
      }),
    ],
    [
      'of a factorial trial of practices, by non-inferiority',
      trialWith({
        unit: 'practice',
        arms: armsOf('a', 'b', 'c', 'd').map((arm, i) => ({ ...arm, factors: factors[i] })),
        control: 'c',
        guardrails: [],
        decision: {
          draws: 199,
          claim: { kind: 'non-inferiority', scale: 'difference', margin: 0.5 },
        },
      }),
    ],
  ];

  test.each(designs)(
    '%s, whatever the counts: JSON keeps it, and every refusal says what to do',
    async (_, trial) => {
      const names = trial.arms.map(({ name }) => name);
      await fc.assert(
        fc.asyncProperty(fc.array(row, { maxLength: 24 }), async (drawn) => {
          const rows = drawn.map(({ unit, share: accepted, ...rest }): UnitRow => ({
            ...rest,
            unitId: `u${unit}`,
            arm: names[unit % names.length] ?? '',
            accepted: Math.floor(rest.alerts * accepted),
          }));
          const analysis = await analyze(trial, rows, { asOf: over });
          expect(JSON.parse(JSON.stringify(analysis))).toEqual(analysis);
          expect(JSON.stringify(analysis)).not.toMatch(/NaN|Infinity/);
          expect(String(analysis)).not.toMatch(/NaN|Infinity|undefined/);
          for (const { pValue, primary } of analysis.verdicts) {
            expect(pValue === null || (pValue >= 0 && pValue <= 1)).toBe(true);
            if (!primary.estimable) expect(primary.instead).toEqual(expect.any(String));
          }
        }),
        { numRuns: 40 },
      );
    },
  );

  test('does not depend on the order of the rows, to the last bit', async () => {
    const trial = trialWith({ strata: ['ward'], decision: { draws: 199 }, unit: 'practice' });
    const rows = ['usual', 'redesign'].flatMap((arm, a) =>
      drawnPractices(arm, 12, { rate: 4 }).flatMap(({ alerts, days, accepted = 0 }, i) => [
        {
          unitId: `é病${a}${i}`,
          arm,
          stratum: 'ward=icu',
          alerts,
          accepted,
          calendarDays: days / 3,
        },
        {
          unitId: `é病${a}${i}`,
          arm,
          stratum: 'ward=b',
          alerts: 1,
          accepted: 0,
          calendarDays: 0.1,
        },
        { unitId: `é病${a}${i}`, arm, stratum: 'ward=', alerts: 0, accepted: 0, calendarDays: 0.2 },
      ]),
    );
    const plain = await analyze(trial, rows, { asOf: over });
    for (const seed of [1, 2, 3]) {
      const other = await analyze(trial, shuffled(rows, seed), { asOf: over });
      expect(JSON.stringify(other)).toBe(JSON.stringify(plain));
    }
    expect(plain.primary.arms.map(({ units }) => units)).toEqual([12, 12]);
  });

  test('does not depend on the order of rows where counts are brought', async () => {
    const metrics = [
      {
        name: 'orders',
        title: 'Orders per patient-day',
        kind: 'rate',
        better: 'higher',
        numerator: { column: 'orders' },
        denominator: { of: 'atRisk', each: 'patientDay' },
      },
    ];
    const trial = practiceTrial({
      metrics,
      strata: ['ward'],
      primary: { metric: 'orders', better: 'higher' },
    });
    const rows = practicesOf({
      usual: drawnPractices('u', 9, { rate: 4 }),
      redesign: drawnPractices('r', 9, { rate: 4 }),
    }).flatMap((row) => ['icu', 'b'].map((ward) => ({ ...row, stratum: `ward=${ward}` })));
    const ids = [...new Set(rows.map(({ unitId }) => unitId))];
    const brought = ids.map((unitId, i) => ({ unitId, counts: { orders: 3 + ((7 * i) % 11) } }));
    const plain = await analyze(trial, rows, { asOf: over, brought });
    const turned = await analyze(trial, [...rows].reverse(), { asOf: over, brought });
    expect(turned).toEqual(plain);
    expect(plain.primary.arms[0]?.numerator).toBe(
      brought
        .filter(({ unitId }) => unitId.startsWith('usual'))
        .reduce((sum, { counts }) => sum + counts.orders, 0),
    );
    const without = await analyze(trial, rows, { asOf: over });
    expect(without.verdicts[0]?.primary).toMatchObject({
      estimable: false,
      instead: expect.stringMatching(/brought/),
    });
    // The strata have nothing to show then either, and do not stop the analysis.
    expect(without.equity?.divisions[0]?.comparisons[0]?.effects).toMatchObject({
      estimable: false,
      reason: expect.stringMatching(/`orders` was not brought/),
    });
  });
});

describe('Rows that cannot be right are refused', () => {
  const rows = practicesOf({
    usual: drawnPractices('u', 3, { rate: 4 }),
    redesign: drawnPractices('r', 3, { rate: 4 }),
  });

  test.each([
    'silent',
    'dismissed',
    'patients',
    'alertsByOpening',
    'acceptedAndDismissed',
  ] as const)('also for a column that no measure needs: %s', async (column) => {
    for (const wrong of [Number.NaN, -1, Infinity, '3']) {
      const broken = rows.map((row, i) => (i === 4 ? { ...row, [column]: wrong } : row));
      await expect(analyze(practiceTrial(), broken as readonly UnitRow[])).rejects.toThrow(
        new RegExp(
          `Unit summary \\d of 6: \`${column}\` must be a number of at least 0, not ${wrong}`,
        ),
      );
    }
  });

  test('of an arm under another name, with the names that the trial has', async () => {
    const renamed = rows.map((row) => (row.arm === 'usual' ? { ...row, arm: 'Usual' } : row));
    await expect(analyze(practiceTrial(), renamed)).rejects.toThrow(
      /"Usual" is not an arm of trial influenza; its arms are usual, redesign/,
    );
  });

  test('at a level that is none', async () => {
    for (const level of [0, 1, 1.2, Number.NaN]) {
      await expect(alertsPerPatientDay(practiceTrial(), rows, { level })).rejects.toThrow(
        RangeError,
      );
    }
  });
});

describe('Several arms', () => {
  const trial = practiceTrial({ arms: armsOf('usual', 'b', 'c'), secondary: [share] });
  const full = {
    usual: drawnPractices('u', 8, { rate: 5 }),
    b: drawnPractices('b', 8, { rate: 2 }),
    c: drawnPractices('c', 8, { rate: 5 }),
  };

  test('are tested all together beside each by itself', async () => {
    const { primary } = await analyze(trial, practicesOf(full), { asOf: over });
    const { together } = primary;
    if (together === null) throw new Error('no arms together');
    expect(made(together.omnibus).pValue).toBeLessThan(0.001);
    const { comparisons } = made(together.simultaneous);
    expect(comparisons.map(({ arm }) => arm)).toEqual(['b', 'c']);
    // Intervals that hold together are wider than each by itself.
    comparisons.forEach(({ lower, upper }, i) => {
      const own = made(primary.comparisons[i]?.ratio);
      expect(lower).toBeLessThan(own.lower);
      expect(upper).toBeGreaterThan(own.upper);
    });
    const { pairs } = made(together.rerandomization);
    expect(pairs.map(({ arm }) => arm)).toEqual([1, 2]);
    for (const { stepDown, pValue, singleStep } of pairs) {
      expect(stepDown).toBeGreaterThanOrEqual(pValue);
      expect(singleStep).toBeGreaterThanOrEqual(stepDown);
    }
  });

  test('with one of them empty: it is named, and the others are judged', async () => {
    const rows = practicesOf({ usual: full.usual, b: full.b });
    const { primary, verdicts } = await analyze(trial, rows, { asOf: over });
    const missing = {
      estimable: false,
      reason: 'c: no unit has a denominator above 0',
      instead: expect.stringMatching(/bring/),
    };
    expect(primary.together).toEqual({
      omnibus: missing,
      simultaneous: missing,
      rerandomization: missing,
    });
    expect(verdicts.map(({ primary: answer }) => answer.estimable)).toEqual([true, false]);
    expect(verdicts[1]?.verdict).toBe('inconclusive');
    expect(made(primary.comparisons[0]?.ratio).upper).toBeLessThan(1);
  });

  test('with the control arm empty: nothing is compared, and it is named', async () => {
    const { verdicts } = await analyze(trial, practicesOf({ b: full.b, c: full.c }), {
      asOf: over,
    });
    for (const { primary } of verdicts) {
      expect(primary).toMatchObject({
        estimable: false,
        reason: expect.stringMatching(/^usual: no unit/),
      });
    }
  });

  test('with an arm without events are compared by difference', async () => {
    const silent = { ...full, c: full.c.map((each) => ({ ...each, alerts: 0, accepted: 0 })) };
    const { primary } = await analyze(trial, practicesOf(silent), { asOf: over });
    const { together } = primary;
    expect(made(together?.rerandomization).statistic).toBe('difference');
    // Dunnett's method needs a variance in every arm.
    expect(together?.simultaneous).toMatchObject({
      estimable: false,
      reason: expect.stringMatching(/^c: .*no variance/),
    });
  });
});

describe('A factorial trial', () => {
  const levels = ['quality', 'plain'].flatMap((wording) =>
    ['with', 'without'].map((image) => ({ wording, image })),
  );
  const names = ['qw', 'q', 'pw', 'p'];
  const trial = practiceTrial({
    arms: armsOf(...names).map((arm, i) => ({ ...arm, factors: levels[i] })),
    control: 'p',
  });
  const rates = [2, 3, 4, 6];
  const cells = Object.fromEntries(
    names.map((name, i) => [name, drawnPractices(name, 7, { rate: rates[i] ?? 1 })]),
  );

  test('sets each level against that of the control arm, wherever that arm stands', async () => {
    const { factorial: found, primary } = await analyze(trial, practicesOf(cells), { asOf: over });
    const { factors, degreesOfFreedom } = made(found);
    expect(factors.map(({ factor, reference }) => [factor, reference])).toEqual([
      ['wording', 'plain'],
      ['image', 'without'],
    ]);
    expect(degreesOfFreedom).toBe(24);
    const expected = made(
      factorial(
        made(
          estimateArms(
            names.map((arm) => ({
              arm,
              units: (cells[arm] ?? []).map(({ alerts, days }) => ({
                numerator: alerts,
                denominator: days,
              })),
            })),
            { scale: 'logRatio' },
          ),
        ).arms.map((cell, i) => ({ ...cell, levels: levels[i] ?? {} })),
        {
          factors: [
            { name: 'wording', levels: ['plain', 'quality'] },
            { name: 'image', levels: ['without', 'with'] },
          ],
          scale: 'logRatio',
        },
      ),
    );
    expect(factors[0]?.contrasts[0]?.atTheMargins).toMatchObject({
      estimate: expect.closeTo(made(expected.factors[0]?.contrasts[0]?.atTheMargins).estimate, 12),
    });
    // At the image of the control arm the simple effect is that of q against p.
    const simple = factors[0]?.contrasts[0]?.simple.find(({ at }) => at['image'] === 'without');
    expect(made(simple?.effect).estimate).toBeCloseTo(
      made(primary.comparisons.find(({ arm }) => arm === 'q')?.ratio).estimate,
      12,
    );
  });

  test('with a cell without events is given by difference', async () => {
    const silent: Readonly<Record<string, readonly Counted[]>> = {
      ...cells,
      qw: (cells['qw'] ?? []).map((each) => ({ ...each, alerts: 0 })),
    };
    const { factorial: found } = await analyze(trial, practicesOf(silent), { asOf: over });
    const main = made(made(found).factors[0]?.contrasts[0]?.atTheMargins);
    const mean = (name: string): number => {
      const own = silent[name] ?? [];
      const total = (by: 'alerts' | 'days') => own.reduce((sum, each) => sum + each[by], 0);
      return total('alerts') / total('days');
    };
    expect(main.estimate).toBeCloseTo((mean('q') + mean('qw') - mean('p') - mean('pw')) / 2, 12);
  });

  test('with an empty cell says which', async () => {
    const { pw: _, ...three } = cells;
    const { factorial: found } = await analyze(trial, practicesOf(three), { asOf: over });
    expect(found).toEqual({
      estimable: false,
      reason: 'pw: no unit has a denominator above 0',
      instead: expect.any(String),
    });
  });

  test('is none where the arms have no factors', async () => {
    expect((await analyze(practiceTrial(), [], { asOf: over })).factorial).toBeNull();
  });
});

describe('Units of every kind', () => {
  test.each(['patient', 'practice', 'clinician', 'encounter'])(
    'a trial by %s is analysed by it',
    async (unit) => {
      const trial = trialWith({ unit, decision: { draws: 199 } });
      const rows = practicesOf({
        usual: drawnPractices('u', 10, { rate: 5 }),
        redesign: drawnPractices('r', 10, { rate: 3 }),
      }).map((row) => ({ ...row, patients: 4 }));
      const analysis = await analyze(trial, rows, { asOf: over });
      expect(analysis.verdicts[0]?.primary).toMatchObject({ estimable: true, passed: true });
      expect(analysis.primary.unit).toBe(unit);
      // A patient is one patient, however many were counted; a practice has as many as it has.
      expect(analysis.arms.map(({ patients }) => patients)).toEqual(
        unit === 'patient' ? [10, 10] : [40, 40],
      );
      const below = unit === 'practice' ? 'patient' : 'alert';
      await expect(acceptanceRate(trial, rows, { unit: below as 'alert' })).rejects.toThrow(
        new RegExp(
          `randomised by ${unit}: a p value by ${below}.*Leave \`unit\` out, or give "${unit}"`,
        ),
      );
    },
  );

  test('a patient in several strata is one patient and one unit', async () => {
    const trial = trialWith({ strata: ['ward'], decision: { draws: 199 } });
    const rows = practicesOf({
      usual: drawnPractices('u', 10, { rate: 5 }),
      redesign: drawnPractices('r', 10, { rate: 3 }),
    }).map((row) => ({ ...row, patients: 1 }));
    const split = rows.flatMap((row) => [
      { ...row, stratum: 'ward=icu', alerts: 0, accepted: 0 },
      { ...row, stratum: 'ward=b', calendarDays: 0 },
    ]);
    const whole = await analyze(trial, rows, { asOf: over });
    const both = await analyze(trial, split, { asOf: over });
    expect(both.primary).toEqual(whole.primary);
    expect(both.verdicts).toEqual(whole.verdicts);
    expect(both.sampleRatio).toEqual(whole.sampleRatio);
    expect(both.arms).toEqual(whole.arms);
  });

  test('clinicians are not counted by patient, in the strata either', () => {
    const trial = trialWith({ strata: ['ward'] });
    const outcome = {
      metric: 'clinicianAdoption',
      better: 'higher',
      alerts: 'fired',
      patientDays: 'calendar',
    } as const;
    const rows = practicesOf({
      usual: drawnPractices('u', 10, { rate: 5 }),
      redesign: drawnPractices('r', 10, { rate: 3 }),
    }).map((row) => ({
      ...row,
      stratum: 'ward=icu',
      counts: { alertsByClinician: 3, acceptedByClinician: 1 },
    }));
    const { divisions } = equityReport(trial, rows, { outcome });
    expect(divisions[0]?.comparisons[0]?.effects).toMatchObject({
      estimable: false,
      reason: expect.stringMatching(/clinicians cannot be counted by patient/),
    });
  });
});

describe('Sources', () => {
  const trial = trialWith({ decision: { draws: 199 }, strata: ['ward'] });

  async function ledger() {
    const store = memoryStore({ key: 'ab'.repeat(32) });
    await using log = await openLog(trial, store, { now: () => Date.UTC(2026, 9, 10, 12) });
    for (let n = 0; n < 24; n += 1) {
      const subject = {
        patient: `p-é-${n}`,
        practice: 'north',
        clinician: `c-${n % 5}`,
        strata: { ward: n % 2 === 0 ? 'icu' : 'b' },
      };
      const assignment = log.assign(subject);
      log.patientDays(subject, { day: '2026-10-10', calendar: 1, midnight: 1, elapsed: 0.5 });
      for (let k = 0; k <= n % 3; k += 1) {
        const { id } = log.impression(assignment, { stage: 'returned', alert: 'flu' });
        if (n % 4 === 0) log.dismissal(id, { at: Date.UTC(2026, 9, 10, 12, 0, 30) });
      }
    }
    await log.flush();
    return store;
  }

  test('a ledger, its events unread, and its rows alone give the same effects', async () => {
    const store = await ledger();
    const whole = await analyze(trial, store, { asOf: over });
    const unread = await analyze(trial, store, { asOf: over, readEvents: false });
    const alone = await analyze(trial, await store.summaries(trial.fingerprint), { asOf: over });
    for (const other of [unread, alone]) {
      expect(other.primary).toEqual(whole.primary);
      expect(other.verdicts).toEqual(whole.verdicts);
      expect(other.arms).toEqual(whole.arms);
      expect(other.equity).toEqual(whole.equity);
      expect([other.integrity, other.responseTimes]).toEqual([null, null]);
    }
    expect(whole.integrity?.anomalies).toBeDefined();
    expect(whole.responseTimes?.arms).toHaveLength(2);
    expect(whole.days.length).toBeGreaterThan(0);
    expect(alone.days).toEqual([]);
    expect(JSON.parse(JSON.stringify(whole))).toEqual(whole);
  });

  test('a ledger without events, and one that cannot read them, are analysed as far as they go', async () => {
    const store = memoryStore({ key: 'ab'.repeat(32) });
    await using log = await openLog(trial, store, { now: () => Date.UTC(2026, 9, 10) });
    await log.flush();
    const empty = await analyze(trial, store, { asOf: over });
    expect(empty.verdicts[0]).toMatchObject({ verdict: 'inconclusive', pValue: null });
    expect(empty.integrity?.sampleRatio.estimable).toBe(false);
    expect(JSON.parse(JSON.stringify(empty))).toEqual(empty);
    const full = await ledger();
    const { summaries, days, flow, trials } = {
      summaries: full.summaries.bind(full),
      days: full.days.bind(full),
      flow: full.flow.bind(full),
      trials: full.trials.bind(full),
    };
    const bare = await analyze(trial, { summaries, days, flow, trials }, { asOf: over });
    expect([bare.integrity, bare.responseTimes]).toEqual([null, null]);
    expect(bare.primary.arms[0]?.units).toBeGreaterThan(0);
  });

  test('every refusal of an empty trial says what to do instead', async () => {
    const store = memoryStore({ key: 'ab'.repeat(32) });
    await using log = await openLog(trial, store, { now: () => Date.UTC(2026, 9, 10) });
    await log.flush();
    const silent = refusalsIn(await analyze(trial, store, { asOf: over })).filter(
      ([path, , instead]) => instead === undefined && !/equity|trigger|clustering/.test(path),
    );
    expect(silent).toEqual([]);
  });

  test('what was asked for is in the warnings once', async () => {
    const analysis: TrialAnalysis = await analyze(trial, await ledger(), { asOf: over });
    expect(new Set(analysis.warnings).size).toBe(analysis.warnings.length);
    const burden = await measureOf(trial, await ledger(), {
      metric: 'alertsPerPatientDay',
      asOf: over,
    });
    expect(burden).toEqual(analysis.primary);
  });
});
