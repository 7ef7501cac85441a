import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import {
  beta,
  binomial,
  chiSquared,
  fisherF,
  gamma,
  hypergeometric,
  negativeBinomial,
  normal,
  poisson,
  studentT,
} from '../../src/stats/index.ts';
import type { Tail, Tails } from '../../src/stats/index.ts';

/** One distribution with its parameters as a list, so that tables can drive it. */
interface Law {
  readonly density: (x: number, args: readonly number[]) => number;
  readonly cdf: (x: number, args: readonly number[]) => Tails;
  readonly quantile: (p: number, args: readonly number[], tail: Tail) => number;
}

const at = (args: readonly number[], i: number): number => {
  const value = args[i];
  if (value === undefined) throw new Error(`argument ${i} is missing`);
  return value;
};

const laws: Readonly<Record<string, Law>> = {
  normal: {
    density: (x) => normal.density(x),
    cdf: (x) => normal.cdf(x),
    quantile: (p, _, tail) => normal.quantile(p, tail),
  },
  studentT: {
    density: (x, a) => studentT.density(x, at(a, 0)),
    cdf: (x, a) => studentT.cdf(x, at(a, 0)),
    quantile: (p, a, tail) => studentT.quantile(p, at(a, 0), tail),
  },
  chiSquared: {
    density: (x, a) => chiSquared.density(x, at(a, 0)),
    cdf: (x, a) => chiSquared.cdf(x, at(a, 0)),
    quantile: (p, a, tail) => chiSquared.quantile(p, at(a, 0), tail),
  },
  fisherF: {
    density: (x, a) => fisherF.density(x, at(a, 0), at(a, 1)),
    cdf: (x, a) => fisherF.cdf(x, at(a, 0), at(a, 1)),
    quantile: (p, a, tail) => fisherF.quantile(p, at(a, 0), at(a, 1), tail),
  },
  beta: {
    density: (x, a) => beta.density(x, at(a, 0), at(a, 1)),
    cdf: (x, a) => beta.cdf(x, at(a, 0), at(a, 1)),
    quantile: (p, a, tail) => beta.quantile(p, at(a, 0), at(a, 1), tail),
  },
  gamma: {
    density: (x, a) => gamma.density(x, at(a, 0), at(a, 1)),
    cdf: (x, a) => gamma.cdf(x, at(a, 0), at(a, 1)),
    quantile: (p, a, tail) => gamma.quantile(p, at(a, 0), at(a, 1), tail),
  },
  poisson: {
    density: (x, a) => poisson.density(x, at(a, 0)),
    cdf: (x, a) => poisson.cdf(x, at(a, 0)),
    quantile: (p, a, tail) => poisson.quantile(p, at(a, 0), tail),
  },
  binomial: {
    density: (x, a) => binomial.density(x, at(a, 0), at(a, 1)),
    cdf: (x, a) => binomial.cdf(x, at(a, 0), at(a, 1)),
    quantile: (p, a, tail) => binomial.quantile(p, at(a, 0), at(a, 1), tail),
  },
  negativeBinomial: {
    density: (x, a) => negativeBinomial.density(x, at(a, 0), at(a, 1)),
    cdf: (x, a) => negativeBinomial.cdf(x, at(a, 0), at(a, 1)),
    quantile: (p, a, tail) => negativeBinomial.quantile(p, at(a, 0), at(a, 1), tail),
  },
  hypergeometric: {
    density: (x, a) => hypergeometric.density(x, at(a, 0), at(a, 1), at(a, 2)),
    cdf: (x, a) => hypergeometric.cdf(x, at(a, 0), at(a, 1), at(a, 2)),
    quantile: (p, a, tail) => hypergeometric.quantile(p, at(a, 0), at(a, 1), at(a, 2), tail),
  },
};

const law = (name: string): Law => {
  const found = laws[name];
  if (found === undefined) throw new Error(`no distribution ${name}`);
  return found;
};

