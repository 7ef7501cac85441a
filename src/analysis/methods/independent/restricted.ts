import type { ProportionCounts } from './counts.ts';

/**
 * The variance of p₁ - p₂ when the true difference is `difference`: p̃₁(1 - p̃₁)/n₁ + p̃₂(1 - p̃₂)/n₂ at
 * the maximum-likelihood proportions with p̃₁ - p̃₂ = `difference`.
 *
 * @param difference from -1 to 1
 * @see O. Miettinen and M. Nurminen, Statistics in Medicine 4 (1985) 213, appendix I.
 */
export function varianceAtDifference(
  arm: ProportionCounts,
  control: ProportionCounts,
  difference: number,
): number {
  // The smaller proportion is solved for, and of the rarer outcome, where a sum has nothing to cancel.
  if (difference < 0) return varianceAtDifference(control, arm, -difference);
  if (2 * (arm.successes + control.successes) > arm.n + control.n) {
    return varianceAtDifference(failuresOf(control), failuresOf(arm), difference);
  }
  const smaller = smallerProportion(arm, control, difference);
  const larger = smaller + difference;
  return (
    (larger * Math.max(0, 1 - larger)) / arm.n + (smaller * Math.max(0, 1 - smaller)) / control.n
  );
}

function failuresOf({ successes, n }: ProportionCounts): ProportionCounts {
  return { successes: n - successes, n };
}

/** p̃₂, the root in [0, 1 - d] of the cubic likelihood equation, for a difference d of 0 or more. */
function smallerProportion(
  { successes: x1, n: n1 }: ProportionCounts,
  { successes: x2, n: n2 }: ProportionCounts,
  d: number,
): number {
  const [n, x] = [n1 + n2, x1 + x2];
  if (d === 0) return x / n;
  const square = ((n1 + 2 * n2) * d - n - x) / n;
  const linear = ((n2 * d - n - 2 * x2) * d + x) / n;
  const constant = (x2 * d * (1 - d)) / n;
  const third = square / 3;
  const v = third ** 3 - (linear * third) / 2 + constant / 2;
  const u = Math.sign(v) * Math.sqrt(Math.max(0, third * third - linear / 3));
  const cosine = u === 0 ? 0 : Math.min(1, Math.max(-1, v / u ** 3));
  const clip = (p: number): number => Math.min(1 - d, Math.max(0, p));
  let root = clip(2 * u * Math.cos((Math.PI + Math.acos(cosine)) / 3) - third);
  // The arc cosine loses half the digits where two roots nearly meet, as for rare outcomes.
  for (let turn = 0; turn < 20; turn += 1) {
    const value = ((root + square) * root + linear) * root + constant;
    const slope = (3 * root + 2 * square) * root + linear;
    const next = slope === 0 ? root : clip(root - value / slope);
    if (Math.abs(next - root) <= 2 * Number.EPSILON * root) return next;
    root = next;
  }
  return root;
}

/**
 * The variance of p₁ - φ p₂ when the true ratio is φ, p̃₁(1 - p̃₁)/n₁ + φ² p̃₂(1 - p̃₂)/n₂ at the
 * maximum-likelihood proportions with p̃₁ = φ p̃₂.
 *
 * @param ratio φ, above 0
 * @see O. Miettinen and M. Nurminen, Statistics in Medicine 4 (1985) 213, appendix I; its discriminant
 *   is written here as a sum of squares and products, so that nothing cancels.
 */
export function varianceAtRatio(
  { successes: x1, n: n1 }: ProportionCounts,
  { successes: x2, n: n2 }: ProportionCounts,
  ratio: number,
): number {
  const [a, b] = [ratio * (n1 + x2), n2 + x1];
  const root = Math.sqrt((a - b) ** 2 + 4 * ratio * (n1 - x1) * (n2 - x2));
  const p2 = (2 * (x1 + x2)) / (a + b + root);
  const p1 = ratio * p2;
  return (p1 * Math.max(0, 1 - p1)) / n1 + (ratio * ratio * p2 * Math.max(0, 1 - p2)) / n2;
}

/**
 * The successes expected in the first group when the true odds ratio is ψ and the successes of both
 * are fixed, by maximum likelihood: p̃₁/(1 - p̃₁) = ψ p̃₂/(1 - p̃₂) and n₁p̃₁ + n₂p̃₂ = x₁ + x₂.
 *
 * @param odds ψ, above 0
 * @see O. Miettinen and M. Nurminen, Statistics in Medicine 4 (1985) 213, appendix I; J. Cornfield 1956.
 */
export function successesAtOdds(
  { successes: x1, n: n1 }: ProportionCounts,
  { successes: x2, n: n2 }: ProportionCounts,
  odds: number,
): number {
  const s = x1 + x2;
  // ψ (n₁ - a)(s - a) = a (n₂ - s + a), whose root between 0 and min(n₁, s) is wanted.
  const linear = odds * (n1 + s) + (n2 - s);
  const root = Math.sqrt(
    (odds * (n1 - s)) ** 2 + (n2 - s) ** 2 + 2 * odds * (n1 * n2 + s * (n1 + n2 - s)),
  );
  // Of the two forms of the root, the one that adds. `linear` is negative for ψ < 1 only.
  return linear > 0 ? (2 * odds * n1 * s) / (linear + root) : (root - linear) / (2 * (1 - odds));
}
