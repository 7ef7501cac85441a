import { StoreUnusableError } from '../../errors.ts';
import type { Store } from '../port.ts';
import { checkRetirable } from '../retirable.ts';
import type { Database, Session } from './database.ts';
import type { Fold } from './fold.ts';
import { beginQuiet, lastPlace, lockTrial } from './locks.ts';
import { lastSegment } from './seal.ts';
import type { Trials } from './trials.ts';

/** What is needed only to fold further events. */
const states = ['answered', 'opened', 'exposed'] as const;

async function checkOwner(session: Session): Promise<void> {
  const [table] = await session.rows<{ readonly owned: boolean }>({
    text: `SELECT pg_has_role(relowner, 'USAGE') AS owned FROM pg_class WHERE oid = 'event'::regclass`,
  });
  if (table?.owned === true) return;
  throw new StoreUnusableError(
    'only the owner of the ledger can retire a trial: open it as the role that made it, not as a service',
  );
}

/** The retiring of trials: the partition of the trial is dropped, whatever it holds. */
export function retirerOf(
  database: Database,
  {
    trials,
    fold,
    seal,
  }: { readonly trials: Trials; readonly fold: Fold; readonly seal: Store['seal'] },
): Store['retire'] {
  /** Drops the events, unless some came that are not sealed and folded; tells whether it did. */
  const drop = async (trial: number, at: number): Promise<boolean> =>
    database.transaction(async (session) => {
      // Before the appends are made to wait: who folds or rebuilds may take long.
      const folded = await lockTrial(session, trial);
      // From here on they wait, and who reads the events for long is let finish first.
      await session.rows({ text: beginQuiet(database.schema, '2s') });
      const place = await lastPlace(session, trial);
      const sealed = await lastSegment(session, trial);
      if (folded < place || (sealed?.last ?? 0) < place) return false;
      await session.rows({
        text: 'INSERT INTO released (trial, released_ms) VALUES ($1, $2) ON CONFLICT DO NOTHING',
        values: [trial, at],
      });
      await session.rows({ text: `DROP TABLE IF EXISTS event_${trial}` });
      return true;
    });

  return async (fingerprint, at) => {
    const trial = await trials.known(fingerprint);
    const { number } = trial;
    const registered = (await trials.trials()).find((each) => each.fingerprint === fingerprint);
    if (registered?.retiredAt === null) {
      await database.transaction(checkOwner);
      checkRetirable(registered, at);
      do {
        await seal(fingerprint);
        await fold.forward(trial);
      } while (!(await drop(number, at)));
    }
    // Apart from the rest, as it may take long; where it was cut off, it is done at the next time.
    await database.transaction(
      async (session) => {
        for (const table of states) {
          await session.rows({ text: `DELETE FROM ${table} WHERE trial = $1`, values: [number] });
        }
      },
      { long: true },
    );
  };
}
