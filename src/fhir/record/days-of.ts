import type { Subject } from '../../allocation/subject.ts';
import type { PatientTold } from '../../intake/day-recorder.ts';
import type { DayOptions } from '../../intake/stay-days.ts';
import type { Protocol, Unit } from '../../trial/protocol.ts';
import { bySubject } from '../by-subject.ts';
import { byLocation } from '../by-location.ts';
import { patientDays } from '../patient-days.ts';
import type { Encounter, Patient } from '../r4.ts';
import type { PatientReading } from './reading.ts';
import type { SkipCounter } from './skips.ts';

interface CommonDayIngestion {
  /**
   * Whether the patient is at risk of the alert during the encounter, which has no narrative here. Must not
   * depend on the arm.
   */
  readonly eligible: (patient: Patient, encounter: Encounter) => boolean;
  /** Codes of the classes that count; default inpatient ones. `OBSENC` and `EMER` are others. */
  readonly classes?: readonly string[] | undefined;
  /**
   * Whether an encounter is taken apart by where the patient was, so that `eligible` and `subject` see a
   * part for each entry of `location`; default false.
   */
  readonly byLocation?: boolean | undefined;
  /**
   * Whether days that stand in the ledger and that the record no longer tells are taken back: those
   * after a discharge that was entered late, or of an encounter that was cancelled. Say false where
   * the source does not tell all encounters of each patient that it tells of (as an export since the last
   * one), or where patient-days of the trial come from elsewhere too. Default true; with
   * `patients: 'all'` false.
   *
   * Nothing is taken back of a patient of whom an encounter cannot be used, whom another Patient has
   * replaced, or whom `subject` gives another id than the Patient has; and of nobody where an encounter or a line is there that might be anyone's, or the files
   * say that they are a part: those days are counted as `leftStanding`.
   */
  readonly withdraw?: boolean | undefined;
}

/** How patient-days are read out of a record; a trial that does not randomise patients needs `subject`. */
export type DayIngestion<P extends Protocol = Protocol> = CommonDayIngestion &
  (P['unit'] extends 'patient'
    ? {
        /** Default: the patient alone. */
        readonly subject?:
          ((patient: Patient, encounter: Encounter) => Subject<P['unit']> | undefined) | undefined;
      }
    : {
        /** The ids of the subject, or `undefined` when the unit is not known. */
        readonly subject: (
          patient: Patient,
          encounter: Encounter,
        ) => Subject<P['unit']> | undefined;
      });

/** What the patient-days of a patient are counted with. */
export interface DaysOfOptions<P extends Protocol> extends DayOptions {
  readonly unit: P['unit'];
  readonly days: DayIngestion<P>;
  readonly skips: SkipCounter;
}

/** The patient-days that a record tells of one patient. */
export function daysOf<P extends Protocol>(
  { id, patient, encounters, isWhole: isTold }: PatientReading,
  { unit, days, skips, timeZone, from, to }: DaysOfOptions<P>,
): PatientTold<P['unit']> {
  if (patient === undefined) return { patient: id, groups: [], isSound: false };
  const { eligible, subject, classes } = days;
  const skip = (reason: string): void => skips.add('Encounter', reason);
  const parts = days.byLocation === true ? encounters.flatMap(byLocation) : encounters;
  const { groups, isWhole } = bySubject<Unit & P['unit']>(
    { id, patient, encounters: parts },
    {
      unit,
      eligible,
      subjectOf: (of, encounter) => (subject === undefined ? {} : subject(of, encounter)),
      skip,
    },
  );
  const found = groups.map(({ subject: whose, encounters: members }) => ({
    subject: whose,
    ...patientDays(members, { timeZone, from, to, classes, patient }),
  }));
  const faults = found.flatMap((group) => group.faults);
  faults.forEach(skip);
  return { patient: id, groups: found, isSound: isTold && isWhole && faults.length === 0 };
}
