import { beta, normal } from '../../../stats/index.ts';
import type { Estimable } from '../../estimable.ts';
import { notEstimable } from '../../estimable.ts';
import { requireLevel } from '../check.ts';
import type { IntervalEstimate } from './counts.ts';
import { requireProportion } from './counts.ts';

/** How the interval of a proportion is made. */
export type ProportionMethod = 'wilson' | 'clopper-pearson' | 'jeffreys' | 'agresti-coull' | 'wald';

/** How `proportion` is asked. */
export interface ProportionOptions {
  /** Default `wilson`. */
  readonly method?: ProportionMethod | undefined;
  /** Default 0.95. */
  readonly level?: number | undefined;
}

/**
 * The proportion p = x / n of independent units with its interval, where z = z₍₁₋α/₂₎:
 *
 * - `wilson`: all π with |p - π| ≤ z √(π(1 - π)/n), the inverted score test;
 * - `clopper-pearson`: exact, Beta(x, n - x + 1) and Beta(x + 1, n - x) at α/2, never below its level
 *   and so wide;
 * - `jeffreys`: the same of Beta(x + ½, n - x + ½), running to 0 where x = 0 and to 1 where x = n;
 * - `agresti-coull`: Wald's about p̃ = (x + z²/2)/(n + z²) with n + z² units, cut at 0 and 1;
 * - `wald`: p ± z √(p(1 - p)/n), not cut at 0 and 1; none where p is 0 or 1. It covers less than its
 *   level and is here because papers print it.
 *
 * The units must be independent. Rows of one cluster, as the alerts of one practice or patient, are
 * not: for those take `ratioOfTotals`, whose variance is that between units.
 *
 * Sources: Wilson 1927; Clopper & Pearson 1934; Agresti & Coull 1998; Brown, Cai & DasGupta 2001.
 * In R: `prop.test(successes, n, correct = FALSE)$conf.int` (wilson),
 * `binom.test(successes, n)$conf.int` (clopper-pearson).
 *
 * @param successes units with the outcome
 * @param n units
 * @returns limits between 0 and 1 (but for `wald`); not estimable without units
 * @throws RangeError when `successes` or `n` is not a count, `successes` exceeds `n`, or `level` is
 *   not between 0 and 1
 */
export function proportion(
  successes: number,
  n: number,
  { method = 'wilson', level = 0.95 }: ProportionOptions = {},
): Estimable<IntervalEstimate> {
  requireProportion({ successes, n });
  requireLevel(level);
  if (n === 0) return notEstimable('there are no units');
  if (method === 'wald' && (successes === 0 || successes === n)) {
    return notEstimable(
      'the Wald interval of a proportion of 0 or 1 has no width',
      'take the method wilson or clopper-pearson',
    );
  }
  return { estimable: true, estimate: successes / n, ...limits[method](successes, n, level) };
}

type Limits = Pick<IntervalEstimate, 'lower' | 'upper'>;

const limits: Readonly<
  Record<ProportionMethod, (successes: number, n: number, level: number) => Limits>
> = {
  wilson: wilsonLimits,
  'clopper-pearson': (successes, n, level) => clopperPearsonLimits(successes, n, (1 - level) / 2),
  jeffreys: (successes, n, level) => ({
    lower:
      successes === 0 ? 0 : beta.quantile((1 - level) / 2, successes + 0.5, n - successes + 0.5),
    upper:
      successes === n
        ? 1
        : beta.quantile((1 - level) / 2, successes + 0.5, n - successes + 0.5, 'upper'),
  }),
  'agresti-coull': (successes, n, level) => {
    const square = normal.quantile((1 - level) / 2, 'upper') ** 2;
    const { lower, upper } = waldLimits(successes + square / 2, n + square, level);
    return { lower: Math.max(0, lower), upper: Math.min(1, upper) };
  },
  wald: waldLimits,
};

/** Wilson's limits; also the parts of Newcombe's interval of a difference. */
export function wilsonLimits(successes: number, n: number, level: number): Limits {
  const z = normal.quantile((1 - level) / 2, 'upper');
  const p = successes / n;
  const scale = 1 + (z * z) / n;
  const middle = p + (z * z) / (2 * n);
  const upper = (middle + z * Math.sqrt((p * (1 - p)) / n + (z / (2 * n)) ** 2)) / scale;
  // The limits are the roots of scale π² - 2 middle π + p²: their product spares a difference.
  return { lower: (p * p) / scale / upper, upper: successes === n ? 1 : upper };
}

/** Clopper and Pearson's limits, each with `tail` beyond it; also those of the exact binomial test. */
export function clopperPearsonLimits(successes: number, n: number, tail: number): Limits {
  return {
    lower: successes === 0 ? 0 : beta.quantile(tail, successes, n - successes + 1),
    upper: successes === n ? 1 : beta.quantile(tail, successes + 1, n - successes, 'upper'),
  };
}

function waldLimits(successes: number, n: number, level: number): Limits {
  const p = successes / n;
  const reach = normal.quantile((1 - level) / 2, 'upper') * Math.sqrt((p * (1 - p)) / n);
  return { lower: p - reach, upper: p + reach };
}
