import type { SubjectIds } from '../../allocation/subject.ts';
import type { Protocol, Unit } from '../../trial/protocol.ts';
import type { Trial } from '../../trial/trial.ts';
import type { SourceRow } from '../rows.ts';
import { filterOf } from '../condition.ts';
import type { Fields } from '../fields.ts';
import { emptier, fieldIn } from '../fields.ts';
import type { IdLookups } from '../identities.ts';
import { idIn } from '../identities.ts';
import type { StayMapping } from './mapping.ts';
import type { RowTime, TimeFault } from './row-time.ts';
import { rowTimes } from './row-time.ts';
import type { ToldStay } from './told-days.ts';

/** Whose stay it is, the ids as alerts are served with them, and when. */
export interface SubjectStay extends ToldStay, SubjectIds {
  readonly patient: string;
}

/** A stay of a table. */
export interface TableStay extends SubjectStay {
  /** The row that it stands in. */
  readonly fields: Fields;
}

/** What a row of a table of stays comes to. */
export type StayReading =
  | {
      readonly kind: 'stay';
      readonly stay: SubjectStay;
      readonly key: string;
      readonly isByDate: boolean;
    }
  /** Not what the import is about. */
  | { readonly kind: 'left out'; readonly reason: string; readonly patient: string | undefined }
  | {
      readonly kind: 'rejected';
      readonly reason: string;
      readonly column?: string | undefined;
      /** Undefined when nobody knows whose stay it is. */
      readonly patient: string | undefined;
    };

/** How rows of stays are read. */
export interface StayReaderOptions<P extends Protocol> {
  readonly trial: Pick<Trial<P>, 'unit' | 'timeZone' | 'strata'>;
  readonly mapping: StayMapping;
  readonly ids: IdLookups;
  /** Milliseconds. */
  readonly cutOff: number;
  readonly eligible: (stay: TableStay) => boolean;
}

type Bounds =
  | { readonly fault: TimeFault }
  | { readonly fault?: undefined; readonly told: ToldStay; readonly isByDate: boolean };

const day = 86_400_000;
const subjectUnits: readonly Exclude<Unit, 'patient'>[] = ['practice', 'clinician', 'encounter'];

// One zone has many names: US/Eastern is America/New_York.
const zoneOf = (name: string): string =>
  new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;

const isFault = (time: RowTime | TimeFault | undefined): time is TimeFault =>
  time !== undefined && 'reason' in time;

const firstColumn = ({ at, date }: StayMapping['columns']['from']): string => at ?? date ?? '';

