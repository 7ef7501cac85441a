import type { ArmOverTime } from '../compare-over-time.ts';
import type { Estimable } from '../estimable.ts';
import type { CarryOver, ExposureEffect, ExposureTime } from '../methods/over-time/index.ts';
import type { Measure } from '../result.ts';
import type { EffectScale } from './words.ts';
import {
  coefficient,
  comparedOn,
  effectText,
  onEffectScale,
  pText,
  significant,
  whyNot,
} from './words.ts';

/** What a check of the exposure time cannot do. */
export const exposureCaution =
  'Few clusters cannot show that an effect is constant; where it changes, read the mean over the times.';

const carryOverCaution =
  'Such a test has little power and must not choose the analysis: the one that was planned stays.';

/** For how many periods running clusters have had the arm. */
export function exposureName({
  exposure,
  isLongest,
}: Pick<ExposureEffect, 'exposure' | 'isLongest'>): string {
  return `${exposure}${isLongest ? ' or more' : ''}`;
}

/** The scale on which an arm of a design over time is looked into. */
export function scaleOf(measure: Measure, { arm }: Pick<ArmOverTime, 'arm'>): EffectScale {
  const control = measure.comparisons.find((each) => each.arm === arm)?.control ?? '';
  return comparedOn(measure, [arm, control]);
}

/** The effect where the periods of a unit are taken to be alike, beside the one that decides. */
export function exchangeableText(measure: Measure, overTime: ArmOverTime): string {
  const { exchangeable: effect } = overTime;
  const scale = scaleOf(measure, overTime);
  const alike =
    effect.estimable && effect.correlation !== null ? ` (${coefficient(effect.correlation)})` : '';
  const size = effect.estimable ? `${scale === 'ratio' ? 'ratio' : 'difference'} ` : '';
  return `with a common correlation of the periods of a ${measure.unit}${alike}: ${size}${effectText(effect, scale, measure.level)}`;
}

/** Whether all exposure times have one effect. */
export function exposureTestText({ test }: ExposureTime): string {
  if (!test.estimable) return `cannot be tested: ${whyNot(test)}`;
  const [over, under] = test.degreesOfFreedom;
  return `F = ${significant(test.statistic)} on ${over} and ${under}, ${pText(test.pValue)}`;
}

/** An arm of a design over time beside its effect, as lines of text. */
export function overTimeLines(measure: Measure, overTime: ArmOverTime): readonly string[] {
  const { exposureTime, carryOver } = overTime;
  const scale = scaleOf(measure, overTime);
  return [
    `    ${exchangeableText(measure, overTime)}`,
    ...(exposureTime === null ? [] : exposureLines(exposureTime, { scale, level: measure.level })),
    ...(carryOver === null ? [] : carryOverLines(carryOver, { scale, level: measure.level })),
  ];
}

interface Shown {
  readonly scale: EffectScale;
  readonly level: number;
}

function exposureLines(check: Estimable<ExposureTime>, { scale, level }: Shown): readonly string[] {
  const head = '    by number of periods with the arm: ';
  if (!check.estimable) return [`${head}not estimable, ${whyNot(check)}`];
  const effects = check.effects.map(
    ({ effect, ...time }) =>
      `${exposureName(time)}: ${effect.estimable ? onEffectScale(effect.estimate, scale) : 'none'}`,
  );
  return [
    `${head}${effects.join('; ')}`,
    `      all alike: ${exposureTestText(check)}`,
    `      mean over the times ${effectText(check.average, scale, level)}`,
    `      Caution: ${exposureCaution}`,
  ];
}

function carryOverLines(check: Estimable<CarryOver>, { scale, level }: Shown): readonly string[] {
  if (!check.estimable) return [`    carry-over not estimable: ${whyNot(check)}`];
  return [
    `    carry-over of the period before ${effectText(check.carryOver, scale, level)}`,
    `      first period alone ${effectText(check.first, scale, level)}`,
    `      later periods      ${effectText(check.later, scale, level)}`,
    `      Caution: ${carryOverCaution}`,
  ];
}
