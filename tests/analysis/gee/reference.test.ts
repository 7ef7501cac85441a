import { describe, expect, test } from '@jest/globals';
import {
  contrast,
  gee,
  negativeBinomialRegression,
  quasiPoisson,
  standardize,
  waldTest,
} from '../../../src/analysis/methods/gee/index.ts';
import { cases, close, dataOf, made, reference } from './data.ts';

const sharp = { rel: 1e-7, abs: 1e-12 };

describe('Estimating equations agree with R (geepack, gee) and with dense matrices', () => {
  test.each(reference.fits)('$name, $correlation, moments of $moments, fixed: $fixed', (its) => {
    const fit = made(
      gee(dataOf(its.name), {
        family: its.family,
        correlation: its.correlation,
        moments: its.moments,
        scale: its.fixed ? (its.moments === 'gee' ? 1 : 'fixed') : 'estimated',
      }),
    );
    close(fit.coefficients, its.beta, sharp);
    // geepack states the scale that it holds, not that of its last residuals.
    if (!its.fixed || its.moments === 'gee') close(fit.dispersion, its.phi, sharp);
    if (its.correlation === 'independence') expect(fit.correlation).toBeNull();
    else close(fit.correlation, its.alpha, { rel: 2e-7 });
    close(fit.standardErrors.model, its.model, sharp);
    close(fit.standardErrors.CR0, its.robust, sharp);
    for (const correction of ['CR0', 'KC', 'MD', 'FG'] as const) {
      close(fit.standardErrors[correction], its.dense[correction], sharp);
    }
  });

  test.each(reference.glms)('$name, with sandwich and clubSandwich (CR3 is MD)', (its) => {
    const { standardErrors } = made(gee(dataOf(its.name), { family: its.family }));
    close(standardErrors.CR0, its.CR0, sharp);
    close(standardErrors.MD, its.CR3, sharp);
  });
});

test.each(reference.hard)('A step that overshoots is halved ($family)', (its) => {
  const { y: outcome, x, offset } = its;
  const data = { outcome, cluster: x.map((_, i) => i), covariates: { x }, offset };
  const fit = made(gee(data, { family: its.family }));
  close(fit.coefficients, its.beta, sharp);
  close(fit.standardErrors.CR0, its.CR0, sharp);
});

describe('Contrasts agree with R', () => {
  const type = { CR0: 'CR0', CR2: 'KC', CR3: 'MD' } as const;
  test.each(reference.ols)('by least squares on $name, with Satterthwaite', ({ name, tests }) => {
    const fit = made(gee(dataOf(name), { family: 'gaussian' }));
    for (const its of tests) {
      fit.terms.forEach((term, j) => {
        const effect = made(
          contrast(fit, term, {
            correction: type[its.type],
            degreesOfFreedom: 'satterthwaite',
            level: 0.9,
          }),
        );
        close(effect.estimate, its.beta[j], sharp);
        close(effect.standardError, its.se[j], sharp);
        close(effect.degreesOfFreedom, its.df[j], sharp);
        close(effect.pValue, its.p[j], sharp);
        close(effect.lower, its.lower[j], sharp);
        close(effect.upper, its.upper[j], sharp);
      });
    }
  });

  test.each(['CR0', 'KC', 'MD', 'FG'] as const)(
    'in the degrees of freedom of a log rate with %s, from the whole quadratic form',
    (correction) => {
      const fit = made(gee(dataOf('visits'), { family: 'poisson' }));
      const effect = made(
        contrast(fit, 'treated', { correction, degreesOfFreedom: 'satterthwaite' }),
      );
      close(effect.degreesOfFreedom, reference.satterthwaite[correction], sharp);
    },
  );

  test.each(reference.wald)('in the Wald test with $correction', ({ correction, L, ...its }) => {
    const fit = made(gee(dataOf('visits'), { family: 'poisson' }));
    const result = made(waldTest(fit, L, { correction }));
    close(result.wald, its.W, sharp);
    close(result.statistic, its.F, sharp);
    close(result.degreesOfFreedom, its.df);
    close(result.pValue, its.p, sharp);
  });
});

