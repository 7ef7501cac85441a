import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ClusteredData } from '../../../src/analysis/methods/gee/index.ts';
import {
  contrast,
  gee,
  negativeBinomialRegression,
  quasiPoisson,
  standardize,
  waldTest,
} from '../../../src/analysis/methods/gee/index.ts';
import {
  differenceOf,
  ratioOfTotals,
  relativeOf,
} from '../../../src/analysis/methods/ratio-of-totals.ts';
import { close, dataOf, made } from './data.ts';

const sharp = { rel: 1e-8, abs: 1e-11 };
const corrections = ['CR0', 'KC', 'MD'] as const;

/** Every number of a fit. */
const numbersOf = (fit: object): readonly number[] =>
  (JSON.stringify(fit).match(/-?\d[\d.e+-]*/g) ?? []).map(Number);

const sameFit = (one: object, other: object): void => {
  const without = (fit: object) => numbersOf({ ...fit, iterations: 0 });
  close(without(one), without(other), sharp);
};

/** Rows written out as often as their weights say; proportions as ones and zeros. */
function expanded({ outcome, cluster, covariates, offset, weights = [] }: ClusteredData) {
  const each = <T>(value: (row: number, turn: number) => T): T[] =>
    Array.from(weights).flatMap((w, i) => Array.from({ length: w }, (_, turn) => value(i, turn)));
  return {
    outcome: each((i, turn) => {
      const y = outcome[i] ?? 0;
      const trials = weights[i] ?? 0;
      return y > 0 && y < 1 ? Number(turn < Math.round(y * trials)) : y;
    }),
    cluster: each((i) => cluster[i] ?? ''),
    covariates: Object.fromEntries(
      Object.entries(covariates).map(([name, x]) => [name, each((i) => x[i] ?? 0)]),
    ),
    offset: offset && each((i) => offset[i] ?? 0),
  };
}

describe('Weights stand for rows written out,', () => {
  test.each(['independence', 'exchangeable'] as const)('in proportions, %s', (correlation) => {
    const grouped = dataOf('grouped');
    for (const moments of ['geepack', 'gee'] as const) {
      const options = { family: 'binomial', correlation, moments } as const;
      sameFit(made(gee(grouped, options)), made(gee(expanded(grouped), options)));
    }
  });

  test.each([
    ['poisson', 'visits'],
    ['gaussian', 'continuous'],
  ] as const)('in the %s family', (family, name) => {
    const data = dataOf(name);
    const weighted = { ...data, weights: Array.from(data.outcome, (_, i) => 1 + (i % 3)) };
    for (const correlation of ['independence', 'exchangeable'] as const) {
      const options = { family, correlation } as const;
      const fit = made(gee(weighted, options));
      sameFit(fit, made(gee(expanded(weighted), options)));
      expect(fit.rows).toBeGreaterThan(data.outcome.length);
    }
  });

  test('in negative binomial regression', () => {
    const data = dataOf('burden');
    const weighted = { ...data, weights: Array.from(data.outcome, (_, i) => 1 + (i % 2)) };
    sameFit(
      made(negativeBinomialRegression(weighted)),
      made(negativeBinomialRegression(expanded(weighted))),
    );
  });

  test('and rows of weight 0 do not stand at all, whatever they hold', () => {
    const data = dataOf('few');
    const extra = <T>(values: ArrayLike<T>, value: T) => [value, ...Array.from(values), value];
    const padded = {
      outcome: extra(data.outcome, Number.NaN),
      cluster: extra(data.cluster, 77),
      covariates: Object.fromEntries(
        Object.entries(data.covariates).map(([name, x]) => [name, extra(x, Number.NaN)]),
      ),
      weights: extra(
        Array.from(data.outcome, () => 1),
        0,
      ),
    };
    expect(made(gee(padded, { family: 'binomial' }))).toEqual(
      made(gee(data, { family: 'binomial' })),
    );
    const none = { ...padded, weights: padded.weights.map(() => 0) };
    expect(gee(none, { family: 'binomial' })).toMatchObject({ estimable: false });
  });
});

