import { describe, expect, test } from '@jest/globals';
import { chiSquared, normal, randomStream } from '../../src/stats/index.ts';
import type { RandomStream, Seed } from '../../src/stats/index.ts';
import { xoshiro128 } from '../../src/stats/xoshiro.ts';

const take = <T>(n: number, draw: () => T): T[] => Array.from({ length: n }, draw);
const words = (stream: RandomStream, n = 8): number[] => take(n, () => stream.uint32());

/** The p value of a chi-squared test that all cells are equally likely. */
function uniformityP(cells: readonly number[]): number {
  const expected = cells.reduce((a, b) => a + b, 0) / cells.length;
  const statistic = cells.reduce((a, observed) => a + (observed - expected) ** 2 / expected, 0);
  return chiSquared.cdf(statistic, cells.length - 1).upper;
}

function tally(cellCount: number, draws: number, draw: () => number): number[] {
  const cells = Array.from({ length: cellCount }, () => 0);
  for (let i = 0; i < draws; i++) {
    const cell = draw();
    cells[cell] = (cells[cell] ?? 0) + 1;
  }
  return cells;
}

describe('the generator', () => {
  test('xoshiro128** gives the published numbers for the state 1, 2, 3, 4', () => {
    // From the tests of the Rust crate rand_xoshiro 0.7, made with the authors' C code.
    const state = Int32Array.of(1, 2, 3, 4);
    expect(take(10, () => xoshiro128(state))).toEqual([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597,
      4258142804,
    ]);
  });

  test('it agrees with a plain transcription of the reference code in big integers', () => {
    const mask = 0xffffffffn;
    const rotate = (x: bigint, k: bigint): bigint => ((x << k) | (x >> (32n - k))) & mask;
    let [a, b, c, d] = [0xdeadbeefn, 0x80000000n, 0x12345678n, 0xffffffffn];
    const reference = (): number => {
      const result = (rotate((b * 5n) & mask, 7n) * 9n) & mask;
      const t = (b << 9n) & mask;
      c ^= a;
      d ^= b;
      b ^= c;
      a ^= d;
      c ^= t;
      d = rotate(d, 11n);
      return Number(result);
    };
    const state = Int32Array.of(0xdeadbeef, 0x80000000, 0x12345678, 0xffffffff);
    expect(take(2000, () => xoshiro128(state))).toEqual(take(2000, reference));
  });
});

