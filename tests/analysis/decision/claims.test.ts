import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Answer } from '../../../src/analysis/index.ts';
import {
  analyze,
  differenceOf,
  equivalence,
  fiellerInterval,
  nonInferiorityRatio,
  ratioOfTotals,
  rerandomize,
} from '../../../src/analysis/index.ts';
import type { Counted } from './practices.ts';
import { drawnPractices, made, over, practicesOf, practiceTrial, verdictOn } from './practices.ts';

const alerts = (better: 'lower' | 'higher') => ({ metric: 'alertsPerPatientDay', better });
const acceptance = (better: 'lower' | 'higher') => ({ metric: 'acceptanceRate', better });

const estimateOf = (practices: readonly Counted[], by: 'days' | 'alerts' = 'days') =>
  made(
    ratioOfTotals(
      practices.map((each) => ({
        numerator: by === 'days' ? each.alerts : (each.accepted ?? 0),
        denominator: by === 'days' ? each.days : each.alerts,
      })),
    ),
  );

const byModel = { draws: 399, test: 'model' };

describe('Superiority', () => {
  const usual = drawnPractices('usual', 12, { rate: 5 });
  const redesign = drawnPractices('redesign', 9, { rate: 3.5 });
  const rows = practicesOf({ usual, redesign });

  test('by the model is half of the two-sided p of the measure, on either side', async () => {
    for (const better of ['lower', 'higher'] as const) {
      const trial = practiceTrial({ primary: alerts(better), decision: byModel });
      const { verdicts, primary } = await analyze(trial, rows, { asOf: over });
      const answer = made(verdicts[0]?.primary);
      const ratio = made(primary.comparisons[0]?.ratio);
      expect(ratio.estimate).toBeLessThan(1);
      const good = better === 'lower';
      expect(good ? answer.pValue : answer.pOpposite).toBeCloseTo(ratio.pValue / 2, 14);
      expect(good ? answer.pOpposite : answer.pValue).toBeCloseTo(1 - ratio.pValue / 2, 14);
      expect(answer).toMatchObject({
        question: 'superiority',
        scale: 'ratio',
        null: 1,
        method: 'model',
        estimate: ratio.estimate,
        lower: ratio.lower,
        upper: ratio.upper,
        passed: good,
        reversed: !good,
      });
      expect(answer.bounds).toBeUndefined();
    }
  });

  test('of a proportion is of a difference of 0', async () => {
    const trial = practiceTrial({ primary: acceptance('higher'), decision: byModel });
    const { verdicts, primary } = await analyze(trial, rows, { asOf: over });
    const answer = made(verdicts[0]?.primary);
    const difference = made(primary.comparisons[0]?.difference);
    expect(answer).toMatchObject({ scale: 'difference', null: 0, lower: difference.lower });
    expect(2 * Math.min(answer.pValue, answer.pOpposite)).toBeCloseTo(difference.pValue, 14);
  });

  test('by re-randomisation takes the one-sided p values of the measure', async () => {
    const { verdicts, primary } = await analyze(practiceTrial(), rows, { asOf: over });
    const answer = made(verdicts[0]?.primary);
    const drawn = made(primary.comparisons[0]?.rerandomization);
    expect(answer).toMatchObject({
      method: 'rerandomization',
      pValue: drawn.pLess,
      pOpposite: drawn.pGreater,
    });
    const interval = made(primary.comparisons[0]?.rerandomizationInterval);
    expect(interval.sides).toBe('equal-tailed');
    expect([answer.lower, answer.upper]).toEqual([interval.lower, interval.upper]);
    expect(verdicts[0]?.reasons[0]).toContain('95 % interval');
  });

  test('at half of alpha passes, and a hair above does not', async () => {
    const trial = practiceTrial({ decision: byModel });
    const { pValue } = made((await verdictOn(trial, rows)).primary);
    const at = async (alpha: number) =>
      made((await verdictOn(practiceTrial({ decision: { ...byModel, alpha } }), rows)).primary);
    expect(await at(2 * pValue)).toMatchObject({ passed: true });
    expect(await at(2 * pValue * (1 - 1e-9))).toMatchObject({ passed: false });
  });
});

