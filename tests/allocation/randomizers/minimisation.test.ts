import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  minimisationChances,
  minimisationRandomizer,
} from '../../../src/allocation/randomizers/index.ts';
import { randomStream } from '../../../src/stats/index.ts';
import type { MinimisationMethod } from '../../../src/trial/allocation-plan.ts';
import { expectFrequencies, frequencies, practices } from './practices.ts';
import { reference } from './reference.ts';

const minimisation = (
  factors: MinimisationMethod['factors'],
  options: Partial<MinimisationMethod> = {},
): MinimisationMethod => ({ method: 'minimisation', factors, ...options });

/** Clusters with the levels, factor by factor, in the columns 0, 1… */
const withLevels = (levels: readonly (readonly number[])[]) =>
  practices(
    levels.length,
    Object.fromEntries((levels[0] ?? []).map((_, f) => [f, levels.map((own) => own[f] ?? 0)])),
  );

const factorsOf = (count: number) => Array.from({ length: count }, (_, f) => ({ name: String(f) }));

describe('the chances of minimisation', () => {
  test.each(reference.steps.map((step, i) => [i, step] as const))(
    'are those of the definition in R: case %i',
    (_, { weights, measure, factorWeights, probability, levels, given, chances }) => {
      const factors = factorWeights.map((weight, f) => ({ name: String(f), weight }));
      const method = minimisation(factors, { measure, probability });
      const got = minimisationChances(method, { clusters: withLevels(levels), weights, given });
      expect(got).toHaveLength(chances.length);
      chances.forEach((chance, g) => expect(got[g]).toBeCloseTo(chance, 12));
    },
  );

  // Nine earlier practices; the next is in the north with few beds. By hand:
  // north: 3 of A and 2 of B; few beds: 1 of A and 3 of B.
  // To A: |4 - 2| + |2 - 3| = 3; to B: |3 - 3| + |1 - 4| = 3: a tie.
  // With beds counted twice: to A 2 + 2·1 = 4, to B 0 + 2·3 = 6: A is preferred.
  // With region counted twice: to A 2·2 + 1 = 5, to B 2·0 + 3 = 3: B is preferred.
  const nine = practices(10, {
    region: [
      'north',
      'north',
      'north',
      'north',
      'north',
      'south',
      'south',
      'south',
      'south',
      'north',
    ],
    beds: ['few', 'many', 'many', 'few', 'many', 'many', 'few', 'few', 'many', 'few'],
  });
  const given = [0, 0, 0, 1, 1, 0, 1, 1, 0];
  test.each([
    ['a tie', 1, 1, [0.5, 0.5]],
    ['beds counted twice', 1, 2, [0.8, 0.2]],
    ['region counted twice', 2, 1, [0.2, 0.8]],
  ])('are those worked out by hand: %s', (_, region, beds, expected) => {
    const factors = [
      { name: 'region', weight: region },
      { name: 'beds', weight: beds },
    ];
    const got = minimisationChances(minimisation(factors), {
      clusters: nine,
      weights: [1, 1],
      given,
    });
    expected.forEach((chance, g) => expect(got[g]).toBeCloseTo(chance, 12));
  });

  test('share a tie of several groups as if one of them were drawn and then preferred', () => {
    // After A: B and C tie. One is drawn, and has 0.8; the others have 0.1 each.
    const method = minimisation([{ name: 'all' }]);
    const clusters = practices(2, { all: [1, 1] });
    const got = minimisationChances(method, { clusters, weights: [1, 1, 1], given: [0] });
    [0.1, 0.45, 0.45].forEach((chance, g) => expect(got[g]).toBeCloseTo(chance, 12));
  });

  test('are the weights for the first cluster, however unequal', () => {
    const method = minimisation(factorsOf(1), { probability: 1 });
    const step = { clusters: withLevels([[1], [2]]), weights: [3, 1] };
    expect([...minimisationChances(method, { ...step, given: [] })]).toStrictEqual([0.75, 0.25]);
    // The level is new to the next, but not the trial: 1/3 of its share in group 0 is less than 1.
    expect([...minimisationChances(method, { ...step, given: [1] })]).toStrictEqual([1, 0]);
  });

  test('see a tie through the rounding of fractional weights of factors', () => {
    // Imbalances of 0.1 + 0.2 and of 0.3 in every order of adding up.
    const factors = [0.1, 0.2, 0.3].map((weight, f) => ({ name: String(f), weight }));
    const levels = [
      [1, 1, 9],
      [9, 9, 1],
      [1, 1, 1],
    ];
    const step = { clusters: withLevels(levels), weights: [1, 1], given: [0, 1] };
    expect([...minimisationChances(minimisation(factors), step)]).toStrictEqual([0.5, 0.5]);
  });

  test('always add up to 1, none below its part of the fair share', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 2, maxLength: 5 }),
        fc.array(fc.tuple(fc.nat(2), fc.nat(3), fc.nat(4)), { minLength: 1, maxLength: 12 }),
        fc.constantFrom('range', 'variance'),
        fc.double({ min: 0.5, max: 1, noNaN: true }),
        (weights, rows, measure, probability) => {
          const method = minimisation(factorsOf(2), { measure, probability });
          const clusters = withLevels([...rows.map(([a, b]) => [a, b]), [0, 0]]);
          const given = rows.map(([, , group]) => group % weights.length);
          const got = minimisationChances(method, { clusters, weights, given });
          const whole = weights.reduce((a, b) => a + b, 0);
          const fair = ((1 - probability) * whole) / (whole - Math.min(...weights));
          expect(got.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
          got.forEach((chance, g) =>
            expect(chance).toBeGreaterThanOrEqual((fair * (weights[g] ?? 0)) / whole - 1e-12),
          );
        },
      ),
    );
  });

  test('are refused where no cluster is next, or a group is none', () => {
    const step = { clusters: withLevels([[1], [2]]), weights: [1, 1] };
    const method = minimisation(factorsOf(1));
    expect(() => minimisationChances(method, { ...step, given: [0, 1] })).toThrow(
      new RangeError('all 2 clusters have a group: the next cluster must be among the clusters'),
    );
    expect(() => minimisationChances(method, { ...step, given: [2] })).toThrow('no group 2');
  });
});

