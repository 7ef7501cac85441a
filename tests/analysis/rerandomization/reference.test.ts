import { describe, expect, test } from '@jest/globals';
import {
  permutationTest,
  rerandomizationInterval,
  rerandomize,
  rerandomizeArms,
  rerandomizeResiduals,
} from '../../../src/analysis/methods/rerandomization/index.ts';
import { cases, close, designOf, made, reference, small } from './data.ts';

const complete = { procedure: { kind: 'complete' }, seed: 1 } as const;

describe('The small trial of 252 assignments', () => {
  const { expected } = cases.rerandomisation;
  test.each([
    ['log_ratio', { statistic: 'logRatio', studentized: false }],
    ['studentised', { statistic: 'logRatio' }],
    ['mean_rate_difference', { statistic: 'meanDifference', studentized: false }],
  ] as const)('has the p values of the full enumeration of %s', (name, options) => {
    const found = made(rerandomize(small, { ...complete, ...options }));
    close(found.observed, expected[name]?.['observed']);
    close(found.pValue, expected[name]?.['p_two_sided']);
    if (name === 'log_ratio') {
      close(found.pLess, expected[name]?.['p_less']);
      close(found.pGreater, expected[name]?.['p_greater']);
    }
    expect(found).toMatchObject({
      method: 'enumeration',
      assignments: 252,
      draws: 252,
      monteCarloError: 0,
    });
  });

  const ends = cases.interval.expected;
  const tolerance = { rel: 1e-6, abs: 1e-9 };

  test('has the inverted interval of a shift of practice rates', () => {
    const options = { ...complete, statistic: 'meanDifference', studentized: false } as const;
    const { lower, upper } = made(rerandomizationInterval(small, options));
    close(lower, ends.difference_ci[0], tolerance);
    close(upper, ends.difference_ci[1], tolerance);
  });

  test('has the inverted interval of a shift of log((alerts + 0.5) / days)', () => {
    const found = made(
      rerandomizationInterval(small, {
        ...complete,
        statistic: 'meanLogRatio',
        continuity: 0.5,
        studentized: false,
      }),
    );
    close(Math.log(found.estimate), ends.log_ratio_estimate, tolerance);
    close(Math.log(found.lower ?? Number.NaN), ends.log_ratio_ci[0], tolerance);
    close(Math.log(found.upper ?? Number.NaN), ends.log_ratio_ci[1], tolerance);
  });
});

