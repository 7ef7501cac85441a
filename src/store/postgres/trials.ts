import type { Allocation } from '../../allocation/list/allocation.ts';
import { hasNewAmendments } from '../../allocation/list/extends.ts';
import { ProtocolMismatchError, StoreUnusableError } from '../../errors.ts';
import type { Json } from '../../trial/protocol.ts';
import type { Trial } from '../../trial/trial.ts';
import type { RegisteredTrial, Store } from '../port.ts';
import type { Database, Session } from './database.ts';
import { lockTrial } from './locks.ts';

/** What a ledger calls a trial, and what its counts depend on. */
export interface KnownTrial {
  readonly number: number;
  /** Milliseconds. */
  readonly responseWindow: number;
}

/** The trials of a ledger. */
export interface Trials extends Pick<
  Store,
  'register' | 'trials' | 'keepAllocation' | 'allocation' | 'stop'
> {
  /** @throws ProtocolMismatchError when none with this fingerprint is registered */
  readonly known: (fingerprint: string) => Promise<KnownTrial>;
  /**
   * A trial that has its events, as far as the ledger says now.
   *
   * @throws ProtocolMismatchError when none with this fingerprint is registered
   * @throws StoreUnusableError when its events were retired
   */
  readonly live: (fingerprint: string) => Promise<KnownTrial>;
  /** The fingerprint of the trial that an event names by its number. */
  readonly fingerprintOf: (number: number) => Promise<string>;
}

type StoredTrial = Omit<RegisteredTrial, 'protocol'> & { readonly protocol: string };

/**
 * Refuses a trial that has been retired, as far as a transaction sees.
 *
 * @throws StoreUnusableError when its events were retired
 */
export async function checkLive(session: Session, trial: number): Promise<void> {
  const [released] = await session.rows({
    text: 'SELECT FROM released WHERE trial = $1',
    values: [trial],
  });
  if (released === undefined) return;
  throw new StoreUnusableError(
    'the events of the trial were retired: its sums stand, but it takes no more events and none can be counted again',
  );
}

/** The operations on the trials of a ledger. */
export function trialsOf(database: Database): Trials {
  // Trials are only ever added, so what was found once stays true.
  const found = new Map<string, KnownTrial>();

  const known: Trials['known'] = async (fingerprint) => {
    const present = found.get(fingerprint);
    if (present !== undefined) return present;
    const [trial] = await database.transaction((session) =>
      session.rows<KnownTrial>({
        text: `SELECT trial AS "number", response_window_ms AS "responseWindow"
FROM trial WHERE fingerprint = $1`,
        values: [fingerprint],
      }),
    );
    if (trial === undefined) {
      throw new ProtocolMismatchError(
        'no trial with this fingerprint is registered in the ledger: register the trial; a changed protocol is a new round',
      );
    }
    found.set(fingerprint, trial);
    return trial;
  };

  const live: Trials['live'] = async (fingerprint) => {
    const trial = await known(fingerprint);
    await database.transaction((session) => checkLive(session, trial.number));
    return trial;
  };

  const fingerprints = new Map<number, string>();
  const fingerprintOf: Trials['fingerprintOf'] = async (number) => {
    const present = fingerprints.get(number);
    if (present !== undefined) return present;
    const rows = await database.transaction((session) =>
      session.rows<{ readonly trial: number; readonly fingerprint: string }>({
        text: 'SELECT trial, fingerprint FROM trial',
      }),
    );
    for (const { trial, fingerprint } of rows) fingerprints.set(trial, fingerprint);
    return fingerprints.get(number) ?? '';
  };

  const register = async ({ id, round, fingerprint, protocol, responseWindow }: Trial) =>
    database.transaction(async (session) => {
      await session.rows({
        text: `INSERT INTO trial (fingerprint, id, round, protocol, response_window_ms, registered_ms)
VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`,
        values: [fingerprint, id, round, JSON.stringify(protocol), responseWindow, Date.now()],
      });
      const [present] = await session.rows<{
        readonly trial: number;
        readonly fingerprint: string;
      }>({
        text: 'SELECT trial, fingerprint FROM trial WHERE id = $1 AND round = $2',
        values: [id, round],
      });
      if (present?.fingerprint !== fingerprint) {
        throw new ProtocolMismatchError(
          `the ledger holds another protocol for round ${round} of "${id}": a changed protocol is a new round`,
        );
      }
      const values = [present.trial];
      await session.rows({
        text: 'INSERT INTO folded (trial, seq) VALUES ($1, 0) ON CONFLICT DO NOTHING',
        values,
      });
      await session.rows({ text: 'SELECT open_trial($1)', values });
    });

  const trials: Store['trials'] = async () => {
    const rows = await database.transaction((session) =>
      session.rows<StoredTrial>({
        text: `SELECT t.id, t.round, t.fingerprint, t.protocol, t.registered_ms AS "registeredAt",
  s.stopped_ms AS "stoppedAt", r.released_ms AS "retiredAt"
FROM trial t LEFT JOIN stop s ON s.trial = t.trial LEFT JOIN released r ON r.trial = t.trial
ORDER BY t.id, t.round`,
      }),
    );
    return rows.map((row) => ({
      ...row,
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- JSON it is
      protocol: JSON.parse(row.protocol) as Json,
    }));
  };

  const keepAllocation: Store['keepAllocation'] = async (allocation) => {
    const { number } = await known(allocation.trial);
    await database.transaction(async (session) => {
      // One at a time for each trial: the list is compared with the one that it would follow.
      await lockTrial(session, number);
      const [kept] = await session.rows<{ readonly document: string }>(lastAllocation(number));
      if (kept !== undefined && !hasNewAmendments(parse(kept.document), allocation)) return;
      const { amendments, checksum } = allocation;
      await session.rows({
        text: `INSERT INTO allocation (trial, amendments, checksum, document, kept_ms)
VALUES ($1, $2, $3, $4, $5)`,
        values: [number, amendments.length, checksum, JSON.stringify(allocation), Date.now()],
      });
    });
  };

  return {
    known,
    live,
    fingerprintOf,
    register,
    trials,
    keepAllocation,
    allocation: async (fingerprint) => {
      const { number } = await known(fingerprint);
      const [kept] = await database.transaction((session) =>
        session.rows<{ readonly document: string }>(lastAllocation(number)),
      );
      return kept === undefined ? undefined : parse(kept.document);
    },
    stop: async (fingerprint, at) => {
      const { number } = await known(fingerprint);
      await database.transaction((session) =>
        session.rows({
          text: 'INSERT INTO stop (trial, stopped_ms) VALUES ($1, $2) ON CONFLICT DO NOTHING',
          values: [number, at],
        }),
      );
    },
  };
}

const lastAllocation = (trial: number): { readonly text: string; readonly values: [number] } => ({
  text: 'SELECT document FROM allocation WHERE trial = $1 ORDER BY amendments DESC LIMIT 1',
  values: [trial],
});

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it was an allocation when it was kept
const parse = (document: string): Allocation => JSON.parse(document) as Allocation;
