import { describe, expect, test } from '@jest/globals';
import type { UnitRow, Verdict } from '../../../src/analysis/index.ts';
import { adjustPValues, alertsPerPatientDay, analyze } from '../../../src/analysis/index.ts';
import type { Counted } from './practices.ts';
import {
  drawnPractices,
  made,
  over,
  practicesOf,
  practiceTrial,
  verdictOn,
  verdictsOn,
} from './practices.ts';

/** Practices that differ so much between the arms that any test would see it. */
const farApart = (arm: number, control: number): readonly UnitRow[] => {
  const counted = (n: number, rate: number): readonly Counted[] =>
    Array.from({ length: n }, (_, i) => {
      const days = 100 + 7 * i;
      return { alerts: rate * days + i, days, accepted: Math.round(rate * days * 0.4) + (i % 3) };
    });
  return practicesOf({ usual: counted(control, 5), redesign: counted(arm, 1) });
};

const arms = (...names: readonly string[]): object => ({
  arms: names.map((name) => ({ name, weight: 1, content: null })),
  control: names[0],
});

describe('A claim that the design could never support', () => {
  test.each(['model', 'rerandomization', 'auto'])(
    'is refused of 3 v 3 practices, by %s',
    async (method) => {
      const trial = practiceTrial({ decision: { draws: 399, test: method } });
      const { verdict, reasons } = await verdictOn(trial, farApart(3, 3));
      expect(verdict).toBe('inconclusive');
      expect(reasons.at(-1)).toMatch(
        /No claim can be made with arms of 3 and 3 practices \(Alerts per patient-day\): of the 20 ways to make such arms the actual one is one, so given these sizes no one-sided p value below 0\.0500 can be had, whatever the effect, and 0\.0250 is asked for\. Randomise at least 4 practices to each arm, or a smaller unit\./,
      );
    },
  );

  test('is told before the end as well, when there is still time for more units', async () => {
    const early = await verdictOn(practiceTrial(), farApart(3, 3), Date.UTC(2026, 9, 20));
    expect(early.verdict).toBe('keep-testing');
    expect(early.reasons.join(' ')).toMatch(
      /No claim can be made.*has not reached its planned end/,
    );
  });

  test.each([
    [4, 4, 'adopt'],
    [2, 8, 'adopt'],
    [2, 7, 'inconclusive'],
    [7, 2, 'inconclusive'],
  ])(
    'depends on the number of ways to divide %i and %i practices',
    async (arm, control, expected) => {
      const trial = practiceTrial({ decision: { draws: 399, test: 'model', alpha: 0.05 } });
      const { verdict, reasons } = await verdictOn(trial, farApart(arm, control));
      // C(10, 2) = 45 ways allow p = 0.0222; C(9, 2) = 36 only 0.0278.
      expect(reasons.some((reason) => /No claim/.test(reason))).toBe(expected === 'inconclusive');
      if (arm > 2 || expected === 'inconclusive') expect(verdict).toBe(expected);
    },
  );

  test('asks for more units where alpha is smaller', async () => {
    const trial = practiceTrial({ decision: { draws: 9_999, test: 'model', alpha: 0.01 } });
    const { verdict, reasons } = await verdictOn(trial, farApart(4, 4));
    expect(verdict).toBe('inconclusive');
    expect(reasons.at(-1)).toMatch(
      /of the 70 ways.*0\.0143.*0\.00500 is asked for.*at least 5 practices/,
    );
    expect((await verdictOn(trial, farApart(5, 5))).verdict).toBe('adopt');
  });

  test('is refused for the outcome that allows least, not for the one with fewest units', async () => {
    const guardrail = {
      metric: 'acceptanceRate',
      better: 'higher',
      scale: 'difference',
      margin: -0.9,
    };
    const trial = practiceTrial({
      guardrails: [guardrail],
      decision: { draws: 399, test: 'model' },
    });
    // 8 units of 4 v 4 have days (70 ways), of which the arm has 2 with alerts beside 4 (15 ways).
    const rows = farApart(4, 4).map((row, i) =>
      row.arm === 'redesign' && i % 2 === 0 ? { ...row, alerts: 0, accepted: 0 } : row,
    );
    const { verdict, reasons } = await verdictOn(trial, rows);
    expect(reasons.join(' ')).toMatch(
      /arms of 2 and 4 practices \([^)]*[Aa]ccept[^)]*\): of the 15 ways/,
    );
    expect(verdict).toBe('inconclusive');
  });

  test('does not hide harm', async () => {
    const guardrail = {
      metric: 'acceptanceRate',
      better: 'higher',
      scale: 'difference',
      margin: -0.03,
    };
    const trial = practiceTrial({
      guardrails: [guardrail],
      decision: { draws: 399, test: 'model' },
    });
    const rows = farApart(3, 3).map((row) =>
      row.arm === 'redesign' ? { ...row, accepted: Math.floor((row.accepted ?? 0) / 20) } : row,
    );
    expect((await verdictOn(trial, rows)).verdict).toBe('harm');
  });

  test('of several arms is judged by what Holm could reject at best', async () => {
    const three = practiceTrial({
      ...arms('usual', 'b', 'c'),
      decision: { draws: 399, test: 'model' },
    });
    const rows = (n: number): readonly UnitRow[] => [
      ...farApart(n, n).map((row) =>
        row.arm === 'redesign' ? { ...row, arm: 'b', unitId: `b${row.unitId}` } : row,
      ),
      ...farApart(n, n)
        .filter(({ arm }) => arm === 'redesign')
        .map((row) => ({ ...row, arm: 'c', unitId: `c${row.unitId}` })),
    ];
    // 1 / 70 is above 0.025 / 2: neither arm can come first.
    const four = await verdictsOn(three, rows(4));
    expect(four.map(({ verdict }) => verdict)).toEqual(['inconclusive', 'inconclusive']);
    expect(four[0]?.reasons.at(-1)).toMatch(
      /0\.0143.*0\.0125 is asked for of the first of several arms.*at least 5/,
    );
    expect((await verdictsOn(three, rows(5))).map(({ verdict }) => verdict)).toEqual([
      'adopt',
      'adopt',
    ]);
    // A larger arm can come first and leave 0.025 to a smaller one.
    const mixed = rows(6).filter(({ unitId }) => !/^cr.*-0000[3-5]$/.test(unitId));
    expect((await verdictsOn(three, mixed)).map(({ verdict }) => verdict)).toEqual([
      'adopt',
      'adopt',
    ]);
  });

  test('one unit in an arm leaves no variance, and it is said what to do', async () => {
    const { primary, reasons, pValue } = await verdictOn(practiceTrial(), farApart(1, 6));
    expect(primary).toEqual({
      estimable: false,
      reason: 'redesign: one unit alone has no variance between units',
      instead: expect.stringMatching(/two units or more in each arm/),
    });
    expect(reasons[0]).toMatch(
      /cannot be judged, redesign: one unit alone.*; instead: two units or more/,
    );
    expect(pValue).toBeNull();
  });
});

