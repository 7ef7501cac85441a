import type { Allocation } from '../../allocation/list/allocation.ts';
import type { Json } from '../../trial/protocol.ts';
import { allocationKeeper } from './allocation-keeper.ts';
import { appender } from './append.ts';
import type { Connection } from './connection.ts';
import { countStatement } from '../counts/count-sql.ts';
import { selectDelays } from '../counts/delay-sql.ts';
import { FailureError, unregistered } from './failure.ts';
import type { Fold } from './fold.ts';
import { foldOf } from './fold.ts';
import { forwarding } from './forwarding.ts';
import type {
  AppendOutcome,
  Before,
  DiscardQuery,
  Forwarded,
  ForwardedNext,
  Page,
  PageQuery,
  Registration,
  TimedCountQuery,
} from './messages.ts';
import { retirementOf } from './retire.ts';
import { pageReader } from './page.ts';
import type { Cell, Row } from '../row.ts';
import { chainsOf } from './seal.ts';
import { statisticsOf } from './statistics.ts';
import type {
  DaySums,
  DelayCount,
  FlowCount,
  RegisteredTrial,
  Segment,
  StoreStatistics,
  UnitCounts,
  UnitDaySums,
  UnitSummary,
} from '../port.ts';
import { findEvent } from './schema.ts';
import { selectDays, selectFlow, selectSummaries, selectUnitDays } from './fold-sql.ts';
import { dialects } from '../warehouse/dialects.ts';
import type { EventSource } from '../warehouse/event-sql.ts';

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
  /** What comes before an operation. It may be long, so it goes in steps: each is true when there is more. */
  readonly before: Before;
  /** Removes some of what an earlier retirement left; true when there may be more. */
  removeSome(): boolean;
  summaries(fingerprint: string): readonly UnitSummary[];
  unitDays(fingerprint: string): readonly UnitDaySums[];
  days(fingerprint: string): readonly DaySums[];
  counts(query: TimedCountQuery): readonly UnitCounts[];
  delays(fingerprint: string): readonly DelayCount[];
  flow(fingerprint: string): readonly FlowCount[];
  rebuild(fingerprint: string): void;
  seal(fingerprint: string): Segment | undefined;
  segments(fingerprint: string): readonly Segment[];
  retire(retirement: { readonly fingerprint: string; readonly at: number }): void;
  statistics(): StoreStatistics;
  /** The last place in the ledger; 0 when it is empty. */
  lastPlace(): number;
  forwarded(): Forwarded;
  /** Moves on to what waits next; when the ledger learnt of that, or null when nothing does. */
  markForwarded(next: ForwardedNext): number | null;
  /** Events of all trials, in the order of their places. */
  pageOfAll(query: { readonly after: number; readonly limit: number }): Page['rows'];
  /** Removes some of what has been forwarded; how many events it were. */
  discard(query: DiscardQuery): number;
  /** Brings what is in the write-ahead log into the ledger. */
  checkpoint(): void;
  close(): void;
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
       s.stopped_ms AS stoppedAt, r.released_ms AS retiredAt
     FROM trial t LEFT JOIN stop s ON s.trial = t.trial
     LEFT JOIN released r ON r.trial = t.trial AND r.reason = 'retired' ORDER BY t.id, t.round`,
  );
  return () =>
    select.all().map((row) => ({
      ...row,
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- JSON it is
      protocol: JSON.parse(row.protocol) as Json,
    }));
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

// No index orders the events as these queries read them.
const eventSource: EventSource = {
  dialect: dialects.sqlite,
  events: 'event e NOT INDEXED',
  trial: 'e.trial',
};

type CountRow = Pick<UnitCounts, 'arm' | 'stratum'> & { readonly unit_id: string } & Readonly<
    Record<`n${number}`, number>
  >;

function counter(
  connection: Connection,
  numberOf: (fingerprint: string) => number,
): Pick<Ledger, 'counts' | 'delays'> {
  const window = connection
    .prepare<[number], number>('SELECT response_window_ms FROM trial WHERE trial = ?')
    .pluck();
  const delays = connection.prepare<[Record<string, Cell>], DelayCount>(selectDelays(eventSource));
  return {
    counts: ({ fingerprint, counts, asOf }) => {
      const trial = numberOf(fingerprint);
      const { sql, reasons } = countStatement(counts, {
        responseWindow: window.get(trial) ?? 0,
        source: eventSource,
      });
      const rows = connection
        .prepare<[Record<string, Cell>], CountRow>(sql)
        .all({ trial, asOf, ...reasons });
      return rows.map((row) => ({
        unitId: row.unit_id,
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
  const chains = chainsOf(connection);
  const retirement = retirementOf(connection, { chains, fold });
  const withEvents = (fingerprint: string): number => {
    const trial = numberOf(fingerprint);
    retirement.requireEvents(trial);
    return trial;
  };
  const withSums = (fingerprint: string): number => {
    const trial = numberOf(fingerprint);
    retirement.requireSums(trial);
    return trial;
  };
  const stop = connection.prepare<[number, number]>(
    'INSERT INTO stop (trial, stopped_ms) VALUES (?, ?) ON CONFLICT DO NOTHING',
  );
  // Of a trial that another process retires just now the sums would be gone.
  const rebuild = connection.transaction((fingerprint: string): void => {
    fold.rebuild(withEvents(fingerprint));
  });
  const checkpoint = (): void => {
    connection.pragma('wal_checkpoint(TRUNCATE)');
  };
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
    page: pageReader(connection, { numberOf, isRetired: retirement.isRetired }),
    before: {
      summaries: fold.some,
      unitDays: fold.some,
      days: fold.some,
      flow: fold.some,
      rebuild: fold.some,
      seal: (fingerprint) => chains.some(withSums(fingerprint)),
      retire: ({ fingerprint, at }) => retirement.some(withSums(fingerprint), at),
    },
    removeSome: retirement.removeSome,
    summaries: (fingerprint) => summaries.all(withSums(fingerprint)),
    unitDays: (fingerprint) => unitDays.all(withSums(fingerprint)),
    days: (fingerprint) => days.all(withSums(fingerprint)),
    ...counter(connection, withEvents),
    flow: (fingerprint) => flow.all(withSums(fingerprint)),
    rebuild: (fingerprint) => rebuild.immediate(fingerprint),
    seal: (fingerprint) => chains.last(numberOf(fingerprint)),
    segments: (fingerprint) => chains.all(numberOf(fingerprint)),
    // All of it comes before.
    retire: () => undefined,
    statistics: statisticsOf(connection),
    ...forwarding(connection),
    checkpoint,
    close: () => {
      try {
        checkpoint();
      } finally {
        connection.close();
      }
    },
  };
}
