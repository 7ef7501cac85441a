import { describe, expect, test } from '@jest/globals';
import type { UnitRow, Verdict } from '../../src/analysis/index.ts';
import { analyze } from '../../src/analysis/index.ts';
import { randomStream } from '../../src/stats/index.ts';
import { trialWith } from '../trials.ts';

interface Arm {
  /** Alerts per patient-day. */
  readonly alerts: number;
  /** Chance that an alert is accepted. */
  readonly acceptance: number;
}

/** Seeded patients in two arms, each with 1 to 8 days. */
function patients(
  arms: { readonly usual: Arm; readonly redesign: Arm },
  perArm = 400,
): readonly UnitRow[] {
  return (['usual', 'redesign'] as const).flatMap((arm, a) =>
    Array.from({ length: perArm }, (_, i): UnitRow => {
      const stream = randomStream(['verdict', a], i);
      const calendarDays = 1 + stream.integer(8);
      let alerts = 0;
      for (let hour = 0; hour < 24 * calendarDays; hour += 1) {
        if (stream.next() < arms[arm].alerts / 24) alerts += 1;
      }
      let accepted = 0;
      for (let k = 0; k < alerts; k += 1) if (stream.next() < arms[arm].acceptance) accepted += 1;
      return {
        unitId: `${arm}-${i}`,
        arm,
        patients: 1,
        calendarDays,
        alerts,
        accepted,
        dismissed: 0,
        acceptedAndDismissed: 0,
        alertsByOpening: alerts,
        silent: 0,
      };
    }),
  );
}

const usual: Arm = { alerts: 5, acceptance: 0.12 };
const over = Date.UTC(2027, 0, 1);

async function verdictOn(
  redesign: Arm,
  options: { readonly asOf?: number; readonly perArm?: number; readonly decision?: object } = {},
): Promise<Verdict> {
  const trial = trialWith({ decision: { draws: 999, ...options.decision } });
  const analysis = await analyze(trial, patients({ usual, redesign }, options.perArm), {
    asOf: options.asOf ?? over,
  });
  const [verdict] = analysis.verdicts;
  if (verdict === undefined) throw new Error('no verdict');
  return verdict;
}

describe('The verdict', () => {
  test('adopts an arm that fires less and is accepted as often', async () => {
    const { verdict, reasons, pValue } = await verdictOn({ alerts: 3, acceptance: 0.12 });
    expect(verdict).toBe('adopt');
    expect(pValue).toBeLessThan(0.025);
    expect(reasons[0]).toMatch(
      /Alerts per patient-day changed by −[34]\d %.*better than the control arm/,
    );
    expect(reasons[1]).toMatch(/percentage points.*within the tolerated −3\.0 points/);
  });

  test('calls harm when acceptance falls beyond the margin, however much less the arm fires', async () => {
    const { verdict, reasons } = await verdictOn({ alerts: 3, acceptance: 0.05 });
    expect(verdict).toBe('harm');
    expect(reasons[1]).toMatch(/worse than the tolerated/);
  });

  test('calls harm before the end as well', async () => {
    expect(
      (await verdictOn({ alerts: 3, acceptance: 0.05 }, { asOf: Date.UTC(2026, 9, 20) })).verdict,
    ).toBe('harm');
  });

  test('adopts nothing before the planned end and the last response window', async () => {
    const good = { alerts: 3, acceptance: 0.12 };
    const lastDay = await verdictOn(good, { asOf: Date.UTC(2026, 10, 16, 12) });
    expect(lastDay).toMatchObject({ verdict: 'keep-testing', final: false });
    expect(lastDay.reasons.at(-1)).toMatch(/planned end/);
    expect((await verdictOn(good, { asOf: Date.UTC(2026, 10, 17, 6) })).verdict).toBe('adopt');
  });

  test('discards an arm that fires more', async () => {
    expect((await verdictOn({ alerts: 6.5, acceptance: 0.12 })).verdict).toBe('discard');
  });

  test('discards an arm whose benefit is ruled out to be worthwhile', async () => {
    const { verdict, reasons } = await verdictOn(
      { alerts: 5, acceptance: 0.12 },
      { decision: { worthwhile: 0.8 } },
    );
    expect(verdict).toBe('discard');
    expect(reasons.join(' ')).toMatch(/ruled out/);
  });

  test('is inconclusive when there is too little to tell', async () => {
    expect((await verdictOn({ alerts: 4.5, acceptance: 0.12 }, { perArm: 30 })).verdict).toBe(
      'inconclusive',
    );
  });

  test('decides by re-randomisation below 40 units and by the model from there on', async () => {
    const few = await verdictOn({ alerts: 3, acceptance: 0.12 }, { perArm: 15 });
    const many = await verdictOn({ alerts: 3, acceptance: 0.12 }, { perArm: 60 });
    expect(few.primary).toMatchObject({ method: 'rerandomization' });
    expect(many.primary).toMatchObject({ method: 'model' });
  });

  test('by re-randomisation and by the model agree where there are many units', async () => {
    const redesign = { alerts: 4.6, acceptance: 0.12 };
    const model = await verdictOn(redesign, { decision: { test: 'model' } });
    const drawn = await verdictOn(redesign, { decision: { test: 'rerandomization', draws: 4999 } });
    for (const [a, b] of [
      [model.primary, drawn.primary],
      [model.guardrails[0], drawn.guardrails[0]],
    ]) {
      if (a?.estimable !== true || b?.estimable !== true) throw new Error('not estimable');
      expect(Math.abs(a.pValue - b.pValue)).toBeLessThan(0.02);
    }
  });
});