describe('seeds and blocks', () => {
  test('a seed and a block give the same numbers for ever', () => {
    // From a second implementation, of the writing in the documentation of the seed, in Python.
    expect(words(randomStream('flu-2024', 0), 4)).toEqual([
      2287280832, 3750494649, 1664305083, 2813043099,
    ]);
    expect(words(randomStream(['flu-2024', 7], 2 ** 32 + 5), 4)).toEqual([
      1481585828, 2839249056, 1987256801, 1445944445,
    ]);
  });

  test('a block does not depend on which blocks were made before it', () => {
    const alone = words(randomStream('seed', 41));
    const inOrder = take(42, () => 0).map((_, block) => words(randomStream('seed', block)));
    expect(inOrder[41]).toEqual(alone);
  });

  test('a simulation has the same draws however its replicates are shared out', () => {
    const replicate = (block: number): number => {
      const stream = randomStream(['trial', 3], block);
      const items = Int32Array.from({ length: 12 }, (_, i) => i);
      stream.shuffle(items);
      return (items[0] ?? 0) + stream.normal() + stream.next() + stream.integer(100);
    };
    const blocks = take(60, () => 0).map((_, block) => block);
    const inOrder = blocks.map(replicate);
    for (const workers of [2, 3, 7]) {
      const shared = new Map<number, number>();
      for (let worker = workers - 1; worker >= 0; worker--) {
        const own = blocks.filter((block) => block % workers === worker).reverse();
        for (const block of own) shared.set(block, replicate(block));
      }
      expect(blocks.map((block) => shared.get(block))).toEqual(inOrder);
    }
    expect(new Set(inOrder).size).toBe(inOrder.length);
  });

  test('two streams drawn from in turn do not disturb each other', () => {
    const [a, b] = [randomStream('turns', 0), randomStream('turns', 1)];
    const mixed = take(20, () => [a.uint32(), b.uint32()] as const);
    expect(mixed.map(([first]) => first)).toEqual(words(randomStream('turns', 0), 20));
    expect(mixed.map(([, second]) => second)).toEqual(words(randomStream('turns', 1), 20));
  });

  test('seeds of different parts or types are different streams', () => {
    const seeds: readonly Seed[] = [
      7,
      '7',
      'seed',
      'Seed',
      '',
      ['a', 'bc'],
      ['ab', 'c'],
      'abc',
      ['s', 1],
      ['s', '1'],
      0.1,
      'ż',
      '水',
    ];
    const firsts = seeds.map((seed) => words(randomStream(seed)).join(' '));
    expect(new Set(firsts).size).toBe(seeds.length);
    expect(words(randomStream(['abc']))).toEqual(words(randomStream('abc')));
  });

  test('the first numbers of twenty thousand blocks are uniform and all different', () => {
    const firsts = take(20_000, () => 0).map((_, block) => randomStream('blocks', block).next());
    expect(new Set(firsts).size).toBe(firsts.length);
    let i = 0;
    expect(
      uniformityP(tally(100, 20_000, () => Math.floor((firsts[i++] ?? 0) * 100))),
    ).toBeGreaterThan(0.001);
  });

  test('neighbouring blocks and neighbouring seeds do not go together', () => {
    const pairs: readonly (readonly [RandomStream, RandomStream])[] = [
      [randomStream('x', 0), randomStream('x', 1)],
      [randomStream('x', 1), randomStream('x', 2 ** 32 + 1)],
      [randomStream('x1'), randomStream('x2')],
      [randomStream(1), randomStream(2)],
    ];
    for (const [left, right] of pairs) {
      // Equal in one of 64 cells of 8 × 8, and correlation below 4 standard errors.
      const cells = tally(64, 40_000, () => left.integer(8) * 8 + right.integer(8));
      expect(uniformityP(cells)).toBeGreaterThan(0.001);
      const product = take(40_000, () => (left.next() - 0.5) * (right.next() - 0.5) * 12);
      const correlation = product.reduce((a, b) => a + b, 0) / product.length;
      expect(Math.abs(correlation)).toBeLessThan(4 / Math.sqrt(product.length));
    }
  });

  test('half of the bits change from one block to the next', () => {
    let changed = 0;
    for (let block = 0; block < 2000; block++) {
      const a = words(randomStream('bits', block), 4);
      const b = words(randomStream('bits', block + 1), 4);
      for (const [i, word] of a.entries()) {
        for (let x = word ^ (b[i] ?? 0); x !== 0; x &= x - 1) changed++;
      }
    }
    const bits = 2000 * 4 * 32;
    expect(Math.abs(changed / bits - 0.5)).toBeLessThan((4 * 0.5) / Math.sqrt(bits));
  });

  test('seeds and blocks without meaning are refused', () => {
    expect(() => randomStream(NaN)).toThrow(/a seed must be finite, got NaN/);
    expect(() => randomStream([])).toThrow(/at least one part/);
    expect(() => randomStream('x', -1)).toThrow(/block must be a whole number, 0 or more, got -1/);
    expect(() => randomStream('x', 1.5)).toThrow(RangeError);
  });
});

