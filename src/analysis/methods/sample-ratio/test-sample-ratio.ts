import { chiSquared, randomStream } from '../../../stats/index.ts';
import { pearson, sharesOf } from './counts.ts';
import { independentCounts } from './draw-counts.ts';
import { exactBinomial } from './exact-binomial.ts';
import { exactMultinomial, outcomesOf } from './exact-multinomial.ts';

/** How the p value of a sample-ratio test is found. */
export type SampleRatioMethod =
  'exact-binomial' | 'exact-multinomial' | 'monte-carlo' | 'chi-squared';

/** Counts of units against the weights of their arms. */
export interface SampleRatioTest {
  /** Pearson's statistic Σ(O - E)²/E. */
  readonly chiSquared: number;
  readonly pValue: number;
  readonly method: SampleRatioMethod;
}

export interface SampleRatioOptions {
  /**
   * Default: `exact` for two arms, and for several where there are up to a million outcomes (three
   * arms of 1,400 units in all); else `chi-squared`, or `monte-carlo` where fewer than 5 units are
   * expected in an arm.
   */
  readonly method?: 'exact' | 'monte-carlo' | 'chi-squared' | undefined;
  /** Draws of `monte-carlo`; default 20,000. */
  readonly draws?: number | undefined;
}

const mostOutcomes = 1_000_000;
const leastExpected = 5;

/**
 * Tests counts of units against the weights of the arms. Hashed assignment gives each unit its arm
 * by itself, so the counts are multinomial. Give the units that were randomised and nothing else:
 * neither patients of randomised practices (their numbers differ by chance far beyond this test; see
 * `clusterSizes`) nor units of blocked lists (whose numbers differ less; see
 * `testSampleRatioByProcedure`).
 *
 * `exact` sums the probability of every outcome no likelier than the one seen (ties within a relative
 * 1e-7). `monte-carlo` is the share of multinomial draws, and of what was seen, whose Pearson
 * statistic is at least as large. Where there are too many outcomes to enumerate and at least 5
 * units are expected in each arm, the chi-squared p is nearer the truth than 20,000 draws could be.
 *
 * In R: `binom.test(x, n, p)` for two arms, `chisq.test(x, p = weights)`, and with
 * `simulate.p.value = TRUE` for draws.
 *
 * @param counts units by arm
 * @param weights weights of the arms, in the same order
 * @throws RangeError when the lists differ in length, a count is no whole number, a weight is not
 *   positive, or `exact` is asked for of more than a million outcomes
 * @see Pearson 1900, Philos Mag 50:157; Fabijan et al. 2019, Diagnosing sample ratio mismatch in
 *   online controlled experiments, KDD.
 */
export function testSampleRatio(
  counts: readonly number[],
  weights: readonly number[],
  options: SampleRatioOptions = {},
): SampleRatioTest {
  const { n, shares } = sharesOf(counts, weights);
  const expected = shares.map((share) => n * share);
  const statistic = pearson(counts, expected);
  const enumerable = outcomesOf(n, counts.length) <= mostOutcomes;
  const approximate = expected.some((mean) => mean < leastExpected) ? 'monte-carlo' : 'chi-squared';
  const asked = options.method ?? (counts.length === 2 || enumerable ? 'exact' : approximate);
  const result = (pValue: number, method: SampleRatioMethod): SampleRatioTest => ({
    chiSquared: statistic,
    // The smallest number there is stands for a p too small for any.
    pValue: Math.max(pValue, Number.MIN_VALUE),
    method,
  });
  switch (asked) {
    case 'exact':
      if (counts.length === 2) {
        return result(exactBinomial(counts[0] ?? 0, n, shares[0] ?? 0), 'exact-binomial');
      }
      if (!enumerable) {
        throw new RangeError(
          `${counts.length} arms of ${n} units have more than a million outcomes: leave \`method\` out, or ask for monte-carlo or chi-squared`,
        );
      }
      return result(exactMultinomial(counts, shares), 'exact-multinomial');
    case 'monte-carlo':
      return result(drawnP(counts, weights, options.draws ?? 20_000), 'monte-carlo');
    case 'chi-squared':
      return result(chiSquared.cdf(statistic, counts.length - 1).upper, 'chi-squared');
  }
}

/** The share of multinomial draws, and of what was seen, with a Pearson statistic at least as large. */
function drawnP(counts: readonly number[], weights: readonly number[], draws: number): number {
  if (!(Number.isSafeInteger(draws) && draws >= 99)) {
    throw new RangeError(`draws must be a whole number of at least 99, not ${draws}`);
  }
  const { n, shares } = sharesOf(counts, weights);
  const expected = shares.map((share) => n * share);
  const least = pearson(counts, expected) * (1 - 1e-9);
  const sampler = independentCounts(n, weights);
  const stream = randomStream(['sample ratio', n, ...shares]);
  let atLeast = 1;
  for (let draw = 0; draw < draws; draw += 1) {
    if (pearson(sampler(stream), expected) >= least) atLeast += 1;
  }
  return atLeast / (draws + 1);
}