describe('Non-inferiority', () => {
  const usual = drawnPractices('usual', 14, { rate: 4 });
  const redesign = drawnPractices('redesign', 11, { rate: 4.1 });
  const rows = practicesOf({ usual, redesign });
  const [arm, control] = [estimateOf(redesign), estimateOf(usual)];
  const df = 14 + 11 - 2;
  const plain = ({ ratio, standardError }: typeof arm) => ({ estimate: ratio, standardError });

  test.each([
    ['lower', 1.25],
    ['higher', 0.8],
  ] as const)(
    'of a ratio where %s is better is that of Sasabuchi, with the interval of Fieller',
    async (better, margin) => {
      const claim = { kind: 'non-inferiority', scale: 'ratio', margin };
      const trial = practiceTrial({ primary: alerts(better), decision: { ...byModel, claim } });
      const answer = made((await verdictOn(trial, rows)).primary);
      const expected = made(
        nonInferiorityRatio(plain(arm), plain(control), { margin, better, degreesOfFreedom: df }),
      );
      const interval = made(fiellerInterval(plain(arm), plain(control), { degreesOfFreedom: df }));
      expect(answer.pValue).toBeCloseTo(expected.pValue, 13);
      expect(answer.pOpposite).toBeCloseTo(1 - expected.pValue, 13);
      expect(answer).toMatchObject({ question: 'non-inferiority', scale: 'ratio', null: margin });
      expect(answer.lower).toBeCloseTo(interval.lower, 13);
      expect(answer.upper).toBeCloseTo(interval.upper, 13);
      expect(better === 'lower' ? answer.upper : answer.lower).toBeCloseTo(expected.bound, 13);
    },
  );

  test('of a difference is that of t at the margin', async () => {
    const difference = made(differenceOf(arm, control, 0.95));
    // With the margin at the end of the interval, p is half of alpha.
    const claim = { kind: 'non-inferiority', scale: 'difference', margin: difference.upper };
    const trial = practiceTrial({ decision: { ...byModel, claim } });
    const answer = made((await verdictOn(trial, rows)).primary);
    expect(difference.upper).toBeGreaterThan(0);
    expect(answer.pValue).toBeCloseTo(0.025, 12);
    expect([answer.lower, answer.upper]).toEqual([difference.lower, difference.upper]);
  });

  test('by re-randomisation takes the margin out of the treated units first', async () => {
    const claim = { kind: 'non-inferiority', scale: 'ratio', margin: 1.25 };
    const trial = practiceTrial({ decision: { draws: 399, claim } });
    const answer = made((await verdictOn(trial, rows)).primary);
    // Units in the order of their ids: redesign before usual.
    const units = [
      ...redesign.map((each) => ({ ...each, treated: true })),
      ...usual.map((each) => ({ ...each, treated: false })),
    ].map(({ alerts: numerator, days: denominator, treated }) => ({
      numerator: treated ? numerator / 1.25 : numerator,
      denominator,
      treated,
    }));
    const drawn = made(
      rerandomize(units, {
        procedure: { kind: 'hashed' },
        draws: 399,
        seed: ['rerandomization', trial.fingerprint, 'alertsPerPatientDay', 'redesign'],
        statistic: 'logRatio',
      }),
    );
    expect(answer).toMatchObject({ method: 'rerandomization', pValue: drawn.pLess });
    expect(answer.pOpposite).toBe(drawn.pGreater);
  });

  test('shown to be exceeded discards the arm', async () => {
    const worse = practicesOf({ usual, redesign: drawnPractices('worse', 11, { rate: 9 }) });
    const claim = { kind: 'non-inferiority', scale: 'ratio', margin: 1.25 };
    const verdict = await verdictOn(practiceTrial({ decision: { ...byModel, claim } }), worse);
    expect(verdict.verdict).toBe('discard');
    expect(verdict.reasons[0]).toMatch(
      /worse than the tolerated ratio of 1\.25 \(one-sided p < 0\.001\)/,
    );
  });
});