describe('minimisation', () => {
  test.each(reference.sequences.map((sequence, i) => [i, sequence] as const))(
    'draws every allocation with the chance that R gives it: sequence %i',
    (number, { weights, measure, probability, levels, chances }) => {
      const clusters = withLevels(levels);
      const method = minimisation(factorsOf(2), { measure, probability });
      // The allocations in the order of their numbers to the base of the number of groups.
      const expected = new Map(
        chances.map((chance, i): [string, number] => [
          i.toString(weights.length).padStart(levels.length, '0'),
          chance,
        ]),
      );
      const { draw, redraw } = minimisationRandomizer(method, {
        clusters: [clusters.slice(0, 2), clusters.slice(2)],
        weights,
      });
      for (const [key, chance] of expected) {
        const path = key.split('').map(Number);
        const product = path.reduce((sofar, group, i) => {
          const step = { clusters, weights, given: path.slice(0, i) };
          return sofar * (minimisationChances(method, step)[group] ?? 0);
        }, 1);
        expect(product).toBeCloseTo(chance, 12);
      }
      const possible = new Map([...expected].filter(([, chance]) => chance > 0));
      const drawn = frequencies(number, (stream) => draw(() => stream));
      expectFrequencies(drawn, possible);
      const again = redraw(draw(() => randomStream(0)));
      if (again.kind !== 'sampler') throw new Error(again.kind);
      const sampled = frequencies(`again${number}`, again.sample);
      expectFrequencies(sampled, possible);
    },
  );

  const levels = Array.from({ length: 60 }, (_, i) => [i % 2, i % 3, (i * 7) % 5]);
  const setting = (weights: readonly number[], waves = [60]) => {
    let from = 0;
    const all = withLevels(levels);
    return { clusters: waves.map((wave) => all.slice(from, (from += wave))), weights };
  };

  test('gives every cluster the same chance of each group where the weights are equal', () => {
    const { draw } = minimisationRandomizer(minimisation(factorsOf(3)), setting([1, 1, 1]));
    const draws = 2500;
    const counts = new Float64Array(60);
    const stream = randomStream('share');
    for (let i = 0; i < draws; i++) {
      draw(() => stream).forEach((group, cluster) => {
        if (group === 1) counts[cluster] = (counts[cluster] ?? 0) + 1;
      });
    }
    const error = Math.sqrt((draws * 2) / 9);
    for (const count of counts) expect(Math.abs(count - draws / 3)).toBeLessThan(4 * error);
  });

  test('gives unequal groups their shares of many clusters', () => {
    for (const measure of ['range', 'variance'] as const) {
      const weights = [1, 2, 3];
      const method = minimisation(factorsOf(3), { measure });
      const { draw } = minimisationRandomizer(method, setting(weights));
      const counts = [0, 0, 0];
      for (let i = 0; i < 500; i++) {
        for (const group of draw(() => randomStream(measure, i))) {
          counts[group] = (counts[group] ?? 0) + 1;
        }
      }
      counts.forEach((count, g) => expect(count / 30_000).toBeCloseTo((g + 1) / 6, 1.7));
    }
  });

  test('keeps the levels of every factor in balance', () => {
    const method = minimisation(factorsOf(3), { probability: 1 });
    const groups = minimisationRandomizer(method, setting([1, 1])).draw(() => randomStream(5));
    for (let f = 0; f < 3; f++) {
      for (let level = 0; level < 5; level++) {
        const own = [...groups.keys()].filter((i) => levels[i]?.[f] === level);
        const difference = own.reduce((sum, i) => sum + (groups[i] === 0 ? 1 : -1), 0);
        expect(Math.abs(difference)).toBeLessThanOrEqual(2);
      }
    }
  });

  test('is the same from the same random numbers, waves going on where the last one ended', () => {
    const streamOf = (wave: number) => randomStream('trial', wave);
    const method = minimisation(factorsOf(3));
    const { draw } = minimisationRandomizer(method, setting([1, 1], [40, 20]));
    const groups = draw(streamOf);
    expect(draw(streamOf)).toStrictEqual(groups);
    const alone = minimisationRandomizer(method, setting([1, 1], [40])).draw(streamOf);
    expect(groups.slice(0, 40)).toStrictEqual(alone);
    // One stream for all is the same as one wave.
    const stream = randomStream(1);
    expect(draw(() => stream)).toStrictEqual(
      minimisationRandomizer(method, setting([1, 1])).draw(() => randomStream(1)),
    );
  });

  test('never picks a group that has no chance, whatever the random number', () => {
    const method = minimisation(factorsOf(1), { probability: 1 });
    const clusters = [withLevels([[1], [1], [1]])];
    const { draw } = minimisationRandomizer(method, { clusters, weights: [1, 1, 1] });
    for (const next of [0, 1 / 3, 0.5, 1 - 2 ** -53]) {
      const groups = draw(() => ({ ...randomStream(0), next: () => next }));
      expect(Array.from(groups).toSorted((a, b) => a - b)).toStrictEqual([0, 1, 2]);
    }
  });

  test('cannot be redrawn for some groups alone, and says what to do instead', () => {
    const { draw, redraw } = minimisationRandomizer(minimisation(factorsOf(3)), setting([1, 1, 1]));
    const actual = draw(() => randomStream(1));
    const none = redraw(actual, { among: [0, 2] });
    if (none.kind !== 'none') throw new Error(none.kind);
    expect(none.reason).toContain('minimisation cannot be drawn again for some groups alone');
    expect(none.instead).toContain('test all groups jointly');
    expect(redraw(actual, { among: [2, 0, 1] }).kind).toBe('sampler');
    expect(() => redraw(actual, { among: [3] })).toThrow('no group 3');
    expect(() => redraw(actual.slice(1))).toThrow('must have 60 clusters, got 59');
  });

  test.each([
    [{ probability: 0.32 }, 'probability must be from 0.3333333333333333, the least share'],
    [{ probability: 1.01 }, 'to 1, got 1.01'],
    [{ probability: Number.NaN }, 'got NaN'],
    [{ factors: [] }, 'at least one factor'],
    [
      { factors: [{ name: '0', weight: 0 }] },
      'the weight of the factor "0" must be above 0, got 0',
    ],
    [{ factors: [{ name: '0', weight: Infinity }] }, 'got Infinity'],
    [{ factors: [{ name: 'beds' }] }, 'cluster "p0" has no value in the column "beds"'],
  ])('refuses %j', (options, message) => {
    const method = minimisation(factorsOf(1), options);
    const randomizer = () => minimisationRandomizer(method, setting([1, 2]));
    expect(randomizer).toThrow(RangeError);
    expect(randomizer).toThrow(message);
  });

  test('takes the least share as probability, which is no more than weighted chance', () => {
    const method = minimisation(factorsOf(1), { probability: 1 / 3 });
    const step = { clusters: withLevels([[1], [1]]), weights: [1, 2], given: [1] };
    const got = minimisationChances(method, step);
    expect(got[0]).toBeCloseTo(1 / 3, 12);
  });
});
