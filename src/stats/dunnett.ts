import { requireDegreesOfFreedom, requireNumber, requireProbability } from './check.ts';
import { gaussLegendre } from './gauss-legendre.ts';
import { gammaPrefix } from './incomplete-gamma.ts';
import { normal } from './normal.ts';
import { findRoot } from './root.ts';
import { studentT } from './student-t.ts';
import type { Tail, Tails } from './tails.ts';

/** Several comparisons with one control. */
export interface DunnettComparisons {
  /**
   * λᵢ of each comparison, between −1 and 1, both excluded: statistics i and j correlate by λᵢλⱼ.
   * For means of nᵢ values against a control of n₀ it is √(nᵢ / (nᵢ + n₀)); 0 for independent ones.
   */
  readonly loadings: readonly number[];
  /** Degrees of freedom of the common standard error, greater than 0; `Infinity` where it is known. */
  readonly df: number;
  /** 2 for the law of the largest |Tᵢ|, 1 for that of the largest Tᵢ. */
  readonly sides: 1 | 2;
}

/** Beyond this many standard errors a normal tail is below the smallest double. */
const BEYOND_DOUBLES = 39;

/** Degrees of freedom above which s differs from 1 by less than the rounding of the tails. */
const NORMAL_FROM = 1e20;

/** Terms below this share of their sum end it: those after them fall geometrically. */
const NEGLIGIBLE = 1e-15;

function requireComparisons({ loadings, df, sides }: DunnettComparisons): void {
  if (loadings.length === 0) throw new RangeError('loadings must hold at least one comparison');
  loadings.forEach((loading, i) => {
    if (!(Math.abs(loading) < 1)) {
      throw new RangeError(`loading ${i} must be between -1 and 1, both excluded, got ${loading}`);
    }
  });
  requireDegreesOfFreedom('df', df);
  if (sides !== 1 && sides !== 2) {
    throw new RangeError(`sides must be 1 or 2, got ${String(sides)}`);
  }
}

/** Beyond this growth the trapezoidal rule would take more steps than the graded panels do. */
const SHARP = 2500;

const gauss = gaussLegendre(20);

/**
 * Both tails at the bound b of the largest of normal Xᵢ = λᵢ Z + √(1 − λᵢ²) εᵢ, or of their sizes:
 * given Z they are independent, so that the tails are integrals over Z,
 *
 *     lower = ∫ φ(z) ∏ᵢ (1 − tᵢ(z)) dz,   upper = ∫ φ(z) (1 − ∏ᵢ (1 − tᵢ(z))) dz,
 *
 * with tᵢ the probability that comparison i is beyond b. The trapezoidal rule has the error
 * 2 exp(−2π² / (h² A)) with A = 1 + Σ λᵢ² / (1 − λᵢ²), as the integrand grows by no more than
 * exp(A y² / 2) at the distance y from the real line. Where a loading is near 1, tᵢ is all but a step
 * and the rule would be slow: then Gauss-Legendre on panels that grow with the distance from the step.
 */
