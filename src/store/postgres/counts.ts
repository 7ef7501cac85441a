import { countStatement, selectDelays } from '../count-sql.ts';
import type { DelayCount, Store, UnitCounts } from '../port.ts';
import { timedCount } from '../timed-count.ts';
import { bind } from './bind.ts';
import type { Database } from './database.ts';
import type { Trials } from './trials.ts';

/**
 * The counts are asked for in one text on all engines. These are the words in which PostgreSQL
 * differs: how a detail is read, that no index is forgone, that a cast to a whole number rounds
 * instead of cutting off, and that a number with a point is a decimal one.
 */
function inPostgres(sql: string): string {
  return sql
    .replaceAll(' NOT INDEXED', '')
    .replaceAll(
      `json_extract(e.detail, '$.override.code')`,
      `(e.detail::json #>> '{override,code}')`,
    )
    .replaceAll(/CAST\((.+?) AS INTEGER\)/g, 'FLOOR($1)::bigint')
    .replaceAll('86400000.0', '86400000::float8')
    .replaceAll(':asOf', ':asOf::float8');
}

// The planner takes the unit and the id of an alert for independent, expects next to no answers to it,
// and would compare each alert with every answer of the trial.
const options = { begin: 'SET LOCAL enable_nestloop TO off', long: true } as const;

const delayStatement = inPostgres(selectDelays);

type CountRow = Pick<UnitCounts, 'unitId' | 'arm' | 'stratum'> & Readonly<Record<string, number>>;

/** The questions that go through all events of a trial. */
export function counterOf(database: Database, trials: Trials): Pick<Store, 'counts' | 'delays'> {
  return {
    counts: async (fingerprint, { counts, asOf }) => {
      const { number, responseWindow } = await trials.known(fingerprint);
      const { sql, reasons } = countStatement(counts.map(timedCount), responseWindow);
      const statement = bind(inPostgres(sql), { trial: number, asOf, ...reasons });
      const rows = await database.transaction(
        (session) => session.rows<CountRow>(statement),
        options,
      );
      return rows.map((row) => ({
        unitId: row.unitId,
        arm: row.arm,
        stratum: row.stratum,
        values: counts.map((_, index) => row[`n${index}`] ?? 0),
      }));
    },
    delays: async (fingerprint) => {
      const { number, responseWindow } = await trials.known(fingerprint);
      const statement = bind(delayStatement, { trial: number, window: responseWindow });
      return database.transaction((session) => session.rows<DelayCount>(statement), options);
    },
  };
}
