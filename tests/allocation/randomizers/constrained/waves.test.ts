import { describe, expect, test } from '@jest/globals';
import { constrainedRandomizer } from '../../../../src/allocation/randomizers/constrained/index.ts';
import { scoreOf } from '../../../../src/allocation/randomizers/constrained/score.ts';
import { chiSquared, randomStream } from '../../../../src/stats/index.ts';
import type { ConstrainedMethod } from '../../../../src/trial/allocation-plan.ts';
import { method, samplerOf, sizesOf, synthetic, unevenness } from './data.ts';

const streamOf = (wave: number) => randomStream(['wave', wave]);
const all = synthetic(40);
const split = (...sizes: readonly number[]) => {
  let from = 0;
  return sizes.map((size) => all.slice(from, (from += size)));
};
const made = (
  sizes: readonly number[],
  weights: readonly number[],
  change: Partial<ConstrainedMethod> = {},
) =>
  constrainedRandomizer({ ...method, ...change }, { clusters: split(...sizes), weights, seed: 1 });

describe('Later waves', () => {
  test.each([
    [
      [8, 6, 4],
      [1, 1],
    ],
    [
      [8, 7, 1, 0, 5],
      [1, 1],
    ],
    [
      [9, 8, 10],
      [1, 1, 1],
    ],
    [
      [9, 5],
      [2, 1],
    ],
  ])('of %j clusters have the sizes of their weights %j', (sizes, weights) => {
    const drawn = made(sizes, weights).draw(streamOf);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    let from = 0;
    for (const size of sizes) {
      sizesOf(drawn.subarray(from, from + size), weights.length).forEach((own, group) =>
        expect(Math.abs(own - (size * (weights[group] ?? 0)) / total)).toBeLessThan(1),
      );
      from += size;
    }
    expect(from).toBe(drawn.length);
  });

  test('do not change what the waves before them get', () => {
    const one = made([12], [1, 1]).draw(streamOf);
    const two = made([12, 6], [1, 1]).draw(streamOf);
    const three = made([12, 6, 14], [1, 1]).draw(streamOf);
    expect(two.slice(0, 12)).toEqual(one);
    expect(three.slice(0, 18)).toEqual(two);
    expect(made([12, 6, 14], [1, 1]).draw(streamOf)).toEqual(three);
  });

  test.each([
    ['the best tenth by default, but at least ten', {}, 10],
    ['as many as the cut-off says', { cutoff: { quantile: 0.5 } }, 35],
    ['as many as its count', { cutoff: { count: 20 } }, 20],
    ['at least ten whatever the cut-off', { cutoff: { count: 1 } }, 10],
  ])('are drawn evenly from the best given the clusters before: %s', (_, change, expected) => {
    const { draw } = made([8, 8], [1, 1], { covariates: method.covariates.slice(0, 2), ...change });
    const before = draw(streamOf).slice(0, 8);
    const score = scoreOf(all.slice(0, 16), {
      covariates: method.covariates.slice(0, 2),
      groups: 2,
    });
    const scored = Array.from({ length: 256 }, (__, code) =>
      Uint8Array.from({ length: 8 }, (___, i) => (code >> i) & 1),
    )
      .filter((own) => sizesOf(own, 2)[0] === 4)
      .map((own) => ({ key: own.join(''), score: score.of(Uint8Array.of(...before, ...own)) }))
      .sort((a, b) => a.score - b.score);
    const counts = new Map(scored.slice(0, expected).map(({ key }) => [key, 0]));
    const stream = randomStream('later');
    for (let i = 0; i < 200 * counts.size; i += 1) {
      const key = draw((wave) => (wave === 0 ? streamOf(0) : stream))
        .slice(8)
        .join('');
      counts.set(key, (counts.get(key) ?? Number.NaN) + 1);
    }
    expect(unevenness([...counts.values()])).toBeLessThan(
      chiSquared.quantile(0.999, counts.size - 1),
    );
  });

  test('of a single pair can fall either way', () => {
    const { draw } = made([8, 2], [1, 1], { cutoff: { count: 1 } });
    const stream = randomStream('pair');
    const found = Array.from({ length: 60 }, () =>
      draw((wave) => (wave === 0 ? streamOf(0) : stream))
        .slice(8)
        .join(''),
    );
    const first = found.filter((key) => key === '01').length;
    expect(found.filter((key) => key === '10').length).toBe(60 - first);
    expect(first).toBeGreaterThan(15);
    expect(first).toBeLessThan(45);
  });

  test('of many clusters are drawn from a thousand random allocations, and balance the whole', () => {
    const { draw } = made([8, 20], [1, 1]);
    const score = scoreOf(all.slice(0, 28), { ...method, groups: 2 });
    const mean = (scores: readonly number[]): number =>
      scores.reduce((sum, own) => sum + own, 0) / scores.length;
    const drawn = Array.from({ length: 30 }, (_, i) => draw(() => randomStream('many', i)));
    // What waves without regard to each other would give: 3 (1/14 + 1/14).
    expect(mean(drawn.map(score.of))).toBeLessThan(0.5 * (6 / 14));
    expect(new Set(drawn.map((own) => own.slice(8).join(''))).size).toBe(30);
  });
});

describe('The reference set of waves', () => {
  test('is drawn by allocating all waves anew', () => {
    const { draw, redraw } = made([8, 6], [1, 1]);
    const actual = draw(streamOf);
    for (const among of [undefined, [0, 1]]) {
      const sample = samplerOf(redraw(actual, { among }));
      const stream = randomStream('again');
      expect(sample(randomStream('again'))).toEqual(draw(() => stream));
    }
  });

  test('does not exist for some of the arms', () => {
    const { draw, redraw } = made([9, 6], [1, 1, 1]);
    const found = redraw(draw(streamOf), { among: [0, 1] });
    expect(found).toMatchObject({
      kind: 'none',
      reason: expect.stringMatching(/waves/),
      instead: expect.stringMatching(/joint test/),
    });
  });

  test('is refused for waves of other sizes', () => {
    const { draw, redraw } = made([8, 6], [1, 1]);
    const actual = draw(streamOf);
    const moved = actual.slice();
    moved.fill(0, 8);
    expect(() => redraw(moved)).toThrow(/could have drawn/);
    expect(() => redraw(actual)).not.toThrow();
  });
});