function normalTails(bound: number, loadings: readonly number[], sides: 1 | 2): Tails {
  if (bound > BEYOND_DOUBLES) return { lower: 1, upper: 0 };
  if (bound < -BEYOND_DOUBLES) return { lower: 0, upper: 1 };
  const spread = loadings.map((loading) => Math.sqrt((1 - loading) * (1 + loading)));
  const growth = loadings.reduce((sum, loading, i) => sum + (loading / (spread[i] ?? 1)) ** 2, 1);
  // As far as the tail of φ is negligible beside that of a single comparison.
  const reach = Math.sqrt(bound * bound + 72);
  let lower = 0;
  let upper = 0;
  const add = (z: number, width: number): void => {
    let inside = 1;
    let outside = 0;
    let beyond = 0;
    let within = 1;
    for (let i = 0; i < loadings.length; i += 1) {
      // Sorted, so that equal ones, as in a balanced trial, are worked out once.
      if (i === 0 || loadings[i] !== loadings[i - 1]) {
        const shift = (loadings[i] ?? 0) * z;
        const scale = spread[i] ?? 1;
        ({ lower: within, upper: beyond } = normal.cdf((bound - shift) / scale));
        if (sides === 2) {
          const far = normal.cdf((bound + shift) / scale).upper;
          beyond += far;
          within = Math.max(0, within - far);
        }
      }
      // The union grows by what is beyond among what was inside: no 1 - product.
      outside += inside * beyond;
      inside *= within;
    }
    const weight = normal.density(z) * width;
    lower += weight * inside;
    upper += weight * outside;
  };
  // The law of the sizes is the same for z and -z.
  const from = sides === 2 ? 0 : -reach;
  if (growth <= SHARP) {
    const width = 0.75 / Math.sqrt(growth);
    const steps = Math.ceil(reach / width);
    for (let step = sides === 2 ? 0 : -steps; step <= steps; step += 1) {
      add(step * width, width * (sides === 2 && step > 0 ? 2 : 1));
    }
    return { lower, upper };
  }
  const steps = loadings.map((loading, i) => ({
    at: sides === 2 ? Math.abs(bound / loading) : bound / loading,
    width: Math.abs((spread[i] ?? 1) / loading),
  }));
  const edges = gradedEdges(steps, { from, to: reach });
  edges.slice(1).forEach((end, i) => {
    const start = edges[i] ?? end;
    const half = (end - start) / 2;
    gauss.forEach(({ node, weight }) => {
      add(start + half * (1 + node), half * weight * sides);
    });
  });
  return { lower, upper };
}

/** Edges of panels no longer than 1, nor much longer than their distance from a step or its width. */
function gradedEdges(
  steps: readonly { readonly at: number; readonly width: number }[],
  { from, to }: { readonly from: number; readonly to: number },
): readonly number[] {
  const edges = [from, to];
  for (let edge = Math.ceil(from); edge < to; edge += 1) edges.push(edge);
  for (const { at, width } of steps) {
    edges.push(at);
    for (let away = 1.5 * width; away < 1; away *= 2) edges.push(at - away, at + away);
  }
  const inside = edges.filter((edge) => edge >= from && edge <= to);
  return [...new Set(inside)].sort((a, b) => a - b);
}

/**
 * The tails of t statistics, those of the normal ones at cs averaged over s = √(χ²/df): by the
 * trapezoidal rule in log s, where the integrand is analytic and bounded for |Im log s| < π/4 whatever
 * the correlations, so that the error falls exponentially with the width.
 */
function studentTails(c: number, { loadings, df, sides }: DunnettComparisons): Tails {
  const width = 0.5 / Math.sqrt(df + loadings.length + 16);
  let lower = 0;
  let upper = 0;
  /** Adds one term and says whether there is more to come on its side. */
  const add = (logS: number): boolean => {
    const s = Math.exp(logS);
    const weight = 2 * gammaPrefix(df / 2, (df / 2) * s * s) * width;
    const tails = normalTails(c * s, loadings, sides);
    const [below, above] = [weight * tails.lower, weight * tails.upper];
    lower += below;
    upper += above;
    return below > NEGLIGIBLE * lower || above > NEGLIGIBLE * upper;
  };
  // The integrand of the upper tail has its peak left of that of the lower one, which is at 0: for a
  // large c and df the two stand apart, with nothing between them.
  const peak = -Math.log(Math.hypot(1, c / Math.sqrt(df)));
  for (let i = -1; add(peak + i * width); i -= 1);
  let i = 0;
  while (add(peak + i * width)) i += 1;
  const left = -Math.sqrt(120 / df) - 120 / df;
  i = Math.max(i + 1, Math.ceil((left - peak) / width));
  while (add(peak + i * width) || peak + i * width < 0) i += 1;
  return { lower, upper };
}

/** The tails of a single statistic, or of its size. */
function tailsOfOne(c: number, df: number, sides: 1 | 2): Tails {
  const tails = studentT.cdf(c, df);
  if (sides === 1) return tails;
  return { lower: Math.max(0, tails.lower - tails.upper), upper: 2 * tails.upper };
}

/** The c beyond which a single statistic, or its size, lies with probability `alpha`. */
function criticalOfOne(alpha: number, df: number, sides: 1 | 2): number {
  return studentT.quantile(alpha / sides, df, 'upper');
}

