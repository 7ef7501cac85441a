import type { SequencedRow } from '../chain/chain.ts';
import { contentOf, headOf, segmentSize } from '../chain/chain.ts';
import type { Segment, Store } from '../port.ts';
import type { Database, Session } from './database.ts';
import { lockTrial, settledPlace } from './locks.ts';
import { pageOfRows } from './rows.ts';
import type { Trials } from './trials.ts';

const columns = `number, first_seq AS "first", last_seq AS "last", events, content, head,
  sealed_ms AS "sealedAt"`;

/** The last segment of a trial; undefined when it has none. */
export async function lastSegment(session: Session, trial: number): Promise<Segment | undefined> {
  const [segment] = await session.rows<Segment>({
    text: `SELECT ${columns} FROM segment WHERE trial = $1 ORDER BY number DESC LIMIT 1`,
    values: [trial],
  });
  return segment;
}

/** What a step has sealed, and whether more is to be sealed. */
interface Sealed {
  readonly segment: Segment | undefined;
  readonly more: boolean;
}

/** The sealing of a ledger. Each segment is a transaction of its own, of one process at a time. */
export function sealerOf(database: Database, trials: Trials): Pick<Store, 'seal' | 'segments'> {
  const sealNext = async (
    session: Session,
    {
      number: trial,
      fingerprint,
      end,
    }: { readonly number: number; readonly fingerprint: string; readonly end: number },
  ): Promise<Sealed> => {
    await lockTrial(session, trial);
    const before = await lastSegment(session, trial);
    const rows = await session.arrays<SequencedRow>({
      text: pageOfRows,
      values: [trial, before?.last ?? 0, end, null, null, segmentSize, fingerprint],
    });
    const [first] = rows;
    const last = rows.at(-1);
    if (first === undefined || last === undefined) return { segment: before, more: false };
    const link = {
      number: (before?.number ?? 0) + 1,
      first: first[0],
      last: last[0],
      events: rows.length,
      content: contentOf(rows),
    };
    const head = headOf(fingerprint, { ...link, before: before?.head });
    const segment = { ...link, head, sealedAt: Date.now() };
    await session.rows({
      text: `INSERT INTO segment
  (trial, number, first_seq, last_seq, events, content, head, sealed_ms)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
      values: [trial, ...Object.values(link), head, segment.sealedAt],
    });
    return { segment, more: rows.length === segmentSize };
  };

  return {
    seal: async (fingerprint) => {
      const { number } = await trials.known(fingerprint);
      // Behind the settled place another event could still turn up, before one that is sealed.
      const end = await settledPlace(database, number);
      for (;;) {
        const { segment, more } = await database.transaction(
          (session) => sealNext(session, { number, fingerprint, end }),
          { long: true },
        );
        if (!more) return segment;
      }
    },
    segments: async (fingerprint) => {
      const { number } = await trials.known(fingerprint);
      return database.transaction((session) =>
        session.rows<Segment>({
          text: `SELECT ${columns} FROM segment WHERE trial = $1 ORDER BY number`,
          values: [number],
        }),
      );
    },
  };
}
