import { setImmediate } from 'node:timers/promises';
import type { Problem } from '../../errors.ts';
import { ImportError } from '../../errors.ts';
import type { DayCounts } from '../../intake/day-recorder.ts';
import { dayRecorder } from '../../intake/day-recorder.ts';
import type { DayOptions } from '../../intake/stay-days.ts';
import { rehearsalOf } from '../../intake/rehearsal.ts';
import type { TrialLog } from '../../store/log/port.ts';
import type { Store } from '../../store/port.ts';
import { calendarDay, startOfDay } from '../../trial/calendar.ts';
import type { Protocol } from '../../trial/protocol.ts';
import type { Trial } from '../../trial/trial.ts';
import type { SourceRow } from '../rows.ts';
import type { Grouping } from './grouping.ts';
import { grouping } from './grouping.ts';
import type { IdLookups } from '../identities.ts';
import type { StayMapping } from './mapping.ts';
import { stayMappingFrom } from './mapping-schema.ts';
import type { RowCounts, Table, TableOptions } from './read-table.ts';
import { withTable } from './read-table.ts';
import { timeColumns } from './row-time.ts';
import type { StayReading, TableStay } from './stay-row.ts';
import { stayReader } from './stay-row.ts';
import type { KeptStay } from './stay-subjects.ts';
import { eachOnce, subjectDays } from './stay-subjects.ts';

/** How to import stays. */
export interface StayImportOptions extends TableOptions {
  readonly mapping: StayMapping;
  /** When the data were taken, milliseconds: stays without an end last until then. */
  readonly cutOff: number;
  /** Whether the patient is at risk of the alert during the stay. Must not depend on the arm; default all. */
  readonly eligible?: ((stay: TableStay) => boolean) | undefined;
  /** The ids that alerts are served with, where those of the table are others. */
  readonly ids?: IdLookups | undefined;
  /**
   * The store of the log. With it, days that stand there and that the table no longer tells are taken
   * back. Give it where the table tells all stays of each patient that it tells of, and where the
   * patient-days of the trial come from here alone. Default: what is no longer told stands.
   */
  readonly ledger?: Pick<Store, 'pseudonym' | 'read' | 'find'> | undefined;
}

/** What became of a table of stays. */
export interface StayImportCounts extends RowCounts, DayCounts {
  /** Patients with at least one stay that was used. */
  readonly patients: number;
  /** Patients with at least one patient-day. */
  readonly eligible: number;
  /** Stays that were used, each once. */
  readonly stays: number;
  /** Of them, those with a bound that is a date without a time. */
  readonly byDate: number;
  /**
   * Whether nothing was written: then the counts say what would become of everything, as far as the
   * `ledger` tells; without it, everything seems to be new.
   */
  readonly dryRun: boolean;
}

/** A stay, or what else matters for taking back: that there is a row, or that one could not be used. */
type Kept = KeptStay | 'seen' | 'fault';

// Other work, such as showing the progress, comes in between.
const patientsAtOnce = 500;

function checkColumns(
  { unit, strata }: Pick<Trial, 'unit' | 'strata'>,
  { columns }: StayMapping,
): void {
  const problems: Problem[] = [];
  if (columns[unit] === undefined) {
    problems.push({
      path: `mapping.columns.${unit}`,
      message: `is needed: the trial randomises by ${unit}`,
    });
  }
  for (const name of strata) {
    if (columns.strata?.[name] !== undefined) continue;
    problems.push({
      path: `mapping.columns.strata.${name}`,
      message: 'is needed: the trial has this stratum',
    });
  }
  for (const name of Object.keys(columns.strata ?? {})) {
    if (strata.includes(name)) continue;
    problems.push({
      path: `mapping.columns.strata.${name}`,
      message: 'is no stratum of the trial',
    });
  }
  if (problems.length > 0) throw new ImportError(problems);
}

function columnsOf({ columns, where = [], keep = [] }: StayMapping): {
  readonly columns: readonly string[];
  readonly optional: readonly string[];
} {
  const { from, to, strata = {}, ...ids } = columns;
  const times = [timeColumns(from), timeColumns(to)];
  return {
    columns: [
      ...Object.values(ids).filter((name) => name !== undefined),
      ...Object.values(strata),
      ...where.map(({ column }) => column),
      ...keep,
      ...times.flatMap((time) => time.columns),
    ],
    optional: times.flatMap((time) => time.optional),
  };
}

const nothingKnown: Pick<Store, 'find'> = { find: () => Promise.resolve(undefined) };

interface Reading {
  readonly table: Table;
  readonly patients: Grouping<Kept>;
  readonly read: (row: SourceRow) => StayReading;
  /** The time that is imported. */
  readonly span: Pick<DayOptions, 'from' | 'to'>;
  /** Whether it matters who has a row that gives no stay. */
  readonly takesBack: boolean;
}

/**
 * Reads the whole table into the stays of each patient.
 *
 * @returns whether each row that could not be used is known to be somebody's
 */
