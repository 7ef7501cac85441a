import type { Allocation } from '../allocation/list/allocation.ts';
import type { Json } from '../trial/protocol.ts';
import { allocationKeeper } from './allocation-keeper.ts';
import type { Connection } from './connection.ts';
import { countStatement, selectDelays } from './count-sql.ts';
import { FailureError } from './failure.ts';
import type { Fold } from './fold.ts';
import { foldOf } from './fold.ts';
import type { AppendOutcome, Page, PageQuery, Registration, TimedCountQuery } from './messages.ts';
import type { Cell, Row } from './row.ts';
import { receivedColumn, trialColumn } from './row.ts';
import type {
  DaySums,
  DelayCount,
  FlowCount,
  RegisteredTrial,
  UnitCounts,
  UnitDaySums,
  UnitSummary,
} from './port.ts';
import { findEvent, firstSince, insertEvent, pageOfEvents, selectEvent } from './schema.ts';
import { selectDays, selectFlow, selectSummaries, selectUnitDays } from './fold-sql.ts';

/** Everything that can be done with an open ledger; all of it in the writer's thread. */
export interface Ledger {
  /** Commits the calls in one transaction. A refused call leaves the others alone. */
  appendAll(calls: readonly (readonly Row[])[]): readonly AppendOutcome[];
  bindKey(check: string): void;
  keyCheck(): string | undefined;
  register(trial: Registration): void;
  trials(): readonly RegisteredTrial[];
  keepAllocation(allocation: Allocation): void;
  allocation(fingerprint: string): Allocation | undefined;
  stop(stop: { readonly fingerprint: string; readonly at: number }): void;
  find(id: string): Row | undefined;
  page(query: PageQuery): Page;
  /** Folds some of what is new; true when there is more. */
  foldSome(): boolean;
  summaries(fingerprint: string): readonly UnitSummary[];
  unitDays(fingerprint: string): readonly UnitDaySums[];
  days(fingerprint: string): readonly DaySums[];
  counts(query: TimedCountQuery): readonly UnitCounts[];
  delays(fingerprint: string): readonly DelayCount[];
  flow(fingerprint: string): readonly FlowCount[];
  rebuild(fingerprint: string): void;
  close(): void;
}

function unregistered(): FailureError {
  return new FailureError(
    'mismatch',
    'no trial with this fingerprint is registered in the ledger: register the trial; a changed protocol is a new round',
  );
}

function trialLookup(connection: Connection): (fingerprint: string) => number | undefined {
  const known = new Map<string, number>();
  const select = connection
    .prepare<[string], number>('SELECT trial FROM trial WHERE fingerprint = ?')
    .pluck();
  return (fingerprint) => {
    let trial = known.get(fingerprint);
    if (trial === undefined) {
      trial = select.get(fingerprint);
      if (trial !== undefined) known.set(fingerprint, trial);
    }
    return trial;
  };
}

function appender(
  connection: Connection,
  numberOf: (fingerprint: string) => number | undefined,
): Ledger['appendAll'] {
  const insert = connection.prepare<Cell[]>(insertEvent);
  const select = connection.prepare<[string], Row>(selectEvent).raw();
  const appendOne = (rows: readonly Row[]): AppendOutcome => {
    const stored: Row[] = [];
    for (const row of rows) {
      const trial = numberOf(String(row[trialColumn]));
      if (trial === undefined) return { failure: unregistered().failure };
      stored.push(row.with(trialColumn, trial));
    }
    let accepted = 0;
    const conflicting: string[] = [];
    for (const row of stored) {
      if (insert.run(...row).changes === 1) {
        accepted += 1;
        continue;
      }
      const id = String(row[0]);
      const present = select.get(id);
      const same = row.every(
        (cell, index) => index === receivedColumn || cell === present?.[index],
      );
      if (!same) conflicting.push(id);
    }
    const duplicate = rows.length - accepted - conflicting.length;
    return { receipt: { accepted, duplicate, conflicting } };
  };
  const commit = connection.transaction((calls: Parameters<Ledger['appendAll']>[0]) =>
    calls.map(appendOne),
  );
  return (calls) => commit.immediate(calls);
}

function registrar(connection: Connection): Ledger['register'] {
  const select = connection
    .prepare<[string, number], string>('SELECT fingerprint FROM trial WHERE id = ? AND round = ?')
    .pluck();
  const insert = connection.prepare<[Registration]>(
    `INSERT INTO trial (fingerprint, id, round, protocol, response_window_ms, registered_ms)
     VALUES (:fingerprint, :id, :round, :protocol, :responseWindow, :registeredAt)`,
  );
  const commit = connection.transaction((trial: Registration) => {
    const present = select.get(trial.id, trial.round);
    if (present === undefined) insert.run(trial);
    else if (present !== trial.fingerprint) {
      throw new FailureError(
        'mismatch',
        `the ledger holds another protocol for round ${trial.round} of "${trial.id}": a changed protocol is a new round`,
      );
    }
  });
  return (trial) => commit.immediate(trial);
}

type StoredTrial = Omit<RegisteredTrial, 'protocol'> & { readonly protocol: string };

