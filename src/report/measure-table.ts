import type { ArmComparison, Effect, Measure, NotEstimable } from '../analysis/index.ts';
import { scaleOf } from '../analysis/text/over-time.ts';
import { comparedOn, count, levelText, pText, significant } from '../analysis/text/words.ts';
import { rateOn } from './dot-plot.ts';
import { effectOn, ownScale, scaleFor } from './effect-scale.ts';
import type { Markup, Part } from './escape.ts';
import { html } from './escape.ts';
import { measureName } from './measure-words.ts';
import { table } from './table.ts';
import type { Scale } from './words.ts';
import { noNumber, number, onScale, unitOf } from './words.ts';

/** The numbers of the arms of a measure. */
export function armTable(measure: Measure): Markup {
  return table({
    caption: `${measureName(measure)} by arm`,
    columns: [
      'Arm',
      'Numerator',
      'Denominator',
      `Units (${measure.unit}s)`,
      'Without denominator',
      measure.kind === 'proportion' ? 'Proportion' : 'Rate',
      `${levelText(measure.level)} interval`,
      'Standard error',
    ],
    rows: measure.arms.map((arm) => {
      const { rate } = arm;
      return [
        arm.arm,
        number(arm.numerator, count(arm.numerator)),
        number(arm.denominator, count(arm.denominator)),
        number(arm.units, count(arm.units)),
        number(arm.unitsWithoutDenominator, count(arm.unitsWithoutDenominator)),
        ...(rate.estimable
          ? [
              number(rate.rate, rateOn(measure, rate.rate)),
              html`${number(rate.lower, rateOn(measure, rate.lower))} to
              ${number(rate.upper, rateOn(measure, rate.upper))}`,
              number(rate.standardError, significant(rate.standardError)),
            ]
          : [noNumber(rate), '–', '–']),
      ];
    }),
  });
}

/** The numbers of the comparisons of a measure: both scales, both p values, and the naive interval. */
export function comparisonTable(measure: Measure): Markup {
  return table({
    caption: `${measureName(measure)}: each arm against the control arm (randomised, ${measure.overTime === null ? 'concurrent' : 'adjusted for periods'})`,
    columns: [
      'Comparison',
      'Analysis',
      'Estimate',
      `${levelText(measure.level)} interval`,
      'Standard error',
      'Degrees of freedom',
      'Statistic',
      'Two-sided p',
    ],
    rows: measure.comparisons.flatMap((comparison) => [
      effectRow(measure, comparison, 'ratio'),
      effectRow(measure, comparison, 'difference'),
      rerandomizationRow(measure, comparison),
      ...unitAverageRows(measure, comparison),
      ...(measure.overTime === null
        ? [naiveRow(measure, comparison)]
        : exchangeableRows(measure, comparison)),
    ]),
  });
}

function nameOf({ arm, control }: ArmComparison): string {
  return `${arm} against ${control}`;
}

function notEstimable(comparison: ArmComparison, analysis: string, why: NotEstimable): Part[] {
  return [nameOf(comparison), analysis, noNumber(why), ...Array.from({ length: 5 }, () => '–')];
}

function effectRow(
  measure: Measure,
  comparison: ArmComparison,
  on: 'ratio' | 'difference',
): readonly Part[] {
  const effect = effectOn(comparison, on);
  const scale = scaleFor(measure, on);
  const analysis = on === 'ratio' ? 'Ratio (SE of its logarithm)' : `Difference${unitOf(scale)}`;
  if (!effect.estimable) return notEstimable(comparison, analysis, effect);
  return [nameOf(comparison), analysis, ...effectCells(effect, scale)];
}

function effectCells(effect: Effect, scale: Scale): readonly Part[] {
  const error = scale === 'points' ? 100 * effect.standardError : effect.standardError;
  return [
    number(effect.estimate, onScale(effect.estimate, scale)),
    html`${number(effect.lower, onScale(effect.lower, scale))} to
    ${number(effect.upper, onScale(effect.upper, scale))}`,
    number(effect.standardError, significant(error)),
    number(effect.degreesOfFreedom, count(effect.degreesOfFreedom)),
    number(effect.statistic, minus(effect.statistic)),
    number(effect.pValue, pText(effect.pValue)),
  ];
}

