import { binomial } from '../../../stats/index.ts';
import type { Estimable } from '../../estimable.ts';
import { notEstimable } from '../../estimable.ts';
import { requireLevel } from '../check.ts';
import type { Alternative, IntervalEstimate } from './counts.ts';
import { requireProportion } from './counts.ts';
import { exactPValue } from './exact-tails.ts';
import { clopperPearsonLimits } from './proportion.ts';

/** An estimate with exact limits and an exact test. */
export interface ExactTest extends IntervalEstimate {
  /** Of the alternative asked for. */
  readonly pValue: number;
}

/** How `binomialTest` is asked. */
export interface BinomialTestOptions {
  /** The probability under the null hypothesis. Default 0.5. */
  readonly probability?: number | undefined;
  /** Default `two-sided`. */
  readonly alternative?: Alternative | undefined;
  /** Default 0.95. */
  readonly level?: number | undefined;
}

/**
 * The exact test of a proportion x / n of independent units against π, with the Clopper-Pearson
 * interval: P(X ≤ x) or P(X ≥ x) for X ~ Bin(n, π), or two-sided the probability of all counts no
 * likelier than x (ties within a relative 1e-7). A one-sided alternative has a one-sided interval, from
 * 0 or to 1. The two-sided interval has equal tails, so at its edge it need not agree with the p value.
 *
 * The units must be independent. Rows of one cluster, as the alerts of one practice or patient, are
 * not: for those take `ratioOfTotals`, whose variance is that between units.
 *
 * Source: Clopper & Pearson 1934. In R: `binom.test(successes, n, probability, alternative)`.
 *
 * @param successes units with the outcome
 * @param n units
 * @returns not estimable without units
 * @throws RangeError when `successes` or `n` is not a count, `successes` exceeds `n`, `probability` is
 *   not one, or `level` is not between 0 and 1
 */
export function binomialTest(
  successes: number,
  n: number,
  { probability = 0.5, alternative = 'two-sided', level = 0.95 }: BinomialTestOptions = {},
): Estimable<ExactTest> {
  requireProportion({ successes, n });
  requireLevel(level);
  if (!(probability >= 0 && probability <= 1)) {
    throw new RangeError(`probability must lie between 0 and 1, got ${probability}`);
  }
  if (n === 0) return notEstimable('there are no units');
  const tail = alternative === 'two-sided' ? (1 - level) / 2 : 1 - level;
  const limits = clopperPearsonLimits(successes, n, tail);
  return {
    estimable: true,
    estimate: successes / n,
    lower: alternative === 'less' ? 0 : limits.lower,
    upper: alternative === 'greater' ? 1 : limits.upper,
    pValue: binomialPValue(successes, { n, probability, alternative }),
  };
}

/** The exact p value of a binomial count. */
export function binomialPValue(
  successes: number,
  {
    n,
    probability,
    alternative,
  }: { readonly n: number; readonly probability: number; readonly alternative: Alternative },
): number {
  return exactPValue(
    successes,
    {
      from: 0,
      to: n,
      mode: Math.min(n, Math.floor((n + 1) * probability)),
      density: (k) => binomial.density(k, n, probability),
      cdf: (k) => binomial.cdf(k, n, probability),
    },
    alternative,
  );
}
