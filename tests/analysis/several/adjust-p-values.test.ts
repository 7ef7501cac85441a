import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Adjustment } from '../../../src/analysis/methods/several/index.ts';
import { adjustPValues } from '../../../src/analysis/methods/several/index.ts';
import { allClose, reference } from './reference.ts';

const methods: readonly Adjustment[] = [
  'holm',
  'hochberg',
  'hommel',
  'bonferroni',
  'benjamini-hochberg',
  'benjamini-yekutieli',
];

/** A few p values, some of them tied, 0 or 1. */
const family = fc.array(
  fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(0, 1, 0.01, 0.04)),
  { minLength: 1, maxLength: 6 },
);

/** The largest p over the sets of hypotheses that hold i, by a test of each set. */
function closedTest(p: readonly number[], testSet: (set: readonly number[]) => number) {
  return p.map((_, i) => {
    let most = 0;
    for (let mask = 1; mask < 2 ** p.length; mask += 1) {
      if (Math.floor(mask / 2 ** i) % 2 === 0) continue;
      most = Math.max(most, testSet(p.filter((_, j) => Math.floor(mask / 2 ** j) % 2 === 1)));
    }
    return most;
  });
}

const bonferroniOf = (set: readonly number[]) => Math.min(1, set.length * Math.min(...set));
const simesOf = (set: readonly number[]) =>
  Math.min(...[...set].sort((a, b) => a - b).map((p, j) => (set.length * p) / (j + 1)));

describe('Adjusted p values agree with R, stats::p.adjust', () => {
  for (const [name, { p, adjusted }] of Object.entries(reference.adjust)) {
    test.each(methods)(`of the family "${name}", %s`, (method) => {
      allClose(adjustPValues(p, method), adjusted[method], { relative: 2e-14, absolute: 1e-300 });
    });
  }

  test('by Holm unless told otherwise', () => {
    expect(adjustPValues([0.01, 0.04, 0.03])).toEqual(adjustPValues([0.01, 0.04, 0.03], 'holm'));
    allClose(adjustPValues([0.01, 0.04, 0.03]), [0.03, 0.06, 0.06]);
  });

  test('and of no p value are none', () => {
    for (const method of methods) expect(adjustPValues([], method)).toEqual([]);
  });
});

describe('Adjusted p values of any family', () => {
  test('are those of the closed test: Holm of Bonferroni, Hommel of Simes', () => {
    fc.assert(
      fc.property(family, (p) => {
        allClose(adjustPValues(p, 'holm'), closedTest(p, bonferroniOf));
        allClose(adjustPValues(p, 'hommel'), closedTest(p, simesOf));
      }),
    );
  });

  test('stand in the order of power that theory gives', () => {
    fc.assert(
      fc.property(family, (p) => {
        const by = (method: Adjustment) => adjustPValues(p, method);
        const chain = [p, by('hommel'), by('hochberg'), by('holm'), by('bonferroni')];
        chain.slice(1).forEach((list, k) =>
          list.forEach((value, i) => {
            expect(value).toBeLessThanOrEqual(1);
            expect(value).toBeGreaterThanOrEqual((chain[k]?.[i] ?? 0) - 1e-12);
          }),
        );
        by('benjamini-hochberg').forEach((value, i) => {
          expect(value).toBeLessThanOrEqual((by('benjamini-yekutieli')[i] ?? 0) + 1e-12);
          expect(value).toBeLessThanOrEqual((by('hommel')[i] ?? 0) + 1e-12);
        });
      }),
    );
  });

  test('follow the p values when these are shuffled, and leave the list as it was', () => {
    fc.assert(
      fc.property(family, fc.constantFrom(...methods), (p, method) => {
        const given = Object.freeze([...p]);
        expect(adjustPValues([...given].reverse(), method)).toEqual(
          [...adjustPValues(given, method)].reverse(),
        );
      }),
    );
  });
});

test.each([
  [[0.2, Number.NaN], /pValues\[1\].*NaN/],
  [[-1e-9], /pValues\[0\].*between 0 and 1/],
  [[0.5, 0.5, 1.0001], /pValues\[2\].*1\.0001/],
])('A p value that is none is refused: %p', (p, message) => {
  expect(() => adjustPValues(p)).toThrow(RangeError);
  expect(() => adjustPValues(p)).toThrow(message);
});
