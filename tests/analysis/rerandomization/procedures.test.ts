import { describe, expect, test } from '@jest/globals';
import type {
  AssignedUnit,
  Procedure,
} from '../../../src/analysis/methods/rerandomization/index.ts';
import { rerandomize } from '../../../src/analysis/methods/rerandomization/index.ts';
import type { RandomStream } from '../../../src/stats/index.ts';
import { randomStream } from '../../../src/stats/index.ts';
import { close, designOf, made, small, unitsOf } from './data.ts';

const ratio = { statistic: 'logRatio', seed: 'procedures' } as const;
const complete = { kind: 'complete' } as const;

/** Minimisation in miniature: the smaller arm with probability 0.8, in the order of arrival. */
const biasedCoin = (units: number) => (stream: RandomStream) => {
  let balance = 0;
  return Array.from({ length: units }, () => {
    const likely = balance === 0 ? 0.5 : balance < 0 ? 0.8 : 0.2;
    const arm = stream.next() < likely ? 1 : 0;
    balance += arm === 1 ? 1 : -1;
    return arm;
  });
};

/** Every list of arms, by binary counting. */
const everyAllocation = (units: number): readonly (readonly number[])[] =>
  Array.from({ length: 2 ** units }, (_, mask) =>
    Array.from({ length: units }, (_, i) => (mask >> i) & 1),
  );

const size = (allocation: readonly number[]): number =>
  allocation.reduce((total, arm) => total + arm, 0);

describe('An exact test rejects a true null no more often than its level', () => {
  const strata = ['a', 'a', 'a', 'b', 'b', 'b', 'b', 'b'];
  const inStratum = (allocation: readonly number[], stratum: string): number =>
    size(allocation.filter((_, i) => strata[i] === stratum));
  const listed = everyAllocation(8).filter(
    (allocation, mask) => size(allocation) === 4 && mask % 3 > 0,
  );
  const weights = listed.map((_, i) => 1 + (i % 4));

  test.each<readonly [string, Procedure, readonly (readonly number[])[], (mask: number) => number]>(
    [
      ['complete', complete, everyAllocation(8).filter((a) => size(a) === 3), () => 1],
      [
        'stratified',
        { kind: 'stratified', strata },
        everyAllocation(8).filter((a) => inStratum(a, 'a') === 1 && inStratum(a, 'b') === 3),
        () => 1,
      ],
      ['listed', { kind: 'listed', allocations: listed }, listed, () => 1],
      [
        'listed with weights',
        { kind: 'listed', allocations: listed, weights },
        listed,
        (i) => weights[i] ?? 0,
      ],
      [
        'hashed with weights 1 : 3',
        { kind: 'hashed', weights: [1, 3] },
        everyAllocation(8).filter((a) => size(a) >= 2 && size(a) <= 6),
        () => 0,
      ],
    ],
  )('%s', (name, procedure, allocations, weightOf) => {
    const y = [3, 8, 20, 5, 12, 31, 9, 40];
    const e = [10, 15, 22, 31, 18, 40, 25, 33];
    const found = allocations.map((allocation, i) => {
      const test = made(rerandomize(unitsOf(y, e, allocation), { ...ratio, procedure }));
      const weight = name.startsWith('hashed') ? 3 ** size(allocation) : weightOf(i);
      return { ...test, weight };
    });
    const all = found.reduce((total, { weight }) => total + weight, 0);
    expect(found[0]).toMatchObject({ method: 'enumeration', draws: allocations.length });
    for (const pick of ['pValue', 'pLess', 'pGreater'] as const) {
      for (const { [pick]: level } of found) {
        const rejected = found.filter((each) => each[pick] <= level * (1 + 1e-9));
        const share = rejected.reduce((total, { weight }) => total + weight, 0) / all;
        expect(share).toBeLessThanOrEqual(level * (1 + 1e-9));
      }
      // One-sided p values without ties are exactly uniform on their steps.
      if (pick !== 'pValue') {
        const least = Math.min(...found.map((each) => each[pick]));
        const first = found.filter((each) => each[pick] <= least * (1 + 1e-9));
        close(first.reduce((total, { weight }) => total + weight, 0) / all, least);
      }
    }
  });

  test('when it is drawn instead, too', () => {
    let rejected = 0;
    for (let run = 0; run < 400; run += 1) {
      const stream = randomStream('null', run);
      const units = biasedCoin(20)(stream).map((arm) => ({
        numerator: stream.integer(30),
        denominator: 10 + stream.integer(40),
        treated: arm === 1,
      }));
      const sampler = { kind: 'sampler', sample: biasedCoin(20) } as const;
      const options = {
        procedure: sampler,
        draws: 99,
        statistic: 'difference',
        seed: run,
      } as const;
      if (made(rerandomize(units, options)).pValue <= 0.1) rejected += 1;
    }
    expect(Math.abs(rejected / 400 - 0.1)).toBeLessThan(4 * Math.sqrt((0.1 * 0.9) / 400));
  });
});

