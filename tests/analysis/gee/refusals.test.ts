import { describe, expect, test } from '@jest/globals';
import type { ClusteredData } from '../../../src/analysis/methods/gee/index.ts';
import {
  contrast,
  gee,
  negativeBinomialRegression,
  quasiPoisson,
  standardize,
  waldTest,
} from '../../../src/analysis/methods/gee/index.ts';
import { close, dataOf, made } from './data.ts';

/** Twelve clusters of four rows, half of them treated. */
const rows = 48;
const cluster = Array.from({ length: rows }, (_, i) => Math.floor(i / 4));
const treated = cluster.map((g) => g % 2);
const x = cluster.map((_, i) => ((i * 37) % 11) - 5);
const outcome = cluster.map((g, i) => (i * 7 + g) % 5);
const binary = outcome.map((y) => Number(y > 2));
const counts: ClusteredData = { outcome, cluster, covariates: { treated, x } };
const yesNo: ClusteredData = { ...counts, outcome: binary };

const reasonOf = (result: { readonly estimable: boolean; readonly reason?: string }): string =>
  result.estimable ? 'estimated' : (result.reason ?? '');
const insteadOf = (result: object): unknown => ('instead' in result ? result.instead : undefined);

describe('There is no fit, but a reason,', () => {
  test('where an outcome is separated, naming the covariate', () => {
    const result = gee({ ...yesNo, outcome: treated }, { family: 'binomial' });
    expect(reasonOf(result)).toMatch(
      /^separation: .* coefficient of "\(Intercept\)" and "treated"/,
    );
    expect(insteadOf(result)).toMatch(/re-randomisation/);
    const arm = binary.map((y, i) => y * (1 - (treated[i] ?? 0)));
    const half = gee({ ...yesNo, outcome: arm }, { family: 'binomial' });
    expect(reasonOf(half)).toMatch(/separation.* coefficient of "treated" /);
    const by = gee({ ...yesNo, outcome: x.map((v) => Number(v > 0)) }, { family: 'binomial' });
    expect(reasonOf(by)).toMatch(/separation.* coefficient of .*"x"/);
  });

  test('where an arm has no events, naming the covariate', () => {
    const without = (arm: number) =>
      gee(
        { ...counts, outcome: outcome.map((y, i) => (treated[i] === arm ? 0 : y)) },
        { family: 'poisson' },
      );
    expect(reasonOf(without(1))).toMatch(/no event was seen.* coefficient of "treated" /);
    expect(reasonOf(without(0))).toMatch(/coefficient of "\(Intercept\)" and "treated" /);
    expect(insteadOf(without(1))).toMatch(/difference of the rates/);
    const outcomeOfArm = outcome.map((y, i) => (treated[i] === 1 ? 0 : y));
    expect(reasonOf(negativeBinomialRegression({ ...counts, outcome: outcomeOfArm }))).toMatch(
      /no event/,
    );
    expect(reasonOf(quasiPoisson({ outcome: outcomeOfArm, covariates: { treated } }))).toMatch(
      /no event/,
    );
  });

  test.each(['independence', 'exchangeable'] as const)(
    'where no outcome varies, under %s',
    (correlation) => {
      const fit = (value: number, family: 'poisson' | 'binomial' | 'gaussian') =>
        reasonOf(gee({ ...counts, outcome: outcome.map(() => value) }, { family, correlation }));
      expect(fit(0, 'poisson')).toMatch(/every outcome is 0/);
      expect(fit(3, 'poisson')).toMatch(/fitted exactly/);
      expect(fit(0, 'binomial')).toMatch(/every outcome is 0/);
      expect(fit(1, 'binomial')).toMatch(/every outcome is 1/);
      expect(fit(0, 'gaussian')).toMatch(/fitted exactly/);
      expect(fit(7e5, 'gaussian')).toMatch(/fitted exactly/);
    },
  );

  test('where a Gaussian outcome is a line in the covariates', () => {
    const line = x.map((v, i) => 1e3 + 0.1 * v - (treated[i] ?? 0));
    expect(reasonOf(gee({ ...counts, outcome: line }, { family: 'gaussian' }))).toMatch(/exactly/);
  });

  test('where a term repeats others, naming it', () => {
    const withTerm = (name: string, values: readonly number[]) =>
      gee({ ...counts, covariates: { treated, x, [name]: values } }, { family: 'poisson' });
    expect(reasonOf(withTerm('again', x))).toMatch(/^"again" is a combination/);
    expect(
      reasonOf(
        withTerm(
          'constant',
          x.map(() => 2.5),
        ),
      ),
    ).toMatch(/^"constant"/);
    expect(
      reasonOf(
        withTerm(
          'zero',
          x.map(() => 0),
        ),
      ),
    ).toMatch(/^"zero"/);
    const mix = x.map((v, i) => 0.3 * v - 1.7 * (treated[i] ?? 0) + 0.1);
    expect(reasonOf(withTerm('mix', mix))).toMatch(/^"mix"/);
    // Near, but not a combination.
    expect(
      withTerm(
        'near',
        mix.map((v, i) => v + 1e-3 * (i % 3)),
      ).estimable,
    ).toBe(true);
    const control = treated.map((v) => 1 - v);
    const arms = { ...counts, covariates: { treated, control } };
    expect(reasonOf(gee(arms, { family: 'poisson' }))).toMatch(/^"control"/);
    expect(gee({ ...arms, intercept: false }, { family: 'poisson' }).estimable).toBe(true);
  });

  test('where there are not more clusters than coefficients', () => {
    const with_ = (clusters: number) =>
      gee({ ...counts, cluster: cluster.map((_, i) => i % clusters) }, { family: 'poisson' });
    expect(reasonOf(with_(1))).toMatch(/clusters: 1, coefficients: 3; .* more clusters/);
    expect(reasonOf(with_(3))).toMatch(/clusters: 3/);
    const four = made(with_(4));
    expect(made(contrast(four, 'treated', { correction: 'CR0' })).degreesOfFreedom).toBe(1);
    const none = { outcome: [], cluster: [], covariates: { x: [] } };
    expect(reasonOf(gee(none, { family: 'poisson' }))).toMatch(/clusters: 0, coefficients: 2/);
    expect(reasonOf(quasiPoisson({ outcome: [1, 2], covariates: { x: [0, 1] } }))).toMatch(
      /clusters: 2/,
    );
  });

  test('where the clusters hold too few pairs for a correlation', () => {
    const alone = { ...counts, cluster: cluster.map((_, i) => i) };
    const result = gee(alone, { family: 'poisson', correlation: 'exchangeable' });
    expect(reasonOf(result)).toMatch(/too few pairs/);
    expect(insteadOf(result)).toMatch(/independence/);
    expect(gee(alone, { family: 'poisson' }).estimable).toBe(true);
    // Three pairs: enough for a count, not for a count less three coefficients.
    const pairs = { ...counts, cluster: cluster.map((_, i) => (i < 6 ? i % 3 : i)) };
    const by = (moments: 'geepack' | 'gee') =>
      reasonOf(gee(pairs, { family: 'poisson', correlation: 'exchangeable', moments }));
    expect(by('gee')).toMatch(/too few pairs/);
    expect(by('geepack')).not.toMatch(/too few pairs/);
  });

  test('where a correlation is out of reach of the larger clusters', () => {
    // Rows of a cluster take turns, so that each cluster has the same total.
    const opposed = (id: readonly number[]) =>
      gee(
        { outcome: id.map((_, i) => (i % 2) * 10), cluster: id, covariates: {} },
        { family: 'gaussian', correlation: 'exchangeable' },
      );
    const result = opposed(cluster);
    expect(reasonOf(result)).toMatch(/comes out as -0\.333, .* up to 4 .* between -0\.333 and 1/);
    expect(insteadOf(result)).toMatch(/independence/);
    // Pairs, which could be as opposed as they are, beside one cluster of six that could not.
    const unequal = Array.from({ length: 26 }, (_, i) => (i < 20 ? Math.floor(i / 2) : 99));
    expect(reasonOf(opposed(unequal))).toMatch(/as -0\.520, .* up to 6 .* between -0\.200 and 1/);
    const alike = cluster.map((g) => (g * 5) % 7);
    const same = gee(
      { ...counts, outcome: alike, covariates: { treated } },
      { family: 'gaussian', correlation: 'exchangeable' },
    );
    expect(reasonOf(same)).toMatch(/comes out as 1\.00/);
  });

  test('where the iterations run out', () => {
    const tooFew = gee(counts, { family: 'poisson', maximumIterations: 2 });
    expect(reasonOf(tooFew)).toMatch(/did not settle in 2 iterations/);
    const few = { family: 'binomial', correlation: 'exchangeable' } as const;
    expect(reasonOf(gee(dataOf('few'), { ...few, maximumIterations: 20 }))).toMatch(/in 20 it/);
    expect(made(gee(dataOf('few'), few)).iterations).toBeGreaterThan(20);
  });

  test('where counts vary no more than Poisson, for a negative binomial', () => {
    const even = Array.from({ length: 40 }, (_, i) => 4 + (i % 3));
    const result = negativeBinomialRegression({
      outcome: even,
      covariates: { x: even.map((_, i) => i % 2) },
    });
    expect(reasonOf(result)).toMatch(/no more than Poisson/);
    expect(insteadOf(result)).toMatch(/quasiPoisson/);
  });

  test('where a count is beyond a negative binomial tally', () => {
    const huge = outcome.map((y, i) => (i === 7 ? 2e7 : y));
    expect(reasonOf(negativeBinomialRegression({ ...counts, outcome: huge }))).toMatch(
      /20000000 is too large/,
    );
  });
});

