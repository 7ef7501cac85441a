import type { TrialAnalysis } from '../analysis/index.ts';
import { significant } from '../analysis/text/words.ts';
import { axisBeside, fromZero, tickText } from './axis.ts';
import type { Markup } from './escape.ts';
import { html } from './escape.ts';
import { figure, label, stroke } from './figure.ts';
import { lookOf, marker } from './look.ts';
import { timeAxis, timeBelow } from './time-axis.ts';
import { dayText } from './words.ts';
import type { Week } from './weeks.ts';
import { courseRange, dayNumber } from './weeks.ts';

const width = 440;
const left = 40;
const right = width - 10;
const top = 24;
const bottom = 214;

/** Alerts per patient-day: a mark for each arm and day, a line for each week's ratio of totals. */
export function dailyCourse(analysis: TrialAnalysis, weeks: readonly Week[]): Markup {
  const { trial, days } = analysis;
  const rated = days.filter(({ calendarDays }) => calendarDays > 0);
  const axis = fromZero(Math.max(0, ...rated.map((sums) => sums.alerts / sums.calendarDays)), [
    bottom,
    top,
  ]);
  const range = courseRange(analysis);
  const time = timeAxis(range, [left, right]);
  const dayWidth = time.place(range[0] + 1) - time.place(range[0]);
  const area = Math.min(26, Math.max(5, dayWidth ** 2 / 2));
  const arms = trial.arms.map(({ name }) => name);
  // The arms of a day stand side by side, so that none hides another.
  const slot = (arm: string): number => (arms.indexOf(arm) + 1) / (arms.length + 1);
  return figure({
    id: 'daily-course',
    title: 'Alerts per patient-day, by arm and day',
    description:
      `From ${dayText(trial.start)} to ${dayText(trial.end)}. By week: ` +
      arms
        .map(
          (arm) =>
            `${arm}: ${weeks
              .filter((week) => week.arm === arm)
              .map(({ alerts, patientDays }) =>
                patientDays > 0 ? significant(alerts / patientDays) : 'no patient-days',
              )
              .join(', ')}.`,
        )
        .join(' '),
    width,
    height: bottom + 26,
    body: [
      timeBelow(time, { top, y: bottom, bands: true }),
      axisBeside(axis, { range: [left, right], text: (value) => tickText(value) }),
      label('Alerts shown / patient-days (calendar days)', { x: 2, y: 12, as: 'axis-title' }),
      html`<g class="daily"
        >${rated.map((sums) =>
          marker(
            lookOf(trial, sums.arm),
            time.place(dayNumber(sums.day) + slot(sums.arm)),
            axis.place(sums.alerts / sums.calendarDays),
            area,
          ),
        )}</g
      >`,
      weeks.map((week) => {
        if (week.patientDays === 0) return undefined;
        const y = axis.place(week.alerts / week.patientDays);
        return html`<g style="--arm:${lookOf(trial, week.arm).colour}"
          >${stroke([time.place(week.from) + 1, y], [time.place(week.to + 1) - 1, y], 'weekly')}</g
        >`;
      }),
    ],
  });
}
