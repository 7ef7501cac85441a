import { attainablePValue } from '../methods/rerandomization/index.ts';
import { isOverTime } from '../over-time.ts';
import type { Measure } from '../result.ts';
import type { VerdictInput } from './verdict.ts';

/** The smallest p value that the assignment of units allows, on the outcome that allows least. */
export interface Floor {
  /** One-sided. */
  readonly pValue: number;
  /** What allows no less, in words. */
  readonly ground: string;
  /** Whether it is the sizes of the arms, or the other lists that there could have been. */
  readonly by: 'sizes' | 'list';
}

/**
 * The smallest one-sided p value of the verdict on an arm: each of its questions has to be answered
 * with yes, so the outcome with the largest floor decides. Of a list it is that of the ways in which
 * the list could have come out, where these are gone through: there may be fewer than arms of these sizes
 * allow, and more where its procedure leaves the sizes to chance. Otherwise all ways to make arms of
 * these sizes are equally likely. `undefined` where an arm has no units.
 */
export function floorOf(
  { trial, primary, guardrails }: Pick<VerdictInput, 'trial' | 'primary' | 'guardrails'>,
  arm: string,
): Floor | undefined {
  return [primary, ...guardrails.map(({ measure }) => measure)]
    .flatMap((measure) => {
      const listed = trial.allocation.kind === 'listed' ? byList(measure, arm) : [];
      return listed.length > 0 || isOverTime(trial) ? listed : bySizes(measure, arm, trial.control);
    })
    .reduce<Floor | undefined>(
      (worst, each) => (worst === undefined || each.pValue > worst.pValue ? each : worst),
      undefined,
    );
}

function bySizes(measure: Measure, arm: string, control: string): readonly Floor[] {
  const unitsOf = (name: string): number =>
    measure.arms.find((each) => each.arm === name)?.units ?? 0;
  const sizes = { arm: unitsOf(arm), control: unitsOf(control) };
  if (sizes.arm === 0 || sizes.control === 0) return [];
  const pValue = attainablePValue(sizes).oneSided;
  const assignments = Math.round(1 / pValue).toLocaleString('en-GB');
  return [
    {
      pValue,
      by: 'sizes',
      ground: `arms of ${sizes.arm} and ${sizes.control} ${measure.unit}s (${measure.title}): of the ${assignments} ways to make such arms the actual one is one, so given these sizes`,
    },
  ];
}

function byList(measure: Measure, arm: string): readonly Floor[] {
  const test = measure.comparisons.find((each) => each.arm === arm)?.rerandomization;
  if (test?.estimable !== true || test.method !== 'enumeration') return [];
  return [
    {
      pValue: test.smallestPValue,
      by: 'list',
      ground: `this list (${measure.title}): it is one of ${test.draws.toLocaleString('en-GB')} that its method could have made and that can be compared, so`,
    },
  ];
}

/** The fewest units in each of two arms with which a one-sided p value can reach a level. */
export function fewestPerArm(level: number): number {
  let units = 2;
  while (attainablePValue({ arm: units, control: units }).oneSided > level) units += 1;
  return units;
}
