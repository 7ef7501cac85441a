import { dunnett } from '../../stats/index.ts';

/** How the level is kept over several comparisons. */
export type LevelAdjustment = 'none' | 'bonferroni' | 'holm' | 'dunnett';

/**
 * The two-sided level of one of several comparisons by itself; for Holm's procedure that of its first
 * step. Dunnett's is that of his critical value, with the loadings √(v₀/(v₀ + vᵢ)) of arms whose
 * values have the variances v.
 */
export function levelOf(
  comparisons: readonly (readonly [number, number])[],
  {
    alpha,
    adjustment,
    variances,
    degreesOfFreedom: df,
  }: {
    readonly alpha: number;
    readonly adjustment: LevelAdjustment;
    /** Of the value of each arm, control first. */
    readonly variances: readonly number[];
    readonly degreesOfFreedom: number;
  },
): number {
  if (adjustment === 'none') return alpha;
  if (adjustment !== 'dunnett') return alpha / comparisons.length;
  const ofControl = variances[0] ?? 0;
  const loadings = comparisons.map(([arm]) =>
    Math.sqrt(ofControl / (ofControl + (variances[arm] ?? 0))),
  );
  const critical = dunnett.quantile(alpha, { loadings, df, sides: 2 }, 'upper');
  return dunnett.cdf(critical, { loadings: [0], df, sides: 2 }).upper;
}