describe('A fit does not depend on', () => {
  test('the order of the rows', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), (shift) => {
        const data = dataOf('visits');
        const turn = <T>(values: ArrayLike<T>) =>
          Array.from(values, (_, i) => values[(i * 2 + shift) % values.length] as T);
        const turned = {
          outcome: turn(data.outcome),
          cluster: turn(data.cluster),
          covariates: {
            treated: turn(data.covariates['treated'] ?? []),
            age: turn(data.covariates['age'] ?? []),
          },
          offset: turn(data.offset ?? []),
        };
        const options = { family: 'poisson', correlation: 'exchangeable' } as const;
        sameFit(made(gee(turned, options)), made(gee(data, options)));
      }),
      { numRuns: 5 },
    );
  });

  test('how clusters are named or columns are stored', () => {
    const data = dataOf('few');
    const { treated = [], x = [] } = data.covariates;
    const other = {
      outcome: Uint8Array.from(data.outcome),
      cluster: Array.from(data.cluster, (id) => `practice ${id}`),
      covariates: { treated: Int8Array.from(treated), x: Float64Array.from(x) },
    };
    const options = { family: 'binomial' } as const;
    const [one, two] = [made(gee(data, options)), made(gee(other, options))];
    expect({ ...two, highLeverage: [] }).toEqual({ ...one, highLeverage: [] });
    expect(two.highLeverage[0]?.cluster).toBe('practice 1');
  });

  test('how often all of it is repeated, but for its standard errors', () => {
    const data = dataOf('epil');
    const times = 100;
    const { length } = data.outcome;
    const repeat = (values: ArrayLike<number>) =>
      Float64Array.from({ length: length * times }, (_, i) => values[i % length] ?? 0);
    const many = {
      outcome: repeat(data.outcome),
      cluster: Int32Array.from(
        { length: length * times },
        (_, i) => Number(data.cluster[i % length]) + 100 * Math.floor(i / length),
      ),
      covariates: Object.fromEntries(
        Object.entries(data.covariates).map(([name, values]) => [name, repeat(values)]),
      ),
    };
    const options = { family: 'poisson', correlation: 'exchangeable' } as const;
    const [one, all] = [made(gee(data, options)), made(gee(many, options))];
    close(all.coefficients, one.coefficients, sharp);
    close(all.correlation, one.correlation, sharp);
    expect([all.clusters, all.rows]).toEqual([59 * times, 236 * times]);
    for (const source of ['model', 'CR0'] as const) {
      close(
        all.standardErrors[source].map((se) => se * Math.sqrt(times)),
        one.standardErrors[source],
        sharp,
      );
    }
    // With so many clusters the corrections are next to nothing.
    const [CR0, MD] = [all.standardErrors.CR0[1] ?? 0, all.standardErrors.MD?.[1] ?? 0];
    expect(MD / CR0).toBeGreaterThan(1);
    expect(MD / CR0).toBeLessThan(1.01);
  });

  test('the units of a covariate or of a Gaussian outcome', () => {
    const data = dataOf('continuous');
    const { treated = [], x = [] } = data.covariates;
    for (const correlation of ['independence', 'exchangeable'] as const) {
      const fit = (yUnit: number, xUnit: number, start: number) =>
        made(
          gee(
            {
              ...data,
              outcome: Array.from(data.outcome, (y) => y * yUnit),
              covariates: { treated, x: Array.from(x, (value) => start + value * xUnit) },
            },
            { family: 'gaussian', correlation },
          ),
        );
      const [one, other] = [fit(1, 1, 0), fit(1e-5, 1000, 5e4)];
      close((other.coefficients[2] ?? 0) * 1e8, one.coefficients[2], sharp);
      close((other.coefficients[1] ?? 0) * 1e5, one.coefficients[1], sharp);
      close((other.standardErrors.MD?.[1] ?? 0) * 1e5, one.standardErrors.MD?.[1], sharp);
      close(other.dispersion * 1e10, one.dispersion, sharp);
      expect(other.correlation === null).toBe(correlation === 'independence');
    }
  });
});

