import type { DayOptions } from '../../intake/stay-days.ts';
import type { SubjectDays } from '../../intake/day-recorder.ts';
import type { KnownSubject } from '../../intake/known-subject.ts';
import { hasUnit } from '../../intake/known-subject.ts';
import type { Unit } from '../../trial/protocol.ts';
import { alike } from './alike.ts';
import type { SubjectStay } from './stay-row.ts';
import { toldDays } from './told-days.ts';

/** A stay as it waits for the others of its patient. */
export interface KeptStay extends SubjectStay {
  readonly line: number;
  /** Where there are several files. */
  readonly file?: string | undefined;
  /** What tells it from every other one; empty where the table has no such column. */
  readonly key: string;
  /** Whether a bound of it is a date without a time. */
  readonly isByDate: boolean;
}

/** The stays of one patient, each once. */
export interface SoundStays {
  readonly stays: readonly KeptStay[];
  /** Those that are told twice, and differently. */
  readonly contradicting: readonly KeptStay[];
}

const sayingOf = (stay: KeptStay): string => JSON.stringify({ ...stay, line: 0, file: '' });

/** Sorts out stays that a table tells more than once. */
export function eachOnce(stays: readonly KeptStay[]): SoundStays {
  const kept = stays.filter(({ key }) => key === '');
  const contradicting: KeptStay[] = [];
  for (const rows of alike(
    stays.filter(({ key }) => key !== ''),
    ({ key }) => key,
  )) {
    const [first] = rows;
    if (first === undefined || new Set(rows.map(sayingOf)).size > 1) contradicting.push(...rows);
    else kept.push(first);
  }
  return { stays: kept, contradicting };
}

/** In order of time, so that the order of the rows changes nothing. */
const inOrder = (left: KeptStay, right: KeptStay): number => {
  if (left.from !== right.from) return left.from - right.from;
  const [a, b] = [sayingOf(left), sayingOf(right)];
  return a < b ? -1 : a > b ? 1 : 0;
};

/** The patient-days of one patient's stays, by the subject that they belong to. */
export function subjectDays<U extends Unit>(
  stays: readonly KeptStay[],
  { unit, ...options }: DayOptions & { readonly unit: U },
): readonly SubjectDays<U>[] {
  const groups = new Map<string, { subject: KnownSubject<U>; stays: KeptStay[] }>();
  for (const stay of stays.toSorted(inOrder)) {
    const { patient, practice, clinician, encounter, strata } = stay;
    const subject = { patient, practice, clinician, encounter, strata };
    const id: string | undefined = subject[unit];
    if (id === undefined || !hasUnit<U>(subject, unit)) continue;
    const group = groups.get(id) ?? { subject, stays: [] };
    groups.set(id, group);
    group.stays.push(stay);
  }
  return [...groups.values()].map(({ subject, stays: members }) => ({
    subject,
    days: toldDays(members, options),
  }));
}
