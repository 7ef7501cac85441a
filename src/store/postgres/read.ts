import type { SequencedRow } from '../chain/chain.ts';
import { fromRow } from '../from-row.ts';
import type { EventQuery, SequencedEvent, Store } from '../port.ts';
import type { Row } from '../row.ts';
import { trialColumn } from '../row.ts';
import type { Database } from './database.ts';
import { keepPlans, settledPlace } from './locks.ts';
import { findRow, firstSince, pageOfRows } from './rows.ts';
import type { Trials } from './trials.ts';

const pageSize = 500;

/** The event of an id. */
export function finderOf(
  database: Database,
  { trials, isDistributed }: { readonly trials: Trials; readonly isDistributed: boolean },
): Store['find'] {
  const options = isDistributed ? {} : { begin: keepPlans };
  return async (id) => {
    // No id of an event holds this character, and PostgreSQL takes none that does.
    if (id.includes('\0')) return undefined;
    const [row] = await database.transaction(
      (session) => session.arrays<Row>({ text: findRow, values: [id], name: 'find event' }),
      options,
    );
    if (row === undefined) return undefined;
    return fromRow(row.with(trialColumn, await trials.fingerprintOf(Number(row[trialColumn]))));
  };
}

/**
 * The events of a trial, page by page, each in a transaction of its own. The end is settled first: so
 * who goes on after the last place has missed nothing.
 */
export async function* readEvents(
  { database, trials }: { readonly database: Database; readonly trials: Trials },
  { trial: fingerprint, after = 0, types, since }: EventQuery,
): AsyncGenerator<SequencedEvent> {
  const { number } = await trials.known(fingerprint);
  const end = await settledPlace(database, number);
  let place = after;
  if (since !== undefined) {
    const [first] = await database.transaction((session) =>
      session.rows<{ readonly seq: number | null }>({ text: firstSince, values: [number, since] }),
    );
    place = Math.max(after, (first?.seq ?? end + 1) - 1);
  }
  while (place < end) {
    const values = [number, place, end, since ?? null, types ?? null, pageSize, fingerprint];
    const page = await database.transaction((session) =>
      session.arrays<SequencedRow>({ text: pageOfRows, values }),
    );
    for (const [sequence, ...row] of page) {
      yield { sequence, event: fromRow(row) };
      place = sequence;
    }
    if (page.length < pageSize) return;
  }
}