describe('A cluster of leverage 1', () => {
  const only = { ...counts, covariates: { x, only: cluster.map((g) => Number(g === 5)) } };
  const named = { ...only, cluster: cluster.map((g) => `practice ${g}`) };
  const fit = made(gee(named, { family: 'poisson' }));

  test('leaves KC and MD without a value, and says which cluster', () => {
    for (const correction of ['KC', 'MD'] as const) {
      expect(fit.standardErrors[correction]).toBeUndefined();
      expect(fit.covariance[correction]).toBeUndefined();
      const result = contrast(fit, 'x', { correction });
      expect(reasonOf(result)).toBe(
        `cluster "practice 5" alone determines a coefficient (leverage 1), so ${correction} has no value`,
      );
      expect(insteadOf(result)).toMatch(/FG/);
      expect(reasonOf(waldTest(fit, ['x'], { correction }))).toMatch(/practice 5/);
      expect(reasonOf(standardize(fit, { term: 'x', correction }))).toMatch(/practice 5/);
    }
    expect(fit.highLeverage).toEqual([{ cluster: 'practice 5', leverage: expect.closeTo(1, 12) }]);
  });

  test('leaves CR0 and FG as they are', () => {
    for (const correction of ['CR0', 'FG'] as const) {
      expect(made(contrast(fit, 'x', { correction })).standardError).toBeGreaterThan(0);
    }
  });
});

