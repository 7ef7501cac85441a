import { basename } from 'node:path';
import type { SubjectIds } from '../allocation/subject.ts';
import type { Coding, Stage } from '../events/event.ts';
import type { PastAnswer } from '../store/log/backfill-port.ts';
import type { Trial } from '../trial/trial.ts';
import { namesOf } from './columns-used.ts';
import { filterOf } from './condition.ts';
import { emptier } from './fields.ts';
import type { IdLookups } from './identities.ts';
import { idIn, mangled } from './identities.ts';
import { timeReader } from './local-time.ts';
import type { AlertLogMapping, CodeMeaning, ColumnNames } from './mapping.ts';
import type { SourceRow } from './rows.ts';
import type { Showing } from './showing.ts';

/** What a row is: a showing, nothing of the trial, or one that cannot be read. */
export type RowReading =
  | { readonly showing: Showing }
  | { readonly drop: string }
  | { readonly reason: string; readonly column: string };

/** A fault of a row; it is thrown and caught within this file only, and is no error. */
interface Fault {
  readonly reason: string;
  readonly column: string;
}

/** An instant, and what is written of it. */
interface Moment {
  readonly at: number;
  readonly written: number;
}

type Reading<T> = T | { readonly fault: Fault };

const isFault = <T>(reading: Reading<T>): reading is { readonly fault: Fault } =>
  typeof reading === 'object' && reading !== null && 'fault' in reading;

const fault = (column: string, reason: string): { readonly fault: Fault } => ({
  fault: { column, reason },
});

/** An answer may be told by the minute, and the showing by the second. */
const leastExact = 60_000;

/** A time that no two clocks agree about is no longer than this; a day is. */
const longestDoubt = 4 * 3_600_000;

const outcomes: Readonly<
  Record<
    Exclude<CodeMeaning, object>,
    { readonly stage: Stage; readonly answer?: 'dismissal' | 'acceptance' }
  >
> = {
  returned: { stage: 'returned' },
  displayed: { stage: 'displayed' },
  silent: { stage: 'silent' },
  overridden: { stage: 'displayed', answer: 'dismissal' },
  accepted: { stage: 'displayed', answer: 'acceptance' },
};

const kinds = ['patient', 'clinician', 'encounter', 'practice'] as const;

