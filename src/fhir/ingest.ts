import type { Subject } from '../allocation/subject.ts';
import { FhirError } from '../errors.ts';
import type { DayCounts } from '../intake/day-recorder.ts';
import { dayRecorder } from '../intake/day-recorder.ts';
import type { TrialLog } from '../store/log/port.ts';
import type { Store } from '../store/port.ts';
import { calendarDay, startOfDay } from '../trial/calendar.ts';
import type { Protocol } from '../trial/protocol.ts';
import type { GroupingOptions } from './by-subject.ts';
import { bySubject } from './by-subject.ts';
import type { FhirSource } from './client.ts';
import { patientDays } from './patient-days.ts';
import type { Encounter, Patient } from './r4.ts';

/** How far an ingestion has come. */
export interface IngestProgress {
  /** Patients gone through, and patients that there are. */
  readonly done: number;
  readonly total: number;
  readonly patientDays: number;
}

interface CommonOptions {
  /** Whether the patient is at risk of the alert during the encounter. Must not depend on the arm. */
  readonly eligible: (patient: Patient, encounter: Encounter) => boolean;
  /** When the data were taken, milliseconds: encounters without an end last until then. */
  readonly cutOff: number;
  /** Codes of the classes that count; default inpatient ones. */
  readonly classes?: readonly string[] | undefined;
  /** Resources asked for in one page; default 200. */
  readonly pageSize?: number | undefined;
  readonly onProgress?: ((progress: IngestProgress) => void) | undefined;
  /**
   * The store of the log. With it, days that stand there and that the record no longer tells are taken
   * back: those after a discharge that was entered late, or of an encounter that was cancelled. Give
   * it where the source tells all encounters of each patient that it tells of, and where the patient-days
   * of the trial come from here alone. Default: what is no longer told stands.
   */
  readonly ledger?: Pick<Store, 'pseudonym' | 'read'> | undefined;
}

/** Options of `ingestPatientDays`; a trial that does not randomise patients needs `subject`. */
export type IngestOptions<P extends Protocol = Protocol> = CommonOptions &
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

/** What became of the record. */
export interface IngestCounts extends DayCounts {
  /** Patients read. */
  readonly patients: number;
  /** Patients with at least one eligible encounter that gave a patient-day. */
  readonly eligible: number;
  /** Encounters that gave no patient-days, and why. */
  readonly skipped: readonly { readonly reason: string; readonly count: number }[];
}

function patientOf(encounter: Encounter): string | undefined {
  return /(?:^|\/)Patient\/([A-Za-z0-9\-.]{1,64})$/.exec(encounter.subject?.reference ?? '')?.[1];
}

/**
 * Reads Patients and Encounters and logs each patient-day of eligible patients from the beginning of
 * the trial to its end or the last whole day before the cut-off. May be repeated, day after day: a
 * patient-day that is known is a duplicate, and one that the record now tells otherwise, such as of a
 * discharge that was entered late, is amended. With `ledger`, those that it no longer tells are taken
 * back; patients whom it does not tell of any more stay as they are.
 *
 * The population is searched as a whole, which suits an extract or a server of your own; most record
 * systems want one patient at a time.
 *
 * @throws FhirError when the server cannot be used; what was logged before stays
 */
export async function ingestPatientDays<P extends Protocol>(
  log: TrialLog<P>,
  source: Pick<FhirSource, 'search'>,
  options: IngestOptions<P>,
): Promise<IngestCounts> {
  const { trial } = log;
  const from = trial.startsAt;
  // The day of the cut-off is not over.
  const today = startOfDay(calendarDay(options.cutOff, trial.timeZone), trial.timeZone);
  const to = Math.min(trial.endsAt, today);
  const { pageSize = 200 } = options;
  const counts = { patients: 0, eligible: 0 };
  const skipped = new Map<string, number>();
  const skip = (reason: string): void => void skipped.set(reason, (skipped.get(reason) ?? 0) + 1);

  const patients = new Map<string, Patient>();
  for await (const patient of source.search('Patient', { _count: pageSize })) {
    if (patient.id === undefined) throw new FhirError('a Patient without an id cannot be used');
    patients.set(patient.id, patient);
  }
  counts.patients = patients.size;

  const encounters = new Map<string, Encounter[]>();
  for await (const encounter of source.search('Encounter', { _count: pageSize })) {
    const id = patientOf(encounter);
    if (id === undefined) skip('no patient');
    else if (!patients.has(id)) skip('a patient who is not in the record');
    else encounters.set(id, [...(encounters.get(id) ?? []), encounter]);
  }

  const recorder = await dayRecorder(log, { from, to, ledger: options.ledger });
  const grouping: GroupingOptions<P['unit']> = {
    unit: trial.unit,
    eligible: options.eligible,
    subjectOf: (patient, encounter) =>
      options.subject === undefined ? {} : options.subject(patient, encounter),
    skip,
  };
  let done = 0;
  for (const [id, patient] of patients) {
    const record = { id, patient, encounters: encounters.get(id) ?? [] };
    const { groups, isWhole } = bySubject(record, grouping);
    const { timeZone } = trial;
    const { classes } = options;
    const found = groups.map(({ subject, encounters: members }) => ({
      subject,
      ...patientDays(members, { timeZone, from, to, classes }),
    }));
    const faults = found.flatMap((group) => group.faults);
    faults.forEach(skip);
    // oxlint-disable-next-line no-await-in-loop -- one patient after the other keeps little in memory
    await recorder.record({
      patient: id,
      groups: found,
      isSound: isWhole && faults.length === 0,
    });
    if (found.some(({ days }) => days.length > 0)) counts.eligible += 1;
    done += 1;
    const { patientDays: told } = recorder.counts;
    options.onProgress?.({ done, total: patients.size, patientDays: told });
  }
  await recorder.settle();
  return {
    ...counts,
    ...recorder.counts,
    skipped: [...skipped].map(([reason, count]) => ({ reason, count })),
  };
}
