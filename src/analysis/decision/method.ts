import type { Trial } from '../../trial/trial.ts';

/** Below so many units in the two arms, `auto` decides by re-randomisation. */
const autoUpTo = 40;

/**
 * Which p value decides, given the number of units in the two arms that have a denominator for the
 * outcome: of many patients few may have alerts. The interval shown with the answer goes by the same.
 */
export function methodFor(trial: Trial, units: number): 'model' | 'rerandomization' {
  const { test } = trial.decision;
  if (test !== 'auto') return test;
  return units < autoUpTo ? 'rerandomization' : 'model';
}