describe('Marginal standardisation agrees with stacked estimating equations in R', () => {
  const families = {
    few: 'binomial',
    grouped: 'binomial',
    visits: 'poisson',
    compete: 'poisson',
    continuous: 'gaussian',
  } as const;
  test.each(reference.standardised)('$name', (its) => {
    const name = (its.name.split(' ')[0] ?? '') as keyof typeof families;
    const plain = dataOf(name);
    const { treated = [], x = [] } = plain.covariates;
    const interacts = its.name.includes('interaction');
    const both = Array.from(treated, (value, i) => value * (x[i] ?? 0));
    const covariates = interacts ? { ...plain.covariates, both } : plain.covariates;
    const fit = made(gee({ ...plain, covariates }, { family: families[name] }));
    const result = made(
      standardize(fit, {
        term: 'treated',
        correction: 'CR0',
        ...(name === 'continuous' && { from: -1, to: 2 }),
        ...(interacts && { interactions: { both: 'x' } }),
      }),
    );
    const numeric = { rel: 1e-6 };
    close(result.from.estimate, its.from, sharp);
    close(result.to.estimate, its.to, sharp);
    close(result.from.standardError, its.seFrom, numeric);
    close(result.to.standardError, its.seTo, numeric);
    const difference = made(result.difference);
    close(difference.estimate, its.to - its.from, sharp);
    close(difference.standardError, its.seDifference, numeric);
    expect(difference.degreesOfFreedom).toBe(its.residualDf);
    const ratio = made(result.ratio);
    close(ratio.estimate, its.to / its.from, sharp);
    close(ratio.standardError, its.seLogRatio, numeric);
    if (its.seLogOddsRatio === null) {
      expect(result.oddsRatio).toEqual({ estimable: false, reason: 'only risks have odds' });
    } else {
      const odds = made(result.oddsRatio);
      close(odds.estimate, (its.to / (1 - its.to)) * ((1 - its.from) / its.from), sharp);
      close(odds.standardError, its.seLogOddsRatio, numeric);
    }
  });
});

describe('Quasi-Poisson regression agrees with R', () => {
  test.each(reference.quasi)('$name', (its) => {
    const { outcome, covariates, offset } = dataOf(its.name);
    const tested = its.name === 'visits' ? ['treated'] : undefined;
    const fit = made(quasiPoisson({ outcome, covariates, offset }, { test: tested }));
    close(fit.coefficients, its.beta, sharp);
    close(fit.standardErrors.model, its.se, sharp);
    close(fit.dispersion, its.dispersion, sharp);
    fit.terms.forEach((term, j) => {
      close(made(contrast(fit, term, { correction: 'model' })).pValue, its.p[j]);
    });
    const deviance = made(fit.test);
    close(deviance.statistic, its.F);
    close(deviance.degreesOfFreedom, its.df);
    close(deviance.pValue, its.pF);
  });
});

describe('Negative binomial regression agrees with R', () => {
  test.each(reference.nb)('$name', (its) => {
    const fit = made(negativeBinomialRegression(dataOf(its.name)));
    close(fit.coefficients, its.beta, sharp);
    close(fit.theta, its.theta, { rel: 1e-7 });
    close(fit.thetaStandardError, its.thetaSE, { rel: 1e-7 });
    close(fit.standardErrors.model, its.se, sharp);
    close(fit.standardErrors.CR0, its.robust, sharp);
    // glm.nb stops at a looser tolerance of its own, in the error of theta most.
    close(fit.coefficients, its.MASS.beta, { rel: 1e-7 });
    close(fit.theta, its.MASS.theta, { rel: 1e-7 });
    close(fit.thetaStandardError, its.MASS.thetaSE, { rel: 2e-4 });
    close(fit.standardErrors.model, its.MASS.se, { rel: 1e-7 });
    close(fit.standardErrors.CR0, its.MASS.robust, { rel: 1e-7 });
    expect([fit.family, fit.dispersion, fit.correlation]).toEqual(['negativeBinomial', 1, null]);
  });
});