describe('Equivalence', () => {
  const usual = drawnPractices('usual', 30, { rate: 4 });
  const redesign = drawnPractices('same', 25, { rate: 4 });
  const rows = practicesOf({ usual, redesign });
  const [arm, control] = [estimateOf(redesign), estimateOf(usual)];
  const df = 53;
  const claiming = (bounds: object, more: object = byModel) => ({
    decision: { ...more, claim: { kind: 'equivalence', ...bounds } },
  });

  test.each(['lower', 'higher'] as const)(
    'of a difference is two one-sided tests, whichever way is better (%s)',
    async (better) => {
      const bounds = { scale: 'difference', lower: -0.7, upper: 0.9 };
      const trial = practiceTrial({ primary: alerts(better), ...claiming(bounds) });
      const answer = made((await verdictOn(trial, rows)).primary);
      const effect = made(differenceOf(arm, control, 0.95));
      const expected = made(equivalence(effect, { lower: -0.7, upper: 0.9, alpha: 0.025 }));
      expect(answer.pValue).toBeCloseTo(expected.pValue, 13);
      expect(answer.pOpposite).toBeCloseTo(1 - Math.max(expected.pLower, expected.pUpper), 13);
      expect(answer).toMatchObject({
        question: 'equivalence',
        bounds: [-0.7, 0.9],
        null: expected.pLower >= expected.pUpper ? -0.7 : 0.9,
        passed: expected.passed,
        lower: effect.lower,
        upper: effect.upper,
      });
    },
  );

  test.each(['lower', 'higher'] as const)(
    'of a ratio is two tests of Sasabuchi with the interval of Fieller (%s is better)',
    async (better) => {
      const bounds = { scale: 'ratio', lower: 0.75, upper: 1.3 };
      const trial = practiceTrial({ primary: alerts(better), ...claiming(bounds) });
      const answer = made((await verdictOn(trial, rows)).primary);
      const plain = ({ ratio, standardError }: typeof arm) => ({ estimate: ratio, standardError });
      const low = made(
        nonInferiorityRatio(plain(arm), plain(control), {
          margin: 0.75,
          better: 'higher',
          degreesOfFreedom: df,
        }),
      );
      const high = made(
        nonInferiorityRatio(plain(arm), plain(control), {
          margin: 1.3,
          better: 'lower',
          degreesOfFreedom: df,
        }),
      );
      expect(answer.pValue).toBeCloseTo(Math.max(low.pValue, high.pValue), 13);
      expect(answer.null).toBe(low.pValue >= high.pValue ? 0.75 : 1.3);
      expect(answer.passed).toBe((answer.lower ?? 0) > 0.75 && (answer.upper ?? Infinity) < 1.3);
    },
  );

  test.each(['ratio', 'difference'] as const)(
    'with a bound at the end of the interval (%s) has a p of half of alpha',
    async (scale) => {
      const wide = scale === 'ratio' ? { lower: 0.01, upper: 90 } : { lower: -90, upper: 90 };
      const first = made(
        (await verdictOn(practiceTrial(claiming({ scale, ...wide })), rows)).primary,
      );
      if (first.lower === null || first.upper === null) throw new Error('no interval');
      expect(first.passed).toBe(true);
      for (const at of [{ lower: first.lower }, { upper: first.upper }]) {
        const trial = practiceTrial(claiming({ scale, ...wide, ...at }));
        const answer = made((await verdictOn(trial, rows)).primary);
        expect(answer.pValue).toBeCloseTo(0.025, 11);
        expect(answer.null).toBe(Object.values(at)[0]);
      }
      for (const [at, passes] of [
        [{ lower: first.lower - 1e-6 }, true],
        [{ lower: first.lower + 1e-6 }, false],
        [{ upper: first.upper + 1e-6 }, true],
        [{ upper: first.upper - 1e-6 }, false],
      ] as const) {
        const trial = practiceTrial(claiming({ scale, ...wide, ...at }));
        expect(made((await verdictOn(trial, rows)).primary).passed).toBe(passes);
      }
    },
  );

  test('shown is adopted, and shown to be outside on either side is discarded', async () => {
    const trial = practiceTrial(claiming({ scale: 'ratio', lower: 0.7, upper: 1.4 }));
    const adopted = await verdictOn(trial, rows);
    expect(adopted.verdict).toBe('adopt');
    expect(adopted.reasons[0]).toMatch(
      /within the range that counts as equal \(ratio of 0\.700 to ratio of 1\.40\) \(one-sided p/,
    );
    for (const rate of [1.5, 9]) {
      const off = practicesOf({ usual, redesign: drawnPractices('off', 25, { rate }) });
      const verdict = await verdictOn(trial, off);
      expect(verdict.verdict).toBe('discard');
      expect(verdict.primary).toMatchObject({ passed: false, reversed: true });
      expect(verdict.reasons[0]).toMatch(/outside the range that counts as equal/);
    }
    const few = practicesOf({ usual: usual.slice(0, 5), redesign: redesign.slice(0, 5) });
    const verdict = await verdictOn(trial, few);
    expect(verdict.verdict).toBe('inconclusive');
    expect(verdict.reasons[0]).toMatch(/not shown to be within the range that counts as equal/);
  });

  test('by re-randomisation is the larger of two tests with the bound taken out', async () => {
    for (const scale of ['ratio', 'difference'] as const) {
      const bounds = scale === 'ratio' ? { lower: 0.8, upper: 1.3 } : { lower: -0.8, upper: 1 };
      const decision = { draws: 399, test: 'rerandomization' };
      const trial = practiceTrial(claiming({ scale, ...bounds }, decision));
      const answer = made((await verdictOn(trial, rows)).primary);
      const at = async (margin: number, better: 'lower' | 'higher') => {
        const claim = { kind: 'non-inferiority', scale, margin };
        return made(
          (
            await verdictOn(
              practiceTrial({ primary: alerts(better), decision: { ...decision, claim } }),
              rows,
            )
          ).primary,
        );
      };
      const low = await at(bounds.lower, 'higher');
      const high = await at(bounds.upper, 'lower');
      // Another protocol has another seed, and so other draws.
      expect(Math.abs(answer.pValue - Math.max(low.pValue, high.pValue))).toBeLessThan(0.06);
      expect(answer.method).toBe('rerandomization');
    }
  });

  test('without events in the arm is judged at the bounds all the same, without an interval', async () => {
    const silent = redesign.map((each) => ({ ...each, alerts: 0 }));
    for (const method of ['model', 'rerandomization']) {
      const trial = practiceTrial(
        claiming({ scale: 'ratio', lower: 0.8, upper: 1.25 }, { draws: 399, test: method }),
      );
      const verdict = await verdictOn(trial, practicesOf({ usual, redesign: silent }));
      expect(verdict.primary).toMatchObject({
        estimate: 0,
        lower: null,
        upper: null,
        withoutInterval: 'an arm has no events',
        passed: false,
        reversed: true,
        null: 0.8,
      });
      expect(verdict.verdict).toBe('discard');
      expect(verdict.reasons[0]).toMatch(
        /\(no interval: an arm has no events\): outside the range/,
      );
      const appeared = await verdictOn(trial, practicesOf({ usual: silent, redesign }));
      expect(appeared.primary).toMatchObject({ estimate: null, reversed: true, null: 1.25 });
      expect(appeared.reasons[0]).toMatch(/went from nothing to something: outside the range/);
    }
    const neither = await verdictOn(
      practiceTrial(claiming({ scale: 'difference', lower: -1, upper: 1 })),
      practicesOf({ usual: usual.map((u) => ({ ...u, alerts: 0 })), redesign: silent }),
    );
    expect(neither.primary.estimable).toBe(false);
    expect(neither.verdict).toBe('inconclusive');
  });
});

describe('The interval beside a decision', () => {
  const counted = fc.record({
    alerts: fc.integer({ min: 1, max: 60 }),
    days: fc.integer({ min: 5, max: 20 }),
    share: fc.constantFrom(0.1, 0.3, 0.5, 0.9),
  });
  const practices = fc
    .array(counted, { minLength: 4, maxLength: 6 })
    .map((list) =>
      list.map(({ share, ...each }) => ({ ...each, accepted: Math.round(each.alerts * share) })),
    );

  /** On which side of the null the interval lies: -1 below, 1 above, 0 across. */
  function sideOf({ lower, upper, null: at }: Answer, bound = at): -1 | 0 | 1 {
    if (upper !== null && upper < bound) return -1;
    return lower !== null && lower > bound ? 1 : 0;
  }

  const claims = [
    { kind: 'superiority' },
    { kind: 'non-inferiority', scale: 'ratio' },
    { kind: 'non-inferiority', scale: 'difference' },
    { kind: 'equivalence', scale: 'ratio', lower: 0.5, upper: 2 },
    { kind: 'equivalence', scale: 'difference', lower: -0.4, upper: 0.5 },
  ] as const;

  test.each(['model', 'rerandomization'])(
    'excludes what the decision excludes, by %s',
    async (method) => {
      let excluded = 0;
      await fc.assert(
        fc.asyncProperty(
          practices,
          practices,
          fc.constantFrom(...claims),
          fc.constantFrom('lower' as const, 'higher' as const),
          fc.boolean(),
          fc.constantFrom(0.05, 0.2),
          async (usual, redesign, claimed, better, isShare, alpha) => {
            const good = better === 'lower';
            const claim =
              claimed.kind === 'non-inferiority'
                ? {
                    ...claimed,
                    margin: claimed.scale === 'ratio' ? (good ? 1.5 : 0.6) : good ? 0.2 : -0.2,
                  }
                : claimed;
            const trial = practiceTrial({
              primary: isShare ? acceptance(better) : alerts(better),
              decision: { draws: 399, test: method, claim, alpha },
            });
            const { primary } = await verdictOn(trial, practicesOf({ usual, redesign }));
            if (!primary.estimable || primary.withoutInterval !== undefined) return;
            expect(primary.method).toBe(method);
            const { passed, reversed, bounds, lower, upper } = primary;
            const near = [primary.null, ...(bounds ?? [])].some((bound) =>
              [lower, upper].some((end) => end !== null && Math.abs(end - bound) < 1e-6),
            );
            if (near) return;
            if (bounds !== undefined) {
              const isWithin =
                lower !== null && upper !== null && lower > bounds[0] && upper < bounds[1];
              expect(passed).toBe(isWithin);
              expect(reversed).toBe(
                sideOf(primary, bounds[0]) < 0 || sideOf(primary, bounds[1]) > 0,
              );
            } else {
              const side = good ? sideOf(primary) : -sideOf(primary);
              expect(passed).toBe(side < 0);
              expect(reversed).toBe(side > 0);
            }
            if (passed || reversed) excluded += 1;
          },
        ),
        { numRuns: method === 'model' ? 150 : 80, seed: 20_261_005 },
      );
      expect(excluded).toBeGreaterThan(8);
    },
  );
});
