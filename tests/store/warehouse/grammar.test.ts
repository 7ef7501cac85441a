import { describe, expect, test } from '@jest/globals';
import parsers from 'node-sql-parser';
import { dialects, warehouseQueries } from '../../../src/store/warehouse/index.ts';
import type { LedgerCount } from '../../../src/trial/count.ts';
import { nine, trial } from '../fixtures.ts';

/** The grammar that each dialect is read with; Spark and what is built on it read as Hive does. */
const grammars: Readonly<Record<Exclude<keyof typeof dialects, 'duckdb' | 'clickhouse'>, string>> =
  {
    sqlite: 'sqlite',
    postgres: 'postgresql',
    bigquery: 'bigquery',
    snowflake: 'snowflake',
    redshift: 'redshift',
    databricks: 'hive',
    spark: 'hive',
    hive: 'hive',
    trino: 'trino',
    athena: 'athena',
    sqlServer: 'transactsql',
    mysql: 'mysql',
    mariadb: 'mariadb',
  };

const counts: readonly LedgerCount[] = [
  { of: 'dismissed', reason: String.raw`O'H\ara` },
  { of: 'ignored' },
  { of: 'repeats' },
  { of: 'alerts', each: 'firstFiring' },
  { of: 'alerts', each: 'patientDay', eligible: true },
  { of: 'atRisk', each: 'patientDay', known: 'encounter' },
  { of: 'atRisk', each: 'patient' },
  { of: 'atRisk', each: 'encounter' },
];

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys of a literal
const names = Object.keys(grammars) as readonly (keyof typeof grammars)[];

describe('The read queries are in the grammar of', () => {
  const parser = new parsers.Parser();
  test.each(names)('%s', (name) => {
    for (const deduplicate of [false, true]) {
      const queries = warehouseQueries(trial, {
        dialect: dialects[name],
        table: 'warehouse.events',
        deduplicate,
      });
      const texts = { ...queries, counts: queries.counts({ counts, asOf: nine }) };
      for (const [query, text] of Object.entries(texts)) {
        const tables = parser.tableList(text, { database: grammars[name] });
        expect([query, tables.map((table) => table.split('::').at(-1))]).toEqual([
          query,
          expect.arrayContaining(['events']),
        ]);
      }
    }
  });
});

describe('The text of a read query', () => {
  const queries = warehouseQueries(trial, { dialect: dialects.bigquery, table: '`p.d.events`' });
  const texts = {
    ...queries,
    counts: queries.counts({ counts, asOf: nine }),
  };

  test.each(Object.entries(texts))('of %s keeps to what all engines share', (_, text) => {
    expect(text).not.toMatch(
      /\b(?:FILTER|ON CONFLICT|LIMIT|USING|TRUE|FALSE|BOOLEAN|INTERVAL|EXISTS|LATERAL)\b|\|\||::|%/i,
    );
    expect(text).not.toMatch(/:[a-z]/i);
    expect(text).toContain(trial.fingerprint);
  });

  test('takes the table as it is written, whatever stands in it', () => {
    const table = `read_parquet('s3://events:trial/$&/:asOf/*.parquet')`;
    const { summaries, counts: countsOf } = warehouseQueries(trial, {
      dialect: dialects.duckdb,
      table,
    });
    expect(summaries).toContain(`FROM ${table} e`);
    expect(countsOf({ counts, asOf: nine })).toContain(`FROM ${table} e`);
  });

  test('needs a table', () => {
    expect(() => warehouseQueries(trial, { dialect: dialects.hive, table: ' ' })).toThrow(
      /table is empty/,
    );
  });

  test.each([Number.NaN, Infinity, 2 ** 60])('needs an instant, not %p', (asOf) => {
    expect(() => queries.counts({ counts, asOf })).toThrow(RangeError);
  });

  test('holds no code with a control character, and does not repeat it', () => {
    const ask = (reason: string) => () =>
      queries.counts({ counts: [{ of: 'dismissed', reason }], asOf: nine });
    for (const code of ['not\nindicated', 'a\u0000', 'b\u0085', 'c\ud83c']) {
      expect(ask(code)).toThrow(RangeError);
      expect(ask(code)).not.toThrow(new RegExp(`indicated|${code.slice(0, 1)}\\u0000`));
    }
  });
});

describe('A literal', () => {
  const text = String.raw`O'H\a`;
  test.each([
    ['sqlite', String.raw`'O''H\a'`],
    ['postgres', String.raw`'O''H\a'`],
    ['duckdb', String.raw`'O''H\a'`],
    ['trino', String.raw`'O''H\a'`],
    ['athena', String.raw`'O''H\a'`],
    ['sqlServer', String.raw`N'O''H\a'`],
    ['clickhouse', String.raw`'O''H\\a'`],
    ['snowflake', String.raw`'O''H\\a'`],
    ['redshift', String.raw`'O''H\\a'`],
    ['mysql', String.raw`'O''H\\a'`],
    ['mariadb', String.raw`'O''H\\a'`],
    ['bigquery', String.raw`'O\'H\\a'`],
    ['spark', String.raw`'O\'H\\a'`],
    ['databricks', String.raw`'O\'H\\a'`],
    ['hive', String.raw`'O\'H\\a'`],
  ] as const)('of %s is %s', (name, literal) => {
    expect(dialects[name].text(text)).toBe(literal);
  });
});
