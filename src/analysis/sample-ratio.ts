import { binomial, chiSquared, randomStream, sum } from '../stats/index.ts';
import type { Trial } from '../trial/trial.ts';
import type { Estimable } from './estimable.ts';
import { notEstimable } from './estimable.ts';
import type { UnitRow } from './rows.ts';

/** Whether the arms hold the units that the protocol's weights would give them. */
export interface SampleRatio {
  readonly arms: readonly {
    readonly arm: string;
    readonly units: number;
    readonly expected: number;
  }[];
  /** Pearson's statistic Σ(O - E)²/E. */
  readonly chiSquared: number;
  /** Exact (two arms, up to 10,000 units), drawn (few units expected in an arm), or of the chi-squared statistic. */
  readonly pValue: number;
  readonly method: 'exact-binomial' | 'monte-carlo' | 'chi-squared';
  /** The p value below which a mismatch is called. */
  readonly threshold: number;
  readonly mismatch: boolean;
}

const threshold = 0.001;
const exactUpTo = 10_000;
const leastExpected = 5;

/**
 * Tests counts of units against the weights of the arms. Hashed assignment gives each unit its arm
 * by itself, so the counts are multinomial. Two arms with up to 10,000 units are tested exactly, by
 * the probability of every outcome no likelier than the one seen (relative tie tolerance 1e-7, as R's
 * `binom.test`); others by Pearson's chi-squared (R's `chisq.test(x, p = weights)`), whose
 * distribution is drawn where fewer than 5 units are expected in an arm (with `simulate.p.value`).
 *
 * @param counts units by arm
 * @param weights weights of the arms, in the same order
 * @throws RangeError when the lists differ in length or a weight is not positive
 */
export function testSampleRatio(
  counts: readonly number[],
  weights: readonly number[],
): Pick<SampleRatio, 'chiSquared' | 'pValue' | 'method'> {
  if (counts.length !== weights.length || weights.some((weight) => !(weight > 0))) {
    throw new RangeError('give one positive weight for each count');
  }
  const n = sum(counts);
  const total = sum(weights);
  const shares = weights.map((weight) => weight / total);
  const statistic = pearson(counts, shares);
  if (counts.length === 2 && n <= exactUpTo) {
    return {
      chiSquared: statistic,
      pValue: exactBinomial(counts[0] ?? 0, n, (weights[0] ?? 0) / total),
      method: 'exact-binomial',
    };
  }
  if (shares.some((share) => n * share < leastExpected)) {
    return { chiSquared: statistic, pValue: drawnP(statistic, n, shares), method: 'monte-carlo' };
  }
  // The smallest number there is stands for a p too small for any.
  const pValue = Math.max(chiSquared.cdf(statistic, counts.length - 1).upper, Number.MIN_VALUE);
  return { chiSquared: statistic, pValue, method: 'chi-squared' };
}

/** The share of multinomial draws, and of what was seen, with a statistic at least as large. */
function drawnP(statistic: number, n: number, shares: readonly number[]): number {
  const stream = randomStream(['sample ratio', n, ...shares]);
  const draws = 20_000;
  let atLeast = 1;
  for (let draw = 0; draw < draws; draw += 1) {
    const counts = shares.map(() => 0);
    for (let unit = 0; unit < n; unit += 1) {
      let place = stream.next();
      let arm = 0;
      while (arm < shares.length - 1 && place >= (shares[arm] ?? 0)) {
        place -= shares[arm] ?? 0;
        arm += 1;
      }
      counts[arm] = (counts[arm] ?? 0) + 1;
    }
    if (pearson(counts, shares) >= statistic * (1 - 1e-9)) atLeast += 1;
  }
  return atLeast / (draws + 1);
}

/** Pearson's statistic of counts against expected shares. */
function pearson(counts: readonly number[], shares: readonly number[]): number {
  const n = sum(counts);
  return sum(
    counts.map((observed, i) => {
      const expected = n * (shares[i] ?? 0);
      return (observed - expected) ** 2 / expected;
    }),
  );
}

function exactBinomial(successes: number, n: number, probability: number): number {
  const limit = binomial.density(successes, n, probability) * (1 + 1e-7);
  const terms: number[] = [];
  for (let x = 0; x <= n; x += 1) {
    const density = binomial.density(x, n, probability);
    if (density <= limit) terms.push(density);
  }
  return Math.min(1, Math.max(sum(terms), Number.MIN_VALUE));
}

/** The sample-ratio test of a trial, on the units that were randomised and nothing else. */
export function sampleRatioOf(trial: Trial, rows: readonly UnitRow[]): Estimable<SampleRatio> {
  const units = new Map(trial.arms.map(({ name }) => [name, new Set<string>()]));
  for (const { arm, unitId } of rows) units.get(arm)?.add(unitId);
  const counts = trial.arms.map(({ name }) => units.get(name)?.size ?? 0);
  const n = sum(counts);
  if (n === 0) return notEstimable('no unit has been randomised yet');
  const weights = trial.arms.map(({ weight }) => weight);
  const test = testSampleRatio(counts, weights);
  return {
    estimable: true,
    arms: trial.arms.map(({ name, weight }, i) => ({
      arm: name,
      units: counts[i] ?? 0,
      expected: (n * weight) / sum(weights),
    })),
    ...test,
    threshold,
    mismatch: test.pValue < threshold,
  };
}
