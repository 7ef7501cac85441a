import { StoreUnusableError } from '../errors.ts';
import type { AnswerBase, Coding, EventBase, TrialEvent } from '../events/event.ts';
import { reasons } from '../trial/reason.ts';
import type { Cell, Row } from './row.ts';
import { eventColumns } from './row.ts';

type Column = (typeof eventColumns)[number];

const places: ReadonlyMap<Column, number> = new Map(
  eventColumns.map((column, index) => [column, index]),
);

function damaged(column: string): StoreUnusableError {
  return new StoreUnusableError(
    `the ledger holds an event whose "${column}" this package does not write: it was changed by hand, or by a newer version`,
  );
}

/** What stands in the column of details: the keys of one type of event only. */
interface Detail {
  readonly alert: string;
  readonly what: string;
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly override?: Coding;
  readonly suggestion?: string;
  readonly order?: Coding;
  readonly amends?: string;
}

function cell(row: Row, column: Column): Cell {
  return row[places.get(column) ?? -1] ?? null;
}

function text(row: Row, column: Column): string {
  const content = cell(row, column);
  if (typeof content !== 'string') throw damaged(column);
  return content;
}

function number(row: Row, column: Column): number {
  const content = cell(row, column);
  if (typeof content !== 'number') throw damaged(column);
  return content;
}

function oneOf<const T extends string>(row: Row, column: Column, words: readonly T[]): T {
  const content = cell(row, column);
  const word = words.find((candidate) => candidate === content);
  if (word === undefined) throw damaged(column);
  return word;
}

/** Nothing when the column is empty, so that an event has no keys without content. */
function optional<const K extends Column>(row: Row, column: K): { readonly [key in K]?: string } {
  if (cell(row, column) === null) return {};
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a computed key is known to the reader only
  return { [column]: text(row, column) } as { readonly [key in K]: string };
}

function detail(row: Row): Detail {
  const content = cell(row, 'detail');
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by toRow from a checked event
  return (typeof content === 'string' ? JSON.parse(content) : {}) as Detail;
}

function baseOf(row: Row): EventBase {
  const unitId = cell(row, 'unit_id');
  return {
    id: text(row, 'event_id'),
    trial: text(row, 'trial'),
    arm: text(row, 'arm'),
    randomized: number(row, 'randomized') === 1,
    reason: oneOf(row, 'reason', reasons),
    unitId: unitId === null ? null : text(row, 'unit_id'),
    ...optional(row, 'patient'),
    ...optional(row, 'practice'),
    ...optional(row, 'clinician'),
    ...optional(row, 'encounter'),
    stratum: text(row, 'stratum'),
    at: number(row, 'at_ms'),
    day: text(row, 'event_day'),
    receivedAt: number(row, 'received_ms'),
  };
}

function answerOf(row: Row): AnswerBase {
  return {
    ...baseOf(row),
    impression: text(row, 'impression_id'),
    opening: text(row, 'opening_id'),
    alertDay: text(row, 'alert_day'),
    delay: number(row, 'delay_ms'),
  };
}

const types = [
  'impression',
  'dismissal',
  'acceptance',
  'order',
  'patient-days',
  'deviation',
  'gap',
] as const;

/**
 * A row as an event.
 *
 * @throws StoreUnusableError when the row is not one that this package writes
 */
export function fromRow(row: Row): TrialEvent {
  const type = oneOf(row, 'type', types);
  switch (type) {
    case 'impression':
      return {
        ...baseOf(row),
        type,
        stage: oneOf(row, 'stage', ['returned', 'displayed', 'silent']),
        alert: detail(row).alert,
        opening: text(row, 'opening_id'),
      };
    case 'dismissal': {
      const { override } = detail(row);
      return { ...answerOf(row), type, ...(override && { override }) };
    }
    case 'acceptance': {
      const { suggestion } = detail(row);
      return { ...answerOf(row), type, ...(suggestion !== undefined && { suggestion }) };
    }
    case 'order': {
      const { order } = detail(row);
      const route = oneOf(row, 'route', ['click', 'tag', 'window']);
      return { ...answerOf(row), type, route, ...(order && { order }) };
    }
    case 'patient-days': {
      const { amends } = detail(row);
      return {
        ...baseOf(row),
        type,
        patient: text(row, 'patient'),
        calendar: number(row, 'calendar'),
        midnight: number(row, 'midnight'),
        elapsed: number(row, 'elapsed'),
        ...(amends !== undefined && { amends }),
      };
    }
    case 'deviation':
      return { ...baseOf(row), type, what: detail(row).what };
    case 'gap': {
      const { from, to, count } = detail(row);
      return { ...baseOf(row), type, from, to, count };
    }
  }
}