const unit = fc.record({
  numerator: fc.integer({ min: 0, max: 60 }),
  denominator: fc.integer({ min: 1, max: 90 }),
});
const arm = fc.array(unit, { minLength: 3, maxLength: 9 });

describe('Without covariates the equations are ratios of totals', () => {
  test('of counts over exposure, as log ratio, ratio and difference, with every correction', () => {
    fc.assert(
      fc.property(arm, arm, (control, treatment) => {
        const all = [...control, ...treatment];
        const fit = gee(
          {
            outcome: all.map(({ numerator }) => numerator),
            cluster: all.map((_, i) => i),
            covariates: { treated: all.map((_, i) => Number(i >= control.length)) },
            offset: all.map(({ denominator }) => Math.log(denominator)),
          },
          { family: 'poisson' },
        );
        if (!fit.estimable) return;
        for (const correction of corrections) {
          const [a, b] = [treatment, control].map((units) =>
            made(ratioOfTotals(units, correction)),
          );
          if (!a || !b) throw new Error('no totals');
          const log = contrast(fit, 'treated', { correction, exponentiate: true, level: 0.9 });
          const standardized = made(standardize(fit, { term: 'treated', correction, level: 0.9 }));
          const [ratio, difference] = [relativeOf(a, b, 0.9), differenceOf(a, b, 0.9)];
          if (!ratio.estimable || !difference.estimable) return;
          close(numbersOf(made(log)), numbersOf(ratio), { rel: 1e-6, abs: 1e-8 });
          close(numbersOf(made(standardized.ratio)), numbersOf(ratio), { rel: 1e-6, abs: 1e-8 });
          close(numbersOf(made(standardized.difference)), numbersOf(difference), {
            rel: 1e-6,
            abs: 1e-8,
          });
          close(standardized.from.standardError, b.standardError, { rel: 1e-6, abs: 1e-9 });
          close(standardized.to.estimate, a.ratio, { rel: 1e-6 });
        }
      }),
      { numRuns: 25 },
    );
  });

  test('of accepted over alerts, as risk difference and ratio', () => {
    fc.assert(
      fc.property(arm, arm, (control, treatment) => {
        const within = [...control, ...treatment].map((each) => ({
          ...each,
          numerator: Math.min(each.numerator, each.denominator),
        }));
        const fit = gee(
          {
            outcome: within.map(({ numerator, denominator }) => numerator / denominator),
            cluster: within.map((_, i) => i),
            covariates: { treated: within.map((_, i) => Number(i >= control.length)) },
            weights: within.map(({ denominator }) => denominator),
          },
          { family: 'binomial' },
        );
        if (!fit.estimable) return;
        for (const correction of corrections) {
          const b = made(ratioOfTotals(within.slice(0, control.length), correction));
          const a = made(ratioOfTotals(within.slice(control.length), correction));
          const [ratio, difference] = [relativeOf(a, b, 0.95), differenceOf(a, b, 0.95)];
          if (!ratio.estimable || !difference.estimable) return;
          const standardized = made(standardize(fit, { term: 'treated', correction }));
          close(numbersOf(made(standardized.ratio)), numbersOf(ratio), { rel: 1e-6, abs: 1e-8 });
          close(numbersOf(made(standardized.difference)), numbersOf(difference), {
            rel: 1e-6,
            abs: 1e-8,
          });
          const odds = made(standardized.oddsRatio);
          const slope = made(contrast(fit, 'treated', { correction, exponentiate: true }));
          close(numbersOf(odds), numbersOf(slope), { rel: 1e-6, abs: 1e-8 });
        }
      }),
      { numRuns: 25 },
    );
  });
});

