import { bind } from './bind.ts';
import type { Database, Session } from './database.ts';
import { foldedTables, foldStatements } from './fold-sql.ts';
import { settledPlace } from './locks.ts';
import type { KnownTrial } from './trials.ts';

/** Keeps the sums of a trial in step with its events. */
export interface Fold {
  /** Folds everything that was appended before. */
  readonly forward: (trial: KnownTrial) => Promise<void>;
  /** Makes the sums again from the first event. */
  readonly rebuild: (trial: KnownTrial) => Promise<void>;
}

/** How many events one step takes. */
const batch = 20_000;

// One process at a time: the row of the trial is locked until the end of the transaction.
async function lockPlace(session: Session, trial: number): Promise<number> {
  const [place] = await session.rows<{ readonly seq: number }>({
    text: 'SELECT seq FROM folded WHERE trial = $1 FOR UPDATE',
    values: [trial],
  });
  return place?.seq ?? 0;
}

async function endOfBatch(
  session: Session,
  { trial, after, end }: { readonly trial: number; readonly after: number; readonly end: number },
): Promise<number> {
  const [last] = await session.rows<{ readonly seq: number | null }>({
    text: `SELECT MAX(seq) AS seq FROM
  (SELECT seq FROM event WHERE trial = $1 AND seq > $2 AND seq <= $3 ORDER BY seq LIMIT $4) batch`,
    values: [trial, after, end, batch],
  });
  return last?.seq ?? end;
}

/** Folds one batch behind a place, and returns the place up to which it went. */
async function step(
  session: Session,
  {
    trial,
    after,
    end,
  }: { readonly trial: KnownTrial; readonly after: number; readonly end: number },
): Promise<number> {
  const upTo = await endOfBatch(session, { trial: trial.number, after, end });
  const values = { trial: trial.number, after, upTo, window: trial.responseWindow };
  for (const statement of foldStatements) await session.rows(bind(statement, values));
  await session.rows({
    text: 'UPDATE folded SET seq = $2 WHERE trial = $1',
    values: [trial.number, upTo],
  });
  return upTo;
}

/** The fold of a ledger. Each step is one transaction with the place that it went to. */
export function foldOf(database: Database): Fold {
  const isBehind = async ({ number }: KnownTrial): Promise<boolean> => {
    const [place] = await database.transaction((session) =>
      session.rows<{ readonly behind: boolean }>({
        text: `SELECT f.seq < COALESCE((SELECT MAX(seq) FROM event WHERE trial = $1), 0) AS behind
FROM folded f WHERE f.trial = $1`,
        values: [number],
      }),
    );
    return place?.behind ?? true;
  };

  return {
    forward: async (trial) => {
      // Nothing new is the common case, and holds up no append.
      if (!(await isBehind(trial))) return;
      const end = await settledPlace(database, trial.number);
      for (let place = 0; place < end;) {
        place = await database.transaction(
          async (session) => {
            const after = await lockPlace(session, trial.number);
            return after >= end ? after : step(session, { trial, after, end });
          },
          { long: true },
        );
      }
    },
    rebuild: async (trial) => {
      const end = await settledPlace(database, trial.number);
      await database.transaction(
        async (session) => {
          // Another process may have gone further since, and only to settled places too.
          const last = Math.max(end, await lockPlace(session, trial.number));
          for (const table of foldedTables) {
            await session.rows({
              text: `DELETE FROM ${table} WHERE trial = $1`,
              values: [trial.number],
            });
          }
          for (let after = 0; after < last;) {
            after = await step(session, { trial, after, end: last });
          }
        },
        { long: true },
      );
    },
  };
}
