import { attainablePValue } from '../methods/rerandomization/index.ts';
import type { Measure } from '../result.ts';
import type { VerdictInput } from './verdict.ts';

/** The smallest p value that the sizes of two arms allow, on the outcome that allows least. */
export interface Floor {
  /** One-sided. */
  readonly pValue: number;
  /** Ways to divide the units into arms of these sizes. */
  readonly assignments: number;
  /** Units with a denominator. */
  readonly sizes: { readonly arm: number; readonly control: number };
  /** Of the outcome. */
  readonly title: string;
}

/**
 * The smallest one-sided p value of the verdict on an arm: each of its questions has to be answered
 * with yes, so the outcome with the largest floor decides. Given the sizes of the arms, all ways to
 * make arms of these sizes are equally likely. `undefined` where an arm has no units.
 */
export function floorOf(
  { trial, primary, guardrails }: Pick<VerdictInput, 'trial' | 'primary' | 'guardrails'>,
  arm: string,
): Floor | undefined {
  const unitsOf = ({ arms }: Measure, name: string): number =>
    arms.find((each) => each.arm === name)?.units ?? 0;
  return [primary, ...guardrails.map(({ measure }) => measure)]
    .map((measure) => ({
      title: measure.title,
      sizes: { arm: unitsOf(measure, arm), control: unitsOf(measure, trial.control) },
    }))
    .filter(({ sizes }) => sizes.arm > 0 && sizes.control > 0)
    .map((each) => {
      const pValue = attainablePValue(each.sizes).oneSided;
      return { ...each, pValue, assignments: Math.round(1 / pValue) };
    })
    .reduce<Floor | undefined>(
      (worst, each) => (worst === undefined || each.pValue > worst.pValue ? each : worst),
      undefined,
    );
}

/** The fewest units in each of two arms with which a one-sided p value can reach a level. */
export function fewestPerArm(level: number): number {
  let units = 2;
  while (attainablePValue({ arm: units, control: units }).oneSided > level) units += 1;
  return units;
}