describe('Contrasts', () => {
  const fit = made(gee(dataOf('visits'), { family: 'poisson' }));

  test('turn round with the arms, with the same p value', () => {
    const data = dataOf('visits');
    const { treated = [], age = [] } = data.covariates;
    const control = Array.from(treated, (value) => 1 - value);
    const other = made(gee({ ...data, covariates: { control, age } }, { family: 'poisson' }));
    const [there, back] = [made(contrast(fit, 'treated')), made(contrast(other, 'control'))];
    close(back.estimate, -there.estimate, sharp);
    close(back.lower, -there.upper, sharp);
    close(back.pValue, there.pValue, sharp);
    expect(there.degreesOfFreedom).toBe(21);
  });

  test('take Mancl-DeRouen, t on clusters less terms and 95 % unless told otherwise', () => {
    const effect = made(contrast(fit, 'treated'));
    expect(effect).toEqual(
      made(
        contrast(fit, [0, 1, 0], { correction: 'MD', degreesOfFreedom: 'residual', level: 0.95 }),
      ),
    );
    close(effect.standardError, fit.standardErrors.MD?.[1], sharp);
    // qt(.975, 21)
    close((effect.upper - effect.estimate) / effect.standardError, 2.07961384472768, sharp);
    const own = made(contrast(fit, 'treated', { degreesOfFreedom: 21 }));
    expect(own).toEqual(effect);
    const z = made(contrast(fit, 'treated', { degreesOfFreedom: 'normal' }));
    close((z.upper - z.estimate) / z.standardError, 1.959963984540054, sharp);
    expect(made(waldTest(fit, ['treated']))).toEqual(
      made(waldTest(fit, [[0, 1, 0]], { correction: 'MD' })),
    );
  });

  test('are the Wald test of one hypothesis', () => {
    for (const correction of ['model', 'CR0', 'KC', 'MD', 'FG'] as const) {
      const effect = made(contrast(fit, [1, -2, 0.5], { correction }));
      const wald = made(waldTest(fit, [[1, -2, 0.5]], { correction }));
      close(wald.statistic, effect.statistic ** 2, sharp);
      close(wald.pValue, effect.pValue, sharp);
      expect(wald.degreesOfFreedom).toEqual([1, 21]);
    }
  });

  test('give a ratio with the limits of the logarithm, and its statistic', () => {
    const log = made(contrast(fit, 'treated'));
    const ratio = made(contrast(fit, 'treated', { exponentiate: true }));
    close(
      [ratio.estimate, ratio.lower, ratio.upper].map(Math.log),
      [log.estimate, log.lower, log.upper],
      sharp,
    );
    expect([ratio.standardError, ratio.statistic, ratio.pValue]).toEqual([
      log.standardError,
      log.statistic,
      log.pValue,
    ]);
  });

  test('that no cluster bears on have no variance', () => {
    // Each cluster is as far above its arm as another below, in pairs of rows that cancel.
    const id = [0, 0, 1, 1, 2, 2, 3, 3];
    const y = [1, 3, 0, 4, 2, 6, 3, 5];
    const treated = [0, 0, 0, 0, 1, 1, 1, 1];
    const tenths = made(
      gee(
        { outcome: y.map((v) => v / 10 + 0.7), cluster: id, covariates: { treated } },
        { family: 'gaussian' },
      ),
    );
    expect(tenths.covariance.CR0[1]?.[1]).not.toBe(0);
    expect(contrast(tenths, 'treated')).toMatchObject({ estimable: false });
    expect(waldTest(tenths, ['treated'])).toMatchObject({ estimable: false });
    expect(standardize(tenths, { term: 'treated' }).estimable).toBe(true);
    expect(standardize(tenths, { term: 'treated' })).toMatchObject({
      difference: { estimable: false },
    });
    const even = made(
      gee({ outcome: y, cluster: id, covariates: { treated } }, { family: 'gaussian' }),
    );
    expect(contrast(even, 'treated')).toEqual({
      estimable: false,
      reason: expect.stringContaining('no variance'),
    });
    expect(waldTest(even, ['treated'])).toMatchObject({ estimable: false });
    expect(standardize(even, { term: 'treated' })).toMatchObject({
      difference: { estimable: false },
      ratio: { estimable: false },
      to: { estimate: 4, standardError: 0 },
    });
  });
});

