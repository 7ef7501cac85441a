import type { PatientDayDetails } from '../store/log/port.ts';
import { addDays, calendarDay, startOfDay } from '../trial/calendar.ts';
import type { Interval } from './intervals.ts';
import { merge } from './intervals.ts';
import type { PresenceFault } from './presence.ts';
import { presenceOf } from './presence.ts';
import type { Encounter } from './r4.ts';

/** Inpatient classes of HL7's v3 ActCode: inpatient, acute, non-acute. */
export const inpatientClasses: readonly string[] = ['IMP', 'ACUTE', 'NONAC'];

export interface PatientDayOptions {
  /** IANA name of the trial's time zone. */
  readonly timeZone: string;
  /** First instant that counts, milliseconds since 1970-01-01T00:00Z. */
  readonly from: number;
  /** First instant that does not: the end of the trial or the cut-off of the data. */
  readonly to: number;
  /** Codes of the classes that count; default `inpatientClasses`. */
  readonly classes?: readonly string[] | undefined;
}

/** The patient-days of one patient. */
export interface CountedPatientDays {
  /** In order of days. */
  readonly days: readonly PatientDayDetails[];
  /** What was wrong with each encounter that was left out. Nothing is guessed. */
  readonly faults: readonly PresenceFault[];
}

const day24 = 86_400_000;

/** A day in whole milliseconds, so that the order of the encounters changes no digit of it. */
interface Present {
  readonly midnight: 0 | 1;
  readonly milliseconds: number;
}

/**
 * Counts the patient-days of one patient in three ways: calendar days touched, midnights present
 * (the midnight that ends the day), and time present / 24 hours. A day of 25 hours is one calendar
 * day and up to 25/24 elapsed days.
 *
 * Encounters in progress, on leave or finished count; planned, cancelled and mistaken ones do not.
 * Overlapping and nested encounters are merged first. An encounter without an end lasts until the
 * cut-off, unless it is finished.
 *
 * @param encounters of one patient
 */
export function patientDays(
  encounters: readonly Encounter[],
  options: PatientDayOptions,
): CountedPatientDays {
  const { timeZone, from, to } = options;
  const classes = new Set(options.classes ?? inpatientClasses);
  const presences = encounters.map((encounter) => presenceOf(encounter, classes));
  const stays = merge(
    presences.flatMap((presence) => (presence.kind === 'present' ? presence.intervals : [])),
  );
  const days = new Map<string, Present>();
  for (const stay of stays) addStay(days, stay, { timeZone, from, to });
  return {
    days: [...days].map(([day, { midnight, milliseconds }]) => ({
      day,
      calendar: 1,
      midnight,
      elapsed: milliseconds / day24,
    })),
    faults: presences.flatMap((presence) => (presence.kind === 'fault' ? [presence.fault] : [])),
  };
}

function addStay(
  days: Map<string, Present>,
  stay: Interval,
  { timeZone, from, to }: Pick<PatientDayOptions, 'timeZone' | 'from' | 'to'>,
): void {
  const first = Math.max(stay.from, from);
  const last = Math.min(stay.to, to);
  if (first >= last) return;
  for (let day = calendarDay(first, timeZone), begins = first; begins < last;) {
    const tomorrow = addDays(day, 1);
    const midnight = startOfDay(tomorrow, timeZone);
    const ends = Math.min(midnight, last);
    const before = days.get(day);
    // Whoever leaves at the stroke of midnight is not there at midnight; who is there at the cut-off is.
    const present = midnight <= to && stay.to > midnight;
    days.set(day, {
      midnight: present || before?.midnight === 1 ? 1 : 0,
      milliseconds: (before?.milliseconds ?? 0) + ends - begins,
    });
    day = tomorrow;
    begins = ends;
  }
}
