import type { Connection } from './connection.ts';
import { failureOf } from './failure.ts';
import { checkOwner, checkSteps } from './migrate.ts';
import { migrations, schemaVersion } from './migrations.ts';

const mostProblems = 100;

/** What a search finds, or why it cannot go on. */
function found(search: () => readonly string[]): readonly string[] {
  try {
    return search();
  } catch (error) {
    return [failureOf(error).message];
  }
}

/** What a check says when it fails. */
const complaint = (check: () => void): readonly string[] =>
  found(() => {
    check();
    return [];
  });

function damages(connection: Connection): readonly string[] {
  const found = connection
    .prepare<[], string>(`PRAGMA integrity_check(${mostProblems})`)
    .pluck()
    .all();
  return found.filter((line) => line !== 'ok').map((line) => `damaged: ${line}`);
}

interface Orphans {
  readonly table: string;
  readonly parent: string;
  readonly rows: number;
}

function orphans(connection: Connection): readonly string[] {
  return connection
    .prepare<[], Orphans>(
      `SELECT "table", parent, COUNT(*) AS rows FROM pragma_foreign_key_check GROUP BY "table", parent`,
    )
    .all()
    .map(({ table, parent, rows }) => `${rows} rows of ${table} have no ${parent}`);
}

const namesIn = (sql: string, made: RegExp): readonly string[] =>
  [...sql.matchAll(made)].flatMap(([, name]) => (name === undefined ? [] : [name]));

/** The triggers that keep the ledger append-only; who wants to change it would remove them first. */
function missingTriggers(connection: Connection): readonly string[] {
  const present = new Set(
    connection
      .prepare<[], string>(`SELECT name FROM sqlite_schema WHERE type = 'trigger'`)
      .pluck()
      .all(),
  );
  return [...new Set(namesIn(migrations.join('\n'), /CREATE TRIGGER (\w+)/g))]
    .filter((name) => !present.has(name))
    .map((name) => `the trigger ${name} was removed, which keeps the ledger append-only`);
}

function outdated(connection: Connection): readonly string[] {
  const version = Number(connection.pragma('user_version', { simple: true }));
  if (version === schemaVersion) return [];
  return [
    `the ledger has the older version ${version} of the schema: open it once to bring it to ${schemaVersion}`,
  ];
}

/** Looks for everything that can be wrong with an open ledger. No line holds any content of a row. */
export function problemsIn(connection: Connection): readonly string[] {
  connection.pragma('query_only = ON');
  const strange = complaint(() => checkOwner(connection));
  if (strange.length > 0) return strange;
  const damaged = [...found(() => damages(connection)), ...found(() => orphans(connection))];
  const old = found(() => outdated(connection));
  if (old.length > 0) return [...damaged, ...old];
  return [
    ...damaged,
    ...complaint(() => checkSteps(connection)),
    ...found(() => missingTriggers(connection)),
  ];
}
