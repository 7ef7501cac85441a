import { KeyError } from '../../errors.ts';
import type { Database, Session } from './database.ts';

async function stored(session: Session): Promise<string | undefined> {
  const [row] = await session.rows<{ readonly value: string }>({
    text: `SELECT value FROM meta WHERE name = 'key check'`,
  });
  return row?.value;
}

/** By what the ledger recognises its key; undefined when it has none yet. */
export function keyCheck(database: Database): Promise<string | undefined> {
  return database.transaction(stored);
}

/**
 * Binds a ledger to its key, the first one that it is opened with.
 *
 * @throws KeyError when it has another
 */
export async function bindKey(database: Database, check: string): Promise<void> {
  const bound = await database.transaction(async (session) => {
    await session.rows({
      text: `INSERT INTO meta (name, value) VALUES ('key check', $1) ON CONFLICT DO NOTHING`,
      values: [check],
    });
    return stored(session);
  });
  if (bound !== check) {
    throw new KeyError(
      'the ledger was begun with another key: with this one, the same person would get a second pseudonym',
    );
  }
}
