import { binomial } from '../../../stats/index.ts';
import { exactPValue } from '../independent/exact-tails.ts';

/**
 * The two-sided exact p value of a binomial count: the probability of every outcome no likelier than
 * the one seen. In R: `binom.test(successes, n, probability)$p.value`.
 */
export function exactBinomial(successes: number, n: number, probability: number): number {
  return exactPValue(
    successes,
    {
      from: 0,
      to: n,
      mode: Math.min(n, Math.floor((n + 1) * probability)),
      density: (k) => binomial.density(k, n, probability),
      cdf: (k) => binomial.cdf(k, n, probability),
    },
    'two-sided',
  );
}
