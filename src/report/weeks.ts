import type { TrialAnalysis } from '../analysis/index.ts';

const dayLength = 86_400_000;

/** The number of a calendar day, counted from 1970-01-01; days are days, whatever the clocks do. */
export function dayNumber(day: string): number {
  return Math.floor(Date.parse(`${day}T00:00:00Z`) / dayLength);
}

/** The calendar day of a number, `YYYY-MM-DD`. */
export function dayOf(number: number): string {
  return new Date(number * dayLength).toISOString().slice(0, 10);
}

/** Whether a day is a Saturday or a Sunday. */
export function isWeekend(number: number): boolean {
  const weekday = (((number + 4) % 7) + 7) % 7;
  return weekday === 0 || weekday === 6;
}

/** First and last day that the course shows: the planned ones, and whatever happened outside of them. */
export function courseRange({ trial, days }: TrialAnalysis): readonly [number, number] {
  const numbers = days.map(({ day }) => dayNumber(day));
  const planned = [dayNumber(trial.start), dayNumber(trial.end)].filter(Number.isFinite);
  return [Math.min(...planned, ...numbers), Math.max(...planned, ...numbers)];
}

/** The sums of an arm over one week of the trial. */
export interface Week {
  readonly arm: string;
  /** 1 for the seven days from the first day of the course. */
  readonly week: number;
  /** Number of the first day. */
  readonly from: number;
  /** Number of the last day; the last week may be shorter. */
  readonly to: number;
  /** Days of the week for which there are sums. */
  readonly days: number;
  readonly patientDays: number;
  readonly alerts: number;
  readonly accepted: number;
}

/** The course by week, arm by arm; weeks without any sums of an arm are left out. */
export function weeksOf(analysis: TrialAnalysis): readonly Week[] {
  const [first, last] = courseRange(analysis);
  return analysis.trial.arms.flatMap(({ name }) => {
    const weeks = new Map<number, Week>();
    for (const sums of analysis.days) {
      if (sums.arm !== name) continue;
      const week = 1 + Math.floor((dayNumber(sums.day) - first) / 7);
      const from = first + 7 * (week - 1);
      const before = weeks.get(week);
      weeks.set(week, {
        arm: name,
        week,
        from,
        to: Math.min(from + 6, last),
        days: (before?.days ?? 0) + 1,
        patientDays: (before?.patientDays ?? 0) + sums.calendarDays,
        alerts: (before?.alerts ?? 0) + sums.alerts,
        accepted: (before?.accepted ?? 0) + sums.accepted,
      });
    }
    return [...weeks.values()].sort((a, b) => a.week - b.week);
  });
}
