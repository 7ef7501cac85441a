import { logGamma } from '../../../stats/index.ts';

/** The smallest p values that arms of given sizes allow. */
export interface AttainablePValue {
  /** 1 / C(K, k): the actual assignment is one of so many. */
  readonly oneSided: number;
  /** With arms of one size twice that, as swapping the arms gives a statistic as extreme. */
  readonly twoSided: number;
}

/**
 * The smallest p value that a re-randomisation test can give when k of K units are treated, whatever
 * the effect: 1 / C(K, k) one-sided; two-sided 2 / C(K, k) with arms of one size. Three clusters
 * against three cannot show anything at 5 %: 2 / 20 = 0.10; four against four can: 2 / 70 = 0.029.
 * Ask it before a trial starts.
 *
 * @param units randomised units in each arm, whole numbers of at least 1
 * @throws RangeError for a number of units that is none
 * @see R. A. Fisher, The Design of Experiments (1935), chapter 2; M. Taljaard et al., Clin. Trials 13
 *   (2016) 459. In R: `2 / choose(K, k)`.
 */
export function attainablePValue(units: {
  readonly arm: number;
  readonly control: number;
}): AttainablePValue {
  const { arm, control } = units;
  for (const [name, value] of Object.entries(units)) {
    if (!(Number.isSafeInteger(value) && value >= 1)) {
      throw new RangeError(`${name} must be a whole number of at least 1, not ${value}`);
    }
  }
  const total = arm + control;
  const logarithm = logGamma(total + 1) - logGamma(arm + 1) - logGamma(control + 1);
  // Few assignments are a whole number of them.
  const assignments = logarithm < 30 ? Math.round(Math.exp(logarithm)) : Math.exp(logarithm);
  const oneSided = 1 / assignments;
  return { oneSided, twoSided: arm === control ? 2 * oneSided : oneSided };
}
