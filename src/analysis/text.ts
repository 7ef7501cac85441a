import type { Estimable } from './estimable.ts';
import type { ArmMeasure, Measure } from './result.ts';
import type { Effect } from './methods/effect.ts';

/** A number with `digits` significant digits, without exponents in the range that readers meet. */
export function significant(value: number, digits = 3): string {
  if (value === 0) return '0';
  // Rounded first: 9.9996 has as many decimals as 10.
  const size = Math.floor(Math.log10(Math.abs(Number(value.toPrecision(digits)))));
  const decimals = Math.min(8, Math.max(0, digits - 1 - size));
  return `${value < 0 ? '−' : ''}${Math.abs(value).toFixed(decimals)}`;
}

/** A p value as journals print it: never 0, and never 1. */
export function pText(p: number): string {
  if (p < 0.001) return 'p < 0.001';
  return p > 0.999 ? 'p > 0.999' : `p = ${p.toFixed(3)}`;
}

/** A proportion in percent. */
export function percent(value: number, digits = 1): string {
  return `${(100 * value).toFixed(digits)} %`;
}

/** A confidence level, without digits that say nothing: `95 %`, `97.5 %`, `99.9 %`. */
export function levelText(level: number): string {
  return `${Number((100 * level).toPrecision(5))} %`;
}

/** A difference of proportions in percentage points, with its sign. */
export function points(value: number): string {
  const size = Math.abs(100 * value).toFixed(1);
  if (size === '0.0') return size;
  return `${value < 0 ? '−' : '+'}${size}`;
}

/** A whole number with separators. */
export function count(value: number): string {
  return Number.isInteger(value)
    ? value.toLocaleString('en-GB')
    : value.toLocaleString('en-GB', { minimumFractionDigits: 1, maximumFractionDigits: 1 });
}

/** An effect with its interval, or why there is none. */
export function effectText(
  effect: Estimable<Effect>,
  scale: 'ratio' | 'points' | 'difference',
  level: number,
): string {
  if (!effect.estimable) return `not estimable: ${effect.reason}`;
  const show = scale === 'points' ? points : (value: number) => significant(value);
  return `${show(effect.estimate)}${scale === 'points' ? ' points' : ''} (${levelText(level)} interval ${show(effect.lower)} to ${show(effect.upper)}; ${pText(effect.pValue)})`;
}

/** The rate of an arm with its interval, or why there is none. */
export function rateText({ rate }: ArmMeasure, kind: Measure['kind']): string {
  if (!rate.estimable) return `not estimable: ${rate.reason}`;
  const show =
    kind === 'proportion'
      ? (value: number) => percent(value)
      : (value: number) => significant(value);
  return `${show(rate.rate)} (${show(rate.lower)} to ${show(rate.upper)})`;
}

/** A measure as lines of text. */
export function measureText(measure: Measure): string {
  const width = Math.max(...measure.arms.map(({ arm }) => arm.length));
  const lines = [
    measure.title,
    `  ${measure.numerator} / ${measure.denominator}, by ${measure.unit}`,
    ...measure.arms.map(
      (arm) =>
        `  ${arm.arm.padEnd(width)}  ${rateText(arm, measure.kind)}   ${count(arm.numerator)} / ${count(arm.denominator)}, ${count(arm.units)} ${measure.unit}(s)`,
    ),
  ];
  for (const comparison of measure.comparisons) {
    const { rerandomization } = comparison;
    lines.push(
      `  ${comparison.arm} v ${comparison.control}`,
      `    ratio       ${effectText(comparison.ratio, 'ratio', measure.level)}`,
      `    difference  ${effectText(comparison.difference, measure.kind === 'proportion' ? 'points' : 'difference', measure.level)}`,
      rerandomization.estimable
        ? `    re-randomisation ${pText(rerandomization.pValue)} (${count(rerandomization.draws)} draws, Monte Carlo error ${rerandomization.monteCarloError.toFixed(4)})`
        : `    re-randomisation not estimable: ${rerandomization.reason}`,
    );
  }
  return [...lines, ...measure.warnings.map((warning) => `  Warning: ${warning}`)].join('\n');
}