describe('Which test decides', () => {
  test.each([
    [19, 20, 'rerandomization'],
    [20, 20, 'model'],
  ])(
    'of %i and %i units is by %s for every question of the arm, and the interval goes with it',
    async (a, b, method) => {
      const guardrail = {
        metric: 'acceptanceRate',
        better: 'higher',
        scale: 'difference',
        margin: -0.1,
      };
      const perDay = { metric: 'acceptedPerPatientDay', better: 'higher' };
      const trial = practiceTrial({
        guardrails: [guardrail, { ...perDay, scale: 'ratio', margin: 0.5 }],
        secondary: [perDay],
      });
      const rows = practicesOf({
        usual: drawnPractices('u', a, { rate: 5 }),
        redesign: drawnPractices('r', b, { rate: 4 }),
      });
      const analysis = await analyze(trial, rows, { asOf: over });
      const [verdict] = analysis.verdicts;
      const answers = [
        verdict?.primary,
        ...(verdict?.guardrails ?? []),
        analysis.gate[0]?.questions[0]?.answer,
      ];
      for (const answer of answers) expect(made(answer).method).toBe(method);
      for (const measure of [analysis.primary, ...analysis.guardrails, ...analysis.secondary]) {
        const interval = measure.comparisons[0]?.rerandomizationInterval;
        if (method === 'model') expect(interval).toBeNull();
        else expect(made(interval).level).toBe(0.95);
      }
    },
  );

  test('is chosen by the units that have a denominator: alerts of few practices are few units', async () => {
    const guardrail = {
      metric: 'acceptanceRate',
      better: 'higher',
      scale: 'difference',
      margin: -0.1,
    };
    const trial = practiceTrial({ guardrails: [guardrail] });
    const rows = practicesOf({
      usual: drawnPractices('u', 25, { rate: 5 }),
      redesign: drawnPractices('r', 25, { rate: 4 }).map((each, i) =>
        i < 12 ? { ...each, alerts: 0, accepted: 0 } : each,
      ),
    });
    const { primary, guardrails } = await verdictOn(trial, rows);
    expect(made(primary).method).toBe('model');
    expect(made(guardrails[0]).method).toBe('rerandomization');
  });
});

