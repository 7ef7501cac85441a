import { addDays, daysBetween, startOfDay } from '../trial/calendar.ts';

/** Milliseconds of 24 hours. */
export const day24 = 86_400_000;

/** The simulated weeks: their calendar days, one of which may have 23 or 25 hours. */
export interface Window {
  readonly timeZone: string;
  /** `YYYY-MM-DD`, first to last. */
  readonly days: readonly string[];
  /** First instant of each day, and one more: the first instant after the last day. */
  readonly starts: readonly number[];
  /** First instant, milliseconds since 1970-01-01T00:00Z. */
  readonly from: number;
  /** First instant after the last day. */
  readonly to: number;
}

const windows = new Map<string, Window>();

/**
 * The days of a window, with their instants.
 *
 * @throws RangeError when the window ends before it starts
 */
export function windowOf(settings: {
  readonly timeZone: string;
  readonly start: string;
  readonly end: string;
}): Window {
  const { timeZone, start, end } = settings;
  const key = `${timeZone} ${start} ${end}`;
  let window = windows.get(key);
  if (window === undefined) {
    const count = daysBetween(start, end) + 1;
    if (count < 1) throw new RangeError(`the window ends (${end}) before it starts (${start})`);
    const days = Array.from({ length: count }, (_, index) => addDays(start, index));
    const starts = [...days, addDays(end, 1)].map((day) => startOfDay(day, timeZone));
    window = { timeZone, days, starts, from: starts[0] ?? 0, to: starts[count] ?? 0 };
    // Calibration makes hundreds of clinics of one window, and calendars are slow.
    windows.set(key, window);
  }
  return window;
}

/** The index of the day of an instant: 0 for the first day and before, the last for later ones. */
export function dayIndex(window: Window, at: number): number {
  const { starts, days } = window;
  let index = Math.floor((at - window.from) / day24);
  index = Math.min(Math.max(index, 0), days.length - 1);
  // Off by one beside a day of 23 or 25 hours.
  while (index > 0 && at < (starts[index] ?? 0)) index -= 1;
  while (index < days.length - 1 && at >= (starts[index + 1] ?? Infinity)) index += 1;
  return index;
}
