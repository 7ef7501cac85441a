import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  adjustPValues,
  gatekeep,
  gatekeepFamilies,
} from '../../../src/analysis/methods/several/index.ts';
import { allClose, close } from './reference.ts';

const named = (pValues: readonly number[], prefix = 'question') =>
  pValues.map((pValue, i) => ({ name: `${prefix} ${i + 1}`, pValue }));
const adjustedOf = (answers: readonly { readonly adjusted: number }[]) =>
  answers.map(({ adjusted }) => adjusted);
const rejectedOf = (answers: readonly { readonly rejected: boolean }[]) =>
  answers.map(({ rejected }) => rejected);

const p = fc.oneof(
  fc.double({ min: 0, max: 1, noNaN: true }),
  fc.double({ min: 1e-6, max: 0.1, noNaN: true }),
);

/** The smallest α of a closed test with weighted Bonferroni tests of the intersections. */
function closedTest(
  pValues: readonly number[],
  weightsOf: (members: readonly number[]) => readonly number[],
): readonly number[] {
  const sets = Array.from({ length: 2 ** pValues.length - 1 }, (_, mask) =>
    pValues.map((_, i) => i).filter((i) => Math.floor((mask + 1) / 2 ** i) % 2 === 1),
  );
  return pValues.map((_, i) =>
    Math.max(
      ...sets
        .filter((set) => set.includes(i))
        .map((set) => {
          const weights = weightsOf(set);
          return Math.min(
            1,
            ...set.map((j, k) =>
              (weights[k] ?? 0) > 0 ? (pValues[j] ?? 0) / (weights[k] ?? 0) : 1,
            ),
          );
        }),
    ),
  );
}

describe('A fixed sequence', () => {
  test('gives each question the whole α until one fails', () => {
    expect(gatekeep(named([0.01, 0.05, 0.06, 0.001]))).toEqual([
      { name: 'question 1', pValue: 0.01, adjusted: 0.01, rejected: true },
      { name: 'question 2', pValue: 0.05, adjusted: 0.05, rejected: true },
      { name: 'question 3', pValue: 0.06, adjusted: 0.06, rejected: false },
      { name: 'question 4', pValue: 0.001, adjusted: 0.06, rejected: false },
    ]);
  });

  test('is judged at the α that is asked for, named or not', () => {
    const strict = gatekeep(named([0.024, 0.025, 0.026]), {
      procedure: 'fixed-sequence',
      alpha: 0.025,
    });
    expect(rejectedOf(strict)).toEqual([true, true, false]);
  });

  test('is the closed test in which the first member of a set takes all', () => {
    fc.assert(
      fc.property(fc.array(p, { minLength: 1, maxLength: 4 }), (pValues) => {
        allClose(
          adjustedOf(gatekeep(named(pValues))),
          closedTest(pValues, (members) => members.map((_, k) => (k === 0 ? 1 : 0))),
        );
      }),
    );
  });

  test('of no question has no answer', () => {
    expect(gatekeep([])).toEqual([]);
    expect(gatekeep([], { procedure: 'fallback', weights: [] })).toEqual([]);
  });
});

describe('The fallback procedure', () => {
  test('hands on the level of what was rejected (worked by hand, weights 1/2, 1/4, 1/4)', () => {
    const options = { procedure: 'fallback', weights: [0.5, 0.25, 0.25] } as const;
    // .02 > .025 fails not: level of 2 is .0375, of 3 is .05.
    expect(rejectedOf(gatekeep(named([0.02, 0.03, 0.045]), options))).toEqual([true, true, true]);
    // Question 2 fails at .0375, so question 3 has its own .0125.
    expect(rejectedOf(gatekeep(named([0.02, 0.04, 0.0126]), options))).toEqual([
      true,
      false,
      false,
    ]);
    // Question 1 fails; 2 at .0125, then 3 at .025.
    expect(rejectedOf(gatekeep(named([0.03, 0.012, 0.024]), options))).toEqual([false, true, true]);
    allClose(adjustedOf(gatekeep(named([0.03, 0.012, 0.024]), options)), [0.06, 0.048, 0.048]);
  });

  test('is a closed test, so it keeps the chance of any false rejection', () => {
    const weight = fc.integer({ min: 0, max: 5 });
    fc.assert(
      fc.property(
        fc
          .array(fc.tuple(p, weight), { minLength: 1, maxLength: 4 })
          .filter((list) => list.some(([, w]) => w > 0)),
        (list) => {
          const total = list.reduce((all, [, w]) => all + w, 0);
          const weights = list.map(([, w]) => w / total);
          const pValues = list.map(([value]) => value);
          // A member takes the weights of the questions since the member before it.
          const shared = (members: readonly number[]) =>
            members.map((i, k) =>
              weights.slice((members[k - 1] ?? -1) + 1, i + 1).reduce((all, each) => all + each, 0),
            );
          allClose(
            adjustedOf(gatekeep(named(pValues), { procedure: 'fallback', weights })),
            closedTest(pValues, shared),
          );
        },
      ),
    );
  });

  test('with all weight on the first question is the fixed sequence', () => {
    fc.assert(
      fc.property(fc.array(p, { minLength: 1, maxLength: 6 }), (pValues) => {
        const weights = pValues.map((_, i) => (i === 0 ? 1 : 0));
        expect(gatekeep(named(pValues), { procedure: 'fallback', weights })).toEqual(
          gatekeep(named(pValues)),
        );
      }),
    );
  });

  test('never rejects a question without any α, not even at p = 0', () => {
    const [first, second] = gatekeep(named([0, 0.01]), { procedure: 'fallback', weights: [0, 1] });
    expect(first).toMatchObject({ adjusted: 1, rejected: false });
    expect(second).toMatchObject({ adjusted: 0.01, rejected: true });
  });
});

