import type { Tail, Tails } from './tails.ts';

/** A law on the whole numbers 0 … `maximum` as `countQuantile` needs it. */
export interface CountLaw {
  readonly cdf: (k: number) => Tails;
  readonly mean: number;
  readonly standardDeviation: number;
  /** The largest possible value, or `Infinity`. */
  readonly maximum: number;
}

/** The accuracy of the tails, granted in the comparison, relative to the smaller of p and 1 − p. */
const ROUNDING = 2 ** -40;

/**
 * The quantile of a law of counts: the smallest k with P(X ≤ k) ≥ p, or with P(X > k) ≤ p.
 *
 * Equality is granted within 2^−40 of the smaller of p and 1 − p, so that a p computed from the
 * law itself gives back its k.
 *
 * @param p between 0 and 1.
 * @param tail the side p is counted from.
 * @param z the standard normal quantile of p on the same side, from which the search starts.
 */
export function countQuantile(p: number, tail: Tail, z: number, law: CountLaw): number {
  if (p === (tail === 'lower' ? 0 : 1)) return 0;
  if (p === (tail === 'lower' ? 1 : 0)) return law.maximum;
  const slack = ROUNDING * Math.min(p, 1 - p);
  const reached = (k: number): boolean =>
    tail === 'lower' ? law.cdf(k).lower >= p - slack : law.cdf(k).upper <= p + slack;

  const { mean, standardDeviation, maximum } = law;
  let step = Math.max(1, Math.floor(standardDeviation / 16));
  const guess = Math.floor(mean + z * standardDeviation);
  // `missed` fails the condition (−1 always does), `met` fulfils it.
  let missed = Math.max(0, Math.min(maximum, guess));
  let met = missed;
  if (reached(met)) {
    while (missed >= 0 && reached(missed)) {
      met = missed;
      missed = Math.max(-1, missed - step);
      step *= 2;
    }
  } else {
    while (met < maximum && !reached(met)) {
      missed = met;
      met = Math.min(maximum, met + step);
      step *= 2;
    }
  }
  while (met - missed > 1) {
    const middle = Math.floor((met + missed) / 2);
    if (reached(middle)) met = middle;
    else missed = middle;
  }
  return met;
}