describe('Random draws agree with going through all assignments, within Monte Carlo error,', () => {
  const units = designOf('few').units;
  const blocks = [0, 0, 0, 1, 1, 1, 1, 1, 1];
  test.each<readonly [string, Procedure]>([
    ['hashed', { kind: 'hashed' }],
    ['hashed with weights 1 : 3', { kind: 'hashed', weights: [1, 3] }],
    ['hashed with weights 0.7 : 0.3', { kind: 'hashed', weights: [0.7, 0.3] }],
    ['complete', complete],
    ['complete with free places', { kind: 'complete', sizes: [6, 8] }],
    ['stratified', { kind: 'stratified', strata: blocks }],
    [
      'stratified with a block not filled',
      { kind: 'stratified', strata: blocks, sizes: { 0: [3, 3] } },
    ],
  ])('%s', (_, procedure) => {
    const draws = 8_000;
    const exact = made(rerandomize(units, { ...ratio, procedure }));
    const drawn = made(rerandomize(units, { ...ratio, procedure, draws, enumerateUpTo: 0 }));
    expect(exact.method).toBe('enumeration');
    expect(drawn.method).toBe('monte-carlo');
    expect(drawn.assignments).toBe(exact.assignments);
    expect(drawn.observed).toBe(exact.observed);
    expect(drawn.monteCarloError).toBe(
      Math.sqrt((drawn.pValue * (1 - drawn.pValue)) / drawn.draws),
    );
    for (const pick of ['pValue', 'pLess', 'pGreater'] as const) {
      const p = exact[pick];
      expect(Math.abs(drawn[pick] - p)).toBeLessThanOrEqual(
        4 * Math.sqrt((p * (1 - p)) / drawn.draws) + 1e-12,
      );
    }
    // The share of draws that have a statistic, and so the smallest p value.
    expect(Math.abs(drawn.smallestPValue / exact.smallestPValue - 1)).toBeLessThan(0.06);
  });

  test.each([40, 64])('with %i units, more than there are bits in a word', (count) => {
    const many = Array.from({ length: count }, (_, i) => ({
      numerator: 5 + ((i * 7) % 13),
      denominator: 10 + (i % 6),
      treated: i % 4 === 0,
    }));
    const p = (procedure: Procedure) =>
      made(rerandomize(many, { ...ratio, procedure, draws: 8_000 })).pValue;
    const sampled = (share: number): Procedure => ({
      kind: 'sampler',
      sample: (stream) => many.map(() => (stream.next() < share ? 1 : 0)),
    });
    for (const share of [0.5, 0.25, 0.6]) {
      const hashed = p({ kind: 'hashed', weights: [1 - share, share] });
      expect(Math.abs(hashed - p(sampled(share)))).toBeLessThan(0.03);
    }
  });
});