const discrete = (name: string): boolean =>
  ['poisson', 'binomial', 'negativeBinomial', 'hypergeometric'].includes(name);

/** The case files use R's short names. */
const fullNames: Readonly<Record<string, string>> = {
  t: 'studentT',
  chisq: 'chiSquared',
  f: 'fisherF',
  binom: 'binomial',
  nbinom: 'negativeBinomial',
};

type Band = 'core' | 'tail' | 'far';

interface Case {
  readonly name: string;
  readonly points: readonly {
    readonly args: readonly number[];
    readonly value: number;
    readonly band: Band;
  }[];
  readonly tolerance: Readonly<Record<`rel_${Band}` | 'abs', number>>;
}

const { cases }: { cases: readonly Case[] } = JSON.parse(
  readFileSync(new URL('distributions.json', import.meta.url), 'utf8'),
);

describe('the reference points computed with 40 digits', () => {
  test.each(cases)('$name is within its stated tolerance', ({ name, points, tolerance }) => {
    const [short = '', kind = ''] = name.split('_');
    const { cdf, quantile } = law(fullNames[short] ?? short);
    for (const { args, value, band } of points) {
      const [first = NaN, ...parameters] = args;
      const got =
        kind === 'q'
          ? quantile(first, parameters, 'lower')
          : cdf(first, parameters)[kind === 'sf' ? 'upper' : 'lower'];
      const allowed = tolerance[`rel_${band}`] * Math.abs(value) + tolerance.abs;
      expect({ args, got, ok: Math.abs(got - value) <= allowed }).toEqual({ args, got, ok: true });
    }
  });
});

interface GridPoint {
  readonly distribution: string;
  readonly args: readonly number[];
  readonly lower: number;
  readonly upper: number;
  readonly density: number;
}

const readGrid = (file: string): readonly GridPoint[] =>
  JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8')).points;
const grid = [...readGrid('distribution-grid.json'), ...readGrid('distribution-edge-grid.json')];

/** 1e-11 in the body, 1e-10 beyond. */
const allowance = (probability: number): number => (probability >= 1e-4 ? 1e-11 : 1e-10);

describe.each(Object.keys(laws))('the %s distribution against a grid of many digits', (name) => {
  const points = grid.filter((point) => point.distribution === name);
  const { cdf, density, quantile } = law(name);

  test('has both tails right', () => {
    expect(points.length).toBeGreaterThan(20);
    for (const { args, lower, upper } of points) {
      const [x = NaN, ...parameters] = args;
      const got = cdf(x, parameters);
      const errors = [Math.abs(got.lower / lower - 1), Math.abs(got.upper / upper - 1)] as const;
      const ok = errors[0] < allowance(lower) && errors[1] < allowance(upper);
      expect({ args, errors, ok }).toEqual({ args, errors, ok: true });
    }
  });

  test('has the density right', () => {
    for (const { args, density: truth } of points) {
      const [x = NaN, ...parameters] = args;
      const error = Math.abs(density(x, parameters) / truth - 1);
      expect({ args, error, ok: error < 1e-11 }).toEqual({ args, error, ok: true });
    }
  });

  test('finds the point again from either tail', () => {
    for (const { args, lower, upper, density: f } of points) {
      const [x = NaN, ...parameters] = args;
      for (const [tail, p] of [
        ['lower', lower],
        ['upper', upper],
      ] as const) {
        if (p > 0.9) continue;
        const got = quantile(p, parameters, tail);
        // What an error in p itself does to x, relative to x.
        const condition = discrete(name) ? 0 : p / Math.abs(x * f);
        const error = x === 0 ? Math.abs(got) : Math.abs(got / x - 1);
        const ok = error <= allowance(p) * Math.max(1, condition);
        expect({ args, tail, error, ok }).toEqual({ args, tail, error, ok: true });
      }
    }
  });
});