/** Reads the rows of an extract as a mapping says; every text without its outer blanks. */
export function showingReader(
  mapping: AlertLogMapping,
  { startsAt, endsAt, ids }: Pick<Trial, 'startsAt' | 'endsAt'> & { readonly ids: IdLookups },
): (row: SourceRow, file: string) => RowReading {
  const { columns, zone, times, ambiguous = 'reject', alert, alerts, arms, codes } = mapping;
  const { source, meaning: always = 'displayed', overrideSystem, orderSystem } = mapping;
  const filter = filterOf(mapping.where ?? []);
  const emptied = emptier(mapping.missing);
  const readTime = timeReader({ zone, format: times });
  const keyColumns = namesOf(columns.key);
  const strata = Object.entries(columns.strata ?? {});

  const timeOf = (row: SourceRow['fields'], names: ColumnNames): Reading<Moment> => {
    const list = namesOf(names);
    const column = list.join(' + ');
    const text =
      typeof names === 'string'
        ? (row[names] ?? '').trim()
        : list.map((name) => (row[name] ?? '').trim()).join(' ');
    const span = readTime(text);
    if (typeof span === 'string') return fault(column, span);
    const { from, to, written } = span;
    if (from === to) return { at: from, written };
    if (to - from > longestDoubt) return fault(column, 'tells a day, and no time of it');
    if (ambiguous === 'reject') {
      return fault(column, 'is a time that clocks showed twice: see "ambiguous" in the mapping');
    }
    return { at: ambiguous === 'earlier' ? from : to, written };
  };

  const keyOf = (row: SourceRow['fields']): Reading<string> => {
    // Texts with their lengths: no two lists of them are one.
    let key = `${source.length}:${source}`;
    for (const name of keyColumns) {
      const text = (row[name] ?? '').trim();
      if (text === '') return fault(name, 'is empty: without it, a row cannot be told from others');
      const why = mangled(text);
      if (why !== undefined) return fault(name, why);
      key += `${text.length}:${text}`;
    }
    return key;
  };

  const named = kinds.flatMap((kind) => {
    const column = columns[kind];
    return column === undefined ? [] : [{ kind, column, lookup: ids[kind] }];
  });
  const subjectOf = (row: SourceRow['fields']): Reading<SubjectIds> => {
    const subject: { -readonly [K in keyof SubjectIds]: SubjectIds[K] } = {};
    for (const { kind, column, lookup } of named) {
      const { id, missing } = idIn(row, column, lookup);
      if (id !== undefined) subject[kind] = id;
      else if (missing !== 'is empty') return fault(column, missing);
    }
    if (strata.length > 0) {
      subject.strata = Object.fromEntries(
        strata.map(([name, column]) => [name, (row[column] ?? '').trim()]),
      );
    }
    return subject;
  };

  const codingOf = (text: string | undefined, system: string | undefined): Coding | undefined => {
    const code = text?.trim() ?? '';
    if (code === '') return undefined;
    return system === undefined ? { code } : { system, code };
  };

  const meaningOf = (row: SourceRow['fields']): Reading<CodeMeaning> => {
    if (columns.code === undefined || codes === undefined) return always;
    const code = (row[columns.code] ?? '').trim();
    const meaning = Object.hasOwn(codes, code) ? codes[code] : undefined;
    return meaning ?? fault(columns.code, 'is a code that the mapping does not know');
  };

  const answersOf = (
    row: SourceRow['fields'],
    answer: 'dismissal' | 'acceptance' | undefined,
    at: number,
  ): readonly PastAnswer[] => {
    if (answer === undefined) return [];
    if (answer === 'dismissal') {
      const { overrideReason = '' } = columns;
      return [{ type: 'dismissal', at, code: codingOf(row[overrideReason], overrideSystem) }];
    }
    const order = codingOf(row[columns.order ?? ''], orderSystem);
    const accepted: PastAnswer = { type: 'acceptance', at };
    return order === undefined ? [accepted] : [accepted, { type: 'order', at, code: order }];
  };

  const alertOf = (row: SourceRow['fields']): Reading<string> | undefined => {
    if (columns.alert === undefined) return alert;
    const text = (row[columns.alert] ?? '').trim();
    if (alerts !== undefined) return Object.hasOwn(alerts, text) ? alerts[text] : undefined;
    return text === '' ? fault(columns.alert, 'is empty') : text;
  };

  const armOf = (row: SourceRow['fields']): Reading<string | undefined> => {
    if (columns.arm === undefined || arms === undefined) return undefined;
    const text = (row[columns.arm] ?? '').trim();
    if (Object.hasOwn(arms, text)) return arms[text];
    return text === '' ? undefined : fault(columns.arm, 'is an arm that the mapping does not know');
  };

  return (row, file) => {
    const fields = emptied(row.fields);
    const why = filter(fields);
    if (why !== undefined) return { drop: why };
    const alerting = alertOf(fields);
    if (alerting === undefined) return { drop: 'another alert' };
    if (isFault(alerting)) return alerting.fault;
    const meaning = meaningOf(fields);
    if (isFault(meaning)) return meaning.fault;
    if (typeof meaning === 'object') return meaning;
    const moment = timeOf(fields, columns.time);
    if (isFault(moment)) return moment.fault;
    const { at, written } = moment;
    if (at < startsAt) return { drop: 'before the trial' };
    if (at >= endsAt) return { drop: 'after the trial' };
    const key = keyOf(fields);
    if (isFault(key)) return key.fault;
    const subject = subjectOf(fields);
    if (isFault(subject)) return subject.fault;
    const arm = armOf(fields);
    if (isFault(arm)) return arm.fault;
    const { stage, answer } = outcomes[meaning];
    const isTimed = namesOf(columns.answeredAt).some((name) => (fields[name] ?? '').trim() !== '');
    const answeredAt =
      answer !== undefined && isTimed && columns.answeredAt !== undefined
        ? timeOf(fields, columns.answeredAt)
        : moment;
    if (isFault(answeredAt)) return answeredAt.fault;
    if (answeredAt.at < at - leastExact) {
      const column = namesOf(columns.answeredAt).join(' + ');
      return { column, reason: 'is before the alert was shown' };
    }
    return {
      showing: {
        key,
        at,
        written,
        subject,
        stage,
        alert: alerting,
        answers: answersOf(fields, answer, answeredAt.at),
        arm,
        row,
        file: basename(file),
      },
    };
  };
}
