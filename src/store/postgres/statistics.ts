import type { Store, TrialStatistics } from '../port.ts';
import type { Database, Session } from './database.ts';

interface StoredTrial {
  readonly number: number;
  readonly fingerprint: string;
  readonly folded: number;
  readonly segments: number;
  readonly sealed: number;
}

const selectTrials = `SELECT t.trial AS "number", t.fingerprint, COALESCE(f.seq, 0) AS folded,
  COALESCE(s.segments, 0) AS segments, COALESCE(s.events, 0) AS sealed
FROM trial t
LEFT JOIN folded f ON f.trial = t.trial
LEFT JOIN (
  SELECT trial, COUNT(*) AS segments, SUM(events) AS events FROM segment GROUP BY trial
) s ON s.trial = t.trial
ORDER BY t.id, t.round`;

const selectEngine = `SELECT current_setting('server_version') AS version,
  (SELECT MAX(version) FROM migration) AS "schema",
  (SELECT SUM(pg_total_relation_size(oid)) FROM pg_class
    WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'S'))::bigint AS bytes`;

// What is folded is known from the sums, so only what is new is counted.
async function statisticsOf(session: Session, trial: StoredTrial): Promise<TrialStatistics> {
  const { number, fingerprint, folded, segments, sealed } = trial;
  const [flow] = await session.rows<{ readonly events: number }>({
    text: 'SELECT COALESCE(SUM(events), 0)::bigint AS events FROM flow WHERE trial = $1',
    values: [number],
  });
  const [fresh] = await session.rows<{ readonly events: number }>({
    text: 'SELECT COUNT(*) AS events FROM event WHERE trial = $1 AND seq > $2',
    values: [number, folded],
  });
  const [span] = await session.rows<Pick<TrialStatistics, 'firstAt' | 'lastAt'>>({
    text: `SELECT MIN(at_ms) AS "firstAt", MAX(at_ms) AS "lastAt" FROM event WHERE trial = $1`,
    values: [number],
  });
  const unfolded = fresh?.events ?? 0;
  const events = (flow?.events ?? 0) + unfolded;
  return {
    fingerprint,
    events,
    unfolded,
    unsealed: events - sealed,
    segments,
    firstAt: span?.firstAt ?? null,
    lastAt: span?.lastAt ?? null,
  };
}

/**
 * The state of a ledger.
 *
 * @param isDistributed whether its tables are spread over servers: then its size is not known
 */
export function statisticsFrom(database: Database, isDistributed: boolean): Store['statistics'] {
  return () =>
    database.transaction(
      async (session) => {
        const [engine] = await session.rows<{
          readonly version: string;
          readonly schema: number;
          readonly bytes: number;
        }>({ text: selectEngine });
        const trials: TrialStatistics[] = [];
        for (const trial of await session.rows<StoredTrial>({ text: selectTrials })) {
          trials.push(await statisticsOf(session, trial));
        }
        return {
          engine: `PostgreSQL ${engine?.version ?? ''}${isDistributed ? ', distributed' : ''}`,
          schema: engine?.schema ?? 0,
          bytes: isDistributed ? null : (engine?.bytes ?? null),
          trials,
        };
      },
      // One state of everything, so that no event is counted both as folded and as new.
      { begin: 'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY', long: true },
    );
}
