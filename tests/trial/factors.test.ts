import { describe, expect, test } from '@jest/globals';
import { ProtocolError } from '../../src/index.ts';
import { trialWith } from '../trials.ts';

type Levels = Readonly<Record<string, string>>;

const armsWith = (...factors: readonly (Levels | undefined)[]): readonly object[] =>
  factors.map((levels, i) => ({
    name: `arm-${i}`,
    weight: 1,
    content: null,
    ...(levels === undefined ? {} : { factors: levels }),
  }));

function problemsOf(changes: Readonly<Record<string, unknown>>): readonly string[] {
  try {
    trialWith(changes);
  } catch (error) {
    if (error instanceof ProtocolError) {
      return error.problems.map(({ path, message }) => `${path}: ${message}`);
    }
    throw error;
  }
  return [];
}

const factorProblems = (...factors: readonly (Levels | undefined)[]): readonly string[] =>
  problemsOf({ arms: armsWith(...factors), control: 'arm-0' });

const wording = ['plain', 'quality'];
const image = ['without', 'with'];
const cells = wording.flatMap((w) => image.map((i): Levels => ({ wording: w, image: i })));

describe('Arms as the cells of a factorial trial', () => {
  test('are accepted when each combination of levels is one arm, in any order of arms and names', () => {
    expect(factorProblems(...cells)).toEqual([]);
    expect(factorProblems(...[...cells].reverse())).toEqual([]);
    const turned = cells.map((cell) => Object.fromEntries(Object.entries(cell).reverse()));
    expect(factorProblems(...cells.slice(0, 2), ...turned.slice(2))).toEqual([]);
  });

  test('are not asked for where no arm has factors', () => {
    expect(factorProblems(undefined, undefined, undefined)).toEqual([]);
  });

  test('may have three levels, and up to four factors', () => {
    const three = ['a', 'b', 'c'].flatMap((x) => ['0', '1'].map((y): Levels => ({ x, y })));
    expect(factorProblems(...three)).toEqual([]);
    const binary = (names: readonly string[]): readonly Levels[] =>
      names.reduce<readonly Levels[]>(
        (made, name) =>
          made.flatMap((cell) => ['0', '1'].map((level) => ({ ...cell, [name]: level }))),
        [{}],
      );
    expect(factorProblems(...binary(['a', 'b', 'c', 'd']))).toEqual([]);
    expect(factorProblems(...binary(['a', 'b', 'c', 'd', 'e']))).toEqual([
      expect.stringMatching(/arms\[0\].*factors: a factorial trial has 2 to 4 factors, not 5/),
    ]);
  });

  test('need two factors', () => {
    expect(factorProblems({ x: 'a' }, { x: 'b' })).toEqual([
      expect.stringMatching(/2 to 4 factors, not 1/),
    ]);
    expect(factorProblems({}, {})).toEqual([expect.stringMatching(/2 to 4 factors, not 0/)]);
  });

  test('need a level of every factor and of no other, each arm that has not is named', () => {
    const problems = factorProblems(cells[0], { wording: 'plain' }, undefined, {
      ...cells[3],
      colour: 'red',
    });
    expect(problems).toHaveLength(3);
    [1, 2, 3].forEach((arm, i) => {
      expect(problems[i]).toMatch(
        new RegExp(`arms\\[${arm}\\].*needs a level of image, wording and of nothing else`),
      );
    });
    expect(factorProblems(undefined, ...cells.slice(1))).toEqual([
      expect.stringMatching(/arms\[0\].*needs a level of image, wording/),
    ]);
  });

  test('must not hold one combination twice', () => {
    expect(factorProblems(...cells, cells[0])).toEqual([
      expect.stringMatching(
        /arms\[4\].*arm arm-0 has the same levels: each combination is one arm/,
      ),
    ]);
  });

  test('must hold all combinations', () => {
    expect(factorProblems(...cells.slice(0, 3))).toEqual([
      expect.stringMatching(/4 combinations of levels are possible, and 3 have an arm/),
    ]);
  });

  test('must not have a factor of one level', () => {
    expect(factorProblems({ x: 'a', y: 'c' }, { x: 'b', y: 'c' })).toEqual([
      expect.stringMatching(/factor y has one level only: leave it out/),
    ]);
  });

  test('must not have levels that differ by a space at an end, or none', () => {
    for (const level of ['quality ', ' quality', '', ' ']) {
      const broken = cells.map((cell) => ({
        ...cell,
        ...(cell['wording'] === 'quality' ? { wording: level } : {}),
      }));
      expect(factorProblems(...broken).join()).toMatch(
        /must not be empty, nor begin or end with a space/,
      );
    }
    expect(factorProblems({ 'a b': 'x', y: 'z' }, { 'a b': 'y', y: 'z' }).join()).toMatch(
      /the name of a factor/,
    );
  });
});