describe('A variance that cannot be judged', () => {
  test('is no p value of a half: where one practice holds the whole denominator nothing is tested', async () => {
    const rows = practicesOf({
      usual: drawnPractices('u', 5, { rate: 5 }),
      redesign: [
        { alerts: 40, days: 1e12 },
        { alerts: 1, days: 1 },
        { alerts: 2, days: 1 },
      ],
    });
    const { primary, pValue } = await verdictOn(
      practiceTrial({ decision: { draws: 399, test: 'model' } }),
      rows,
    );
    expect(primary).toEqual({
      estimable: false,
      reason: expect.stringMatching(/one unit holds nearly all/),
      instead: expect.stringMatching(/more even size/),
    });
    expect(pValue).toBeNull();
  });

  test('is nothing to divide by where all practices are alike', async () => {
    const alike = (rate: number) =>
      Array.from({ length: 6 }, (_, i) => ({ alerts: rate * (10 + i), days: 10 + i }));
    const { primary } = await verdictOn(
      practiceTrial(),
      practicesOf({ usual: alike(5), redesign: alike(3) }),
    );
    expect(primary).toMatchObject({
      estimable: false,
      reason: expect.stringMatching(/no variance to judge by/),
      instead: expect.stringMatching(/more units/),
    });
  });
});

describe('The smallest effect worth adopting', () => {
  const rows = practicesOf({
    usual: drawnPractices('u', 16, { rate: 5 }),
    redesign: drawnPractices('r', 16, { rate: 4.8 }),
  });

  test.each(['model', 'rerandomization'])(
    'is ruled out by the test that decides (%s), as a margin is',
    async (method) => {
      const decision = { draws: 399, test: method };
      const at = async (worthwhile: number): Promise<Verdict> =>
        verdictOn(practiceTrial({ decision: { ...decision, worthwhile } }), rows);
      const { lower } = made((await at(0.2)).primary);
      if (lower === null) throw new Error('no interval');
      const ruledOut = await at(lower * 0.8);
      expect(ruledOut.verdict).toBe('discard');
      expect(ruledOut.reasons).toContain('The smallest effect worth adopting is ruled out.');
      const open = await at(lower * 1.1);
      expect(open.verdict).toBe('inconclusive');
      expect(open.reasons.join(' ')).not.toMatch(/ruled out/);
    },
  );

  test('is not ruled out of a trial that goes on, nor where nothing can be tested', async () => {
    const trial = practiceTrial({ decision: { draws: 399, worthwhile: 0.2 } });
    const early = await verdictOn(trial, rows, Date.UTC(2026, 9, 20));
    expect(early.verdict).toBe('keep-testing');
    expect(early.reasons.join(' ')).not.toMatch(/ruled out/);
    const one = rows.filter(
      ({ unitId }) => !unitId.startsWith('redesign') || unitId.endsWith('-00000'),
    );
    expect((await verdictOn(trial, one)).verdict).toBe('inconclusive');
  });
});