describe('well-known values', () => {
  test('the textbook quantiles come out', () => {
    // mpmath, 40 digits: roots of erf, betainc and gammainc.
    expect(normal.quantile(0.975)).toBeCloseTo(1.9599639845400538, 14);
    expect(studentT.quantile(0.975, 10)).toBeCloseTo(2.2281388519862744, 14);
    expect(chiSquared.quantile(0.95, 1)).toBeCloseTo(3.8414588206941245, 14);
    expect(fisherF.quantile(0.95, 2, 10)).toBeCloseTo(4.1028210151304, 13);
  });

  test('a quantile lies on the same point from either side', () => {
    expect(normal.quantile(0.025, 'upper')).toBe(-normal.quantile(0.025));
    expect(studentT.quantile(1e-30, 12, 'upper')).toBe(-studentT.quantile(1e-30, 12));
    expect(chiSquared.quantile(0.25, 3, 'upper')).toBe(chiSquared.quantile(0.75, 3));
    expect(binomial.quantile(0.25, 40, 0.3, 'upper')).toBe(binomial.quantile(0.75, 40, 0.3));
  });

  test('discrete ties go to the smaller count', () => {
    // In exact arithmetic P(X ≤ k) equals p in each of these.
    expect(binomial.quantile(0.5, 1, 0.5)).toBe(0);
    expect(binomial.quantile(0.75, 2, 0.5)).toBe(1);
    expect(binomial.quantile(0.19, 2, 0.9)).toBe(1);
    expect(poisson.quantile(Math.exp(-1), 1)).toBe(0);
  });

  test('a binomial quantile far out in a long tail is found where R 4.2 loses it', () => {
    // mpmath: 99811; R 4.2.2 qbinom(1e-15, 1e5, .999) gives 100000.
    expect(binomial.quantile(1e-15, 1e5, 0.999)).toBe(99811);
  });
});

