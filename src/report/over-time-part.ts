import type { Measure, TrialAnalysis } from '../analysis/index.ts';
import { exchangeableText, exposureCaution } from '../analysis/text/over-time.ts';
import { count } from '../analysis/text/words.ts';
import type { Markup, Part } from './escape.ts';
import { html } from './escape.ts';
import { armLabel } from './look.ts';
import { carryOverTable, exposureTable, periodTable } from './over-time-tables.ts';
import { periodChart } from './period-chart.ts';
import { scheduleChart } from './schedule-chart.ts';
import { capital } from './words.ts';

/** Which arm was where when, and what it had there: of the primary outcome of a design over time. */
export function periodFigures(
  { trial, list }: Pick<TrialAnalysis, 'trial' | 'list'>,
  measure: Measure,
  { id }: { readonly id: string },
): Markup | undefined {
  const schedule = list?.schedule ?? null;
  if (schedule === null) return undefined;
  const isHatched = schedule.washout > 0;
  const isBeyond = measure.byPeriod?.some(({ arms }) =>
    arms.some(({ arm, clusters }) => arm === trial.control && clusters === 0),
  );
  return html`<p class="legend">${trial.arms.map(({ name }) => [armLabel(trial, name), ' '])}</p>
    <div class="pair">
      <div>${scheduleChart(trial, schedule, { id: `${id}-schedule` })}</div>
      <div>${periodChart(trial, measure, { id: `${id}-periods`, schedule })}</div>
    </div>
    <p class="aside">
      A row is a sequence of arms with the ${trial.unit}s that have
      it${isHatched && '; hatched days follow a change of arm and are not analysed'}. Marks are what
      was seen in a period, adjusted for nothing; dashed lines with bands are the level of the
      control arm by the model${isBeyond && `, also where no ${trial.unit} had it`}.
    </p>`;
}

/** What the effects of a design over time are adjusted for, and what they would be otherwise. */
export function overTimeText(
  measure: Measure,
  { brief = false }: { readonly brief?: boolean } = {},
): readonly Markup[] {
  return (measure.overTime ?? []).flatMap((overTime) => {
    const { arm, independence: found } = overTime;
    if (!found.estimable) return [];
    const many = (measure.overTime ?? []).length > 1;
    return [
      html`<p>
        ${many && `${arm}. `}${
          !brief &&
          'The effect is adjusted for periods: each has a level of its own, so that arms are compared within periods. The rates by arm above are over all periods and adjusted for nothing; they do not compare the arms. '
        }From
        ${count(found.clusters)} ${measure.unit}s and ${count(found.cells)} of their periods.
        ${capital(exchangeableText(measure, overTime))}.
      </p>`,
    ];
  });
}

/** Whether the effect of each arm changes with time, or outlasts it, with what such checks cannot do. */
export function overTimeChecks(measure: Measure): Part {
  // Where there is no effect its reason is told, and is that of every check too.
  const found = (measure.overTime ?? []).filter(({ independence }) => independence.estimable);
  return found.map((overTime) => [
    exposureTable(measure, overTime),
    overTime.exposureTime?.estimable === true &&
      html`<p class="small">Caution: ${exposureCaution}</p>`,
    carryOverTable(measure, overTime),
    overTime.carryOver?.estimable === true &&
      html`<p class="small">Caution: ${overTime.carryOver.caution}</p>`,
  ]);
}

/** The table by period, of a design over time. */
export function periodNumbers(
  { list }: Pick<TrialAnalysis, 'list'>,
  measure: Measure,
): Markup | undefined {
  const schedule = list?.schedule ?? null;
  return schedule === null ? undefined : periodTable(measure, schedule);
}
