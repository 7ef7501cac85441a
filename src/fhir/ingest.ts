import type { Subject, SubjectIds } from '../allocation/subject.ts';
import { FhirError } from '../errors.ts';
import type { Recorded, TrialLog } from '../store/log-port.ts';
import type { Protocol, Unit } from '../trial/protocol.ts';
import type { FhirSource } from './client.ts';
import { calendarDay, startOfDay } from '../trial/calendar.ts';
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
export interface IngestCounts {
  /** Patients read. */
  readonly patients: number;
  /** Patients with at least one eligible encounter that gave a patient-day. */
  readonly eligible: number;
  /** Patient-days handed to the log, by what became of them. */
  readonly patientDays: number;
  readonly durable: number;
  readonly duplicate: number;
  /** Rejected or lost. */
  readonly failed: number;
  /** Encounters that gave no patient-days, and why. */
  readonly skipped: readonly { readonly reason: string; readonly count: number }[];
}

/** Patient-days on their way at any one time. */
const batchSize = 1_000;

function patientOf(encounter: Encounter): string | undefined {
  return /(?:^|\/)Patient\/([A-Za-z0-9\-.]{1,64})$/.exec(encounter.subject?.reference ?? '')?.[1];
}

/**
 * Reads Patients and Encounters and logs each patient-day of eligible patients from the beginning of
 * the trial to its end or the last whole day before the cut-off. May be repeated, day after day: a
 * patient-day that is known is a duplicate. One that the record now tells otherwise, such as of a
 * discharge that was entered late, counts as `failed`: what was logged first stands.
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
  // The day of the cut-off is not over: what is logged of it could not be added to later.
  const today = startOfDay(calendarDay(options.cutOff, trial.timeZone), trial.timeZone);
  const to = Math.min(trial.endsAt, today);
  const { pageSize = 200 } = options;
  const counts = { patients: 0, eligible: 0, patientDays: 0, durable: 0, duplicate: 0, failed: 0 };
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

  let waiting: Recorded[] = [];
  const settle = async (): Promise<void> => {
    for (const { status } of await Promise.all(waiting.map(({ settled }) => settled))) {
      counts[status === 'durable' || status === 'duplicate' ? status : 'failed'] += 1;
    }
    waiting = [];
  };

  let done = 0;
  for (const [id, patient] of patients) {
    let any = false;
    const record = { id, patient, encounters: encounters.get(id) ?? [] };
    const groups = bySubject<P>(trial.unit, record, options, skip);
    for (const { subject, members } of groups) {
      const found = patientDays(members, {
        timeZone: trial.timeZone,
        from,
        to,
        classes: options.classes,
      });
      found.faults.forEach(skip);
      for (const day of found.days) {
        any = true;
        waiting.push(log.patientDays(subject, day));
        counts.patientDays += 1;
      }
    }
    if (any) counts.eligible += 1;
    if (waiting.length >= batchSize) await settle();
    done += 1;
    options.onProgress?.({ done, total: patients.size, patientDays: counts.patientDays });
  }
  await settle();
  return {
    ...counts,
    skipped: [...skipped].map(([reason, count]) => ({ reason, count })),
  };
}

interface PatientRecord {
  readonly id: string;
  readonly patient: Patient;
  readonly encounters: readonly Encounter[];
}

/** Whether the id of the unit is there. */
function hasUnit<U extends Unit>(ids: SubjectIds, unit: U): ids is SubjectIds & Subject<U> {
  return ids[unit] !== undefined;
}

/** The eligible encounters of a patient, grouped by the subject that they belong to. */
function bySubject<P extends Protocol>(
  unit: P['unit'],
  { id, patient, encounters }: PatientRecord,
  options: IngestOptions<P>,
  skip: (reason: string) => void,
): readonly { readonly subject: Subject<P['unit']>; readonly members: readonly Encounter[] }[] {
  const groups = new Map<string, { subject: Subject<P['unit']>; members: Encounter[] }>();
  for (const encounter of encounters) {
    if (!options.eligible(patient, encounter)) {
      skip('not eligible');
      continue;
    }
    const known: SubjectIds | undefined =
      options.subject === undefined ? {} : options.subject(patient, encounter);
    const subject: SubjectIds = { ...known, patient: known?.patient ?? id };
    if (known === undefined || !hasUnit<P['unit']>(subject, unit)) {
      skip('unit not known');
      continue;
    }
    // One patient has one time at risk in a unit, however many encounters it is made of.
    const key = JSON.stringify([subject[unit], subject.patient]);
    const group = groups.get(key) ?? { subject, members: [] };
    groups.set(key, group);
    group.members.push(encounter);
  }
  return [...groups.values()];
}
