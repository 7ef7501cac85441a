import { describe, expect, test } from '@jest/globals';
import type { Effect } from '../../../src/analysis/methods/effect.ts';
import type { FactorialCell, FactorLevels } from '../../../src/analysis/methods/several/index.ts';
import { factorial } from '../../../src/analysis/methods/several/index.ts';
import { close, made, reference } from './reference.ts';

type Given = Parameters<typeof made<Effect>>[0];

function agrees(
  result: Given,
  expected: { estimate: number; se: number; p: number; lower: number; upper: number },
  df: number,
) {
  const effect = made(result);
  close(effect.estimate, expected.estimate);
  close(effect.standardError, expected.se);
  close(effect.statistic, expected.estimate / expected.se);
  close(effect.pValue, expected.p, { relative: 1e-8 });
  close(effect.lower, expected.lower);
  close(effect.upper, expected.upper);
  expect(effect.degreesOfFreedom).toBe(df);
}

const same = (one: FactorLevels, other: FactorLevels) =>
  Object.keys(one).length === Object.keys(other).length &&
  Object.entries(one).every(([name, level]) => other[name] === level);

describe('A factorial trial agrees with R, lm and multcomp::glht', () => {
  test.each(reference.factorial.map((each, i) => ({ i, ...each })))(
    'in trial $i',
    ({ factors, cells, df, tests, margins, simple }) => {
      const got = made(factorial(cells, { factors, scale: 'difference' }));
      expect(got.degreesOfFreedom).toBe(df);
      expect(got.factors.map(({ factor, reference: first }) => [factor, first])).toEqual(
        factors.map(({ name, levels }) => [name, levels[0]]),
      );
      const interactions = got.factors.flatMap((term) => term.interactions);
      for (const expected of margins) {
        const names = Object.keys(expected.levels);
        const [name = ''] = names;
        const found =
          names.length === 1
            ? got.factors
                .find(({ factor }) => factor === name)
                ?.contrasts.find(({ level }) => level === expected.levels[name])?.atTheMargins
            : interactions
                .flatMap(({ contrasts }) => contrasts)
                .find(({ levels }) => same(levels, expected.levels))?.effect;
        agrees(found ?? { estimable: false, reason: names.join() }, expected, df);
      }
      const firstSimple = got.factors[0]?.contrasts[0]?.simple ?? [];
      expect(firstSimple.map(({ at }) => at)).toEqual(simple.map(({ at }) => at));
      firstSimple.forEach(({ effect }, i) => {
        const expected = simple[i];
        if (expected !== undefined) agrees(effect, expected, df);
      });
      for (const { term, f, q, p } of tests) {
        const names = term.split(':');
        const found =
          names.length === 1
            ? got.factors.find(({ factor }) => factor === term)?.test
            : interactions.find((each) => each.factors.join(':') === term)?.test;
        const joint = made(found ?? { estimable: false, reason: term });
        close(joint.statistic, f, { relative: 1e-8 });
        close(joint.pValue, p, { relative: 1e-7 });
        expect(joint.degreesOfFreedom).toEqual([q, df]);
      }
    },
  );

  test('and gives each factor every interaction that it is part of, small ones first', () => {
    const [, , trial] = reference.factorial;
    const got = made(
      factorial(trial?.cells ?? [], { factors: trial?.factors ?? [], scale: 'difference' }),
    );
    expect(
      got.factors.map(({ interactions }) => interactions.map(({ factors }) => factors.join(''))),
    ).toEqual([
      ['ab', 'ac', 'abc'],
      ['ab', 'bc', 'abc'],
      ['ac', 'bc', 'abc'],
    ]);
  });
});

const factors = [
  { name: 'timing', levels: ['now', 'later'] },
  { name: 'wording', levels: ['long', 'short'] },
];

/** A 2 × 2 from its estimates: usual, wording, timing, both. */
const cellsOf = (
  estimates: readonly [number, number, number, number],
  { standardError = 0.1, units = 6 } = {},
): readonly FactorialCell[] =>
  [
    ['now', 'long'],
    ['now', 'short'],
    ['later', 'long'],
    ['later', 'short'],
  ].map(([timing = '', wording = ''], i) => ({
    arm: `${timing} ${wording}`,
    levels: { timing, wording },
    estimate: estimates[i] ?? 0,
    standardError,
    units,
  }));

const analyse = (
  cells: readonly FactorialCell[],
  scale: 'difference' | 'logRatio' = 'difference',
) => made(factorial(cells, { factors, scale }));

