import { chiSquared, hypergeometric, normal } from '../../../stats/index.ts';
import type { Estimable } from '../../estimable.ts';
import { notEstimable } from '../../estimable.ts';
import type { Alternative, ProportionCounts } from './counts.ts';
import { noUnits, requireProportion } from './counts.ts';
import { exactPValue } from './exact-tails.ts';

/** How two proportions are tested. */
export type TwoByTwoTest = 'chi-squared' | 'yates' | 'fisher';

/** How `twoByTwo` is asked. */
export interface TwoByTwoOptions {
  /** Default `chi-squared`, without a correction. */
  readonly test?: TwoByTwoTest | undefined;
  /** What the alternative says of the arm against the control. Default `two-sided`. */
  readonly alternative?: Alternative | undefined;
}

/** A test of the equality of two proportions. */
export interface TwoByTwo {
  /** On 1 degree of freedom; `undefined` for Fisher's test. */
  readonly chiSquared: number | undefined;
  /** Of the alternative asked for. */
  readonly pValue: number;
  /** The smallest of the four expected counts. Below 5 chi-squared is a poor approximation. */
  readonly smallestExpected: number;
}

/**
 * Tests whether two groups of independent units had the outcome equally often, by
 *
 * - `chi-squared`: Pearson's Σ(O - E)²/E on 1 degree of freedom, without a correction;
 * - `yates`: the same with |O - E| less ½ (or less all of it, where it is smaller), which is conservative;
 * - `fisher`: exact, the hypergeometric probability of all tables with these margins that are no likelier
 *   than the one seen (ties within a relative 1e-7). Where the margins allow one table its p is 1.
 *
 * One-sided, chi-squared takes the signed root to the normal, and Fisher's test one tail.
 *
 * The units must be independent. Rows of one cluster, as the alerts of one practice or patient, are
 * not: for those take `ratioOfTotals` with `differenceOf`, or `rerandomize`.
 *
 * Sources: Pearson 1900; Yates 1934; Fisher 1935. In R: `chisq.test(table, correct = FALSE)`,
 * `chisq.test(table)`, `fisher.test(table, alternative = alternative)`; one-sided chi-squared:
 * `prop.test(x, n, alternative, correct = FALSE)`.
 *
 * @returns not estimable when an arm has no units, and by chi-squared when all outcomes are the same
 * @throws RangeError when a count is not one or `successes` exceeds `n`
 */
export function twoByTwo(
  arm: ProportionCounts,
  control: ProportionCounts,
  { test = 'chi-squared', alternative = 'two-sided' }: TwoByTwoOptions = {},
): Estimable<TwoByTwo> {
  requireProportion(arm);
  requireProportion(control);
  if (arm.n === 0 || control.n === 0) return notEstimable(noUnits);
  const n = arm.n + control.n;
  const successes = arm.successes + control.successes;
  const smallestExpected = (Math.min(arm.n, control.n) * Math.min(successes, n - successes)) / n;
  if (test === 'fisher') {
    const pValue = fisherPValue(arm, control, alternative);
    return { estimable: true, chiSquared: undefined, pValue, smallestExpected };
  }
  if (smallestExpected === 0) {
    return notEstimable(
      'every unit of both arms had the same outcome, so nothing is expected in half of the table',
      'take the test fisher',
    );
  }
  // O - E is the same in all four cells but for its sign.
  const deviation = (arm.successes * control.n - control.successes * arm.n) / n;
  const size = Math.abs(deviation);
  const root =
    Math.sign(deviation) *
    (size - (test === 'yates' ? Math.min(0.5, size) : 0)) *
    Math.sqrt(n / arm.n) *
    Math.sqrt(n / control.n) *
    Math.sqrt(n / successes / (n - successes));
  return {
    estimable: true,
    chiSquared: root * root,
    pValue: pValueOf(root, alternative),
    smallestExpected,
  };
}

function pValueOf(root: number, alternative: Alternative): number {
  if (alternative === 'two-sided') return chiSquared.cdf(root * root, 1).upper;
  return normal.cdf(root)[alternative === 'less' ? 'lower' : 'upper'];
}

function fisherPValue(
  arm: ProportionCounts,
  control: ProportionCounts,
  alternative: Alternative,
): number {
  const successes = arm.successes + control.successes;
  return exactPValue(
    arm.successes,
    {
      from: Math.max(0, successes - control.n),
      to: Math.min(arm.n, successes),
      mode: Math.floor(((arm.n + 1) / (arm.n + control.n + 2)) * (successes + 1)),
      density: (k) => hypergeometric.density(k, arm.n, control.n, successes),
      cdf: (k) => hypergeometric.cdf(k, arm.n, control.n, successes),
    },
    alternative,
  );
}