describe('What a trial claims', () => {
  const claiming = (claim: unknown, more: object = {}): readonly string[] =>
    problemsOf({ decision: { claim, ...more } });

  test('is superiority, unless it says otherwise', () => {
    expect(trialWith().decision.claim).toEqual({ kind: 'superiority' });
    const claim = { kind: 'equivalence', scale: 'ratio', lower: 0.8, upper: 1.25 };
    expect(trialWith({ decision: { claim } }).decision.claim).toEqual(claim);
  });

  test.each([
    { kind: 'superiority' },
    { kind: 'non-inferiority', scale: 'ratio', margin: 1.1 },
    { kind: 'non-inferiority', scale: 'difference', margin: 0.5 },
    { kind: 'equivalence', scale: 'ratio', lower: 0.8, upper: 1.25 },
    { kind: 'equivalence', scale: 'difference', lower: -2, upper: 1.5 },
  ])('may be %j', (claim) => {
    expect(claiming(claim)).toEqual([]);
  });

  test.each([
    [{ kind: 'superiority', margin: 1 }, /margin/],
    [{ kind: 'better' }, /claim/],
    [
      { kind: 'non-inferiority', scale: 'ratio', margin: 0.9 },
      /claim\.margin: where lower is better, a tolerated ratio is above 1/,
    ],
    [{ kind: 'non-inferiority', scale: 'ratio', margin: 1 }, /a tolerated ratio is above 1/],
    [
      { kind: 'non-inferiority', scale: 'difference', margin: -0.1 },
      /a tolerated difference is above 0/,
    ],
    [
      { kind: 'non-inferiority', scale: 'difference', margin: 0 },
      /a tolerated difference is above 0/,
    ],
    [{ kind: 'equivalence', scale: 'ratio', lower: 1, upper: 1.2 }, /must lie between/],
    [{ kind: 'equivalence', scale: 'ratio', lower: 0, upper: 1.2 }, /must lie between/],
    [{ kind: 'equivalence', scale: 'ratio', lower: 0.8, upper: 1 }, /must lie between/],
    [{ kind: 'equivalence', scale: 'difference', lower: 0, upper: 1 }, /must lie between/],
    [{ kind: 'equivalence', scale: 'difference', lower: 0.2, upper: 0.1 }, /must lie between/],
    [
      { kind: 'equivalence', scale: 'difference', lower: Number.NEGATIVE_INFINITY, upper: 1 },
      /lower/,
    ],
    [{ kind: 'equivalence', scale: 'odds', lower: 0.5, upper: 2 }, /scale/],
  ])('is refused as %j', (claim, message) => {
    expect(claiming(claim).join('; ')).toMatch(message);
  });

  test('of a higher primary outcome has its margin on the other side', () => {
    const primary = { metric: 'acceptanceRate', better: 'higher' };
    const with_ = (scale: string, margin: number): readonly string[] =>
      problemsOf({ primary, decision: { claim: { kind: 'non-inferiority', scale, margin } } });
    expect(with_('ratio', 0.9)).toEqual([]);
    expect(with_('difference', -0.03)).toEqual([]);
    expect(with_('ratio', 1.1).join()).toMatch(/a tolerated ratio is between 0 and 1/);
    expect(with_('difference', 0.03).join()).toMatch(/a tolerated difference is below 0/);
  });

  test('that asks for no improvement has no smallest one worth having', () => {
    const claim = { kind: 'non-inferiority', scale: 'ratio', margin: 1.1 };
    expect(claiming(claim, { worthwhile: 0.9 })).toEqual([
      expect.stringMatching(
        /decision\.worthwhile: a claim of non-inferiority asks for no improvement/,
      ),
    ]);
    expect(claiming({ kind: 'superiority' }, { worthwhile: 0.9 })).toEqual([]);
    expect(claiming(undefined, { worthwhile: 1 }).join()).toMatch(/a worthwhile ratio is below 1/);
  });
});