/** A reader of the times of stays. */
function boundsReader(
  { columns, dateOnly, openEnd, longestOpenDays, ambiguous = 'reject', ...table }: StayMapping,
  { timeZone, cutOff }: { readonly timeZone: string; readonly cutOff: number },
): (fields: Fields) => Bounds {
  const read = rowTimes(table);
  const readFrom = read(columns.from);
  const readTo = read(columns.to);
  const fromColumn = firstColumn(columns.from);
  const toColumn = firstColumn(columns.to);
  const isOfTrial = zoneOf(table.zone) === zoneOf(timeZone);

  // Of a time that clocks showed twice, the one that is meant.
  const chosen = (time: RowTime | undefined): RowTime | undefined => {
    if (time?.precision !== 'twice' || ambiguous === 'reject') return time;
    const at = ambiguous === 'earlier' ? time.from : time.to;
    return { ...time, from: at, to: at, precision: 'instant' };
  };
  const unusable = (time: RowTime): string | undefined => {
    if (time.precision === 'twice') {
      return 'is a time that clocks showed twice: say in the mapping, by `ambiguous`, which is meant';
    }
    if (time.precision === 'instant') return undefined;
    if (dateOnly === 'reject') {
      return 'is a date without a time: say in the mapping, by `dateOnly`, what that counts as';
    }
    return isOfTrial
      ? undefined
      : 'is a date without a time, and of another time zone than the days of the trial';
  };

  return (fields) => {
    const admission = readFrom(fields);
    if (isFault(admission)) return { fault: admission };
    const fault = (column: string, reason: string): Bounds => ({ fault: { column, reason } });
    const from = chosen(admission);
    if (from === undefined) return fault(fromColumn, 'is empty: a stay needs a beginning');
    const discharge = readTo(fields);
    if (isFault(discharge)) return { fault: discharge };
    const to = chosen(discharge);
    for (const [time, column] of [
      [from, fromColumn],
      [to, toColumn],
    ] as const) {
      const reason = time && unusable(time);
      if (reason !== undefined) return fault(column, reason);
    }
    const isByDate = from.precision === 'day';
    if (to === undefined) {
      if (openEnd === 'reject') return fault(toColumn, 'is empty: the stay has no end');
      if (longestOpenDays !== undefined && cutOff - from.from > longestOpenDays * day) {
        return fault(
          toColumn,
          `is empty, and the stay began more than ${longestOpenDays} days before the cut-off`,
        );
      }
      return { told: { from: from.from, to: null }, isByDate };
    }
    if (to.to < from.from) return fault(toColumn, 'is before the beginning of the stay');
    if (to.precision === 'instant') {
      return { told: { from: from.from, to: to.from }, isByDate };
    }
    // Any instant of the day touches it and no midnight but the one before.
    const within = Math.max(to.from, from.from) + 1;
    const elapsedTo = dateOnly === 'days' ? to.to + 1 : to.from;
    return { told: { from: from.from, to: within, elapsedTo }, isByDate: true };
  };
}

/** A reader of the rows of a table of stays. */
export function stayReader<P extends Protocol>({
  trial,
  mapping,
  ids,
  cutOff,
  eligible,
}: StayReaderOptions<P>): (row: SourceRow) => StayReading {
  const { columns } = mapping;
  const emptied = emptier(mapping.missing);
  const leftOutBy = filterOf(mapping.where ?? []);
  const readBounds = boundsReader(mapping, { timeZone: trial.timeZone, cutOff });
  const strata = Object.entries(columns.strata ?? {}).filter(([name]) =>
    trial.strata.includes(name),
  );

  return (row) => {
    const fields = emptied(row.fields);
    const other = leftOutBy(fields);
    const { id: patient, missing } = idIn(fields, columns.patient, ids.patient);
    if (other !== undefined) return { kind: 'left out', reason: other, patient };
    if (patient === undefined) {
      return missing === 'is not in the crosswalk'
        ? { kind: 'left out', reason: 'a patient who is not in the crosswalk', patient }
        : { kind: 'rejected', column: columns.patient, reason: missing, patient };
    }
    const subject: { -readonly [K in keyof SubjectIds]: SubjectIds[K] } = {};
    for (const unit of subjectUnits) {
      const column = columns[unit];
      if (column === undefined) continue;
      const found = idIn(fields, column, ids[unit]);
      if (found.id !== undefined) subject[unit] = found.id;
      else if (trial.unit === unit) {
        return {
          kind: 'rejected',
          column,
          reason: `${found.missing}: the unit is not known`,
          patient,
        };
      }
    }
    if (strata.length > 0) {
      subject.strata = Object.fromEntries(
        strata.map(([name, column]) => [name, fieldIn(fields, column)]),
      );
    }
    const bounds = readBounds(fields);
    if (bounds.fault !== undefined) return { kind: 'rejected', ...bounds.fault, patient };
    const { told, isByDate } = bounds;
    const stay: SubjectStay = { ...subject, patient, ...told };
    if (!eligible({ ...stay, fields }))
      return { kind: 'left out', reason: 'not eligible', patient };
    return {
      kind: 'stay',
      stay,
      key: columns.key === undefined ? '' : fieldIn(fields, columns.key),
      isByDate,
    };
  };
}
