import type { DaySums } from '../../store/port.ts';
import { daysBetween } from '../../trial/calendar.ts';
import type { Trial } from '../../trial/trial.ts';
import type { Estimable } from '../estimable.ts';
import type { RateBreak, TriggerDrift } from '../methods/drift/index.ts';
import { rateBreak, triggerDrift } from '../methods/drift/index.ts';

/** Whether the trigger fired alike in all arms and all the time. */
export interface TriggerCourse {
  readonly drifts: readonly {
    readonly arm: string;
    readonly control: string;
    /** By what the ratio of firings per patient-day is multiplied in a week. */
    readonly drift: Estimable<TriggerDrift>;
    /** Whether it drifts at the 1 % level. */
    readonly drifts: boolean;
  }[];
  /** A change of level in all arms together. */
  readonly change: Estimable<Omit<RateBreak, 'period'> & { readonly day: string }>;
  /** Whether the level changed at the 1 % level. */
  readonly changed: boolean;
}

const alarm = 0.01;

/**
 * The course of firings (shown and silent) per eligible patient-day. The trigger should not know the
 * arm: a ratio that drifts says that it does, or that the arm changes how often it fires. A change of
 * level in all arms on one day is a change of the trigger itself.
 */
export function triggerCourse(trial: Trial, days: readonly DaySums[]): TriggerCourse {
  const dates = [...new Set(days.map(({ day }) => day))].sort();
  const [first = ''] = dates;
  const cells = new Map(days.map((row) => [`${row.day} ${row.arm}`, row]));
  const at = (day: string, arm: string): { readonly events: number; readonly exposure: number } => {
    const row = cells.get(`${day} ${arm}`);
    return { events: (row?.alerts ?? 0) + (row?.silent ?? 0), exposure: row?.calendarDays ?? 0 };
  };
  const together = dates.map((day) =>
    trial.arms
      .map(({ name }) => at(day, name))
      .reduce((a, b) => ({ events: a.events + b.events, exposure: a.exposure + b.exposure })),
  );
  const found = rateBreak(together);
  return {
    drifts: trial.arms
      .filter(({ name }) => name !== trial.control)
      .map(({ name }) => {
        const drift = triggerDrift(
          dates.map((day) => ({
            time: daysBetween(first, day) / 7,
            arm: at(day, name),
            control: at(day, trial.control),
          })),
        );
        const drifts = drift.estimable && drift.effect.pValue < alarm;
        return { arm: name, control: trial.control, drift, drifts };
      }),
    change: found.estimable ? onDay(found, dates) : found,
    changed: found.estimable && found.pValue < alarm,
  };
}

function onDay(
  { period, ...found }: RateBreak & { readonly estimable: true },
  dates: readonly string[],
): { readonly estimable: true } & Omit<RateBreak, 'period'> & { readonly day: string } {
  return { ...found, day: dates[period] ?? '' };
}
