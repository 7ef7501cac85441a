import { statSync } from 'node:fs';
import type { Connection } from './connection.ts';
import { schemaVersion } from './migrations.ts';
import type { StoreStatistics, TrialStatistics } from '../port.ts';

// What is folded has been counted, so that only what is new is gone through.
const selectTrials = `
SELECT t.fingerprint AS "fingerprint",
  COALESCE(f.events, 0) + COALESCE(n.events, 0) AS "events",
  COALESCE(n.events, 0) AS "unfolded",
  COALESCE(f.events, 0) + COALESCE(n.events, 0) - COALESCE(s.events, 0) AS "unsealed",
  COALESCE(s.segments, 0) AS "segments",
  (SELECT MIN(earliest_ms) FROM stretch x WHERE x.trial = t.trial) AS "firstAt",
  (SELECT MAX(latest_ms) FROM stretch x WHERE x.trial = t.trial) AS "lastAt"
FROM trial t
LEFT JOIN (SELECT trial, SUM(events) AS events FROM flow GROUP BY trial) f ON f.trial = t.trial
LEFT JOIN (
  SELECT e.trial, COUNT(*) AS events FROM event e NOT INDEXED
  WHERE e.seq > (SELECT seq FROM watermark WHERE name = 'sums') GROUP BY e.trial
) n ON n.trial = t.trial
LEFT JOIN (
  SELECT trial, SUM(events) AS events, COUNT(*) AS segments FROM segment GROUP BY trial
) s ON s.trial = t.trial
ORDER BY t.id, t.round`;

const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;

/** Tells the state of an open ledger. */
export function statisticsOf(connection: Connection): () => StoreStatistics {
  const trials = connection.prepare<[], TrialStatistics>(selectTrials);
  const version = connection.prepare<[], string>('SELECT sqlite_version()').pluck();
  return () => ({
    engine: `SQLite ${version.get()}`,
    schema: schemaVersion,
    bytes: sizeOf(connection.name) + sizeOf(`${connection.name}-wal`),
    trials: trials.all(),
  });
}