describe('Families tested one after the other', () => {
  test('serially use Holm inside, and the next only after all of the one before', () => {
    const answers = gatekeepFamilies([
      named([0.01, 0.03], 'burden'),
      named([0.001, 0.02, 0.3], 'acceptance'),
      named([0.0001], 'orders'),
    ]);
    allClose(answers.flatMap(adjustedOf), [0.02, 0.03, 0.03, 0.04, 0.3, 0.3]);
    expect(answers.map(rejectedOf)).toEqual([[true, true], [true, true, false], [false]]);
    expect(answers[0]?.[1]).toMatchObject({ name: 'burden 2', pValue: 0.03 });
  });

  test('of one family are Holm, of families of one question the fixed sequence', () => {
    fc.assert(
      fc.property(
        fc.array(p, { minLength: 1, maxLength: 5 }),
        fc.constantFrom('serial', 'parallel'),
        (pValues, gate) => {
          const [family] = gatekeepFamilies([named(pValues)], { gate });
          expect(adjustedOf(family ?? [])).toEqual(adjustPValues(pValues));
          const one = gatekeepFamilies(
            named(pValues).map((question) => [question]),
            { gate },
          );
          allClose(one.flatMap(adjustedOf), adjustedOf(gatekeep(named(pValues))));
        },
      ),
    );
  });

  test('serially are a closed test: Bonferroni over the earliest family of a set', () => {
    fc.assert(
      fc.property(p, p, p, (a, b, c) => {
        const closed = closedTest([a, b, c], (members) => {
          const first = members.filter((i) => i < 2);
          return first.length === 0
            ? [1]
            : members.map((i) => (first.includes(i) ? 1 / first.length : 0));
        });
        const answers = gatekeepFamilies([named([a, b], 'first'), named([c], 'second')]);
        allClose(answers.flatMap(adjustedOf), closed);
      }),
    );
  });

  test('in parallel are a closed test in which each family leaves what it does not hold', () => {
    fc.assert(
      fc.property(p, p, p, (a, b, c) => {
        const closed = closedTest([a, b, c], (members) => {
          const first = members.filter((i) => i < 2).length;
          return members.map((i) => (i < 2 ? 1 / 2 : 1 - first / 2));
        });
        const answers = gatekeepFamilies([named([a, b], 'first'), named([c], 'second')], {
          gate: 'parallel',
        });
        allClose(answers.flatMap(adjustedOf), closed);
      }),
    );
  });

  test('in parallel reject at α what the procedure step by step rejects', () => {
    const family = fc.array(p, { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(
        fc.array(family, { minLength: 1, maxLength: 4 }),
        fc.constantFrom(0.01, 0.05, 0.2),
        (families, alpha) => {
          let level = alpha;
          const stepwise = families.map((family, i) => {
            const last = i === families.length - 1;
            const inside = adjustPValues(family, last ? 'holm' : 'bonferroni');
            const rejected = inside.map((value) => level > 0 && value <= level);
            level *= rejected.filter(Boolean).length / family.length;
            return rejected;
          });
          const answers = gatekeepFamilies(
            families.map((family, i) => named(family, `family ${i}`)),
            { gate: 'parallel', alpha },
          );
          expect(answers.map(rejectedOf)).toEqual(stepwise);
        },
      ),
    );
  });

  test('in parallel pass on a half of α for one rejection of two (worked by hand)', () => {
    const answers = gatekeepFamilies([named([0.02, 0.4], 'a'), named([0.012, 0.02], 'b')], {
      gate: 'parallel',
    });
    // Family b is tested at .025 by Holm: .012 and .02 become .024 and .024, over 1/2.
    allClose(answers.flatMap(adjustedOf), [0.04, 0.8, 0.048, 0.048]);
    close(
      gatekeepFamilies([named([0.02, 0.04], 'a'), named([0.03], 'b')], {
        gate: 'parallel',
        alpha: 0.1,
      })[1]?.[0]?.adjusted,
      0.06,
    );
  });
});

describe('Refused are', () => {
  const two = named([0.1, 0.2]);
  test.each([
    ['a p value that is none', () => gatekeep(named([0.1, 2])), /pValues\[1\]/],
    ['α of 0', () => gatekeep(two, { alpha: 0 }), /alpha must be greater than 0/],
    ['α of 1', () => gatekeep(two, { alpha: 1 }), /alpha.*less than 1/],
    ['a name twice', () => gatekeep([...two, ...two]), /"question 1" stands more than once/],
    [
      'weights that do not add up',
      () => gatekeep(two, { procedure: 'fallback', weights: [0.5, 0.4] }),
      /add up to 1.*0\.9/,
    ],
    [
      'too few weights',
      () => gatekeep(two, { procedure: 'fallback', weights: [1] }),
      /2 questions.*got 1/,
    ],
    [
      'a weight below 0',
      () => gatekeep(two, { procedure: 'fallback', weights: [1.5, -0.5] }),
      /weights\[0\]/,
    ],
    ['an empty family', () => gatekeepFamilies([two, []]), /without questions/],
    ['a name in two families', () => gatekeepFamilies([two, two]), /stands more than once/],
    ['α of 1 for families', () => gatekeepFamilies([two], { alpha: 1 }), /alpha/],
  ])('%s', (_, call, message) => {
    expect(call).toThrow(RangeError);
    expect(call).toThrow(message);
  });

  test('not weights that add up but for rounding', () => {
    expect(() =>
      gatekeep(named([0.1, 0.1, 0.1]), { procedure: 'fallback', weights: [1 / 3, 1 / 3, 1 / 3] }),
    ).not.toThrow();
  });
});
