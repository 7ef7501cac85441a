import type { ArmComparison, Measure } from '../analysis/index.ts';
import {
  assignmentsText,
  intervalText,
  levelText,
  pText,
  significant,
} from '../analysis/text/words.ts';
import type { Margin } from './effect-scale.ts';
import { scaleFor } from './effect-scale.ts';
import { capital, onScale, unitOf } from './words.ts';

/** What a measure divides, which direction is better, and how much worse is tolerated. */
export function definitionText(measure: Measure, margin?: Margin): string {
  return (
    `${capital(measure.numerator)}, divided by ${measure.denominator}. ` +
    `${capital(measure.better)} is better.${margin === undefined ? '' : toleratedText(measure, margin)}`
  );
}

function toleratedText(measure: Measure, { scale, values }: Margin): string {
  const on = scaleFor(measure, scale);
  const [low, high] = values.map((value) => onScale(value, on));
  return high === undefined
    ? ` Tolerated at worst: a ${scale} of ${low ?? ''}${unitOf(on)}.`
    : ` Counts as equal: a ${scale} of ${low ?? ''} to ${high}${unitOf(on)}.`;
}

/** The difference in what happens at the bedside: events for every hundred patient-days, alerts, or orders. */
export function perHundred(measure: Measure, comparison: ArmComparison): string | undefined {
  const { arm, control, difference } = comparison;
  if (!difference.estimable) return undefined;
  const { events, exposure } = measure.terms;
  const inHundred = (value: number): string => moreOrFewer((100 * value) / measure.per);
  const interval = `${levelText(measure.level)} interval ${inHundred(difference.lower)} to ${inHundred(difference.upper)}`;
  const adjusted = measure.overTime === null ? 'For' : 'Adjusted for periods, for';
  return `${adjusted} every 100 ${exposure}: ${inHundred(difference.estimate)} ${events} in ${arm} than in ${control} (${interval}).`;
}

/** What re-randomisation says of a comparison, where it decides. */
export function rerandomizedText(measure: Measure, comparison: ArmComparison): string | undefined {
  const { arm, control, rerandomization: test, rerandomizationInterval } = comparison;
  if (rerandomizationInterval === null || !test.estimable) return undefined;
  return `By re-randomisation, which decides here, ${arm} against ${control}: ${intervalText(measure, comparison)}; two-sided ${pText(test.pValue)} (${assignmentsText(test)}).`;
}

function moreOrFewer(difference: number): string {
  return `${significant(Math.abs(difference))} ${difference < 0 ? 'fewer' : 'more'}`;
}

/** What the thin interval takes as independent. */
export function naiveBasis({ kind, terms }: Measure): string {
  const things = kind === 'rate' ? 'alerts' : terms.exposure;
  return things === 'alerts' ? 'alert by alert' : `as if all ${things} were independent`;
}

/** Why the thin interval is there, and what is wrong with it. */
export function naiveText(
  measure: Measure,
  { brief = false }: { readonly brief?: boolean } = {},
): string | undefined {
  const factors = measure.comparisons.flatMap(({ arm, naive }) =>
    naive.estimable ? [{ arm, effect: naive.designEffect }] : [],
  );
  if (factors.length === 0) return undefined;
  const many = measure.comparisons.length > 1;
  const effects = factors
    .map(({ arm, effect }) => `${significant(effect)}${many ? ` (${arm})` : ''}`)
    .join(', ');
  const clause = `the variance by ${measure.unit} is ${effects} times the naive one (design effect)`;
  const basis = naiveBasis(measure);
  if (brief) return `Thin interval: naive, ${basis}, and wrong as above; ${clause}.`;
  const wider = factors.some(({ effect }) => effect > 1);
  return (
    (basis === 'alert by alert'
      ? `Why the thin interval is wrong: it takes every alert as independent, but alerts of one ${measure.unit} resemble one another and the ${measure.unit} was randomised, not the alert. `
      : `Why the thin interval is wrong: it is made ${basis}, but those of one ${measure.unit} resemble one another and the ${measure.unit} was randomised. `) +
    capital(clause) +
    (wider
      ? ': the naive interval claims more than these data know.'
      : ': here the naive interval is not too short, but nothing warrants that.')
  );
}

/** What a measure is called where its place in the protocol matters. */
export function measureName(measure: Measure): string {
  return measure.title;
}