describe('Places that nobody took', () => {
  test('in a block that was not filled are replayed as places', () => {
    // Four places, two of each arm, three units: by hand, each way to leave one place free.
    const y = [4, 9, 30, 2, 8, 15, 21];
    const e = [10, 12, 40, 9, 20, 31, 30];
    const a = [1, 0, 1, 0, 1, 1, 0];
    const strata = ['x', 'x', 'x', 'x', 'y', 'y', 'y'];
    const sizes = { y: [2, 2] };
    const allowed = everyAllocation(7).filter((allocation) => {
      const last = size(allocation.slice(4));
      return size(allocation.slice(0, 4)) === 2 && (last === 1 || last === 2);
    });
    const procedure = { kind: 'stratified', strata, sizes } as const;
    const found = made(rerandomize(unitsOf(y, e, a), { ...ratio, procedure }));
    const list = made(
      rerandomize(unitsOf(y, e, a), {
        ...ratio,
        procedure: { kind: 'listed', allocations: allowed },
      }),
    );
    close(found.pValue, list.pValue);
    close(found.pLess, list.pLess);
    expect([found.assignments, list.assignments]).toEqual([36, 36]);
    close(found.smallestPValue, list.smallestPValue);
    close(found.smallestTwoSidedPValue, list.smallestTwoSidedPValue);
  });

  test('by units without a denominator are taken all the same, and say nothing', () => {
    const { units } = designOf('gap');
    const found = made(rerandomize(units, { ...ratio, procedure: complete }));
    // Of 7 units with data 3 are treated, with the eighth treated too: 35 of 70 assignments leave
    // 3 of the 7, 35 leave 4; the actual arms of the 7 are one in 70, the swapped ones another.
    close(found.smallestPValue, 1 / 70);
    close(found.smallestTwoSidedPValue, 2 / 70);
    const hashed = { ...ratio, procedure: { kind: 'hashed' } } as const;
    const seen = units.filter(({ denominator }) => denominator > 0);
    expect(rerandomize(units, hashed)).toEqual(rerandomize(seen, hashed));
  });
});

describe('The smallest possible p value', () => {
  const floors = (units: readonly AssignedUnit[], procedure: Procedure) => {
    const found = made(rerandomize(units, { ...ratio, procedure }));
    return [found.smallestPValue, found.smallestTwoSidedPValue] as const;
  };

  test('counts the mirror image where it can be drawn', () => {
    const [one, two] = floors(small, complete);
    close(one, 1 / 252);
    close(two, 2 / 252);
    const uneven = designOf('uneven');
    expect(floors(uneven.units, complete).map((p) => 1 / p)).toEqual([
      expect.closeTo(792, 6),
      expect.closeTo(792, 6),
    ]);
    const striped = designOf('striped');
    const [least, leastTwo] = floors(striped.units, striped.procedure);
    // One stratum has 1 of 4 treated, so it has no mirror image.
    expect([1 / least, 1 / leastTwo]).toEqual([expect.closeTo(144, 8), expect.closeTo(144, 8)]);
    const pairs = { kind: 'stratified', strata: [1, 1, 2, 2, 3, 3, 4, 4, 5, 5] } as const;
    const matched = small.map((unit, i) => ({ ...unit, treated: i % 2 === 0 }));
    const [ofPairs, ofPairsTwo] = floors(matched, pairs);
    expect([1 / ofPairs, 1 / ofPairsTwo]).toEqual([expect.closeTo(32, 8), expect.closeTo(16, 8)]);
  });

  test('of hashed assignment is the chance of the arms among those that can be compared', () => {
    const { units, procedure } = designOf('few');
    const comparable = everyAllocation(9).filter((a) => size(a) >= 2 && size(a) <= 7);
    const chance = (treated: number) => 0.75 ** treated * 0.25 ** (9 - treated);
    const eventful = comparable.filter((a) =>
      [0, 1].every((arm) => units.some(({ numerator }, i) => a[i] === arm && numerator > 0)),
    );
    const all = eventful.reduce((total, a) => total + chance(size(a)), 0);
    const [one, two] = floors(units, procedure);
    close(one, chance(6) / all);
    close(two, (chance(6) + chance(3)) / all);
  });

  test('of a list is that of its entry', () => {
    const allocations = [
      small.map(({ treated }) => (treated ? 1 : 0)),
      small.map(({ treated }) => (treated ? 0 : 1)),
      [1, 1, 1, 1, 1, 0, 0, 0, 0, 0],
    ];
    const list = { kind: 'listed', allocations, weights: [2, 1, 5] } as const;
    const [one, two] = floors(small, list);
    close(one, 2 / 8);
    close(two, 3 / 8);
  });

  test('of draws is what their number allows, and is said in words', () => {
    const options = { ...ratio, procedure: complete, draws: 49, enumerateUpTo: 251 };
    const drawn = made(rerandomize(small, options));
    expect(drawn.smallestPValue).toBe(1 / 50);
    expect(drawn.smallestTwoSidedPValue).toBe(1 / 50);
    expect(drawn.floor).toBe(
      'From 49 draws no p value below 0.020 one-sided or 0.020 two-sided is possible, however large the effect.',
    );
    const all = made(rerandomize(small, { ...options, enumerateUpTo: 252 }));
    expect(all.floor).toBe(
      'From the 252 assignments that could be compared no p value below 0.0040 one-sided or 0.0079 two-sided is possible, however large the effect.',
    );
  });

  test('of a sampler is not known better than by its draws', () => {
    const sampler = { kind: 'sampler', sample: biasedCoin(10) } as const;
    const found = made(rerandomize(small, { ...ratio, procedure: sampler, draws: 199 }));
    expect(found).toMatchObject({ method: 'monte-carlo', assignments: null });
    expect(found.smallestPValue).toBe(1 / (found.draws + 1));
  });

  test('is not 1: a procedure with no other assignment tests nothing', () => {
    const strata = small.map(({ treated }) => String(treated));
    const fixed = { kind: 'stratified', strata } as const;
    expect(rerandomize(small, { ...ratio, procedure: fixed })).toEqual({
      estimable: false,
      reason: 'the procedure could have given no other assignment that can be compared',
    });
  });

  test('is attained by the clearest effect', () => {
    const clear = unitsOf(
      [1, 2, 3, 4, 90, 91, 92, 93],
      [9, 9, 9, 9, 9, 9, 9, 9],
      [1, 1, 1, 1, 0, 0, 0, 0],
    );
    const found = made(rerandomize(clear, { ...ratio, procedure: complete }));
    close(found.pValue, found.smallestTwoSidedPValue);
    close(found.pLess, found.smallestPValue);
    close(found.pValue, 2 / 70);
  });
});