function rerandomizationRow(measure: Measure, comparison: ArmComparison): readonly Part[] {
  const { rerandomization: test, rerandomizationInterval: interval, arm, control } = comparison;
  if (!test.estimable) return notEstimable(comparison, 'Re-randomisation', test);
  const { statistic, observed, pValue, draws, method, assignments, monteCarloError } = test;
  const scale = comparedOn(measure, [arm, control]);
  const end = (value: number | null): Part =>
    value === null ? 'no limit' : number(value, onScale(value, scale));
  return [
    nameOf(comparison),
    html`Re-randomisation of the ${statistic === 'logRatio' ? 'log ratio' : 'difference'},
    ${
      method === 'enumeration'
        ? html`all ${number(draws, count(draws))}
          assignments${draws !== assignments && ' that can be compared'}`
        : html`${number(draws, count(draws))} draws (Monte Carlo error
          ${number(monteCarloError, monteCarloError.toFixed(4))})`
    }`,
    '–',
    interval === null
      ? '–'
      : interval.estimable
        ? html`${end(interval.lower)} to ${end(interval.upper)}`
        : noNumber(interval),
    '–',
    '–',
    number(observed, minus(observed)),
    number(pValue, pText(pValue)),
  ];
}

/** What the effect would be if every unit counted the same, and how far that is from the effect above. */
function unitAverageRows(
  measure: Measure,
  comparison: ArmComparison,
): readonly (readonly Part[])[] {
  const { estimands, arm, control } = comparison;
  if (!estimands.estimable) return [];
  const scale = comparedOn(measure, [arm, control]);
  const what = scale === 'ratio' ? 'Ratio' : `Difference${unitOf(scale)}`;
  const rows = [
    [`${what} of unit means (each ${measure.unit} counts the same)`, estimands.clusterAverage],
    [
      scale === 'ratio'
        ? 'Ratio of totals over ratio of unit means'
        : `Difference of totals less difference of unit means${unitOf(scale)}`,
      estimands.difference,
    ],
  ] as const;
  return rows.map(([analysis, effect]) =>
    effect.estimable
      ? [nameOf(comparison), analysis, ...effectCells(effect, scale)]
      : notEstimable(comparison, analysis, effect),
  );
}

/** The effect with a common correlation of the periods of a unit, of a design over time. */
function exchangeableRows(
  measure: Measure,
  comparison: ArmComparison,
): readonly (readonly Part[])[] {
  const overTime = measure.overTime?.find(({ arm }) => arm === comparison.arm);
  if (overTime === undefined) return [];
  const { exchangeable: effect } = overTime;
  const scale = scaleOf(measure, overTime);
  const what = scale === 'ratio' ? 'Ratio' : `Difference${unitOf(scale)}`;
  if (!effect.estimable) {
    return [notEstimable(comparison, `${what}, periods of a ${measure.unit} correlated`, effect)];
  }
  const { correlation } = effect;
  return [
    [
      nameOf(comparison),
      html`${what}, periods of a ${measure.unit}
      correlated${correlation !== null && html` (${number(correlation, minus(correlation))})`}`,
      ...effectCells(effect, scale),
    ],
  ];
}

function naiveRow(measure: Measure, comparison: ArmComparison): readonly Part[] {
  const { naive } = comparison;
  const own = ownScale(measure);
  const scale = scaleFor(measure, own);
  if (!naive.estimable) return notEstimable(comparison, `Naive ${own}, for comparison only`, naive);
  return [
    nameOf(comparison),
    html`Naive ${own}, for comparison only (design effect
    ${number(naive.designEffect, significant(naive.designEffect))})`,
    '–',
    html`${number(naive.lower, onScale(naive.lower, scale))} to
    ${number(naive.upper, onScale(naive.upper, scale))}`,
    '–',
    '–',
    '–',
    '–',
  ];
}

function minus(value: number): string {
  return `${value < 0 ? '−' : ''}${significant(Math.abs(value))}`;
}