describe('The analysis', () => {
  const trial = trialWith();

  test('is plain data that JSON keeps, with a readable text that says it is synthetic', async () => {
    const analysis = await analyze(
      trial,
      patients({ usual, redesign: { alerts: 3, acceptance: 0.12 } }, 60),
      { asOf: over },
    );
    expect(JSON.parse(JSON.stringify(analysis))).toEqual(analysis);
    expect(String(analysis)).toMatch(/SYNTHETIC DATA/);
    expect(String(analysis)).toMatch(/Verdict on redesign: ADOPT/);
  });

  test('splits the effect on accepted alerts into its two parts exactly', async () => {
    const { identities, primary, guardrails, secondary } = await analyze(
      trial,
      patients({ usual, redesign: { alerts: 3, acceptance: 0.2 } }, 200),
    );
    const [identity] = identities;
    if (identity?.estimable !== true) throw new Error('not estimable');
    expect(identity.acceptedPerDay).toBeCloseTo(
      identity.alertsPerDay + identity.acceptedPerAlert,
      12,
    );
    // Each part is the logarithm of the ratio of the measure that it names.
    for (const [part, measure] of [
      [identity.alertsPerDay, primary],
      [identity.acceptedPerAlert, guardrails[0]],
      [identity.acceptedPerDay, secondary[0]],
    ] as const) {
      const ratio = measure?.comparisons[0]?.ratio;
      expect(Math.log(ratio?.estimable === true ? ratio.estimate : Number.NaN)).toBeCloseTo(
        part,
        12,
      );
    }
  });

  test('of an empty trial is a value, not an error', async () => {
    const analysis = await analyze(trial, [], { asOf: over });
    expect(analysis.sampleRatio).toEqual({
      estimable: false,
      reason: 'no unit has been randomised yet',
      instead: 'look again once the trial has units',
    });
    expect(analysis.verdicts[0]).toMatchObject({ verdict: 'inconclusive', pValue: null });
    expect(String(analysis)).toMatch(/not estimable/);
  });

  test('compares every arm with the control arm', async () => {
    const three = trialWith({
      arms: ['a', 'b', 'c'].map((name) => ({ name, weight: 1, content: null })),
      control: 'b',
    });
    const rows = patients({ usual, redesign: usual }, 90).map((row, i) => ({
      ...row,
      arm: 'abc'[i % 3] ?? 'a',
    }));
    const analysis = await analyze(three, rows, { asOf: over });
    expect(analysis.verdicts.map(({ arm }) => arm)).toEqual(['a', 'c']);
    expect(analysis.primary.comparisons.every(({ control }) => control === 'b')).toBe(true);
  });
});