describe('A 2 × 2', () => {
  test('has an interaction of four times the variance of a main effect, twice that of a simple one', () => {
    const [timing] = analyse(cellsOf([1, 2, 4, 8])).factors;
    const main = made(timing?.contrasts[0]?.atTheMargins as Given);
    const interaction = made(timing?.interactions[0]?.contrasts[0]?.effect as Given);
    const [first, second] = timing?.contrasts[0]?.simple ?? [];
    close(main.estimate, 4.5);
    close(made(first?.effect as Given).estimate, 3);
    close(made(second?.effect as Given).estimate, 6);
    expect([first?.at, second?.at]).toEqual([{ wording: 'long' }, { wording: 'short' }]);
    close(interaction.estimate, 3);
    close(main.standardError, 0.1);
    close(interaction.standardError, 0.2);
    close(made(first?.effect as Given).standardError, Math.SQRT2 / 10);
    expect(main.degreesOfFreedom).toBe(20);
  });

  test('of logarithms is told in ratios, with p values of the logarithms', () => {
    const cells = cellsOf([0.1, 0.4, -0.3, 0.2]);
    const plain = analyse(cells).factors;
    const ratios = analyse(cells, 'logRatio').factors;
    ratios.forEach((term, i) => {
      const pairs = [
        [term.contrasts[0]?.atTheMargins, plain[i]?.contrasts[0]?.atTheMargins],
        [term.contrasts[0]?.simple[1]?.effect, plain[i]?.contrasts[0]?.simple[1]?.effect],
        [
          term.interactions[0]?.contrasts[0]?.effect,
          plain[i]?.interactions[0]?.contrasts[0]?.effect,
        ],
      ];
      for (const [ratio, log] of pairs) {
        const [told, computed] = [made(ratio as Given), made(log as Given)];
        for (const key of ['estimate', 'lower', 'upper'] as const) {
          close(told[key], Math.exp(computed[key]));
        }
        for (const key of ['standardError', 'statistic', 'pValue', 'degreesOfFreedom'] as const) {
          expect(told[key]).toBe(computed[key]);
        }
      }
      expect(term.test).toEqual(plain[i]?.test);
    });
  });

  test('does not depend on the order of the cells', () => {
    const cells = cellsOf([1, 2, 4, 8]);
    expect(analyse([...cells].reverse())).toEqual(analyse(cells));
  });

  test('takes the level of confidence', () => {
    const width = (level: number) => {
      const { factors: terms } = made(
        factorial(cellsOf([1, 2, 3, 4]), { factors, scale: 'difference', level }),
      );
      const { lower, upper } = made(terms[0]?.contrasts[0]?.atTheMargins as Given);
      return upper - lower;
    };
    // qt(.95, 20) and qt(.995, 20).
    close(width(0.9), 2 * 0.1 * 1.7247182429207857, { relative: 1e-9 });
    close(width(0.99), 2 * 0.1 * 2.845339709776814, { relative: 1e-9 });
  });
});

