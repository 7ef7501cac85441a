import { normal } from '../../../stats/index.ts';
import type { Estimable } from '../../estimable.ts';
import { notEstimable } from '../../estimable.ts';
import type { ProportionEffect } from './proportion-difference.ts';
import { normalTest } from './proportion-difference.ts';

/** The interval and test of a ratio whose logarithm is taken to be normal. */
export function waldOnLog(
  estimate: number,
  { variance, level }: { readonly variance: number; readonly level: number },
): Estimable<ProportionEffect> {
  if (!(variance > 0 && variance < Infinity)) {
    return notEstimable(
      'a count of 0 leaves the logarithm of the ratio or its variance undefined',
      'take the method miettinen-nurminen',
    );
  }
  const standardError = Math.sqrt(variance);
  const reach = normal.quantile((1 - level) / 2, 'upper') * standardError;
  return {
    estimable: true,
    estimate,
    lower: estimate * Math.exp(-reach),
    upper: estimate * Math.exp(reach),
    ...normalTest(Math.log(estimate) / standardError),
  };
}
