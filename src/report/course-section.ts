import type { TrialAnalysis } from '../analysis/index.ts';
import { count, listed, percent, significant } from '../analysis/text/words.ts';
import { acceptanceCourse } from './acceptance-course.ts';
import { dailyCourse } from './daily-course.ts';
import type { Markup } from './escape.ts';
import { html } from './escape.ts';
import { armLabel } from './look.ts';
import { details, table } from './table.ts';
import { dayText, number, unitWord } from './words.ts';
import type { Week } from './weeks.ts';
import { courseRange, dayOf, weeksOf } from './weeks.ts';

/** The course over days and weeks, or why there is none. */
export function courseSection(analysis: TrialAnalysis): Markup {
  const { trial, days } = analysis;
  if (days.length === 0) {
    return html`<section aria-labelledby="course">
      <h2 id="course">The daily course</h2>
      <p class="reason">
        Not shown: there are no sums by day. Either nothing has happened yet, or the analysis was
        given unit summaries without a ledger.
      </p>
    </section>`;
  }
  const weeks = weeksOf(analysis);
  return html`<section aria-labelledby="course">
    <h2 id="course">The daily course</h2>
    <p class="legend">${trial.arms.map(({ name }) => [armLabel(trial, name), ' '])}</p>
    <div class="pair">
      <div>${dailyCourse(analysis, weeks)}</div>
      <div>${acceptanceCourse(analysis, weeks)}</div>
    </div>
    <p class="aside">
      Weeks are counted from the first day. In the first plot marks are days, lines are weeks (total
      alerts over total patient-days); weekends are shaded. ${gapsText(analysis)}
      ${
        analysis.primary.overTime === null
          ? 'A trend in all arms is not an effect of an arm; a gap between the arms that opens or closes would be.'
          : `The ${trial.unit}s of an arm are others from period to period, so a step of a line may be one of them: the measures above compare within periods.`
      }
    </p>
    ${details('The numbers by week', weekTable(weeks))}
    ${details('The numbers by day', dayTable(analysis), { print: false })}
  </section>`;
}

/** What is missing in the course, arm by arm. */
function gapsText(analysis: TrialAnalysis): string {
  const { trial, days, asOf } = analysis;
  const [first, planned] = courseRange(analysis);
  const reached = dayOf(planned) <= asOf.slice(0, 10) ? planned : undefined;
  const last = reached ?? Math.floor(Date.parse(asOf) / 86_400_000) - 1;
  const schedule = analysis.list?.schedule ?? null;
  const gaps = trial.arms.flatMap(({ name }) => {
    const own = days.filter(({ arm }) => arm === name);
    const seen = new Set(own.map(({ day }) => day));
    let missing = 0;
    for (let day = first; day <= last; day += 1) {
      if (!seen.has(dayOf(day)) && isDue(schedule, name, dayOf(day))) missing += 1;
    }
    const without = own.filter(({ calendarDays }) => calendarDays === 0);
    const stray = without.reduce((sum, { alerts }) => sum + alerts, 0);
    const parts = [
      missing > 0 ? `${count(missing)} ${unitWord(missing, 'day')} without any record` : '',
      without.length > 0
        ? `${count(without.length)} ${unitWord(without.length, 'day')} without patient-days${stray > 0 ? ` (with ${count(stray)} ${unitWord(stray, 'alert')} all the same)` : ''}`
        : '',
    ].filter((part) => part !== '');
    return parts.length > 0 ? [{ name, what: listed(parts) }] : [];
  });
  return gaps.length === 0
    ? 'No day is missing.'
    : `Not drawn, because there is nothing to divide by: ${gapWords(gaps, trial.arms.length)}.`;
}

/** Whether some unit should have an arm on a day: in a design over time not all arms always have one. */
function isDue(
  schedule: NonNullable<TrialAnalysis['list']>['schedule'],
  arm: string,
  day: string,
): boolean {
  if (schedule === null) return true;
  const period = schedule.periods.findLastIndex(({ start }) => start <= day);
  return schedule.sequences.some(({ arms, clusters }) => clusters > 0 && arms[period] === arm);
}

function gapWords(
  gaps: readonly { readonly name: string; readonly what: string }[],
  arms: number,
): string {
  const same = gaps.length === arms && gaps.every(({ what }) => what === gaps[0]?.what);
  return same
    ? `every arm has ${gaps[0]?.what ?? ''}`
    : gaps.map(({ name, what }) => `${name} has ${what}`).join('; ');
}

function weekTable(weeks: readonly Week[]): Markup {
  return table({
    caption: 'Alerts and acceptance by arm and week',
    columns: [
      'Week',
      'Arm',
      'Days',
      'Patient-days',
      'Alerts',
      'Alerts per patient-day',
      'Accepted',
      'Acceptance per alert',
    ],
    rows: [...weeks]
      .sort((a, b) => a.week - b.week)
      .map(({ arm, week, from, to, days, patientDays, alerts, accepted }) => [
        `${week}: ${dayText(dayOf(from), true)} to ${dayText(dayOf(to), true)}`,
        arm,
        number(days, count(days)),
        number(patientDays, count(patientDays)),
        number(alerts, count(alerts)),
        patientDays > 0 ? number(alerts / patientDays, significant(alerts / patientDays)) : '–',
        number(accepted, count(accepted)),
        alerts > 0 ? number(accepted / alerts, percent(accepted / alerts)) : '–',
      ]),
  });
}

function dayTable({ days }: TrialAnalysis): Markup {
  return table({
    caption: 'Alerts by arm and day',
    columns: ['Day', 'Arm', 'Patient-days', 'Alerts', 'Alerts per patient-day', 'Accepted'],
    rows: days.map(({ day, arm, calendarDays, alerts, accepted }) => [
      day,
      arm,
      number(calendarDays, count(calendarDays)),
      number(alerts, count(alerts)),
      calendarDays > 0 ? number(alerts / calendarDays, significant(alerts / calendarDays)) : '–',
      number(accepted, count(accepted)),
    ]),
  });
}
