import type { Estimable } from '../../estimable.ts';
import { notEstimable } from '../../estimable.ts';
import type { Effect } from '../effect.ts';
import { bounded, effectOf } from '../effect.ts';
import { noSpread } from '../ratio-of-totals.ts';
import type { WeightedMean } from './units.ts';

/**
 * The t test of two (weighted) means with their squares. Pooled: s²(1/Σw₁ + 1/Σw₀) with
 * s² = Σ w(x - x̄)² / (K - 2); Welch: Σ s²/Σw with s² by arm and Satterthwaite's degrees of freedom.
 */
export function compareMeans(
  arm: WeightedMean,
  control: WeightedMean,
  { variance, level }: { readonly variance: 'pooled' | 'welch'; readonly level: number },
): Estimable<Effect> {
  const [da, db] = [arm.count - 1, control.count - 1];
  if (da < 1 || db < 1) return notEstimable('one unit alone has no variance between units');
  const shared = (arm.squares + control.squares) / (da + db);
  const va = (variance === 'pooled' ? shared : arm.squares / da) / arm.weight;
  const vb = (variance === 'pooled' ? shared : control.squares / db) / control.weight;
  const standardError = Math.sqrt(va + vb);
  const size = Math.max(Math.abs(arm.mean), Math.abs(control.mean));
  if (standardError <= 10 * Number.EPSILON * size) return notEstimable(noSpread);
  const df = variance === 'pooled' ? da + db : (va + vb) ** 2 / (va ** 2 / da + vb ** 2 / db);
  return bounded(effectOf(arm.mean - control.mean, standardError, df, level));
}
