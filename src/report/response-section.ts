import type { ResponseQuantile, TrialAnalysis } from '../analysis/index.ts';
import { windowWords } from '../analysis/metrics/words.ts';
import { count, levelText, whyNot } from '../analysis/text/words.ts';
import type { Markup, Part } from './escape.ts';
import { html } from './escape.ts';
import { table } from './table.ts';
import { warningList } from './warnings.ts';
import { noNumber, number } from './words.ts';

/** How long clinicians took to answer, by arm. */
export function responseSection({ responseTimes }: TrialAnalysis): Markup | undefined {
  if (responseTimes === null) return undefined;
  const { unit, level, window, arms, warnings } = responseTimes;
  const shares = [
    ...new Set(
      arms.flatMap(({ quantiles }) =>
        quantiles.estimable ? quantiles.of.map(({ probability }) => probability) : [],
      ),
    ),
  ];
  if (shares.length === 0) return undefined;
  return html`<section aria-labelledby="responses">
    <h2 id="responses">How fast clinicians answered</h2>
    ${table({
      caption: `Time from an alert to its first answer within ${windowWords(window)}, of answered alerts, with ${levelText(level)} intervals by ${unit}`,
      columns: [
        'Arm',
        'Answered alerts',
        `Units (${unit}s)`,
        ...shares.map((share) => `${Number((100 * share).toPrecision(4))} % had answered by`),
      ],
      rows: arms.map(({ arm, answered, units, quantiles }): readonly Part[] => [
        arm,
        number(answered, count(answered)),
        number(units, count(units)),
        ...shares.map((share): Part => {
          if (!quantiles.estimable) return noNumber(quantiles);
          const found = quantiles.of.find(({ probability }) => probability === share);
          return found === undefined ? '–' : quantile(found);
        }),
      ]),
    })}
    <p class="aside">
      Alerts that nobody answered have no time: an arm that is ignored more has fewer of them.
    </p>
    ${warningList(warnings)}
  </section>`;
}

function quantile({ seconds, interval }: ResponseQuantile): Part {
  const unit = timeUnit(seconds);
  const time = (value: number): Part => {
    const shown = value / unit.seconds;
    // The times themselves are rounded up to 0.1 s, and to 1 s from a minute on.
    return number(shown, shown.toFixed(unit.seconds === 1 && value >= 60 ? 0 : 1));
  };
  return html`${time(seconds)} ${unit.name}
  ${
    interval.estimable
      ? html`(${time(interval.lower)} to ${time(interval.upper)})`
      : html`<span class="reason">no interval: ${whyNot(interval)}</span>`
  }`;
}

/** The unit in which a time reads best. */
function timeUnit(seconds: number): { readonly name: string; readonly seconds: number } {
  if (seconds < 120) return { name: 's', seconds: 1 };
  return seconds < 7_200 ? { name: 'min', seconds: 60 } : { name: 'h', seconds: 3_600 };
}