describe('The published cases', () => {
  const of = (name: string) => {
    const found = cases.find((each) => each.name === name);
    if (!found) throw new Error(name);
    const expected = (key: string) => found.expected[key];
    return { expected, tolerance: found.tolerance };
  };
  const epil = dataOf('epil');
  const ohio = dataOf('ohio');

  test.each([
    ['epil_poisson_independence', epil, { family: 'poisson' }],
    ['epil_small_sample_corrections', epil, { family: 'poisson' }],
    ['epil_poisson_exchangeable', epil, { family: 'poisson', correlation: 'exchangeable' }],
    [
      'epil_poisson_exchangeable_gee_moments',
      epil,
      { family: 'poisson', correlation: 'exchangeable', moments: 'gee' },
    ],
    [
      'ohio_logistic_exchangeable',
      ohio,
      { family: 'binomial', correlation: 'exchangeable', scale: 'fixed' },
    ],
    [
      'ohio_logistic_exchangeable_scale_estimated',
      ohio,
      { family: 'binomial', correlation: 'exchangeable' },
    ],
  ] as const)('%s', (name, data, options) => {
    const { expected, tolerance } = of(name);
    const fit = made(gee(data, options));
    const numbers = {
      beta: fit.coefficients,
      se_robust: fit.standardErrors.CR0,
      alpha: fit.correlation,
      phi: fit.dispersion,
      se_CR0: fit.standardErrors.CR0,
      se_KC: fit.standardErrors.KC,
      se_MD: fit.standardErrors.MD,
      se_FG: fit.standardErrors.FG,
    };
    const compared = Object.entries(numbers).filter(([key]) => expected(key) !== undefined);
    expect(compared.length).toBeGreaterThan(2);
    for (const [key, value] of compared) close(value, expected(key), tolerance);
  });

  test('epil_poisson_independence, as a rate ratio judged by the normal distribution', () => {
    const { expected, tolerance } = of('epil_poisson_independence');
    const how = { correction: 'CR0', degreesOfFreedom: 'normal', exponentiate: true } as const;
    const effect = made(contrast(made(gee(epil, { family: 'poisson' })), 'treated', how));
    close(effect.estimate, expected('ratio'), tolerance);
    close(effect.lower, expected('ci_lower'), tolerance);
    close(effect.upper, expected('ci_upper'), tolerance);
    close(effect.standardError, expected('se'), tolerance);
    close(effect.statistic, Number(expected('log_ratio')) / Number(expected('se')), tolerance);
    close(effect.pValue, expected('p_value'), tolerance);
  });

  test('epil_interaction_age', () => {
    const { expected, tolerance } = of('epil_interaction_age');
    const { treated = [], old = [] } = reference.data['epil'] ?? {};
    const both = treated.map((value, i) => value * (old[i] ?? 0));
    const fit = made(gee({ ...epil, covariates: { treated, old, both } }, { family: 'poisson' }));
    close(fit.coefficients, expected('beta'), tolerance);
    close(fit.standardErrors.CR0[3], expected('se_CR0'), tolerance);
    const how = { correction: 'KC', degreesOfFreedom: 'normal' } as const;
    const interaction = made(contrast(fit, [0, 0, 0, 1], how));
    close(interaction.estimate, expected('interaction'), tolerance);
    close(interaction.standardError, expected('se_KC'), tolerance);
    close(interaction.pValue, expected('p_KC_z'), tolerance);
  });

  test('insectsprays_quasipoisson', () => {
    const { expected, tolerance } = of('insectsprays_quasipoisson');
    const { outcome, covariates } = dataOf('InsectSprays');
    const fit = made(quasiPoisson({ outcome, covariates }));
    close(fit.coefficients, expected('beta'), tolerance);
    close(fit.standardErrors.model, expected('se'), tolerance);
    close(fit.dispersion, expected('dispersion'), tolerance);
    const deviance = made(fit.test);
    close(deviance.statistic, expected('F'), tolerance);
    expect(deviance.degreesOfFreedom).toEqual([expected('df1'), expected('df2')]);
    close(deviance.pValue, expected('p_value'), tolerance);
  });
});