/**
 * Dunnett's distribution: the largest of several t statistics, or of their sizes, that compare arms
 * with one control and share its error. The adjusted p value of a statistic is its upper tail.
 */
export const dunnett = {
  /**
   * Both tails of max |Tᵢ| (two sides) or max Tᵢ (one side), with Tᵢ = (λᵢ Z + √(1 − λᵢ²) εᵢ) / S,
   *
   *     lower = ∫₀^∞ ∫ φ(z) ∏ᵢ [Φ((cs − λᵢz) / √(1 − λᵢ²)) − Φ((−cs − λᵢz) / √(1 − λᵢ²))] dz f(s) ds,
   *
   * f being the density of S = √(χ²/df); with one side the second Φ is 0, with infinite df s is 1.
   * The upper tail is integrated by itself: its relative error stays below 1e-12 for df from 0.05.
   * Milliseconds up to loadings of 0.99, and some ten times as long however near to 1 they are.
   *
   * @param c any real number.
   * @throws RangeError if `c` is NaN, there is no loading or one not between −1 and 1, `df` is not
   *   greater than 0, or `sides` is not 1 or 2.
   * @see C. W. Dunnett, J. Amer. Statist. Assoc. 50 (1955) 1096; L. N. Trefethen and
   *   J. A. C. Weideman, SIAM Rev. 56 (2014) 385 for the rule. In R:
   *   `mvtnorm::pmvt(rep(-c, k), rep(c, k), df = df, corr = corr)` with
   *   `corr = outer(loadings, loadings); diag(corr) = 1` (`rep(-Inf, k)` for one side; whole df, and
   *   random to about 1e-4).
   */
  cdf: (c: number, comparisons: DunnettComparisons): Tails => {
    requireNumber('c', c);
    requireComparisons(comparisons);
    const { df, sides } = comparisons;
    const loadings = [...comparisons.loadings].sort((a, b) => a - b);
    if (sides === 2 && c <= 0) return { lower: 0, upper: 1 };
    if (loadings.length === 1) return tailsOfOne(c, df, sides);
    if (c === Infinity) return { lower: 1, upper: 0 };
    if (c === -Infinity) return { lower: 0, upper: 1 };
    const { lower, upper } =
      df > NORMAL_FROM ? normalTails(c, loadings, sides) : studentTails(c, { loadings, df, sides });
    return { lower: Math.min(1, lower), upper: Math.min(1, upper) };
  },

  /**
   * The c with P(max ≤ c) = p, or with P(max > c) = p for the upper tail: with p = α and the upper
   * tail the critical value of simultaneous tests and intervals.
   *
   * @param p between 0 and 1.
   * @param tail the side p is counted from.
   * @throws RangeError if `p` is not a probability, there is no loading or one not between −1 and 1,
   *   `df` is not greater than 0, or `sides` is not 1 or 2.
   * @see C. W. Dunnett, J. Amer. Statist. Assoc. 50 (1955) 1096. In R:
   *   `mvtnorm::qmvt(p, tail = "both.tails", df = df, corr = corr)$quantile` (`"lower.tail"` for one
   *   side; random to about 1e-4).
   */
  quantile: (p: number, comparisons: DunnettComparisons, tail: Tail = 'lower'): number => {
    requireProbability('p', p);
    requireComparisons(comparisons);
    const { loadings, df, sides } = comparisons;
    if (p === 0 || p === 1) {
      if ((p === 0) === (tail === 'upper')) return Infinity;
      return sides === 2 ? 0 : -Infinity;
    }
    // For p above ½ the complement is exact.
    const side = p <= 0.5 === (tail === 'lower') ? 'lower' : 'upper';
    const target = Math.log(Math.min(p, 1 - p));
    const excess = (c: number): number => Math.log(dunnett.cdf(c, comparisons)[side]) - target;
    // Not below the critical value of one comparison, not above that of Bonferroni.
    const alpha = tail === 'upper' ? p : 1 - p;
    const lower = criticalOfOne(alpha, df, sides);
    const upper = criticalOfOne(alpha / loadings.length, df, sides);
    const slack = 1e-9 * Math.max(1, Math.abs(lower), Math.abs(upper));
    return findRoot(excess, { lower: lower - slack, upper: upper + slack, tolerance: 1e-14 });
  },
} as const;