describe('Every assignment gone through in R gives the same', () => {
  test.each(
    reference.tests.map(
      (each) =>
        [
          `${each.statistic}${each.studentized ? ', studentised,' : ''} of the design ${each.design}`,
          each,
        ] as const,
    ),
  )('p values of %s', (_, { design, statistic, studentized, continuity, ...expected }) => {
    const { units, procedure } = designOf(design);
    const options = { procedure, seed: 1, statistic, studentized, continuity };
    const found = made(rerandomize(units, options));
    expect(found).toMatchObject({ statistic, studentized, method: 'enumeration' });
    close(found.observed, expected.observed);
    close(found.pValue, expected.pValue);
    close(found.pLess, expected.pLess);
    close(found.pGreater, expected.pGreater);
    expect(found.draws).toBe(expected.draws);
  });

  test.each(
    reference.intervals.map(
      (each) =>
        [
          `${each.statistic} of the design ${each.design}, ${each.sides}${each.studentized ? '' : ', not studentised'}`,
          each,
        ] as const,
    ),
  )('interval of the %s', (_, { design, estimate, lower, upper, ...options }) => {
    const { units, procedure } = designOf(design);
    const found = made(rerandomizationInterval(units, { ...options, procedure, seed: 1 }));
    const isRatio = options.statistic === 'logRatio' || options.statistic === 'meanLogRatio';
    const scale = (value: number) => (isRatio ? Math.exp(value) : value);
    const tolerance = { rel: 1e-7, abs: 1e-9 };
    close(found.estimate, scale(estimate));
    if (lower === null) expect(found.lower).toBeNull();
    else close(found.lower, scale(lower), tolerance);
    if (upper === null) expect(found.upper).toBeNull();
    else close(found.upper, scale(upper), tolerance);
    expect(found).toMatchObject({ level: 0.95, sides: options.sides, monteCarloError: 0 });
  });

  test.each(
    reference.arms.map(
      (each) => [`${each.arms} arms, ${each.statistic}, ${each.alternative}`, each] as const,
    ),
  )('joint tests of %s', (_, { units: { y, e, g }, arms, control, ...expected }) => {
    const units = y.map((numerator, i) => ({
      numerator,
      denominator: e[i] ?? 0,
      arm: g[i] ?? 0,
    }));
    const { statistic, alternative } = expected;
    const found = made(
      rerandomizeArms(units, {
        procedure: { kind: 'complete' },
        seed: 1,
        arms,
        control,
        statistic,
        alternative,
      }),
    );
    expect(found.draws).toBe(expected.draws);
    expect(found).toMatchObject({ method: 'enumeration', statistic, alternative });
    close(found.omnibus.observed, expected.wald);
    close(found.omnibus.pValue, expected.pWald);
    expect(found.omnibus).toMatchObject({ contrasts: arms - 1, monteCarloError: 0 });
    expect(found.pairs.map(({ arm }) => arm)).toEqual(
      Array.from({ length: arms }, (_, arm) => arm).filter((arm) => arm !== control),
    );
    found.pairs.forEach((pair, i) => {
      close(pair.observed, expected.observed[i]);
      close(pair.pValue, expected.pValue[i]);
      close(pair.singleStep, expected.singleStep[i]);
      close(pair.stepDown, expected.stepDown[i]);
    });
  });

  test.each([
    ['mean', { by: 'mean', studentized: false }],
    ['sum', { by: 'sum', studentized: false }],
    ['studentized', {}],
  ] as const)('test of the residuals of a null model: %s', (name, options) => {
    const { residual, size, treated } = reference.residuals;
    const units = residual.map((value, i) => ({
      residual: value,
      size: size[i] ?? 0,
      treated: treated[i] === 1,
    }));
    const { procedure } = designOf('listed');
    const found = made(rerandomizeResiduals(units, { procedure, seed: 1, ...options }));
    const expected = reference.residuals[name];
    close(found.observed, expected.observed);
    close(found.pValue, expected.pValue);
    close(found.pLess, expected.pLess);
    close(found.pGreater, expected.pGreater);
  });
});

describe('Exact permutation tests of sums in R give the same p', () => {
  test('of 70 against 70 patients (coin; exactRankTests)', () => {
    const { A, B, expected } = cases.permutation;
    expect([A.length, B.length]).toEqual([expected['n_A'], expected['n_B']]);
    const found = made(permutationTest(A, B));
    expect(found.observed).toBe(expected['sum_A']);
    close(found.pValue, expected['p_two_sided'], { rel: 1e-6, abs: 1e-9 });
    close(found.pValue, expected['p_perm_test'], { rel: 1e-6, abs: 1e-9 });
  });

  test.each(reference.permutation.map((each) => [each.x.length, each.y.length, each] as const))(
    'of %i against %i values',
    (_, __, { x, y, ...expected }) => {
      const found = made(permutationTest(x, y, { unit: 0.5 }));
      close(found.pValue, expected.pValue, { rel: 1e-9, abs: 1e-12 });
      close(found.pLess, expected.pLess, { rel: 1e-9, abs: 1e-12 });
      close(found.pGreater, expected.pGreater, { rel: 1e-9, abs: 1e-12 });
      if (expected.permTest !== null) {
        expect(made(permutationTest(x, y))).toEqual(found);
        close(found.pValue, expected.permTest, { rel: 1e-9, abs: 1e-12 });
      }
    },
  );
});
