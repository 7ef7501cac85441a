import type { Subject } from '../allocation/subject.ts';
import type { DayCounts } from '../intake/day-recorder.ts';
import { dayRecorder } from '../intake/day-recorder.ts';
import type { TrialLog } from '../store/log/port.ts';
import type { Store } from '../store/port.ts';
import { calendarDay, startOfDay } from '../trial/calendar.ts';
import type { Protocol } from '../trial/protocol.ts';
import type { FhirSource } from './client.ts';
import type { Encounter, Patient } from './r4.ts';
import { readByType } from './record/by-type.ts';
import { daysOf } from './record/days-of.ts';
import type { ReadingPlan } from './record/reading.ts';
import { skipCounter } from './record/skips.ts';

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

/**
 * Reads Patients and Encounters and logs each patient-day of eligible patients from the beginning of
 * the trial to its end or the last whole day before the cut-off. May be repeated, day after day: a
 * patient-day that is known is a duplicate, and one that the record now tells otherwise, such as of a
 * discharge that was entered late, is amended. With `ledger`, those that it no longer tells are taken
 * back; patients whom it does not tell of any more stay as they are.
 *
 * The population is searched as a whole, which suits an extract or a server of your own; most record
 * systems want one patient at a time, as `ingest` does.
 *
 * @throws FhirError when the server cannot be used; what was logged before stays
 */
export async function ingestPatientDays<P extends Protocol>(
  log: TrialLog<P>,
  source: Pick<FhirSource, 'search'>,
  options: IngestOptions<P>,
): Promise<IngestCounts> {
  const { trial } = log;
  const { timeZone, unit, startsAt: from } = trial;
  const { cutOff, ledger, pageSize = 200, onProgress } = options;
  // The day of the cut-off is not over.
  const today = startOfDay(calendarDay(cutOff, timeZone), timeZone);
  const to = Math.min(trial.endsAt, today);
  const recorder = await dayRecorder(log, { from, to, ledger });
  const skips = skipCounter();
  const plan: ReadingPlan = {
    timeZone,
    pageSize,
    searches: {},
    wantsDays: true,
    rule: undefined,
    since: from,
    until: to,
    wantsOrdersOf: () => false,
  };
  let total = 0;
  const onTotal = (all: number): void => {
    total = all;
  };
  const counts = { patients: 0, eligible: 0 };
  const readings = readByType(source, { plan, passes: 1, isDone: () => false, onTotal, skips });
  for await (const reading of readings) {
    const told = daysOf<P>(reading, { unit, days: options, skips, timeZone, from, to });
    await recorder.record(told);
    counts.patients += 1;
    if (told.groups.some(({ days }) => days.length > 0)) counts.eligible += 1;
    const { patientDays } = recorder.counts;
    onProgress?.({ done: counts.patients, total, patientDays });
  }
  await recorder.settle();
  const skipped = Object.values(skips.all).flatMap((reasons) => Object.entries(reasons));
  return {
    ...counts,
    ...recorder.counts,
    skipped: skipped.map(([reason, count]) => ({ reason, count })),
  };
}
