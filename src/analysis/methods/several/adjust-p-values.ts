import { sum } from '../../../stats/index.ts';
import { requireProbabilities } from '../check.ts';

/** How a family of p values is adjusted; see {@link adjustPValues} for when each is valid. */
export type Adjustment =
  'holm' | 'hochberg' | 'hommel' | 'bonferroni' | 'benjamini-hochberg' | 'benjamini-yekutieli';

/**
 * Adjusted p values of a family of m hypotheses: reject those whose adjusted p is at most α. With
 * p₍₁₎ ≤ … ≤ p₍ₘ₎, each at most 1:
 *
 * - `holm` (default): max over j ≤ i of (m - j + 1) p₍ⱼ₎. Chance of any false rejection at most α,
 *   whatever the dependence. Use it for several arms against one control, and over a family of
 *   subgroup interactions.
 * - `bonferroni`: m p. As Holm, with less power.
 * - `hochberg`: min over j ≥ i of (m - j + 1) p₍ⱼ₎. Valid only where the test statistics are
 *   independent or positively dependent (MTP₂, or at least so that Simes's inequality holds):
 *   one-sided comparisons of arms with one control are; outcomes that may move against each other,
 *   such as alert burden and acceptance, are not.
 * - `hommel`: closed testing with Simes's test, max over n of min over j of n p₍ⱼ:ₙ₎ / j; valid where
 *   Hochberg is, and at least as powerful.
 * - `benjamini-hochberg`: min over j ≥ i of m p₍ⱼ₎ / j. The expected share of false rejections among
 *   the rejected (not the chance of any) at most α, under independence or positive dependence. For
 *   screening, not for a decision to adopt.
 * - `benjamini-yekutieli`: that times Σ 1/j, j = 1 … m; whatever the dependence.
 *
 * In R: `p.adjust(p, "holm")`, or `"hochberg"`, `"hommel"`, `"bonferroni"`, `"BH"`, `"BY"`.
 *
 * @param pValues the whole family, also those that were disappointing; none may be missing
 * @returns the adjusted p values in the order given
 * @throws RangeError when one is not a probability
 * @see S. Holm, Scand. J. Stat. 6 (1979) 65; Y. Hochberg, Biometrika 75 (1988) 800; G. Hommel,
 *   Biometrika 75 (1988) 383; S. P. Wright, Biometrics 48 (1992) 1005; S. K. Sarkar, Ann. Stat. 26
 *   (1998) 494; Y. Benjamini and Y. Hochberg, JRSS B 57 (1995) 289; Y. Benjamini and D. Yekutieli,
 *   Ann. Stat. 29 (2001) 1165.
 */
export function adjustPValues(
  pValues: readonly number[],
  method: Adjustment = 'holm',
): readonly number[] {
  requireProbabilities('pValues', pValues);
  const order = pValues.map((_, i) => i).sort((i, j) => (pValues[i] ?? 0) - (pValues[j] ?? 0));
  const adjusted = adjustSorted(
    order.map((i) => pValues[i] ?? 0),
    method,
  );
  const inOrderGiven = Array.from(pValues);
  order.forEach((i, rank) => {
    inOrderGiven[i] = Math.min(1, adjusted[rank] ?? 0);
  });
  return inOrderGiven;
}

function adjustSorted(p: readonly number[], method: Adjustment): readonly number[] {
  const m = p.length;
  switch (method) {
    case 'bonferroni':
      return p.map((value) => m * value);
    case 'holm':
      return runningMax(p.map((value, i) => (m - i) * value));
    case 'hochberg':
      return runningMinFromEnd(p.map((value, i) => (m - i) * value));
    case 'hommel':
      return hommel(p);
    case 'benjamini-hochberg':
      return runningMinFromEnd(p.map((value, i) => (m * value) / (i + 1)));
    case 'benjamini-yekutieli': {
      const dependence = sum(p.map((_, i) => 1 / (i + 1)));
      return runningMinFromEnd(p.map((value, i) => (dependence * m * value) / (i + 1)));
    }
  }
}

/**
 * Simes's p rises with each p value, so among the sets of size n that hold hypothesis i the worst is
 * i with the n - 1 largest of the others: one set a size, not 2ᵐ.
 */
function hommel(p: readonly number[]): readonly number[] {
  const m = p.length;
  const adjusted = Array.from(p);
  for (let n = 2; n <= m; n += 1) {
    const first = m - n;
    let others = Infinity;
    for (let j = 2; j <= n; j += 1) others = Math.min(others, (n * (p[first + j - 1] ?? 0)) / j);
    for (let i = 0; i < m; i += 1) {
      const smallest = p[Math.min(i, first)] ?? 0;
      adjusted[i] = Math.max(adjusted[i] ?? 0, Math.min(n * smallest, others));
    }
  }
  return adjusted;
}

function runningMax(values: readonly number[]): readonly number[] {
  let most = 0;
  return values.map((value) => (most = Math.max(most, value)));
}

function runningMinFromEnd(values: readonly number[]): readonly number[] {
  let least = Infinity;
  return values
    .toReversed()
    .map((value) => (least = Math.min(least, value)))
    .toReversed();
}
