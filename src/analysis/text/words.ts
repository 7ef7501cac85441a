import type { Estimable, NotEstimable } from '../estimable.ts';
import type { ArmComparison, ArmMeasure, Measure } from '../result.ts';
import type { Effect } from '../methods/effect.ts';
import type { ReferenceSet, RerandomizationInterval } from '../methods/rerandomization/index.ts';

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

/** A list as a sentence has it. */
export function listed(items: readonly string[]): string {
  const last = items.at(-1) ?? '';
  return items.length < 2 ? last : `${items.slice(0, -1).join(', ')} and ${last}`;
}

/** How a value is written: a ratio, a difference of proportions, any other difference. */
export type EffectScale = 'ratio' | 'points' | 'difference';

/** A value on its scale, with its unit where it has one. */
export function onEffectScale(value: number, scale: EffectScale): string {
  return scale === 'points' ? `${points(value)} points` : significant(value);
}

/** The two ends of an interval on its scale. */
export function rangeText(
  { lower, upper }: { readonly lower: number; readonly upper: number },
  scale: EffectScale,
): string {
  const show = scale === 'points' ? points : (value: number) => significant(value);
  return `${show(lower)} to ${show(upper)}`;
}

/** Why there is no result, and what to do instead; without a full stop at the end. */
export function whyNot({ reason, instead }: Omit<NotEstimable, 'estimable'>): string {
  const plain = reason.replace(/\.$/, '');
  return instead === undefined ? plain : `${plain}; instead: ${instead.replace(/\.$/, '')}`;
}

/** An effect with its interval, or why there is none. */
export function effectText(effect: Estimable<Effect>, scale: EffectScale, level: number): string {
  if (!effect.estimable) return `not estimable: ${whyNot(effect)}`;
  return `${onEffectScale(effect.estimate, scale)} (${levelText(level)} interval ${rangeText(effect, scale)}; ${pText(effect.pValue)})`;
}

/** The rate of an arm with its interval, or why there is none. */
export function rateText({ rate }: ArmMeasure, kind: Measure['kind']): string {
  if (!rate.estimable) return `not estimable: ${whyNot(rate)}`;
  const show =
    kind === 'proportion'
      ? (value: number) => percent(value)
      : (value: number) => significant(value);
  return `${show(rate.rate)} (${show(rate.lower)} to ${show(rate.upper)})`;
}

/** Which assignments a re-randomisation test rests on. */
export function assignmentsText({
  method,
  assignments,
  draws,
  monteCarloError,
}: ReferenceSet & { readonly monteCarloError: number }): string {
  if (method === 'monte-carlo') {
    return `${count(draws)} draws, Monte Carlo error ${monteCarloError.toFixed(4)}`;
  }
  return draws === assignments
    ? `all ${count(draws)} assignments`
    : `all ${count(draws)} assignments that can be compared`;
}

/** The scale on which some arms of a measure are compared: by ratio as long as each of them has events. */
export function comparedOn(
  { kind, arms }: Pick<Measure, 'kind' | 'arms'>,
  names: readonly string[] = arms.map(({ arm }) => arm),
): EffectScale {
  if (kind === 'proportion') return 'points';
  const own = arms.filter(({ arm }) => names.includes(arm));
  return own.every(({ ratio }) => (ratio ?? 0) > 0) ? 'ratio' : 'difference';
}

/** An interval by re-randomisation; an end that has no limit is said to have none. */
export function rerandomizedRange(
  { lower, upper }: Pick<RerandomizationInterval, 'lower' | 'upper'>,
  scale: EffectScale,
): string {
  if (lower !== null && upper !== null) return rangeText({ lower, upper }, scale);
  const [end, words] = lower === null ? [upper, 'no lower limit'] : [lower, 'no upper limit'];
  if (end === null) return 'no limits';
  const shown = scale === 'points' ? points(end) : significant(end);
  return lower === null ? `up to ${shown} (${words})` : `from ${shown} (${words})`;
}

/** A correlation to three decimals, as CONSORT's examples have it. */
export function coefficient(value: number): string {
  const size = Math.abs(value).toFixed(3);
  return value < 0 && size !== '0.000' ? `−${size}` : size;
}

/** How alike what belongs to one unit is, in a sentence. */
export function clusteringText({ clustering, unit, terms, level }: Measure): string {
  const { icc, variation } = clustering;
  if (icc !== null) {
    const head = `Likeness within ${unit}s`;
    if (!icc.estimable) return `${head}: not estimable, ${whyNot(icc)}.`;
    const below = icc.icc < 0 ? ', no more alike than by chance' : '';
    return (
      `${head}: intraclass correlation ${coefficient(icc.icc)}${below} (${levelText(level)} interval ` +
      `${coefficient(icc.lower)} to ${coefficient(icc.upper)}; ${count(icc.observations)} ${terms.exposure}, ${count(icc.clusters)} ${unit}s).`
    );
  }
  if (variation === null) return '';
  const head = `Variation between ${unit}s of the control arm`;
  if (!variation.estimable) return `${head}: not estimable, ${whyNot(variation)}.`;
  const interval = `${levelText(level)} interval ${significant(variation.lower)} to ${significant(variation.upper)}`;
  return variation.kappaSquared <= 0
    ? `${head}: their rates differ no more than by chance (coefficient 0, ${interval}; ${count(variation.clusters)} ${unit}s).`
    : `${head}: coefficient of variation ${significant(variation.kappa)}, chance taken out (${interval}; ${count(variation.clusters)} ${unit}s).`;
}

/** Whether the arms of a trial with several differ at all, in a sentence. */
export function omnibusText({ together }: Measure): string {
  if (together === null) return '';
  const { omnibus, rerandomization } = together;
  const model = omnibus.estimable
    ? `${pText(omnibus.pValue)} (Wald F test)`
    : `not estimable by model, ${whyNot(omnibus)}`;
  const drawn = rerandomization.estimable
    ? `${pText(rerandomization.omnibus.pValue)} by re-randomisation`
    : `not estimable by re-randomisation, ${whyNot(rerandomization)}`;
  return `Whether the arms differ at all: ${model}; ${drawn}.`;
}

/** The interval by re-randomisation where it decides, or why there is none. */
export function intervalText(
  measure: Measure,
  { arm, control, rerandomizationInterval: interval }: ArmComparison,
): string {
  if (interval === null) return '';
  if (!interval.estimable) return `interval not estimable: ${whyNot(interval)}`;
  const scale = comparedOn(measure, [arm, control]);
  return `${levelText(interval.level)} interval of the ${scale === 'ratio' ? 'ratio' : 'difference'} ${rerandomizedRange(interval, scale)}${scale === 'points' ? ' points' : ''}`;
}