async function collect({ table, patients, read, span, takesBack }: Reading): Promise<boolean> {
  let isWhole = true;
  let last: string | undefined;
  const mention = (patient: string | undefined, how: 'seen' | 'fault'): void => {
    if (patient === undefined || !takesBack || (how === 'seen' && patient === last)) return;
    patients.add(patient, how);
    last = patient;
  };
  for await (const batch of table.batches()) {
    for (const { row, file } of batch) {
      const { line } = row;
      const reading = read(row);
      if (reading.kind === 'stay') {
        const { stay, key, isByDate } = reading;
        const { patient, from, to, elapsedTo } = stay;
        if (from < span.to && (elapsedTo ?? to ?? span.to) >= span.from) {
          patients.add(patient, { ...stay, key, isByDate, line, file });
          last = patient;
        } else {
          table.leaveOut('outside the time of the trial');
          mention(patient, 'seen');
        }
      } else if (reading.kind === 'left out') {
        table.leaveOut(reading.reason);
        mention(reading.patient, 'seen');
      } else {
        const { patient, reason, column } = reading;
        table.reject({ line, reason, column, row: row.fields }, file);
        mention(patient, 'fault');
        isWhole &&= patient !== undefined;
      }
    }
  }
  return isWhole;
}

/**
 * Reads a table of visits or encounters, such as PCORnet's ENCOUNTER or OMOP's visit_occurrence, and logs
 * each patient-day from the beginning of the trial to its end or the last whole day before the cut-off.
 * Stays that overlap are merged for each patient and unit. The rows may come in any order and number, and
 * in several files.
 *
 * It may be repeated, and gone on with after it was cut off: a patient-day that is known is a duplicate,
 * and one that the table now tells otherwise is amended. Rows that cannot be used are rejected, and the
 * rest is recorded; of a patient with such a row nothing is taken back, and of nobody where a row is there
 * that might be anyone's.
 *
 * @throws ImportError when the mapping is malformed or does not fit the trial or the table; what was
 *   logged before stays
 * @throws RangeError when the cut-off is no instant
 */
export async function importStays<P extends Protocol>(
  log: TrialLog<P>,
  file: string | readonly string[],
  options: StayImportOptions,
): Promise<StayImportCounts> {
  const { trial } = log;
  const { unit, timeZone } = trial;
  const mapping = stayMappingFrom(options.mapping);
  const { cutOff, ids = {}, eligible = () => true, ledger, dryRun = false, signal } = options;
  if (!Number.isFinite(cutOff)) {
    throw new RangeError(`the cut-off must be an instant in milliseconds, not ${cutOff}`);
  }
  checkColumns(trial, mapping);
  const from = trial.startsAt;
  // The day of the cut-off is not over.
  const to = Math.min(trial.endsAt, startOfDay(calendarDay(cutOff, timeZone), timeZone));
  const read = stayReader({ trial, mapping, ids, cutOff, eligible });
  const patients = grouping<Kept>({ temporary: options.temporary });
  let isReadable = true;
  const onUnreadable = (): void => {
    isReadable = false;
  };
  const takesBack = ledger !== undefined;

  const work = async (table: Table): Promise<StayImportCounts> => {
    const isWhole = await collect({ table, patients, read, span: { from, to }, takesBack });
    const recorder = await dayRecorder(
      dryRun ? rehearsalOf(log, { ledger: ledger ?? nothingKnown }) : log,
      { from, to, ledger },
    );
    const counts = { patients: 0, eligible: 0, stays: 0, byDate: 0 };
    let done = 0;
    try {
      for (const [patient, kept] of patients.groups()) {
        signal?.throwIfAborted();
        const { stays, contradicting } = eachOnce(
          kept.filter((entry) => typeof entry === 'object'),
        );
        for (const { line, file: part } of contradicting) {
          const reason = 'is told more than once, and differently: leave one row for each stay';
          table.reject({ line, reason, column: mapping.columns.key }, part);
        }
        const groups = subjectDays(stays, { unit, timeZone, from, to });
        const isSound =
          isReadable && isWhole && contradicting.length === 0 && !kept.includes('fault');
        await recorder.record({ patient, groups, isSound });
        counts.stays += stays.length;
        counts.byDate += stays.filter(({ isByDate }) => isByDate).length;
        if (stays.length > 0) counts.patients += 1;
        if (groups.some(({ days }) => days.length > 0)) counts.eligible += 1;
        done += 1;
        if (done % patientsAtOnce === 0) {
          await setImmediate();
          table.show('recording', done);
        }
      }
    } finally {
      await recorder.settle();
    }
    table.show('recording', done);
    return { ...table.counts, ...counts, ...recorder.counts, dryRun };
  };

  try {
    const files = typeof file === 'string' ? [file] : file;
    const shape = { mapping, ...columnsOf(mapping), onUnreadable, options };
    return await withTable(files, shape, work);
  } finally {
    patients.close();
  }
}
