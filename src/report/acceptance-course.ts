import { line } from 'd3-shape';
import type { TrialAnalysis } from '../analysis/index.ts';
import { percent } from '../analysis/text/words.ts';
import { axisBeside, fromZero, tickText } from './axis.ts';
import type { Markup } from './escape.ts';
import { html } from './escape.ts';
import { figure, label } from './figure.ts';
import { lookOf, marker } from './look.ts';
import { timeAxis, timeBelow } from './time-axis.ts';
import { at } from './words.ts';
import type { Week } from './weeks.ts';
import { courseRange } from './weeks.ts';

const width = 440;
const left = 46;
const right = width - 10;
const top = 24;
const bottom = 214;

/** Acceptance per alert by week; a week without alerts leaves a gap in the line. */
export function acceptanceCourse(analysis: TrialAnalysis, weeks: readonly Week[]): Markup {
  const { trial } = analysis;
  const rated = weeks.filter(({ alerts }) => alerts > 0);
  const axis = fromZero(
    Math.max(0, ...rated.map((week) => week.accepted / week.alerts)),
    [bottom, top],
    {
      cap: 1,
    },
  );
  const time = timeAxis(courseRange(analysis), [left, right]);
  const middle = (week: Week): number => time.place((week.from + week.to + 1) / 2);
  const high = (week: Week): number => axis.place(week.accepted / week.alerts);
  const path = line<Week | undefined>()
    .defined((week) => week !== undefined)
    .x((week) => (week === undefined ? 0 : at(middle(week))))
    .y((week) => (week === undefined ? 0 : at(high(week))));
  return figure({
    id: 'acceptance-course',
    title: 'Acceptance per alert, by arm and week',
    description: trial.arms
      .map(
        ({ name }) =>
          `${name}: ${weeks
            .filter(({ arm }) => arm === name)
            .map(({ accepted, alerts }) => (alerts > 0 ? percent(accepted / alerts) : 'no alerts'))
            .join(', ')}.`,
      )
      .join(' '),
    width,
    height: bottom + 26,
    body: [
      timeBelow(time, { top, y: bottom, bands: false }),
      axisBeside(axis, { range: [left, right], text: (value) => tickText(value, 'percent') }),
      label('Accepted / alerts shown, by week', { x: 2, y: 12, as: 'axis-title' }),
      trial.arms.map(({ name }) => {
        const own = rated.filter(({ arm }) => arm === name);
        const look = lookOf(trial, name);
        return html`<g style="--arm:${look.colour}"
          ><path class="course" d="${path(withGaps(own)) ?? ''}" />${own.map((week) =>
            marker(look, middle(week), high(week), 44),
          )}</g
        >`;
      }),
    ],
  });
}

function withGaps(weeks: readonly Week[]): (Week | undefined)[] {
  return weeks.flatMap((week, i) => {
    const before = weeks[i - 1];
    return before !== undefined && week.week - before.week > 1 ? [undefined, week] : [week];
  });
}
