import type { Subject } from '../allocation/subject.ts';
import { FhirError } from '../errors.ts';
import type { Recorded, TrialLog } from '../store/log/port.ts';
import type { Store } from '../store/port.ts';
import { calendarDay, startOfDay } from '../trial/calendar.ts';
import type { Protocol } from '../trial/protocol.ts';
import type { GroupingOptions } from './by-subject.ts';
import { bySubject } from './by-subject.ts';
import type { FhirSource } from './client.ts';
import { patientDays } from './patient-days.ts';
import type { Encounter, Patient } from './r4.ts';
import type { ToldDays } from './standing.ts';
import { standingDays } from './standing.ts';

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
  /** Of the durable ones, those that correct what stood in the ledger. */
  readonly amended: number;
  /** Of the amended ones, those that the record no longer tells. */
  readonly withdrawn: number;
  /**
   * Days that stand in the ledger though the record no longer tells them, because an encounter of the
   * patient could not be used or the unit is not told any more.
   */
  readonly leftStanding: number;
  /** Encounters that gave no patient-days, and why. */
  readonly skipped: readonly { readonly reason: string; readonly count: number }[];
}

/** Patient-days on their way at any one time. */
const batchSize = 1_000;

/** A patient-day on its way. */
interface Waiting {
  readonly recorded: Recorded;
  /** Whether it takes a day back that the record no longer tells. */
  readonly withdraws: boolean;
}

type Settled = {
  -readonly [
    K in 'durable' | 'duplicate' | 'failed' | 'amended' | 'withdrawn' | 'leftStanding'
  ]: number;
};

async function count(settled: Settled, { recorded, withdraws }: Waiting): Promise<void> {
  const { status, amended = false } = await recorded.settled;
  settled[status === 'durable' || status === 'duplicate' ? status : 'failed'] += 1;
  if (amended) settled.amended += 1;
  if (withdraws) settled[amended ? 'withdrawn' : 'leftStanding'] += 1;
}

const noTime = { calendar: 0, midnight: 0, elapsed: 0 } as const;

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
  const counts = { patients: 0, eligible: 0, patientDays: 0 };
  const settled: Settled = {
    durable: 0,
    duplicate: 0,
    failed: 0,
    amended: 0,
    withdrawn: 0,
    leftStanding: 0,
  };
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

  const standing = options.ledger && (await standingDays(options.ledger, { trial, from, to }));
  let waiting: Waiting[] = [];
  const send = (recorded: Recorded, { withdraws = false } = {}): void => {
    waiting.push({ recorded, withdraws });
    counts.patientDays += 1;
  };
  const settle = async (): Promise<void> => {
    await Promise.all(waiting.map((each) => count(settled, each)));
    waiting = [];
  };

  const grouping: GroupingOptions<P['unit']> = {
    unit: trial.unit,
    eligible: options.eligible,
    subjectOf: (patient, encounter) =>
      options.subject === undefined ? {} : options.subject(patient, encounter),
    skip,
  };
  let done = 0;
  for (const [id, patient] of patients) {
    let any = false;
    const record = { id, patient, encounters: encounters.get(id) ?? [] };
    const { groups, isWhole } = bySubject(record, grouping);
    const told: ToldDays<P['unit']>[] = [];
    let isSound = isWhole;
    for (const { subject, encounters: members } of groups) {
      const found = patientDays(members, {
        timeZone: trial.timeZone,
        from,
        to,
        classes: options.classes,
      });
      found.faults.forEach(skip);
      isSound &&= found.faults.length === 0;
      told.push({ subject, days: new Set(found.days.map(({ day }) => day)) });
      for (const day of found.days) {
        any = true;
        send(log.patientDays(subject, day));
      }
    }
    for (const { day, subject } of standing?.untold(id, told) ?? []) {
      if (isSound && subject !== undefined) {
        send(log.patientDays(subject, { day, ...noTime }), { withdraws: true });
      } else settled.leftStanding += 1;
    }
    if (any) counts.eligible += 1;
    if (waiting.length >= batchSize) await settle();
    done += 1;
    options.onProgress?.({ done, total: patients.size, patientDays: counts.patientDays });
  }
  await settle();
  return {
    ...counts,
    ...settled,
    skipped: [...skipped].map(([reason, count]) => ({ reason, count })),
  };
}