describe('The gate of the secondary outcomes', () => {
  const burden = { metric: 'alertsPerPatientDay', better: 'lower' };
  const perDay = { metric: 'acceptedPerPatientDay', better: 'higher' };
  const rate = { metric: 'acceptanceRate', better: 'higher' };
  const drawn = (seed: string, options: { rate: number; acceptance?: number }, n = 24) =>
    drawnPractices(seed, n, options);
  const secondary = [rate, perDay];
  const better = practicesOf({
    usual: drawn('u', { rate: 5, acceptance: 0.1 }),
    redesign: drawn('r', { rate: 3, acceptance: 0.3 }),
  });

  test('shows in the order of the protocol what is better, as long as all before was', async () => {
    const trial = practiceTrial({ secondary });
    const { gate, verdicts } = await analyze(trial, better, { asOf: over });
    expect(verdicts[0]?.verdict).toBe('adopt');
    const questions = gate[0]?.questions ?? [];
    expect(questions.map(({ metric }) => metric)).toEqual([
      'acceptanceRate',
      'acceptedPerPatientDay',
    ]);
    const raw = [verdicts[0]?.pValue ?? 1, ...questions.map(({ answer }) => made(answer).pValue)];
    questions.forEach(({ adjustedPValue, shown }, i) => {
      const largest = Math.max(...raw.slice(0, i + 2));
      expect(adjustedPValue).toBe(largest);
      expect(shown).toBe(largest <= 0.025);
    });
    expect(questions[0]?.shown).toBe(true);
  });

  test('stops at the first that is not better, whatever comes after', async () => {
    const worse = { ...perDay, better: 'lower' };
    const { gate } = await analyze(practiceTrial({ secondary: [worse, rate] }), better, {
      asOf: over,
    });
    const [first, second] = gate[0]?.questions ?? [];
    expect(made(second?.answer).passed).toBe(true);
    expect([first?.shown, second?.shown]).toEqual([false, false]);
    expect(second?.adjustedPValue).toBe(first?.adjustedPValue);
  });

  test('stays shut before the end, and for an arm that is not adopted', async () => {
    const trial = practiceTrial({ secondary });
    const early = await analyze(trial, better, { asOf: Date.UTC(2026, 9, 20) });
    expect(early.gate[0]?.questions.map(({ shown }) => shown)).toEqual([false, false]);
    expect(early.gate[0]?.questions[0]?.adjustedPValue).toBeLessThan(0.025);
    const guardrail = { ...perDay, scale: 'ratio', margin: 0.99 };
    const lost = practicesOf({
      usual: drawn('u', { rate: 5, acceptance: 0.2 }),
      redesign: drawn('r', { rate: 1, acceptance: 0.5 }),
    });
    const harm = await analyze(
      practiceTrial({ secondary: [rate], guardrails: [guardrail] }),
      lost,
      { asOf: over },
    );
    expect(harm.verdicts[0]?.verdict).not.toBe('adopt');
    expect(made(harm.gate[0]?.questions[0]?.answer).passed).toBe(true);
    expect(harm.gate[0]?.questions[0]?.shown).toBe(false);
  });

  test('is closed from a question on that cannot be answered', async () => {
    const none = better.map((row) => ({
      ...row,
      silent: 0,
      dismissed: 0,
      acceptedAndDismissed: 0,
    }));
    const silent = { metric: 'orders', better: 'higher' };
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
    const trial = practiceTrial({ metrics, secondary: [rate, silent, perDay] });
    const { gate } = await analyze(trial, none, { asOf: over });
    const questions = gate[0]?.questions ?? [];
    expect(questions[0]?.shown).toBe(true);
    expect(questions[1]).toMatchObject({
      answer: { estimable: false, instead: expect.any(String) },
      adjustedPValue: null,
      shown: false,
    });
    expect(questions[2]).toMatchObject({
      answer: { estimable: true },
      adjustedPValue: null,
      shown: false,
    });
  });

  test('of several arms opens when all of them are better, and shares alpha between them', async () => {
    const three = (c: { rate: number; acceptance: number }) =>
      practicesOf({
        usual: drawn('u', { rate: 5, acceptance: 0.1 }),
        b: drawn('b', { rate: 3, acceptance: 0.2 }),
        c: drawn('c', c),
      });
    const trial = practiceTrial({ ...arms('usual', 'b', 'c'), secondary: [rate] });
    const all = await analyze(trial, three({ rate: 3.4, acceptance: 0.13 }), { asOf: over });
    expect(all.verdicts.map(({ verdict }) => verdict)).toEqual(['adopt', 'adopt']);
    const gateP = Math.max(
      ...adjustPValues(
        all.verdicts.map(({ pValue }) => pValue ?? 1),
        'holm',
      ),
    );
    for (const { questions } of all.gate) {
      const p = made(questions[0]?.answer).pValue;
      expect(questions[0]?.adjustedPValue).toBe(Math.max(gateP, Math.min(1, 2 * p)));
      expect(questions[0]?.shown).toBe(Math.max(gateP, 2 * p) <= 0.025);
    }
    const one = await analyze(trial, three({ rate: 5, acceptance: 0.1 }), { asOf: over });
    expect(one.verdicts.map(({ verdict }) => verdict)).toEqual(['adopt', 'inconclusive']);
    expect(made(one.gate[0]?.questions[0]?.answer).pValue).toBeLessThan(0.001);
    expect(one.gate[0]?.questions[0]?.shown).toBe(false);
    // An arm that is refused for its size frees no alpha for the other, and keeps the gate shut.
    const few = three({ rate: 2, acceptance: 0.2 }).filter(
      ({ unitId }) => !/^c-000(0[2-9]|[12])/.test(unitId),
    );
    const decision = { draws: 399, test: 'model', alpha: 0.005 };
    const weighted = [12, 12, 1].map((weight, i) => ({
      name: ['usual', 'b', 'c'][i],
      weight,
      content: null,
    }));
    const model = practiceTrial({ arms: weighted, secondary: [rate], decision });
    const refused = await analyze(model, few, { asOf: over });
    expect(refused.primary.arms[2]?.units).toBe(2);
    expect(refused.verdicts.map(({ verdict }) => verdict)).toEqual(['adopt', 'inconclusive']);
    expect(refused.verdicts[1]?.pValue).toBeLessThan(0.0025);
    expect(refused.verdicts[1]?.reasons.at(-1)).toMatch(/arms of 2 and 24 practices/);
    expect(refused.gate.map(({ questions }) => questions[0]?.shown)).toEqual([false, false]);
    const empty = await analyze(
      trial,
      three({ rate: 3, acceptance: 0.1 }).filter(({ arm }) => arm !== 'c'),
      { asOf: over },
    );
    expect(empty.gate.every(({ questions }) => questions[0]?.adjustedPValue === null)).toBe(true);
  });

  test('has no questions where the trial has no secondary outcomes', async () => {
    const { gate } = await analyze(practiceTrial({ primary: burden }), better, { asOf: over });
    expect(gate).toEqual([{ arm: 'redesign', questions: [] }]);
  });
});

