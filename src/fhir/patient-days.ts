import type { PatientDayDetails } from '../store/log/port.ts';
import type { Interval } from '../intake/intervals.ts';
import type { DayOptions } from '../intake/stay-days.ts';
import { stayDays } from '../intake/stay-days.ts';
import type { PresenceFault } from './presence.ts';
import { deathOf, presenceOf } from './presence.ts';
import type { Encounter, Patient } from './r4.ts';
import { idIn } from './reference.ts';

/** Inpatient classes of HL7's v3 ActCode: inpatient, acute, non-acute. */
export const inpatientClasses: readonly string[] = ['IMP', 'ACUTE', 'NONAC'];

export interface PatientDayOptions extends DayOptions {
  /** Codes of the classes that count; default `inpatientClasses`. */
  readonly classes?: readonly string[] | undefined;
  /** Whose encounters they are: one who has died is not in hospital any more. */
  readonly patient?: Patient | undefined;
}

/** The patient-days of one patient. */
export interface CountedPatientDays {
  /** In order of days. */
  readonly days: readonly PatientDayDetails[];
  /** What was wrong with each encounter that was left out. Nothing is guessed. */
  readonly faults: readonly PresenceFault[];
}

/**
 * Counts the patient-days of one patient in three ways: calendar days touched, midnights present
 * (the midnight that ends the day), and time present / 24 hours. A day of 25 hours is one calendar
 * day and up to 25/24 elapsed days.
 *
 * Encounters in progress, on leave or finished count; planned, cancelled and mistaken ones do not.
 * Overlapping and nested encounters are merged first. An encounter without an end lasts until the
 * cut-off, or the patient's death, unless it is finished. Of a part of another encounter that counts, nothing more is needed.
 *
 * @param encounters of one patient
 */
export function patientDays(
  encounters: readonly Encounter[],
  options: PatientDayOptions,
): CountedPatientDays {
  const classes = new Set(options.classes ?? inpatientClasses);
  const death = options.patient && deathOf(options.patient);
  const presences = encounters.map((encounter) => presenceOf(encounter, classes, death));
  const present = new Set(
    encounters.flatMap(({ id }, index) => (presences[index]?.kind === 'present' ? [id] : [])),
  );
  const faults: PresenceFault[] = [];
  const stays: Interval[] = [];
  presences.forEach((presence, index) => {
    if (presence.kind === 'present') stays.push(...presence.intervals);
    if (presence.kind !== 'fault') return;
    // A part of a stay lies within it, whenever it was.
    const whole = idIn(encounters[index]?.partOf, 'Encounter');
    if (whole === undefined || !present.has(whole)) faults.push(presence.fault);
  });
  return { days: stayDays(stays, options), faults };
}