describe('Margins in percentage points', () => {
  const guard = (scale: string, margin: number, metric = 'acceptanceRate') =>
    problemsOf({ guardrails: [{ metric, better: 'higher', scale, margin }] });

  test('are written as hundredths: a whole number of them is refused', () => {
    expect(guard('difference', -0.99)).toEqual([]);
    for (const margin of [-1, -3]) {
      expect(guard('difference', margin)).toEqual([
        expect.stringMatching(
          new RegExp(
            `guardrails\\[0\\].margin: .*between -1 and 1, not at ${margin}: write percentage points as hundredths`,
          ),
        ),
      ]);
    }
    expect(guard('difference', -3, 'acceptedPerPatientDay')).toEqual([]);
    const primary = { metric: 'acceptanceRate', better: 'higher' };
    const claim = { kind: 'equivalence', scale: 'difference', lower: -2, upper: 3 };
    expect(problemsOf({ primary, decision: { claim } })).toEqual([
      expect.stringMatching(/decision\.claim\.lower/),
      expect.stringMatching(/decision\.claim\.upper/),
    ]);
    expect(
      problemsOf({ primary, decision: { claim: { ...claim, scale: 'ratio', lower: 0.4 } } }),
    ).toEqual([]);
    expect(
      problemsOf({
        primary,
        decision: { claim: { kind: 'non-inferiority', scale: 'difference', margin: -1 } },
      }),
    ).toEqual([expect.stringMatching(/decision\.claim\.margin/)]);
  });
});

describe('Draws', () => {
  const drawing = (decision: object, arms = 2): readonly string[] =>
    problemsOf({
      decision,
      arms: armsWith(...Array.from({ length: arms }, () => undefined)),
      control: 'arm-0',
    });

  test('must be enough to reach half of alpha, shared by the arms', () => {
    // 1 / (399 + 1) is the 0.0025 that alpha 0.005 asks for.
    expect(drawing({ alpha: 0.005, draws: 399 })).toEqual([]);
    expect(drawing({ alpha: 0.005, draws: 398 })).toEqual([
      expect.stringMatching(
        /decision\.draws: 398 draws cannot reach half of an alpha of 0.005: at least 399/,
      ),
    ]);
    expect(drawing({ alpha: 0.005, draws: 799 }, 3)).toEqual([]);
    expect(drawing({ alpha: 0.005, draws: 798 }, 3)).toEqual([
      expect.stringMatching(/shared by 2 arms: at least 799/),
    ]);
    expect(drawing({ alpha: 0.0001 })).toEqual([expect.stringMatching(/9999 draws cannot reach/)]);
    expect(drawing({ alpha: 0.0001, test: 'model' })).toEqual([]);
    expect(drawing({ draws: 199 })).toEqual([]);
    expect(drawing({ draws: 198 }).join()).toMatch(/too few draws/);
  });
});