describe('The draws', () => {
  const many = Array.from({ length: 60 }, (_, i) => ({
    numerator: 1 + ((i * 11) % 17),
    denominator: 5 + (i % 7),
    treated: i % 2 === 0,
  }));
  const strata = many.map((_, i) => i % 5);
  const procedures: readonly Procedure[] = [
    complete,
    { kind: 'hashed' },
    { kind: 'hashed', weights: [1, 2] },
    { kind: 'stratified', strata },
    { kind: 'sampler', sample: biasedCoin(60) },
  ];

  test.each(procedures)('of a longer run begin with those of a shorter one: %j', (procedure) => {
    const extreme = (draws: number): number => {
      const { pValue } = made(rerandomize(many, { ...ratio, procedure, draws }));
      return Math.round(pValue * (draws + 1)) - 1;
    };
    let before = extreme(100);
    for (let draws = 101; draws <= 130; draws += 1) {
      const now = extreme(draws);
      expect(now - before === 0 || now - before === 1).toBe(true);
      before = now;
    }
  });

  test.each(procedures)(
    'are the same for the same seed and others for another: %j',
    (procedure) => {
      const p = (seed: string) =>
        made(rerandomize(many, { ...ratio, procedure, draws: 999, seed })).pValue;
      expect(p('a')).toBe(p('a'));
      expect(new Set(['a', 'b', 'c', 'd'].map(p)).size).toBeGreaterThan(1);
    },
  );

  test('are 9,999 unless told otherwise, and drawn beyond 100,000 assignments', () => {
    const found = made(rerandomize(many, { ...ratio, procedure: complete }));
    expect(found).toMatchObject({ method: 'monte-carlo', draws: 9_999 });
    const sixteen = many.slice(0, 16);
    const hashed = (units: readonly AssignedUnit[]) =>
      made(rerandomize(units, { ...ratio, procedure: { kind: 'hashed' } }));
    expect(hashed(sixteen)).toMatchObject({ method: 'enumeration', assignments: 65_536 });
    expect(hashed(many.slice(0, 17))).toMatchObject({
      method: 'monte-carlo',
      assignments: 131_072,
    });
    expect(found.assignments).toBeNull();
  });

  test('need not fill an arm: those without a comparison are passed over', () => {
    const four = unitsOf([3, 9, 4, 20], [5, 6, 7, 8], [1, 1, 0, 0]);
    const options = { ...ratio, procedure: { kind: 'hashed' }, draws: 2_000 } as const;
    const all = made(rerandomize(four, options));
    expect(all).toMatchObject({ assignments: 16, draws: 6 });
    const drawn = made(rerandomize(four, { ...options, enumerateUpTo: 0 }));
    expect(Math.abs(drawn.draws / 2_000 - 6 / 16)).toBeLessThan(0.05);
    const few = rerandomize(four, { ...options, enumerateUpTo: 0, draws: 150 });
    expect(few).toMatchObject({
      estimable: false,
      reason: expect.stringMatching(/only \d+ of 150 draws/),
    });
  });

  test('of 100,000 units take little memory', () => {
    const crowd = Array.from({ length: 100_000 }, (_, i) => ({
      numerator: i % 5,
      denominator: 1 + (i % 3),
      treated: (i * 7) % 11 < 5,
    }));
    const found = made(rerandomize(crowd, { ...ratio, procedure: complete, draws: 19 }));
    expect(found).toMatchObject({ draws: 19, assignments: null, smallestPValue: 1 / 20 });
  });
});

