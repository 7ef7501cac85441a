import { foldedTables } from './fold-sql.ts';
import { distributedBy } from './migrations.ts';
import { checkSchemaName, quoted } from './names.ts';

/** The tables that grow with the events, and are spread over servers by their unit; the others follow the first. */
export const distributedTables: readonly string[] = ['event', ...foldedTables];

const literal = (text: string): string => `'${text.replaceAll(`'`, `''`)}'`;

/**
 * Says that the ledger is spread over servers, and removes what Citus takes on no such table: the trigger
 * that events stay as they are, and the index by which an id has one unit. What is not there is not named,
 * as Citus refuses even to drop a trigger from a table that it has spread and that has none.
 */
function prepare(schema: string): string {
  const own = literal(quoted(schema));
  return `DO $body$
DECLARE
  part regclass;
BEGIN
  INSERT INTO ${quoted(schema)}.meta (name, value)
  VALUES (${literal(distributedBy)}, 'unit_id') ON CONFLICT DO NOTHING;
  FOR part IN SELECT tgrelid FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid
    WHERE tgname = 'append_only' AND c.relnamespace = ${own}::regnamespace
      AND (c.relname = 'event' OR c.relispartition) LOOP
    EXECUTE format('DROP TRIGGER append_only ON %s', part);
  END LOOP;
  FOR part IN SELECT oid FROM pg_class
    WHERE relnamespace = ${own}::regnamespace AND relkind = 'i' AND relname ~ '^event_[0-9]+_once$' LOOP
    EXECUTE format('DROP INDEX %s', part);
  END LOOP;
END
$body$`;
}

function spread(schema: string, table: string): string {
  const [event = ''] = distributedTables;
  const beside = table === event ? 'none' : `${quoted(schema)}.${event}`;
  return `SELECT create_distributed_table(${literal(`${quoted(schema)}.${table}`)}, 'unit_id',
  colocate_with => ${literal(beside)})`;
}

// The rows that were here before lie on the coordinator still, where no query sees them.
function tidy(schema: string): string {
  return `SELECT truncate_local_data_after_distributing_table(oid::regclass)
FROM pg_class WHERE relnamespace = ${literal(quoted(schema))}::regnamespace AND relkind = 'r'
  AND (relname IN (${foldedTables.map(literal).join(', ')})
    OR oid IN (SELECT inhrelid FROM pg_inherits
      WHERE inhparent = ${literal(`${quoted(schema)}.event`)}::regclass))`;
}

/** The statements that spread a ledger, by what each is for. */
export interface Distribution {
  /** Does nothing when it has been done. */
  readonly prepare: string;
  /** By table, in their order: to be left out for a table that is spread. */
  readonly spread: readonly (readonly [table: string, statement: string])[];
  /** Does nothing when it has been done. */
  readonly tidy: string;
}

/** What spreads a ledger over the servers of a Citus cluster. */
export function distributionOf(schema: string): Distribution {
  return {
    prepare: prepare(schema),
    spread: distributedTables.map((table) => [table, spread(schema, table)]),
    tidy: tidy(schema),
  };
}

/**
 * The statements that `distribute` runs on a ledger of one server, in their order, each to be committed on
 * its own: for who would rather run them by hand, as the owner of the schema and on the coordinator.
 *
 * @param schema that holds the ledger; default `rapidcycle`
 * @throws StoreUnusableError when that is no name of a schema
 */
export function distributionSql(schema = 'rapidcycle'): readonly string[] {
  checkSchemaName(schema);
  const statements = distributionOf(schema);
  return [statements.prepare, ...statements.spread.map(([, sql]) => sql), statements.tidy];
}
