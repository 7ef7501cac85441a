import type { ArmComparison, Measure } from '../analysis/index.ts';
import { metricTitles } from '../analysis/index.ts';
import { levelText, significant } from '../analysis/text.ts';
import type { Margin } from './effect-scale.ts';
import { scaleFor } from './effect-scale.ts';
import { capital, onScale, unitOf } from './words.ts';

/** What a measure divides, which direction is better, and how much worse is tolerated. */
export function definitionText(measure: Measure, margin?: Margin): string {
  const tolerated =
    margin === undefined
      ? ''
      : ` Tolerated at worst: a ${margin.scale} of ${onScale(margin.value, scaleFor(measure, margin.scale))}${unitOf(scaleFor(measure, margin.scale))}.`;
  return (
    `${capital(measure.numerator)}, divided by ${measure.denominator}. ` +
    `${capital(measure.better)} is better.${tolerated}`
  );
}

/** The difference in what happens at the bedside: events for every hundred patient-days or alerts. */
export function perHundred(measure: Measure, comparison: ArmComparison): string | undefined {
  const { arm, control, difference } = comparison;
  if (!difference.estimable) return undefined;
  const [events, exposure] = {
    alertsPerPatientDay: ['alerts', '100 patient-days'],
    acceptanceRate: ['accepted', '100 alerts'],
    acceptedPerPatientDay: ['accepted alerts', '100 patient-days'],
  }[measure.metric];
  const interval = `${levelText(measure.level)} interval ${moreOrFewer(difference.lower)} to ${moreOrFewer(difference.upper)}`;
  return `For every ${exposure}: ${moreOrFewer(difference.estimate)} ${events} in ${arm} than in ${control} (${interval}).`;
}

function moreOrFewer(difference: number): string {
  return `${significant(Math.abs(100 * difference))} ${difference < 0 ? 'fewer' : 'more'}`;
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
  if (brief) return `Thin interval: naive, alert by alert, and wrong as above; ${clause}.`;
  const wider = factors.some(({ effect }) => effect > 1);
  return (
    `Why the thin interval is wrong: it takes every alert as independent, but alerts of one ${measure.unit} resemble one another and the ${measure.unit} was randomised, not the alert. ` +
    capital(clause) +
    (wider
      ? ': the naive interval claims more than these data know.'
      : ': here the naive interval is not too short, but nothing warrants that.')
  );
}

/** What a measure is called where its place in the protocol matters. */
export function measureName(measure: Measure): string {
  return metricTitles[measure.metric];
}
