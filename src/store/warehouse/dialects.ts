import type { Dialect } from './dialect.ts';
import { dotted, doubled, doubledBoth, escaped } from './dialect.ts';

/** How a function that takes a column and a path is called. */
const pathOf =
  (name: string): Dialect['textAt'] =>
  (column, path) =>
    `${name}(${column}, ${dotted(path)})`;

/** How a function that takes a column and each key of a path is called. */
const keysOf =
  (name: string): Dialect['textAt'] =>
  (column, path) =>
    `${name}(${[column, ...path.map((key) => `'${key}'`)].join(', ')})`;

const floor: Dialect['floor'] = (number) => `FLOOR(${number})`;

const trino: Dialect = {
  name: 'Trino',
  text: doubled,
  textAt: pathOf('json_extract_scalar'),
  floor,
};

const spark: Dialect = { name: 'Spark', text: escaped, textAt: pathOf('get_json_object'), floor };

const mysql: Dialect = {
  name: 'MySQL',
  text: doubledBoth,
  textAt: (column, path) => `JSON_UNQUOTE(JSON_EXTRACT(${column}, ${dotted(path)}))`,
  floor,
};

/** The engines whose dialect is known. */
export type Engine =
  | 'sqlite'
  | 'postgres'
  | 'duckdb'
  | 'clickhouse'
  | 'bigquery'
  | 'snowflake'
  | 'redshift'
  | 'databricks'
  | 'spark'
  | 'hive'
  | 'trino'
  | 'athena'
  | 'sqlServer'
  | 'mysql'
  | 'mariadb';

/** The dialects that are known, by their engines. */
export const dialects: Readonly<Record<Engine, Dialect>> = {
  sqlite: {
    name: 'SQLite',
    text: doubled,
    textAt: pathOf('json_extract'),
    // FLOOR is not in every build of it.
    floor: (number) => `CAST(${number} AS INTEGER)`,
  },
  postgres: {
    name: 'PostgreSQL',
    text: doubled,
    textAt: (column, path) => `(CAST(${column} AS json) #>> '{${path.join(',')}}')`,
    // Else it floors decimals, which drivers hand over as texts.
    floor: (number) => `FLOOR(CAST(${number} AS double precision))`,
  },
  duckdb: { name: 'DuckDB', text: doubled, textAt: pathOf('json_extract_string'), floor },
  clickhouse: { name: 'ClickHouse', text: doubledBoth, textAt: keysOf('JSONExtractString'), floor },
  bigquery: { name: 'BigQuery', text: escaped, textAt: pathOf('JSON_VALUE'), floor },
  snowflake: {
    name: 'Snowflake',
    text: doubledBoth,
    textAt: (column, path) => `JSON_EXTRACT_PATH_TEXT(${column}, '${path.join('.')}')`,
    floor,
  },
  redshift: {
    name: 'Redshift',
    text: doubledBoth,
    textAt: keysOf('JSON_EXTRACT_PATH_TEXT'),
    floor,
  },
  databricks: { ...spark, name: 'Databricks' },
  spark,
  hive: { ...spark, name: 'Hive' },
  trino,
  athena: { ...trino, name: 'Athena' },
  sqlServer: {
    name: 'SQL Server',
    // Without the N it would be of the code page of the database.
    text: (value) => `N${doubled(value)}`,
    textAt: pathOf('JSON_VALUE'),
    floor,
  },
  mysql,
  mariadb: { ...mysql, name: 'MariaDB' },
};
