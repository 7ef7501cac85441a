import { logGamma } from '../../../stats/index.ts';
import { tie } from '../independent/exact-tails.ts';

/** The number of ways to divide n units between arms, C(n + arms - 1, arms - 1). */
export function outcomesOf(n: number, arms: number): number {
  let outcomes = 1;
  for (let i = 1; i < arms; i += 1) outcomes = (outcomes * (n + i)) / i;
  return outcomes;
}

/**
 * The exact p value of multinomial counts by probability ordering: the probability of every outcome
 * no likelier than the one seen, by enumeration of all of them.
 */
export function exactMultinomial(counts: readonly number[], shares: readonly number[]): number {
  const n = counts.reduce((total, count) => total + count, 0);
  const exp = Math.exp;
  // Term k of an arm: log(πᵏ / k!). An outcome's log probability is log n! and one term of each arm.
  const terms = shares.map((share) =>
    Float64Array.from({ length: n + 1 }, (_, k) => k * Math.log(share) - logGamma(k + 1)),
  );
  const logLimit =
    counts.reduce((log, count, arm) => log + (terms[arm]?.[count] ?? 0), logGamma(n + 1)) +
    Math.log(tie);
  const [last, beforeLast] = [terms.at(-1), terms.at(-2)];
  if (last === undefined || beforeLast === undefined) return 1;

  const among = (arm: number, rest: number, log: number): number => {
    let total = 0;
    if (arm === terms.length - 2) {
      for (let k = 0; k <= rest; k += 1) {
        const outcome = log + (beforeLast[k] ?? 0) + (last[rest - k] ?? 0);
        if (outcome <= logLimit) total += exp(outcome);
      }
      return total;
    }
    for (let k = 0; k <= rest; k += 1) {
      total += among(arm + 1, rest - k, log + (terms[arm]?.[k] ?? 0));
    }
    return total;
  };
  return Math.min(1, among(0, n, logGamma(n + 1)));
}