describe('Words', () => {
  test('of an interval with one end say so', async () => {
    // Re-randomisation of few units with many empty ones rejects no small ratio.
    const rows = practicesOf({
      usual: [0, 0, 0, 9, 30].map((alerts, i) => ({ alerts, days: 10 + i })),
      redesign: [0, 0, 2, 0, 1].map((alerts, i) => ({ alerts, days: 10 + i })),
    });
    const { primary, reasons } = await verdictOn(practiceTrial(), rows);
    const { lower, upper, withoutInterval } = made(primary);
    const words =
      lower !== null && upper !== null
        ? /interval .* to /
        : lower !== null
          ? /interval from .* on\)/
          : upper !== null
            ? /interval up to .*\)/
            : /no interval: /;
    expect(reasons[0]).toMatch(words);
    expect(withoutInterval === undefined).toBe(lower !== null || upper !== null);
    expect(reasons.join(' ')).not.toMatch(/null|undefined|NaN|Infinity/);
  });

  test('of the level are those of the protocol', async () => {
    const trial = practiceTrial({ decision: { draws: 399, alpha: 0.1, test: 'model' } });
    const { reasons } = await verdictOn(trial, farApart(6, 6));
    expect(reasons[0]).toMatch(/90 % interval/);
    expect((await alertsPerPatientDay(trial, farApart(6, 6))).level).toBe(0.9);
  });
});