describe('at the ends', () => {
  test('probability 0 and 1 give the ends of the support', () => {
    expect(normal.quantile(0)).toBe(-Infinity);
    expect(normal.quantile(0, 'upper')).toBe(Infinity);
    expect(studentT.quantile(1, 3)).toBe(Infinity);
    expect(studentT.quantile(0, 3)).toBe(-Infinity);
    expect(studentT.quantile(0.5, 3)).toBe(0);
    expect(chiSquared.quantile(0, 3)).toBe(0);
    expect(chiSquared.quantile(0, 3, 'upper')).toBe(Infinity);
    expect(fisherF.quantile(1, 3, 4)).toBe(Infinity);
    expect(beta.quantile(1, 3, 4)).toBe(1);
    expect(beta.quantile(1, 3, 4, 'upper')).toBe(0);
    expect(poisson.quantile(1, 3)).toBe(Infinity);
    expect(poisson.quantile(1, 0)).toBe(0);
    expect(binomial.quantile(1, 7, 0.2)).toBe(7);
    expect(binomial.quantile(1, 7, 0.2, 'upper')).toBe(0);
    expect(negativeBinomial.quantile(0, 3, 0.2)).toBe(0);
    expect(negativeBinomial.quantile(1, 3, 0.2)).toBe(Infinity);
    expect(negativeBinomial.quantile(0, 3, 0.2, 'upper')).toBe(Infinity);
    expect(negativeBinomial.quantile(1, 3, 1)).toBe(0);
    expect(hypergeometric.quantile(0, 10, 3, 8)).toBe(5);
    expect(hypergeometric.quantile(1, 10, 3, 8, 'upper')).toBe(5);
    expect(hypergeometric.quantile(1, 10, 3, 8)).toBe(8);
    expect(hypergeometric.quantile(0, 10, 30, 18, 'upper')).toBe(10);
    expect(hypergeometric.quantile(0.3, 0, 0, 0)).toBe(0);
    expect(hypergeometric.quantile(0.3, 1, 0, 1)).toBe(1);
  });

  test('outside the support the tails are 0 and 1 and the density is 0', () => {
    const below = { lower: 0, upper: 1 };
    const above = { lower: 1, upper: 0 };
    expect(normal.cdf(-Infinity)).toEqual(below);
    expect(normal.cdf(Infinity)).toEqual(above);
    expect(studentT.cdf(-Infinity, 2)).toEqual(below);
    expect(studentT.cdf(Infinity, 2)).toEqual(above);
    expect(chiSquared.cdf(-1, 2)).toEqual(below);
    expect(gamma.cdf(Infinity, 2, 3)).toEqual(above);
    expect(fisherF.cdf(0, 2, 2)).toEqual(below);
    expect(fisherF.cdf(Infinity, 2, 2)).toEqual(above);
    expect(beta.cdf(-1, 2, 2)).toEqual(below);
    expect(beta.cdf(2, 2, 2)).toEqual(above);
    expect(poisson.cdf(-0.5, 2)).toEqual(below);
    expect(poisson.cdf(Infinity, 2)).toEqual(above);
    expect(poisson.cdf(0, 0)).toEqual(above);
    expect(binomial.cdf(-1, 4, 0.5)).toEqual(below);
    expect(binomial.cdf(4, 4, 0.5)).toEqual(above);
    expect(negativeBinomial.cdf(-0.5, 4, 0.5)).toEqual(below);
    expect(negativeBinomial.cdf(Infinity, 4, 0.5)).toEqual(above);
    expect(negativeBinomial.cdf(0, 4, 1)).toEqual(above);
    expect(hypergeometric.cdf(4.9, 10, 3, 8)).toEqual(below);
    expect(hypergeometric.cdf(8, 10, 3, 8)).toEqual(above);
    expect(hypergeometric.cdf(10, 10, 30, 18)).toEqual(above);
    expect(hypergeometric.cdf(-Infinity, 10, 30, 18)).toEqual(below);
    expect(hypergeometric.cdf(0, 0, 0, 0)).toEqual(above);
    expect(normal.density(Infinity)).toBe(0);
    expect(studentT.density(-Infinity, 2)).toBe(0);
    expect(gamma.density(-1, 2, 2)).toBe(0);
    expect(fisherF.density(-1, 2, 2)).toBe(0);
    expect(beta.density(1.5, 2, 2)).toBe(0);
    expect(poisson.density(1.5, 2)).toBe(0);
    expect(binomial.density(5, 4, 0.5)).toBe(0);
    expect(negativeBinomial.density(-1, 4, 0.5)).toBe(0);
    expect(negativeBinomial.density(1.5, 4, 0.5)).toBe(0);
    expect(negativeBinomial.density(Infinity, 4, 0.5)).toBe(0);
    expect(negativeBinomial.density(1, 4, 1)).toBe(0);
    expect(hypergeometric.density(4, 10, 3, 8)).toBe(0);
    expect(hypergeometric.density(9, 10, 3, 8)).toBe(0);
    expect(hypergeometric.density(11, 10, 30, 18)).toBe(0);
    expect(hypergeometric.density(-1, 10, 30, 18)).toBe(0);
    expect(hypergeometric.density(5.5, 10, 3, 8)).toBe(0);
  });

  test('a density at the edge of the support is its limit', () => {
    expect(gamma.density(0, 1, 3)).toBe(3);
    expect(gamma.density(0, 0.5, 3)).toBe(Infinity);
    expect(chiSquared.density(0, 3)).toBe(0);
    expect(fisherF.density(0, 2, 7)).toBeCloseTo(1, 14);
    expect(fisherF.density(0, 1, 7)).toBe(Infinity);
    expect(beta.density(0, 1, 4)).toBeCloseTo(4, 14);
    expect(beta.density(1, 2, 0.5)).toBe(Infinity);
    expect(beta.density(1, 2, 3)).toBe(0);
    expect(poisson.density(0, 0)).toBe(1);
    expect(binomial.density(0, 3, 0)).toBe(1);
    expect(binomial.density(3, 3, 1)).toBe(1);
    expect(negativeBinomial.density(0, 3, 1)).toBe(1);
    expect(hypergeometric.density(0, 2, 3, 0)).toBe(1);
    expect(hypergeometric.density(1, 2, 3, 0)).toBe(0);
    expect(hypergeometric.density(2, 2, 3, 5)).toBe(1);
  });

  test('infinite degrees of freedom make Student’s t normal', () => {
    expect(studentT.cdf(1.3, Infinity)).toEqual(normal.cdf(1.3));
    expect(studentT.density(1.3, Infinity)).toBe(normal.density(1.3));
    expect(studentT.quantile(0.9, Infinity)).toBe(normal.quantile(0.9));
    expect(studentT.cdf(1.3, 1e15).upper).toBeCloseTo(normal.cdf(1.3).upper, 14);
  });
});