describe('A procedure that does not fit the units is refused', () => {
  const tried =
    (procedure: Procedure, units = small) =>
    () =>
      rerandomize(units, { ...ratio, procedure });
  const actual = small.map(({ treated }) => (treated ? 1 : 0));

  test.each<readonly [RegExp, Procedure]>([
    [/weights must be 2 numbers above 0, not 1, 2, 3/, { kind: 'hashed', weights: [1, 2, 3] }],
    [/weights must be 2 numbers above 0, not 1, 0/, { kind: 'hashed', weights: [1, 0] }],
    [/weights must be 2/, { kind: 'hashed', weights: [1, Number.POSITIVE_INFINITY] }],
    [/sizes must be 2 whole numbers, at least the 5, 5 units/, { kind: 'complete', sizes: [4, 6] }],
    [/sizes must be 2/, { kind: 'complete', sizes: [10] }],
    [/sizes must be 2/, { kind: 'complete', sizes: [5.5, 6] }],
    [/one for each of the 10 units, not 2/, { kind: 'stratified', strata: ['a', 'b'] }],
    [
      /sizes in stratum a/,
      { kind: 'stratified', strata: actual.map(() => 'a'), sizes: { a: [5, 4] } },
    ],
    [
      /must be among the listed ones/,
      { kind: 'listed', allocations: [[1, 1, 1, 1, 1, 0, 0, 0, 0, 0]] },
    ],
    [/must be among the listed ones/, { kind: 'listed', allocations: [] }],
    [/allocation 1 holds 2 arms/, { kind: 'listed', allocations: [actual, [0, 1]] }],
    [
      /allocation 1 gives unit 0 the arm 2, not one of 0 to 1/,
      { kind: 'listed', allocations: [actual, actual.map(() => 2)] },
    ],
    [/arm -1/, { kind: 'listed', allocations: [actual.map(() => -1)] }],
    [/arm 0.5/, { kind: 'listed', allocations: [actual.map((arm, i) => (i === 9 ? 0.5 : arm))] }],
    [/one for each allocation/, { kind: 'listed', allocations: [actual], weights: [1, 1] }],
    [/weights must be 1 numbers above 0/, { kind: 'listed', allocations: [actual], weights: [0] }],
    [/the allocation sampled holds 3 arms/, { kind: 'sampler', sample: () => [0, 1, 0] }],
    [
      /the allocation sampled gives unit 0 the arm 7/,
      { kind: 'sampler', sample: () => actual.map(() => 7) },
    ],
  ])('%p', (message, procedure) => {
    expect(tried(procedure)).toThrow(RangeError);
    expect(tried(procedure)).toThrow(message);
  });

  test('also where there is nothing to estimate', () => {
    expect(tried({ kind: 'hashed', weights: [1] }, [])).toThrow(RangeError);
  });
});
