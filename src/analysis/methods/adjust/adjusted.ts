import type { Estimable } from '../../estimable.ts';
import type { Effect } from '../effect.ts';

/** An effect with adjustment and without. */
export interface AdjustedEffect {
  readonly adjusted: Effect;
  readonly unadjusted: Effect;
  /** By how much adjustment lessens the variance: 1 - (SE adjusted / SE unadjusted)². */
  readonly varianceReduction: number;
}

/** Puts the two together, or says why one is missing. */
export function besideUnadjusted(
  adjusted: Estimable<Effect>,
  unadjusted: Estimable<Effect>,
): Estimable<AdjustedEffect> {
  if (!unadjusted.estimable) return unadjusted;
  if (!adjusted.estimable) return adjusted;
  return {
    estimable: true,
    adjusted,
    unadjusted,
    varianceReduction: 1 - (adjusted.standardError / unadjusted.standardError) ** 2,
  };
}

/**
 * Refuses what is not a finite number.
 *
 * @throws RangeError when a value is not finite
 */
export function requireFinite(name: string, values: readonly number[]): void {
  const wrong = values.find((value) => !Number.isFinite(value));
  if (wrong !== undefined) throw new RangeError(`${name} must be a finite number, not ${wrong}`);
}
