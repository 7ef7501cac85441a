import type { Trial } from '../../trial/trial.ts';

/** Below so many units in the two arms, `auto` decides by re-randomisation. */
const autoUpTo = 40;

/** Which p value decides, given the number of units in the two arms. */
export function methodFor(trial: Trial, units: number): 'model' | 'rerandomization' {
  const { test } = trial.decision;
  if (test !== 'auto') return test;
  return units < autoUpTo ? 'rerandomization' : 'model';
}