test('A cluster that holds more than half of the information is flagged', () => {
  const { highLeverage } = made(gee(dataOf('few'), { family: 'binomial' }));
  expect(highLeverage).toHaveLength(1);
  expect(highLeverage[0]?.cluster).toBe(1);
  // The treated arm has 52 rows in clusters of 40, 4, 6 and 3; without covariates the share is n/Σn.
  const plain = dataOf('few');
  const arms = made(
    gee(
      { ...plain, covariates: { treated: plain.covariates['treated'] ?? [] } },
      { family: 'binomial' },
    ),
  );
  expect(arms.highLeverage).toEqual([{ cluster: 1, leverage: expect.closeTo(40 / 53, 10) }]);
  const shares = (sizes: readonly number[]) => {
    const id = sizes.flatMap((n, g) => Array.from({ length: n }, () => g));
    const y = id.map((_, i) => (i * 7) % 3);
    return made(gee({ outcome: y, cluster: id, covariates: {} }, { family: 'gaussian' }));
  };
  expect(shares([5, 2, 4]).highLeverage).toEqual([]);
  expect(shares([7, 2, 4]).highLeverage).toEqual([
    { cluster: 0, leverage: expect.closeTo(7 / 13, 12) },
  ]);
});

describe('Bad input is refused with a RangeError that says what and where:', () => {
  const at = (values: readonly number[], index: number, value: number) =>
    values.map((each, i) => (i === index ? value : each));
  const refuses = (data: object, message: RegExp, family: 'poisson' | 'binomial' = 'poisson') => {
    const call = () => gee({ ...counts, ...data }, { family });
    expect(call).toThrow(RangeError);
    expect(call).toThrow(message);
  };

  test('columns of another length', () => {
    refuses({ covariates: { x: [1, 2] } }, /covariate "x" holds 2 rows where the outcome holds 48/);
    refuses({ cluster: [1] }, /cluster holds 1 rows/);
    refuses({ offset: [1] }, /the offset holds 1 rows/);
    refuses({ weights: [1] }, /weights holds 1 rows/);
  });

  test('numbers that are not finite, or no numbers', () => {
    refuses({ covariates: { x: at(x, 3, Number.NaN) } }, /covariate "x" .* row 3 holds NaN/);
    refuses({ covariates: { x: Float64Array.from(at(x, 4, Infinity)) } }, /row 4 holds Infinity/);
    refuses({ offset: at(x, 9, -Infinity) }, /the offset must hold finite .* row 9 holds -Inf/);
    refuses({ outcome: at(outcome, 2, Number.NaN) }, /the outcome .* row 2 holds NaN/);
    refuses({ covariates: { x: [...x.slice(1), null] } }, /row 47 holds null/);
    refuses({ covariates: { x: ['1', ...x.slice(1)] } }, /row 0 holds 1/);
  });

  test('outcomes that the family cannot have', () => {
    refuses({ outcome: at(outcome, 5, -1) }, /count must be .* from 0; row 5 holds -1 .*exposure/);
    refuses({ outcome: at(outcome, 6, 0.5) }, /row 6 holds 0.5/);
    refuses({ outcome: at(binary, 7, 2) }, /0 or 1; row 7 holds 2 .*weights/, 'binomial');
    refuses({ outcome: at(binary, 7, -1) }, /row 7 holds -1/, 'binomial');
    refuses({ outcome: at(binary, 8, 0.5) }, /row 8 holds 0.5/, 'binomial');
    const weights = binary.map(() => 4);
    const proportion = { outcome: at(binary, 8, 0.3), weights };
    refuses(proportion, /proportion times its trials .* row 8 holds 0.3 of 4/, 'binomial');
    refuses({ outcome: at(binary, 8, 1.25), weights }, /row 8 holds 1.25 of 4/, 'binomial');
    expect(() => negativeBinomialRegression({ ...counts, outcome: at(outcome, 0, 0.5) })).toThrow(
      RangeError,
    );
    expect(() => quasiPoisson({ outcome: at(outcome, 0, -2), covariates: { x } })).toThrow(/-2/);
  });

  test('weights that are no counts', () => {
    for (const value of [-1, 0.5, Number.NaN]) {
      refuses({ weights: at(outcome, 1, value) }, new RegExp(`weights .* row 1 holds ${value}`));
    }
  });

  test('cluster ids that are empty, missing or of two kinds', () => {
    const mixed: unknown[] = [...cluster];
    mixed[10] = '2';
    refuses({ cluster: mixed }, /all non-empty strings or all finite numbers; row 10 holds 2/);
    refuses({ cluster: cluster.map((g) => (g === 3 ? '' : `c${g}`)) }, /row 12 holds $/);
    refuses({ cluster: cluster.map((g) => (g === 4 ? Number.NaN : g)) }, /row 16 holds NaN/);
    refuses({ cluster: cluster.map((g, i) => (i === 0 ? undefined : g)) }, /row 0 holds undef/);
  });

  test('models without terms or with an intercept twice', () => {
    refuses({ covariates: {}, intercept: false }, /needs an intercept or a covariate/);
    refuses({ covariates: { '(Intercept)': x } }, /"\(Intercept\)" is a covariate already/);
    const own = { ...counts, covariates: { '(Intercept)': x.map(() => 1), x }, intercept: false };
    const [one, other] = [
      gee(own, { family: 'poisson' }),
      gee({ ...counts, covariates: { x } }, { family: 'poisson' }),
    ];
    close(made(one).standardErrors.MD, made(other).standardErrors.MD);
  });

  test('limits of the iteration and scales', () => {
    for (const maximumIterations of [0, -1, 2.5, Number.NaN, Infinity]) {
      expect(() => gee(counts, { family: 'poisson', maximumIterations })).toThrow(
        /maximumIterations must be a whole number from 1/,
      );
    }
    for (const tolerance of [0, -1, 0.0011, Number.NaN]) {
      expect(() => gee(counts, { family: 'poisson', tolerance })).toThrow(/tolerance must be/);
    }
    expect(gee(counts, { family: 'poisson', tolerance: 0.001 }).estimable).toBe(true);
    for (const scale of [0, -1, Number.NaN, Infinity]) {
      expect(() => gee(counts, { family: 'poisson', scale })).toThrow(/scale must be finite/);
    }
  });

  test('words that are not on offer, which must not pass for a default', () => {
    const refused = (options: object, message: RegExp) => {
      const call = () => gee(counts, { family: 'poisson', ...options });
      expect(call).toThrow(RangeError);
      expect(call).toThrow(message);
    };
    refused({ family: 'gamma' }, /family must be one of poisson, binomial, gaussian; got gamma/);
    refused({ correlation: 'ar1' }, /correlation must be one of independence, exchangeable/);
    refused({ moments: 'sas' }, /moments must be one of geepack, gee/);
    refused({ scale: 'free' }, /scale must be one of estimated, fixed/);
    const fit = made(gee(counts, { family: 'poisson' }));
    expect(() => contrast(fit, 'x', { correction: 'CR2' as 'KC' })).toThrow(
      /correction must be one of model, CR0, KC, MD, FG; got CR2/,
    );
  });

  test('contrasts', () => {
    const fit = made(gee(counts, { family: 'poisson' }));
    const refused = (call: () => unknown, message: RegExp) => {
      expect(call).toThrow(RangeError);
      expect(call).toThrow(message);
    };
    refused(() => contrast(fit, 'z'), /"z" is not a term of the fit: \(Intercept\), treated, x/);
    refused(() => contrast(fit, [1, 0]), /weights must be 3 finite numbers/);
    refused(() => contrast(fit, [1, 0, Number.NaN]), /weights must be 3 finite/);
    refused(() => contrast(fit, [0, 0, 0]), /not all be 0/);
    for (const level of [0, 1, -0.5, Number.NaN, 95]) {
      refused(() => contrast(fit, 'x', { level }), /level must be between 0 and 1/);
      refused(() => standardize(fit, { term: 'x', level }), /level must be between 0 and 1/);
    }
    for (const degreesOfFreedom of [0, -1, Number.NaN]) {
      refused(() => contrast(fit, 'x', { degreesOfFreedom }), /degrees of freedom must be above 0/);
    }
    refused(
      () => contrast(fit, 'x', { correction: 'model', degreesOfFreedom: 'satterthwaite' }),
      /of a sandwich, not of the model/,
    );
    refused(() => waldTest(fit, []), /at least one/);
    refused(() => waldTest(fit, ['x', 'x']), /combination of the others/);
    refused(() => waldTest(fit, ['x', 'treated', [0, 2, -3]]), /combination of the others/);
    refused(() => waldTest(fit, ['nothing']), /not a term/);
  });

  test('settings of a standardisation', () => {
    const product = treated.map((v, i) => v * (x[i] ?? 0));
    const fitted = (name: string, values: readonly number[]) =>
      made(gee({ ...yesNo, covariates: { treated, x, [name]: values } }, { family: 'binomial' }));
    const named = fitted('treated:x', product);
    const refused = (call: () => unknown, message: RegExp) => {
      expect(call).toThrow(RangeError);
      expect(call).toThrow(message);
    };
    refused(() => standardize(named, { term: 'z' }), /"z" is not a covariate of the fit/);
    refused(() => standardize(named, { term: '(Intercept)' }), /is not a covariate/);
    refused(
      () => standardize(named, { term: 'treated' }),
      /"treated:x" reads as an interaction of "treated"/,
    );
    expect(
      standardize(named, { term: 'treated', interactions: { 'treated:x': 'x' } }).estimable,
    ).toBe(true);
    const wrong = fitted(
      'other',
      product.map((v, i) => (i === 11 ? v + 1 : v)),
    );
    refused(
      () => standardize(wrong, { term: 'treated', interactions: { other: 'x' } }),
      /"other" is not "treated" times "x": row 11 holds/,
    );
    refused(
      () => standardize(named, { term: 'treated', interactions: { nothing: 'x' } }),
      /"nothing" is not a covariate/,
    );
    for (const value of [Number.NaN, Infinity]) {
      refused(() => standardize(wrong, { term: 'x', to: value }), /value to set must be finite/);
    }
  });

  test('a fit read from JSON, where the clusters are needed', () => {
    const fit = made(gee(counts, { family: 'poisson' }));
    const read = JSON.parse(JSON.stringify(fit)) as typeof fit;
    expect(read).toEqual(fit);
    expect(contrast(read, 'x')).toEqual(contrast(fit, 'x'));
    expect(() => contrast(read, 'x', { degreesOfFreedom: 'satterthwaite' })).toThrow(
      /read from JSON/,
    );
    expect(() => standardize(read, { term: 'x' })).toThrow(RangeError);
  });

  test('a quasi-Poisson model with weights or a test of no term', () => {
    const rowsOnly = { outcome, covariates: { treated, x } };
    const weighted = { ...rowsOnly, weights: outcome } as object as typeof rowsOnly;
    expect(() => quasiPoisson(weighted)).toThrow(/without weights/);
    expect(() => quasiPoisson(rowsOnly, { test: ['z'] })).toThrow(/"z" is not a term of the fit/);
    const all = made(quasiPoisson(rowsOnly, { test: ['(Intercept)', 'treated', 'x'] }));
    expect(reasonOf(all.test)).toMatch(/keeps some of its terms, not all/);
    const none = made(quasiPoisson({ outcome, covariates: {} }));
    expect(reasonOf(none.test)).toMatch(/keeps some/);
  });
});