function trialReader(connection: Connection): Ledger['trials'] {
  const select = connection.prepare<[], StoredTrial>(
    `SELECT t.id, t.round, t.fingerprint, t.protocol, t.registered_ms AS registeredAt,
       s.stopped_ms AS stoppedAt
     FROM trial t LEFT JOIN stop s ON s.trial = t.trial ORDER BY t.id, t.round`,
  );
  return () =>
    select.all().map((row) => ({
      ...row,
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- JSON it is
      protocol: JSON.parse(row.protocol) as Json,
    }));
}

function pageReader(
  connection: Connection,
  numberOf: (fingerprint: string) => number,
): Ledger['page'] {
  const select = connection
    .prepare<[Record<string, Cell>], Page['rows'][number]>(pageOfEvents)
    .raw();
  const first = connection.prepare<[number, number], number | null>(firstSince).pluck();
  const last = connection.prepare<[], number>('SELECT COALESCE(MAX(seq), 0) FROM event').pluck();
  return ({ trial: fingerprint, after, upTo, since, types, limit }) => {
    const trial = numberOf(fingerprint);
    let begin = after;
    const end = upTo ?? last.get() ?? 0;
    // Only the first page has no end yet: by the index of times, it skips what is older.
    if (since !== null && upTo === null) {
      begin = Math.max(after, (first.get(trial, since) ?? end + 1) - 1);
    }
    const rows = select.all({
      trial,
      after: begin,
      upTo: end,
      since,
      types: types === null ? null : `|${types.join('|')}|`,
      limit,
    });
    return { rows, upTo: end };
  };
}

function keeper(connection: Connection): Pick<Ledger, 'bindKey' | 'keyCheck'> {
  const select = connection
    .prepare<[], string>(`SELECT value FROM meta WHERE name = 'key check'`)
    .pluck();
  const keyCheck = (): string | undefined => select.get();
  const insert = connection.prepare<[string]>(
    `INSERT INTO meta (name, value) VALUES ('key check', ?) ON CONFLICT DO NOTHING`,
  );
  return {
    keyCheck,
    bindKey: (check) => {
      if (keyCheck() === undefined) insert.run(check);
      if (keyCheck() !== check) {
        throw new FailureError(
          'key',
          'the ledger was begun with another key: with this one, the same person would get a second pseudonym',
        );
      }
    },
  };
}

type CountRow = Pick<UnitCounts, 'unitId' | 'arm' | 'stratum'> & Readonly<Record<string, number>>;

function counter(
  connection: Connection,
  numberOf: (fingerprint: string) => number,
): Pick<Ledger, 'counts' | 'delays'> {
  const window = connection
    .prepare<[number], number>('SELECT response_window_ms FROM trial WHERE trial = ?')
    .pluck();
  const delays = connection.prepare<[Record<string, Cell>], DelayCount>(selectDelays);
  return {
    counts: ({ fingerprint, counts, asOf }) => {
      const trial = numberOf(fingerprint);
      const { sql, reasons } = countStatement(counts, window.get(trial) ?? 0);
      const rows = connection
        .prepare<[Record<string, Cell>], CountRow>(sql)
        .all({ trial, asOf, ...reasons });
      return rows.map((row) => ({
        unitId: row.unitId,
        arm: row.arm,
        stratum: row.stratum,
        values: counts.map((_, index) => row[`n${index}`] ?? 0),
      }));
    },
    delays: (fingerprint) => {
      const trial = numberOf(fingerprint);
      return delays.all({ trial, window: window.get(trial) ?? 0 });
    },
  };
}

/** The operations of an open ledger. */
export function ledgerOf(connection: Connection): Ledger {
  const lookUp = trialLookup(connection);
  const numberOf = (fingerprint: string): number => {
    const trial = lookUp(fingerprint);
    if (trial === undefined) throw unregistered();
    return trial;
  };
  const fold: Fold = foldOf(connection);
  const stop = connection.prepare<[number, number]>(
    'INSERT INTO stop (trial, stopped_ms) VALUES (?, ?) ON CONFLICT DO NOTHING',
  );
  const find = connection.prepare<[string], Row>(findEvent).raw();
  const unitDays = connection.prepare<[number], UnitDaySums>(selectUnitDays);
  const summaries = connection.prepare<[number], UnitSummary>(selectSummaries);
  const days = connection.prepare<[number], DaySums>(selectDays);
  const flow = connection.prepare<[number], FlowCount>(selectFlow);
  return {
    appendAll: appender(connection, lookUp),
    ...keeper(connection),
    register: registrar(connection),
    trials: trialReader(connection),
    ...allocationKeeper(connection, numberOf),
    stop: ({ fingerprint, at }) => {
      stop.run(numberOf(fingerprint), at);
    },
    find: (id) => find.get(id),
    page: pageReader(connection, numberOf),
    foldSome: fold.some,
    summaries: (fingerprint) => summaries.all(numberOf(fingerprint)),
    unitDays: (fingerprint) => unitDays.all(numberOf(fingerprint)),
    days: (fingerprint) => days.all(numberOf(fingerprint)),
    ...counter(connection, numberOf),
    flow: (fingerprint) => flow.all(numberOf(fingerprint)),
    rebuild: (fingerprint) => fold.rebuild(numberOf(fingerprint)),
    close: () => {
      try {
        connection.pragma('wal_checkpoint(TRUNCATE)');
      } finally {
        connection.close();
      }
    },
  };
}
