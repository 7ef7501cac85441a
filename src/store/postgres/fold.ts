import { bind } from './bind.ts';
import type { Database, Session } from './database.ts';
import { foldedTables, foldStatements, totalStatement } from './fold-sql.ts';
import { lastPlace, lockTrial, settledPlace } from './locks.ts';
import type { KnownTrial } from './trials.ts';
import { checkLive } from './trials.ts';

/** Keeps the sums of a trial in step with its events. */
export interface Fold {
  /** Folds everything that was appended before. */
  readonly forward: (trial: KnownTrial) => Promise<void>;
  /**
   * Makes the sums again from the first event.
   *
   * @throws StoreUnusableError when the events of the trial were retired
   */
  readonly rebuild: (trial: KnownTrial) => Promise<void>;
}

/** How many events one step takes. */
const batch = 50_000;

async function endOfBatch(
  session: Session,
  { trial, after, end }: { readonly trial: number; readonly after: number; readonly end: number },
): Promise<number> {
  const [last] = await session.rows<{ readonly seq: number }>({
    text: `SELECT seq FROM event WHERE trial = $1 AND seq > $2 AND seq <= $3
ORDER BY seq LIMIT 1 OFFSET $4`,
    values: [trial, after, end, batch - 1],
  });
  return last?.seq ?? end;
}

/** Places of a trial's events, without the first and with the last. */
interface Range {
  readonly trial: KnownTrial;
  readonly after: number;
  readonly end: number;
}

async function run(
  session: Session,
  statements: readonly string[],
  { trial, after, end }: Range,
): Promise<void> {
  const values = { trial: trial.number, after, upTo: end, window: trial.responseWindow };
  for (const statement of statements) await session.rows(bind(statement, values));
}

/** Folds the first batch of a range, but for the totals of its units, and returns where it ends. */
async function step(session: Session, range: Range): Promise<number> {
  const { number } = range.trial;
  const end = await endOfBatch(session, { ...range, trial: number });
  await run(session, foldStatements, { ...range, end });
  await session.rows({
    text: 'UPDATE folded SET seq = $2 WHERE trial = $1',
    values: [number, end],
  });
  return end;
}

/** The fold of a ledger. Each step is one transaction with the place that it went to. */
export function foldOf(database: Database): Fold {
  const isBehind = ({ number }: KnownTrial): Promise<boolean> =>
    database.transaction(async (session) => {
      const [folded] = await session.rows<{ readonly seq: number }>({
        text: 'SELECT seq FROM folded WHERE trial = $1',
        values: [number],
      });
      return (folded?.seq ?? 0) < (await lastPlace(session, number));
    });

  return {
    forward: async (trial) => {
      // Nothing new is the common case, and holds up no append.
      if (!(await isBehind(trial))) return;
      const end = await settledPlace(database, trial.number);
      for (let place = 0; place < end;) {
        place = await database.transaction(
          async (session) => {
            const after = await lockTrial(session, trial.number);
            if (after >= end) return after;
            const upTo = await step(session, { trial, after, end });
            await run(session, [totalStatement], { trial, after, end: upTo });
            return upTo;
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
          const last = Math.max(end, await lockTrial(session, trial.number));
          // From here on nobody retires it, whose sums could not be made again.
          await checkLive(session, trial.number);
          for (const table of foldedTables) {
            await session.rows({
              text: `DELETE FROM ${table} WHERE trial = $1`,
              values: [trial.number],
            });
          }
          for (let after = 0; after < last;) {
            after = await step(session, { trial, after, end: last });
          }
          await run(session, [totalStatement], { trial, after: 0, end: last });
        },
        { long: true },
      );
    },
  };
}