describe('Standardisation', () => {
  test('goes from 0 to 1 with Mancl-DeRouen unless told otherwise, and back again', () => {
    const fit = made(gee(dataOf('few'), { family: 'binomial' }));
    const result = made(standardize(fit, { term: 'treated' }));
    expect(result).toEqual(
      made(
        standardize(fit, {
          term: 'treated',
          from: 0,
          to: 1,
          correction: 'MD',
          level: 0.95,
          degreesOfFreedom: 'residual',
        }),
      ),
    );
    const back = made(standardize(fit, { term: 'treated', from: 1, to: 0 }));
    close(back.to.estimate, result.from.estimate, sharp);
    close(made(back.difference).lower, -made(result.difference).upper, sharp);
    close(made(back.oddsRatio).estimate, 1 / made(result.oddsRatio).estimate, sharp);
    const { from } = result;
    // qt(.975, 5)
    close((from.upper - from.estimate) / from.standardError, 2.570581835636314, sharp);
    close(from.estimate - from.lower, from.upper - from.estimate, sharp);
    const z = made(standardize(fit, { term: 'treated', degreesOfFreedom: 'normal', level: 0.9 }));
    close((z.from.upper - z.from.estimate) / from.standardError, 1.6448536269514722, sharp);
    close(
      (made(z.difference).upper - made(z.difference).estimate) /
        made(result.difference).standardError,
      1.6448536269514722,
      sharp,
    );
  });

  test('of a mean that is not above 0 has no ratio', () => {
    const data = dataOf('continuous');
    const below = { ...data, outcome: Array.from(data.outcome, (y) => y - 40) };
    const result = made(standardize(made(gee(below, { family: 'gaussian' })), { term: 'treated' }));
    expect(result.ratio).toEqual({
      estimable: false,
      reason: expect.stringContaining('no logarithm'),
      instead: 'read the difference',
    });
    expect(result.difference.estimable).toBe(true);
  });

  test('of a Gaussian or logistic model leaves the offset in the mean', () => {
    const data = dataOf('few');
    const offset = Array.from(data.outcome, (_, i) => (i % 3) / 3);
    for (const family of ['gaussian', 'binomial'] as const) {
      const fit = made(gee({ ...data, offset }, { family }));
      const { from, to } = made(standardize(fit, { term: 'treated' }));
      const [a = 0, b = 0, c = 0] = fit.coefficients;
      const mean = (treated: number) =>
        Array.from(data.covariates['x'] ?? [], (x, i) => {
          const eta = a + b * treated + c * x + (offset[i] ?? 0);
          return family === 'gaussian' ? eta : 1 / (1 + Math.exp(-eta));
        }).reduce((total, value, _, all) => total + value / all.length, 0);
      close(from.estimate, mean(0), sharp);
      close(to.estimate, mean(1), sharp);
    }
  });
});

describe('Quasi-Poisson regression', () => {
  test('keeps the digits of its F test where counts are large', () => {
    const rows = Array.from({ length: 40 }, (_, i) => i);
    const outcome = rows.map((i) => 1e8 + Math.round(1e4 * Math.sin(37 * i * i + 11 * i)));
    const arm = rows.map((i) => i % 2);
    const { test: found } = made(quasiPoisson({ outcome, covariates: { arm } }));
    // mpmath 1.3 with 40 digits: 2 Σ Y log(mean of the arm / mean) over Pearson's dispersion.
    close(made(found).statistic, 0.4005024941775476, { rel: 1e-7, abs: 0 });
  });

  test('is the equations with a cluster a row, and the dispersion of N - p', () => {
    const { outcome, covariates, offset } = dataOf('burden');
    const rows = { outcome, covariates, offset };
    const quasi = made(quasiPoisson(rows));
    const cluster = Array.from(outcome, (_, i) => i);
    const fit = made(gee({ ...rows, cluster }, { family: 'poisson', moments: 'gee' }));
    sameFit({ ...quasi, test: 0 }, { ...fit, test: 0 });
    expect(quasi.clusters).toBe(120);
    close(quasi.standardErrors.model[1], Math.sqrt(quasi.covariance.model[1]?.[1] ?? 0), sharp);
  });
});

