import type { ArmComparison, Measure } from '../result.ts';
import { overTimeLines } from './over-time.ts';
import {
  assignmentsText,
  clusteringText,
  comparedOn,
  count,
  effectText,
  intervalText,
  levelText,
  omnibusText,
  onEffectScale,
  pText,
  rangeText,
  rateText,
  whyNot,
} from './words.ts';

/** A measure as lines of text. */
export function measureText(measure: Measure): string {
  const { overTime } = measure;
  const width = Math.max(...measure.arms.map(({ arm }) => arm.length));
  return [
    measure.title,
    `  ${measure.numerator} / ${measure.denominator}, by ${measure.unit}${overTime === null ? '' : '; the arms over all their periods, adjusted for nothing'}`,
    ...measure.arms.map(
      (arm) =>
        `  ${arm.arm.padEnd(width)}  ${rateText(arm, measure.kind)}   ${count(arm.numerator)} / ${count(arm.denominator)}, ${count(arm.units)} ${measure.unit}(s)`,
    ),
    ...measure.comparisons.flatMap((comparison) => comparisonLines(measure, comparison)),
    ...togetherLines(measure),
    `  ${clusteringText(measure)}`,
    ...measure.warnings.map((warning) => `  Warning: ${warning}`),
  ].join('\n');
}

function comparisonLines(measure: Measure, comparison: ArmComparison): readonly string[] {
  const { arm, control, ratio, difference, rerandomization, rerandomizationInterval } = comparison;
  const { kind, level } = measure;
  const overTime = measure.overTime?.find((each) => each.arm === arm);
  const head = `  ${arm} v ${control}${overTime === undefined ? '' : ', adjusted for periods'}`;
  const all = [ratio, difference, rerandomization].map((each) =>
    each.estimable ? '' : whyNot(each),
  );
  const [why = ''] = all;
  if (why !== '' && all.every((each) => each === why)) {
    return [head, `    not estimable: ${why}`];
  }
  return [
    head,
    `    ratio       ${effectText(ratio, 'ratio', level)}`,
    `    difference  ${effectText(difference, kind === 'proportion' ? 'points' : 'difference', level)}`,
    rerandomization.estimable
      ? `    re-randomisation ${pText(rerandomization.pValue)} (${assignmentsText(rerandomization)})`
      : `    re-randomisation not estimable: ${whyNot(rerandomization)}`,
    ...(rerandomizationInterval === null
      ? []
      : [`    re-randomisation ${intervalText(measure, comparison)}`]),
    ...(overTime === undefined ? [] : overTimeLines(measure, overTime)),
  ];
}

function togetherLines(measure: Measure): readonly string[] {
  const { together, level } = measure;
  if (together === null) return [];
  const { simultaneous, rerandomization } = together;
  const scale = comparedOn(measure);
  const pairs = rerandomization.estimable ? rerandomization.pairs : [];
  return [
    `  ${omnibusText(measure)}`,
    ...(simultaneous.estimable
      ? simultaneous.comparisons.map(
          (each, i) =>
            `    ${each.arm}: ${onEffectScale(each.estimate, scale)} (simultaneous ${levelText(level)} interval ${rangeText(each, scale)}); ` +
            `adjusted ${pText(each.adjusted)} (Dunnett)${pairs[i] === undefined ? '' : `, ${pText(pairs[i].stepDown)} (max-T)`}`,
        )
      : [`    simultaneous intervals not estimable: ${whyNot(simultaneous)}`]),
  ];
}
