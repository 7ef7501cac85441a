import type { Estimable } from '../../estimable.ts';
import { notEstimable } from '../../estimable.ts';
import type { Design } from './design.ts';

/** θ of the negative binomial at given means. */
export interface Theta {
  readonly theta: number;
  /** From the observed information in θ alone. */
  readonly standardError: number;
}

/** How often a count exceeds k, for every k below the largest: all that θ needs of the outcomes. */
export interface CountTally {
  readonly above: Float64Array;
}

/** Tallies of more than this would not fit in memory with ease. */
const largestCount = 1e7;
/** A θ this many times the mean adds less than a millionth of a percent to the variance. */
const poissonLike = 1e8;
const mostSteps = 100;

const { log1p, log, exp, sqrt, abs, max } = Math;

/** Tallies the outcomes. */
export function tallyCounts({ outcome, weights }: Design): Estimable<CountTally> {
  let largest = 0;
  for (const y of outcome) if (y > largest) largest = y;
  if (largest > largestCount) {
    return notEstimable(
      `a count of ${largest} is too large for a negative binomial likelihood`,
      'use gee with the poisson family',
    );
  }
  const above = new Float64Array(largest);
  outcome.forEach((y, i) => {
    if (y > 0) above[y - 1] = (above[y - 1] ?? 0) + (weights?.[i] ?? 1);
  });
  for (let k = largest - 2; k >= 0; k -= 1) above[k] = (above[k] ?? 0) + (above[k + 1] ?? 0);
  return { estimable: true, above };
}

/** Why a negative binomial has no finite θ. */
export const poissonLimit: ReturnType<typeof notEstimable> = notEstimable(
  'the counts vary no more than Poisson, so θ has no finite estimate (its limit is the Poisson model)',
  'use quasiPoisson, or gee with the poisson family',
);

/**
 * θ by moments: Σμ² over what (y - μ)² exceeds y by; not above 0 where the likelihood rises towards
 * the Poisson limit, since ∂l/∂(1/θ) = ½ Σ [(y - μ)² - y] there.
 */
export function momentTheta({ outcome, weights }: Design, means: Float64Array): number {
  let [squares, excess] = [0, 0];
  outcome.forEach((y, i) => {
    const mu = means[i] ?? 0;
    const w = weights?.[i] ?? 1;
    squares += w * mu * mu;
    excess += w * ((y - mu) ** 2 - y);
  });
  return excess > 0 ? squares / excess : Infinity;
}

/**
 * The θ that maximises the likelihood at given means, by Newton's method in log θ:
 * ∂l/∂θ = Σ [ψ(y + θ) - ψ(θ) - log(1 + μ/θ) + (μ - y)/(θ + μ)]. Since y is whole,
 * ψ(y + θ) - ψ(θ) = Σ_{k<y} 1/(θ + k), which keeps its digits where θ is large and the digammas would
 * cancel.
 *
 * @see J. F. Lawless, Can. J. Statist. 15 (1987) 209. In R: `MASS::theta.ml(y, mu)`.
 */
export function thetaAt(
  { outcome, weights, size }: Design,
  {
    means,
    tally,
    from,
  }: { readonly means: Float64Array; readonly tally: CountTally; readonly from: number },
): Estimable<Theta> {
  const total = means.reduce((all, mu, i) => all + (weights?.[i] ?? 1) * mu, 0);
  const derivatives = (theta: number): readonly [number, number] => {
    let [slope, lost, curve] = [0, 0, 0];
    // Compensated: where θ is large the two halves of the slope are all but equal.
    const add = (term: number): void => {
      const rest = term - lost;
      const total = slope + rest;
      lost = total - slope - rest;
      slope = total;
    };
    tally.above.forEach((count, k) => {
      add(count / (theta + k));
      curve -= count / (theta + k) ** 2;
    });
    for (let i = 0; i < outcome.length; i += 1) {
      const mu = means[i] ?? 0;
      const e = (outcome[i] ?? 0) - mu;
      const w = weights?.[i] ?? 1;
      const sum = theta + mu;
      add(-w * (log1p(mu / theta) + e / sum));
      curve += w * (mu / (theta * sum) + e / (sum * sum));
    }
    return [slope, curve];
  };
  let theta = from;
  for (let step = 0; step < mostSteps; step += 1) {
    const [slope, curve] = derivatives(theta);
    const inLog = theta * slope;
    const bend = inLog + theta * theta * curve;
    // Away from the top the likelihood may bend the other way: then a plain step uphill.
    const move = bend < 0 ? Math.max(-2, Math.min(2, -inLog / bend)) : Math.sign(inLog);
    theta = exp(log(theta) + move);
    if (theta > (poissonLike * total) / size) return poissonLimit;
    // Where θ is hardly known, rounding moves it by more than that, but by next to no standard error.
    if (abs(move) <= 1e-10 || abs(move) * sqrt(max(0, -bend)) <= 1e-9) {
      return { estimable: true, theta, standardError: 1 / sqrt(-derivatives(theta)[1]) };
    }
  }
  return notEstimable('θ did not settle', 'use gee with the poisson family');
}
