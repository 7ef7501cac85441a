import type { UnitTotals } from '../ratio-of-totals.ts';

/** One cluster of a trial whose arms change over time. */
export interface PeriodUnit {
  /**
   * By period: numerator (alerts, accepted alerts) and denominator (patient-days, alerts). The
   * denominator is 0 where nothing was seen or the cell is left out, as a washout is.
   */
  readonly cells: readonly UnitTotals[];
  /** By period: the index of the arm that the cluster had, 0 for control. */
  readonly arms: readonly number[];
  /**
   * By period: the part of the cell that is left out where the arm has just changed, a whole number of
   * days at the start of each period, say. `cells` have it where the arm did not change and lack it
   * where it did. Re-randomisation needs it, since under another order the arm changes elsewhere.
   */
  readonly washout?: readonly UnitTotals[] | undefined;
}

/** What is compared: the logarithms of the ratios of totals, or the ratios themselves. */
export type StatisticOverTime = 'logRatio' | 'difference';

/** The most arms that can be told apart. */
const mostArms = 255;

/**
 * Refuses units that are no trial over time.
 *
 * @returns the number of periods
 * @throws RangeError for no units, periods that differ in number, numbers that are none, or for
 *   `logRatio` a numerator below 0
 */
export function requirePeriods(units: readonly PeriodUnit[], statistic: StatisticOverTime): number {
  const periods = units[0]?.cells.length ?? 0;
  if (periods === 0) throw new RangeError('there must be at least one cluster and one period');
  units.forEach(({ cells, arms }, i) => {
    if (cells.length !== periods || arms.length !== periods) {
      throw new RangeError(
        `cluster ${i} has ${cells.length} cells and ${arms.length} arms, not ${periods} of each: give every cluster one of each for every period, with a denominator of 0 where nothing was seen`,
      );
    }
    cells.forEach(({ numerator, denominator }, j) => {
      const where = `of cluster ${i} in period ${j}`;
      if (!Number.isFinite(numerator)) {
        throw new RangeError(`the numerator ${where} must be a finite number, not ${numerator}`);
      }
      if (!(denominator >= 0 && denominator < Infinity)) {
        throw new RangeError(
          `the denominator ${where} must be finite and at least 0, not ${denominator}`,
        );
      }
      if (statistic === 'logRatio' && numerator < 0) {
        throw new RangeError(
          `the numerator ${where} is ${numerator}: what is below 0 has no logarithm, compare by difference`,
        );
      }
    });
  });
  return periods;
}

/**
 * Refuses arms that are no indices, or a wish for an arm that is none.
 *
 * @param known how many arms the trial has; by default as many as are seen, and two at least
 * @returns the number of arms
 * @throws RangeError
 */
export function requireArmIndices(
  sequences: readonly (readonly number[])[],
  { arm, arms: known }: { readonly arm: number; readonly arms?: number | undefined },
): number {
  const seen = sequences.flat();
  const arms = known ?? seen.reduce((most, index) => Math.max(most, index + 1), 2);
  if (!(Number.isInteger(arms) && arms >= 2 && arms <= mostArms)) {
    throw new RangeError(`arms must be a whole number from 2 to ${mostArms}, not ${arms}`);
  }
  const wrong = seen.find((index) => !(Number.isInteger(index) && index >= 0 && index < arms));
  if (wrong !== undefined) {
    throw new RangeError(`an arm is an index from 0 to ${arms - 1}, not ${wrong}`);
  }
  if (!(Number.isInteger(arm) && arm >= 1 && arm < arms)) {
    throw new RangeError(
      `the arm to compare with control must be one of 1 to ${arms - 1}, not ${arm}`,
    );
  }
  return arms;
}