describe('the draws', () => {
  test('next is uniform on [0, 1) with 53 bits', () => {
    const stream = randomStream('uniform');
    const draws = take(100_000, stream.next);
    expect(draws.every((u) => u >= 0 && u < 1 && Number.isInteger(u * 2 ** 53))).toBe(true);
    let i = 0;
    const cells = tally(200, draws.length, () => Math.floor((draws[i++] ?? 0) * 200));
    expect(uniformityP(cells)).toBeGreaterThan(0.001);
    // The last ten bits, which a 32-bit generator would leave empty.
    i = 0;
    const low = tally(1024, draws.length, () => ((draws[i++] ?? 0) * 2 ** 53) % 1024);
    expect(uniformityP(low)).toBeGreaterThan(0.001);
  });

  test.each([1, 2, 3, 7, 10, 1000])('integer(%d) is uniform', (bound) => {
    const stream = randomStream(['integer', bound]);
    const cells = tally(bound, 50_000, () => stream.integer(bound));
    expect(cells.length).toBe(bound);
    if (bound > 1) expect(uniformityP(cells)).toBeGreaterThan(0.001);
  });

  test('integer has no bias where the remainder of 2^32 is a third of it', () => {
    // Without rejection every third value would come twice as often.
    const bound = 3 * 2 ** 30;
    const stream = randomStream('bias');
    const cells = tally(3, 60_000, () => stream.integer(bound) % 3);
    expect(uniformityP(cells)).toBeGreaterThan(0.001);
  });

  test('integer is the high word of the product, whatever the size of the bound', () => {
    for (const bound of [5, 2 ** 21, 2 ** 21 + 1, 2 ** 31 + 1, 2 ** 32 - 1, 2 ** 32]) {
      const bits = randomStream(['product', bound]);
      const stream = randomStream(['product', bound]);
      for (let i = 0; i < 200; i++) {
        const wide = BigInt(bound);
        let product = BigInt(bits.uint32()) * wide;
        while (product % 2n ** 32n < 2n ** 32n % wide) product = BigInt(bits.uint32()) * wide;
        expect(stream.integer(bound)).toBe(Number(product >> 32n));
      }
    }
  });

  test('integer refuses a bound it cannot serve', () => {
    const { integer } = randomStream(1);
    for (const bound of [0, -3, 1.5, NaN, 2 ** 32 + 1]) {
      expect(() => integer(bound)).toThrow(/bound must be a whole number from 1 to 2\^32/);
    }
  });

  test('normal is standard normal', () => {
    const stream = randomStream('normal');
    const draws = take(100_000, stream.normal);
    let i = 0;
    const cells = tally(100, draws.length, () =>
      Math.floor(normal.cdf(draws[i++] ?? 0).lower * 100),
    );
    expect(uniformityP(cells)).toBeGreaterThan(0.001);
    expect(Math.max(...draws.map(Math.abs))).toBeLessThan(6);
  });

  test('every draw of next and normal takes two words, so that streams stay in step', () => {
    const a = randomStream('step');
    const b = randomStream('step');
    a.normal();
    b.next();
    expect(words(a)).toEqual(words(b));
  });
});

describe('shuffle', () => {
  test('keeps the items', () => {
    const items = Int32Array.from({ length: 1000 }, (_, i) => i - 500);
    randomStream('keep').shuffle(items);
    expect(items).not.toEqual(items.toSorted());
    expect(items.toSorted()).toEqual(Int32Array.from({ length: 1000 }, (_, i) => i - 500));
  });

  test('gives all 24 orders of four items equally often', () => {
    const stream = randomStream('orders');
    const orders = new Map<string, number>();
    for (let i = 0; i < 48_000; i++) {
      const items = Int32Array.of(0, 1, 2, 3);
      stream.shuffle(items);
      const order = items.join('');
      orders.set(order, (orders.get(order) ?? 0) + 1);
    }
    expect(orders.size).toBe(24);
    expect(uniformityP([...orders.values()])).toBeGreaterThan(0.001);
  });

  test('puts a uniform sample in front when only part is asked for', () => {
    const stream = randomStream('sample');
    const samples = new Map<string, number>();
    for (let i = 0; i < 40_000; i++) {
      const items = Int32Array.of(0, 1, 2, 3, 4);
      stream.shuffle(items, 2);
      const sample = items.subarray(0, 2).toSorted().join('');
      samples.set(sample, (samples.get(sample) ?? 0) + 1);
    }
    expect(samples.size).toBe(10);
    expect(uniformityP([...samples.values()])).toBeGreaterThan(0.001);
  });

  test('does the front the same way however much is asked for', () => {
    const whole = Int32Array.from({ length: 50 }, (_, i) => i);
    const part = whole.slice();
    randomStream('front').shuffle(whole);
    randomStream('front').shuffle(part, 20);
    expect(part.subarray(0, 20)).toEqual(whole.subarray(0, 20));
  });

  test('takes an empty array and refuses to fill more places than there are', () => {
    const stream = randomStream('ends');
    expect(() => stream.shuffle(new Int32Array(0))).not.toThrow();
    expect(() => stream.shuffle(new Int32Array(3), 4)).toThrow(
      /count must be a whole number from 0 to the length 3, got 4/,
    );
  });
});
