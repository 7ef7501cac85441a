import { describe, expect, test } from '@jest/globals';
import { candidatesOf } from '../../../../src/allocation/randomizers/constrained/candidates.ts';
import { constrainedRandomizer } from '../../../../src/allocation/randomizers/constrained/index.ts';
import { chiSquared, randomStream } from '../../../../src/stats/index.ts';
import type { ConstrainedMethod } from '../../../../src/trial/allocation-plan.ts';
import { listOf, method, samplerOf, synthetic, unevenness } from './data.ts';

const fixed = () => randomStream('draw');

/** What is left of the candidates when the clusters outside some groups do not move. */
const leftOf = (
  candidates: readonly Uint8Array[],
  { actual, among }: { readonly actual: Uint8Array; readonly among: readonly number[] },
): readonly string[] => {
  const free = Array.from(actual, (group) => among.includes(group));
  return candidates
    .filter((own) =>
      own.every((group, i) => (free[i] === true ? among.includes(group) : group === actual[i])),
    )
    .map((own) => own.filter((_, i) => free[i] === true).join(''))
    .sort();
};

describe('The reference set of some of the arms', () => {
  test.each([
    ['three arms of one size', 9, [1, 1, 1], [0, 2], undefined],
    ['places left over', 8, [1, 1, 1], [1, 2], undefined],
    ['unequal weights', 9, [1, 2, 1], [0, 1], undefined],
    ['strata', 9, [1, 1, 1], [0, 1], ['area']],
    ['two of four arms, all others held', 9, [1, 1, 1, 1], [1, 3], undefined],
    ['three of four arms', 8, [1, 1, 1, 1], [0, 1, 3], undefined],
  ] as const)(
    'is the candidates in which the others stay: %s',
    (_, count, weights, among, strata) => {
      const { draw, redraw } = constrainedRandomizer(
        { ...method, strata, cutoff: { quantile: 0.3 } },
        { clusters: [synthetic(count)], weights, seed: 1 },
      );
      for (let i = 0; i < 5; i += 1) {
        const actual = draw(() => randomStream('conditional', i));
        const found = listOf(redraw(actual, { among })).map((own) => own.join(''));
        const expected = leftOf(listOf(redraw(actual)), { actual, among });
        expect([...found].sort()).toEqual(expected);
        expect(found).toContain(
          actual.filter((group) => among.some((own) => own === group)).join(''),
        );
      }
    },
  );

  test('is drawn from evenly where it is too large to be listed', () => {
    const change = { ...method, enumerateUpTo: 0, sample: 2_000, cutoff: { quantile: 0.4 } };
    const setting = { clusters: [synthetic(9)], weights: [1, 1, 1], seed: 1 };
    const { draw, redraw } = constrainedRandomizer(change, setting);
    const actual = draw(fixed);
    const { holds } = candidatesOf(change, { ...setting, clusters: synthetic(9) });
    const all = listOf(
      (() => {
        const every = constrainedRandomizer({ ...method, cutoff: { quantile: 1 } }, setting);
        return every.redraw(actual);
      })(),
    );
    const expected = leftOf(all.filter(holds), { actual, among: [0, 1] });
    expect(expected.length).toBeGreaterThan(5);
    expect(expected.length).toBeLessThan(20);
    const counts = new Map(expected.map((key) => [key, 0]));
    const sample = samplerOf(redraw(actual, { among: [0, 1] }));
    const stream = randomStream('even');
    for (let i = 0; i < 300 * counts.size; i += 1) {
      const key = sample(stream).join('');
      counts.set(key, (counts.get(key) ?? Number.NaN) + 1);
    }
    expect(unevenness([...counts.values()])).toBeLessThan(
      chiSquared.quantile(0.999, counts.size - 1),
    );
  });

  test('is not drawn from where almost no rearrangement is balanced well enough', () => {
    // Two arms whose means agree almost exactly, in an allocation that is itself the cut-off: with the
    // third arm held, no rearrangement is better unless theirs agree still more.
    const clusters = synthetic(33);
    const rate: ConstrainedMethod = {
      method: 'constrained',
      covariates: [{ name: 'rate' }],
      sample: 50_000,
    };
    const setting = { clusters, weights: [1, 1, 1], seed: 1 };
    const { visit, sorted, score } = candidatesOf(rate, setting);
    let closest = { gap: Infinity, rank: 0, actual: new Uint8Array(), among: [0, 1] };
    const rates = clusters.map(({ values }) => Number(values['rate']));
    const sums = [0, 0, 0];
    visit((allocation) => {
      sums.fill(0);
      allocation.forEach((group, i) => (sums[group] = (sums[group] ?? 0) + (rates[i] ?? 0)));
      for (const [g, h] of [
        [0, 1],
        [0, 2],
        [1, 2],
      ] as const) {
        const gap = Math.abs((sums[g] ?? 0) - (sums[h] ?? 0));
        if (gap < closest.gap) {
          closest = { gap, rank: 0, actual: allocation.slice(), among: [g, h] };
        }
      }
    });
    const rank = sorted.findIndex((own) => own >= score.of(closest.actual)) + 1;
    const { redraw } = constrainedRandomizer(
      { ...rate, cutoff: { count: rank } },
      { ...setting, clusters: [clusters] },
    );
    const found = redraw(closest.actual, { among: closest.among });
    expect(found).toMatchObject({ kind: 'none' });
    expect('reason' in found ? found.reason : '').toMatch(/fewer than 1 in 20,000/);
    expect('instead' in found ? found.instead : '').toMatch(/joint test of all arms/);
    // In which case the whole allocation can still be redrawn.
    expect(redraw(closest.actual).kind).toBe('sampler');
  });

  test('is the whole set where all arms are free', () => {
    const { draw, redraw } = constrainedRandomizer(method, {
      clusters: [synthetic(8)],
      weights: [1, 1],
      seed: 1,
    });
    const actual = draw(fixed);
    expect(redraw(actual, { among: [1, 0] })).toEqual(redraw(actual));
    expect(listOf(redraw(actual))).toContainEqual(actual);
  });
});

describe('A redraw refuses', () => {
  const { draw, redraw } = constrainedRandomizer(
    { ...method, cutoff: { quantile: 0.1 } },
    { clusters: [synthetic(12)], weights: [1, 1], seed: 1 },
  );
  const actual = draw(fixed);

  test('an allocation that the method could not have drawn', () => {
    const words = /must be one that the method could have drawn/;
    expect(() => redraw(new Uint8Array(12))).toThrow(words);
    const { redraw: any } = constrainedRandomizer(
      { ...method, cutoff: { quantile: 1 } },
      { clusters: [synthetic(12)], weights: [1, 1], seed: 1 },
    );
    const all = listOf(any(actual));
    const kept = new Set(listOf(redraw(actual)).map((own) => own.join('')));
    const outside = all.find((own) => !kept.has(own.join(''))) ?? new Uint8Array();
    expect(() => redraw(outside)).toThrow(words);
    expect(() => redraw(outside)).toThrow(RangeError);
  });

  test('another number of clusters, and groups that there are not', () => {
    expect(() => redraw(actual.slice(1))).toThrow(RangeError);
    expect(() => redraw(actual, { among: [0, 2] })).toThrow(/no group 2/);
  });

  test('nothing that a caller then changes', () => {
    const list = listOf(redraw(actual));
    list[0]?.fill(9);
    expect(listOf(redraw(actual))[0]).not.toEqual(list[0]);
  });
});
