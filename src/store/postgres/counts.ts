import { countStatement } from '../counts/count-sql.ts';
import { selectDelays } from '../counts/delay-sql.ts';
import type { DelayCount, Store, UnitCounts } from '../port.ts';
import { timedCount } from '../counts/timed-count.ts';
import { dialects } from '../warehouse/dialects.ts';
import type { EventSource } from '../warehouse/event-sql.ts';
import { bind } from './bind.ts';
import type { Database, Statement } from './database.ts';
import type { Trials } from './trials.ts';
import { checkLive } from './trials.ts';

const source: EventSource = { dialect: dialects.postgres, events: 'event e', trial: 'e.trial' };

// The planner takes the unit and the id of an alert for independent, expects next to no answers to it,
// and would compare each alert with every answer of the trial.
const options = { begin: 'SET LOCAL enable_nestloop TO off', long: true } as const;

const delayStatement = selectDelays(source);

type CountRow = Pick<UnitCounts, 'arm' | 'stratum'> & { readonly unit_id: string } & Readonly<
    Record<`n${number}`, number>
  >;

/** The questions that go through all events of a trial. */
export function counterOf(database: Database, trials: Trials): Pick<Store, 'counts' | 'delays'> {
  const ask = <T extends object>(trial: number, statement: Statement): Promise<readonly T[]> =>
    database.transaction(async (session) => {
      const rows = await session.rows<T>(statement);
      // Afterwards: whoever retires the trial meanwhile waits for this, or has taken the events before.
      await checkLive(session, trial);
      return rows;
    }, options);
  return {
    counts: async (fingerprint, { counts, asOf }) => {
      const { number, responseWindow } = await trials.known(fingerprint);
      const { sql, reasons } = countStatement(counts.map(timedCount), {
        responseWindow,
        source,
      });
      // Its instants are whole milliseconds.
      const statement = bind(sql, { trial: number, asOf: Math.ceil(asOf), ...reasons });
      const rows = await ask<CountRow>(number, statement);
      return rows.map((row) => ({
        unitId: row.unit_id,
        arm: row.arm,
        stratum: row.stratum,
        values: counts.map((_, index) => row[`n${index}`] ?? 0),
      }));
    },
    delays: async (fingerprint) => {
      const { number, responseWindow } = await trials.known(fingerprint);
      const statement = bind(delayStatement, { trial: number, window: responseWindow });
      return ask<DelayCount>(number, statement);
    },
  };
}
