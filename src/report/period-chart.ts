import type { Measure, TrialAnalysis } from '../analysis/index.ts';
import { count } from '../analysis/text/words.ts';
import { axisBeside, fromZero, tickText } from './axis.ts';
import { rateOn } from './dot-plot.ts';
import type { Markup } from './escape.ts';
import { html } from './escape.ts';
import { figure, label, stroke } from './figure.ts';
import { lookOf, marker } from './look.ts';
import type { Schedule } from './period-axis.ts';
import { periodColumns, periodFrame } from './period-axis.ts';
import { levelsOf } from './period-levels.ts';
import { periodsFrom, periodsTo } from './schedule-chart.ts';
import { at } from './words.ts';

const width = 440;
const top = 40;
const bottom = 214;

/**
 * What each arm had in each period, and what the control arm would have had there by the model, which
 * also tells it of periods in which no cluster had it.
 */
export function periodChart(
  trial: TrialAnalysis['trial'],
  measure: Measure,
  options: { readonly id: string; readonly schedule: Schedule },
): Markup | undefined {
  const { id, schedule } = options;
  const { byPeriod } = measure;
  if (byPeriod === null) return undefined;
  const levels = levelsOf(measure);
  const known = levels.flatMap((level) => (level.estimable ? [level] : []));
  const rates = byPeriod.flatMap(({ arms }) => arms.flatMap(({ ratio }) => ratio ?? []));
  // The end of a wide interval would press every mark against the axis.
  const reach = 2.5 * Math.max(0, ...rates, ...known.map(({ estimate }) => estimate));
  const axis = fromZero(
    Math.max(0, ...rates, ...known.map(({ upper }) => Math.min(upper, reach))),
    [bottom, top],
    { cap: measure.kind === 'proportion' ? 1 : Infinity },
  );
  const high = (value: number): number =>
    axis.place(Math.min(Math.max(value, axis.domain[0]), axis.domain[1]));
  const columns = periodColumns(schedule, [periodsFrom, periodsTo]);
  const scale = measure.kind === 'proportion' ? 'percent' : 'plain';
  return figure({
    id,
    title: `${measure.title} by period and arm`,
    description: byPeriod
      .map(({ period, arms }) => {
        const level = levels[period - 1];
        const seen = arms.map(
          ({ arm, ratio, clusters }) =>
            `${arm} ${ratio === null ? 'not seen' : `${rateOn(measure, ratio)} (${count(clusters)})`}`,
        );
        const model =
          level?.estimable === true
            ? `; ${trial.control} by the model ${rateOn(measure, level.estimate)}`
            : '';
        return `Period ${period}: ${seen.join(', ')}${model}.`;
      })
      .join(' '),
    width,
    height: bottom + 24,
    body: [
      axisBeside(axis, {
        range: [periodsFrom, periodsTo],
        text: (value) => tickText(value, scale),
      }),
      periodFrame(columns, { top, bottom }),
      stroke([periodsFrom, bottom], [periodsTo, bottom], 'rule'),
      label(measure.title, { x: 2, y: 12, as: 'axis-title' }),
      columns.map(({ from, to, number }) => {
        const level = levels[number - 1];
        if (level?.estimable !== true) return undefined;
        return html`<rect
            class="band"
            x="${at(from + 1)}"
            y="${at(high(level.upper))}"
            width="${at(Math.max(0, to - from - 2))}"
            height="${at(Math.max(0, high(level.lower) - high(level.upper)))}"
          />${stroke([from + 1, high(level.estimate)], [to - 1, high(level.estimate)], 'level')}`;
      }),
      byPeriod.map(({ period, arms }) => {
        const column = columns[period - 1];
        if (column === undefined) return undefined;
        const { from, to } = column;
        return arms.map(
          ({ arm, ratio }, i) =>
            ratio !== null &&
            marker(
              lookOf(trial, arm),
              from + ((i + 1) / (arms.length + 1)) * (to - from),
              high(ratio),
              to - from > 30 ? 60 : 36,
            ),
        );
      }),
    ],
  });
}
