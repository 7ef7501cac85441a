import type { Interval } from '../intake/intervals.ts';
import { intersect, subtract } from '../intake/intervals.ts';
import { instantOf, isDateOnly } from './date-time.ts';
import type { Encounter, Patient, Period } from './r4.ts';
import { listOf } from './reference.ts';

/** Why an encounter gives no patient-days although it is of a class that does. */
export type PresenceFault =
  | 'no start'
  | 'a date without a time'
  | 'an instant that cannot be read'
  | 'ends before it starts'
  | 'finished without an end'
  | 'without an end, of a patient who has died'
  | 'an earlier class without an end'
  | 'on leave since an unknown time';

/** When a patient was in hospital under one encounter, or why that is not known. */
export type Presence =
  | { readonly kind: 'present'; readonly intervals: readonly Interval[] }
  | { readonly kind: 'not counted' }
  | { readonly kind: 'fault'; readonly fault: PresenceFault };

/** When a patient died: milliseconds, or that it is not known to the instant. */
export type Death = number | 'at an unknown time';

/** When a patient died; undefined for one who has not, as far as the record tells. */
export function deathOf({ deceasedBoolean, deceasedDateTime }: Patient): Death | undefined {
  if (typeof deceasedDateTime !== 'string') {
    return deceasedBoolean === true ? 'at an unknown time' : undefined;
  }
  return instantOf(deceasedDateTime) ?? 'at an unknown time';
}

/** Statuses of encounters that took place. Planned, cancelled and mistaken ones are not among them. */
const counted: ReadonlySet<string | undefined> = new Set(['in-progress', 'onleave', 'finished']);

function instantIn(text: string): number | PresenceFault {
  if (isDateOnly(text)) return 'a date without a time';
  return instantOf(text) ?? 'an instant that cannot be read';
}

/** A period without an end lasts. */
function intervalOf(period: Period | undefined): Interval | PresenceFault {
  if (typeof period?.start !== 'string') return 'no start';
  const from = instantIn(period.start);
  const to = typeof period.end === 'string' ? instantIn(period.end) : Infinity;
  if (typeof from === 'string') return from;
  if (typeof to === 'string') return to;
  return to < from ? 'ends before it starts' : { from, to };
}

/** A stay that nobody has closed ends with the patient's death. */
function endedBy(death: Death | undefined, period: Interval): Interval | PresenceFault {
  if (death === undefined || period.to !== Infinity) return period;
  return typeof death === 'number' && death >= period.from
    ? { from: period.from, to: death }
    : 'without an end, of a patient who has died';
}

/** The intervals of some periods, or the first thing that is wrong with one. */
function intervalsOf(
  periods: readonly (Period | undefined)[],
): readonly Interval[] | PresenceFault {
  const intervals: Interval[] = [];
  for (const period of periods) {
    const interval = intervalOf(period);
    if (typeof interval === 'string') return interval;
    intervals.push(interval);
  }
  return intervals;
}

/**
 * The time of leave. An entry of the history that is still open is leave until now; an encounter that
 * is on leave has been so since the last entry of its history ended.
 */
function leaveOf(encounter: Encounter): readonly Interval[] | PresenceFault {
  const history = listOf(encounter.statusHistory);
  const leaves = intervalsOf(
    history.filter(({ status }) => status === 'onleave').map(({ period }) => period),
  );
  if (typeof leaves === 'string' || encounter.status !== 'onleave') return leaves;
  if (leaves.some(({ to }) => to === Infinity)) return leaves;
  const all = intervalsOf(history.map(({ period }) => period));
  if (typeof all === 'string') return all;
  const since = Math.max(...all.map(({ to }) => to));
  if (!Number.isFinite(since)) return 'on leave since an unknown time';
  return [...leaves, { from: since, to: Infinity }];
}

/**
 * When a patient was in hospital under an encounter: its period, less the time of leave, and where
 * there is a history of classes, less the segments of other classes (such as the time in the
 * emergency department before admission).
 *
 * @param classes codes of the classes that count, such as `IMP`
 * @param death of the patient, if that is known
 */
export function presenceOf(
  encounter: Encounter,
  classes: ReadonlySet<string>,
  death?: Death,
): Presence {
  if (!counted.has(encounter.status)) return { kind: 'not counted' };
  const counts = (code: string | undefined): boolean => code !== undefined && classes.has(code);
  const history = listOf(encounter.classHistory);
  const now = counts(encounter.class?.code);
  const segments = history.filter((segment) => counts(segment.class?.code) !== now);
  if (!now && segments.length === 0) return { kind: 'not counted' };

  const told = intervalOf(encounter.period);
  if (typeof told === 'string') return { kind: 'fault', fault: told };
  if (encounter.status === 'finished' && told.to === Infinity) {
    return { kind: 'fault', fault: 'finished without an end' };
  }
  const period = endedBy(death, told);
  if (typeof period === 'string') return { kind: 'fault', fault: period };
  const leave = leaveOf(encounter);
  if (typeof leave === 'string') return { kind: 'fault', fault: leave };
  const other = intervalsOf(segments.map((segment) => segment.period));
  if (typeof other === 'string') return { kind: 'fault', fault: other };
  if (other.some(({ to }) => to === Infinity)) {
    return { kind: 'fault', fault: 'an earlier class without an end' };
  }
  const here = now ? subtract([period], other) : intersect([period], other);
  return { kind: 'present', intervals: subtract(here, leave) };
}