describe('An interaction comes with a caution', () => {
  const cautionOf = (
    estimates: readonly [number, number, number, number],
    options?: { standardError?: number; scale?: 'difference' | 'logRatio' },
  ) =>
    analyse(cellsOf(estimates, options), options?.scale).factors[0]?.interactions[0]?.contrasts[0]
      ?.caution;

  test('that a main effect is a mean of unlike effects, where it is significant', () => {
    expect(cautionOf([1, 2, 4, 8])).toMatch(
      /^The interaction timing × wording is significant \(p = \d\.\de-\d+\).*simple effects/,
    );
  });

  test('that it may be as large as a main effect, where its interval is wide', () => {
    // The interval reaches 2.086 × 0.2 = 0.417 either way: more than timing's 0.3.
    const caution = cautionOf([0, 1, 0.3, 1.3]);
    expect(caution).toMatch(/interaction timing × wording is wide/);
    expect(caution).toMatch(/4\.0 times the variance of the main effect of timing/);
    expect(cautionOf([0, 0.3, 1, 1.3])).toMatch(/main effect of wording/);
    // A main effect below 0 counts by its size, one of a ratio by its logarithm.
    expect(cautionOf([0, -1, -0.3, -1.3])).toMatch(/main effect of timing/);
    expect(cautionOf([0, -1, -0.3, -1.3], { scale: 'logRatio' })).toMatch(/main effect of timing/);
  });

  test('but none where both main effects are beyond its reach and it is not significant', () => {
    expect(cautionOf([0, 0.5, 0.5, 1])).toBeUndefined();
    expect(cautionOf([0, 0.5, -0.5, 0], { scale: 'logRatio' })).toBeUndefined();
    const [term] = analyse(cellsOf([0, 0.5, 0.5, 1])).factors;
    expect(term?.interactions[0]?.contrasts[0]).not.toHaveProperty('caution');
  });

  test('that stands with the main effects of its levels too, and only with those', () => {
    const [, trial] = reference.factorial;
    const got = made(
      factorial(trial?.cells ?? [], { factors: trial?.factors ?? [], scale: 'difference' }),
    );
    const cautions = got.factors.flatMap(({ interactions, contrasts }) =>
      contrasts.map(({ level, cautions: held }) => {
        const own = interactions
          .flatMap((term) => term.contrasts)
          .filter(({ levels }) => Object.values(levels).includes(level));
        expect(held).toEqual(
          own.map(({ caution }) => caution).filter((text) => text !== undefined),
        );
        return held.length;
      }),
    );
    expect(cautions.some((count) => count > 0)).toBe(true);
  });

  test('that nothing is shown, where it cannot be estimated', () => {
    expect(cautionOf([0, 1, 1, 2], { standardError: 0 })).toMatch(
      /^The interaction timing × wording cannot be estimated \(every unit.*nothing shows/,
    );
  });
});

describe('What a factorial trial cannot estimate is a value that says why', () => {
  test('with no more units than cells', () => {
    const lone = cellsOf([1, 2, 3, 4], { units: 1 });
    expect(factorial(lone, { factors, scale: 'difference' })).toEqual({
      estimable: false,
      reason: expect.stringMatching(/no more units/),
    });
  });

  test('without spread', () => {
    const [term] = analyse(cellsOf([1, 2, 3, 4], { standardError: 0 })).factors;
    expect(term?.test).toMatchObject({ estimable: false });
    expect(term?.contrasts[0]?.atTheMargins).toMatchObject({
      estimable: false,
      reason: expect.stringMatching(/no variance/),
    });
  });

  test('beyond all numbers', () => {
    const [term] = analyse(cellsOf([1, 2, 3, 4], { standardError: 1e6 }), 'logRatio').factors;
    expect(term?.contrasts[0]?.atTheMargins).toMatchObject({ estimable: false });
  });
});

describe('Mistakes of the caller are refused', () => {
  const cells = cellsOf([1, 2, 3, 4]);
  const [timing, wording] = factors as [(typeof factors)[0], (typeof factors)[0]];
  const change = (field: Partial<FactorialCell>) =>
    cells.map((cell, i) => (i === 3 ? { ...cell, ...field } : cell));
  const call =
    (list: readonly FactorialCell[], with_ = factors, level = 0.95) =>
    () =>
      factorial(list, { factors: with_, scale: 'difference', level });
  const more = ['a', 'b', 'c'].map((name) => ({ name, levels: ['0', '1'] }));

  test.each([
    ['one factor', call(cells, [timing]), /2 to 4 factors, got 1/],
    ['five factors', call(cells, [...factors, ...more]), /2 to 4 factors, got 5/],
    ['a factor twice', call(cells, [timing, timing]), /factor "timing" stands more than once/],
    [
      'a factor of one level',
      call(cells, [timing, { name: 'wording', levels: ['long'] }]),
      /"wording" needs 2 levels/,
    ],
    [
      'a level twice',
      call(cells, [timing, { name: 'wording', levels: ['long', 'long'] }]),
      /in factor "wording" the level "long"/,
    ],
    [
      'a cell without a level',
      call(change({ levels: { timing: 'now' } })),
      /"later short" has no level of "wording"/,
    ],
    [
      'an unknown level',
      call(change({ levels: { timing: 'now', wording: 'loud' } })),
      /"loud" of "later short" is not a level of "wording"/,
    ],
    [
      'a combination twice',
      call(change({ levels: { timing: 'now', wording: 'long' } })),
      /timing now, wording long, got 2/,
    ],
    [
      'a combination that is missing',
      call(cells.slice(0, 3)),
      /timing later, wording short, got 0/,
    ],
    ['an arm twice', call(change({ arm: 'now long' })), /"now long" stands more than once/],
    [
      'an estimate that is none',
      call(change({ estimate: Number.NaN })),
      /estimate of "later short"/,
    ],
    ['a level of confidence of 1', call(cells, factors, 1), /level must be/],
    ['a level of confidence of 0', call(cells, [timing, wording], 0), /level must be/],
  ])('%s', (_, mistaken, message) => {
    expect(mistaken).toThrow(RangeError);
    expect(mistaken).toThrow(message);
  });
});