describe('Newton’s method', () => {
  test('keeps a fit in which a few rows lie far out but do not separate', () => {
    const data = dataOf('few');
    const { treated = [], x = [] } = data.covariates;
    const far = Array.from(x, (value, i) => (data.outcome[i] === 1 && i % 20 === 0 ? 300 : value));
    const fit = made(gee({ ...data, covariates: { treated, far } }, { family: 'binomial' }));
    expect(Math.abs((fit.coefficients[2] ?? 0) * 300)).toBeGreaterThan(30);
  });

  test('keeps rows of next to no exposure', () => {
    const data = dataOf('visits');
    const pad = (values: ArrayLike<number>, value: number) => [...Array.from(values), value, value];
    const { treated = [], age = [] } = data.covariates;
    const padded = {
      outcome: pad(data.outcome, 0),
      cluster: [...Array.from(data.cluster), 1, 2],
      covariates: { treated: pad(treated, 1), age: pad(age, 0) },
      offset: pad(data.offset ?? [], -60),
    };
    const [one, other] = [gee(padded, { family: 'poisson' }), gee(data, { family: 'poisson' })];
    close(made(one).coefficients, made(other).coefficients, sharp);
    close(made(one).standardErrors.CR0, made(other).standardErrors.CR0, sharp);
  });
});

describe('Iterations end where nothing moves any more', () => {
  /** Counts near 10,000 in clusters of 2 to 6. */
  const large = () => {
    const rows = Array.from({ length: 120 }, (_, i) => i);
    const cluster = rows.map((i) => Math.floor(i / 2) % 25);
    return {
      outcome: rows.map((i) =>
        Math.round(1e4 * Math.exp(Math.sin(7 * (cluster[i] ?? 0)) / 2 + Math.sin(i * i) / 3)),
      ),
      covariates: { arm: cluster.map((g) => g % 2), x: rows.map((i) => Math.cos(i * i * 3)) },
      cluster,
    };
  };

  test('also of an exchangeable correlation with large counts', () => {
    const options = { family: 'poisson', correlation: 'exchangeable' } as const;
    const fit = made(gee(large(), options));
    const sharper = made(gee(large(), { ...options, tolerance: 1e-12 }));
    close([fit.dispersion, fit.correlation ?? 0], [sharper.dispersion, sharper.correlation ?? 1], {
      rel: 1e-8,
      abs: 0,
    });
    close(fit.standardErrors.MD ?? [], sharper.standardErrors.MD ?? [], { rel: 1e-8, abs: 0 });
  });

  test('also of means so far from 0 that rounding moves them on and on', () => {
    const { outcome, ...rest } = large();
    const options = { family: 'gaussian', correlation: 'exchangeable' } as const;
    const [near, far] = [0, 1e12].map((mean) =>
      made(gee({ outcome: outcome.map((y) => y + mean), ...rest }, options)),
    );
    close(far?.correlation ?? 0, near?.correlation ?? 1, { rel: 1e-6, abs: 0 });
    close(far?.standardErrors.MD ?? [], near?.standardErrors.MD ?? [0], { rel: 1e-6, abs: 0 });
  });

  test('of a negative binomial that is all but Poisson, whose θ is hardly known', () => {
    // Counts about 10,000 whose variance exceeds Poisson's by 2 percent, in one group.
    const outcome = Array.from({ length: 200 }, (_, i) =>
      Math.round(1e4 + 101 * Math.SQRT2 * Math.sin((2 * Math.PI * (i + 0.5)) / 200)),
    );
    const fit = made(negativeBinomialRegression({ outcome, covariates: {} }));
    // mpmath 1.3 with 40 digits: Σ [ψ(θ + y) - ψ(θ)] = n log(1 + m/θ), and the information there.
    close(fit.theta, 486821.876875047, { rel: 1e-6, abs: 0 });
    close(fit.thetaStandardError, 2418718.6, { rel: 1e-5, abs: 0 });
  });
});