describe('arguments without meaning are refused with what would be right', () => {
  const refused: readonly (readonly [string, () => unknown, RegExp])[] = [
    ['a NaN statistic', () => studentT.cdf(NaN, 3), /t must be a number, got NaN/],
    ['no degrees of freedom', () => studentT.quantile(0.9, 0), /df must be greater than 0/],
    ['a probability above 1', () => normal.quantile(1.1), /p must be a probability between 0 and/],
    ['a NaN probability', () => beta.quantile(NaN, 1, 1), /p must be a probability/],
    ['a negative df', () => chiSquared.cdf(1, -2), /df must be finite and greater than 0/],
    ['a shape of 0', () => beta.cdf(0.5, 0, 1), /shape1 must be finite and greater than 0/],
    ['an infinite rate', () => gamma.cdf(1, 1, Infinity), /rate must be finite/],
    ['an infinite df of F', () => fisherF.cdf(1, 2, Infinity), /df2 must be finite/],
    ['half a trial', () => binomial.cdf(1, 2.5, 0.5), /trials must be a whole number/],
    ['a success probability of 2', () => binomial.density(1, 2, 2), /probability must be a prob/],
    [
      'a size of 0',
      () => negativeBinomial.cdf(1, 0, 0.5),
      /size must be finite and greater than 0/,
    ],
    [
      'no chance of success',
      () => negativeBinomial.cdf(1, 2, 0),
      /probability must be greater than 0/,
    ],
    ['a success too sure', () => negativeBinomial.density(1, 2, 1.1), /not above 1, got 1.1/],
    ['a NaN count', () => negativeBinomial.cdf(NaN, 2, 0.5), /k must be a number, got NaN/],
    ['a p above 1', () => negativeBinomial.quantile(2, 2, 0.5), /p must be a probability/],
    ['half an item', () => hypergeometric.cdf(1, 2.5, 1, 1), /marked must be a whole number/],
    ['items below 0', () => hypergeometric.cdf(1, 2, -1, 1), /unmarked must be a whole number/],
    ['half a draw', () => hypergeometric.density(1, 2, 1, 0.5), /draws must be a whole number/],
    ['more draws than items', () => hypergeometric.quantile(0.1, 2, 1, 4), /more than the 3 items/],
    ['a NaN hit', () => hypergeometric.density(NaN, 2, 1, 1), /k must be a number, got NaN/],
    [
      'too many items',
      () => hypergeometric.cdf(1, 2 ** 53 - 1, 1, 1),
      /marked \+ unmarked must be/,
    ],
    ['a p below 0', () => hypergeometric.quantile(-0.1, 2, 1, 1), /p must be a probability/],
    ['a negative mean', () => poisson.cdf(1, -1), /mean must be finite and 0 or more/],
  ];
  test.each(refused)('%s', (_, call, message) => {
    expect(call).toThrow(RangeError);
    expect(call).toThrow(message);
  });
});
