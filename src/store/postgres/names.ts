import { StoreUnusableError } from '../../errors.ts';

// 63 bytes is as long as PostgreSQL's names are.
const schemaName = /^[a-z_][a-z0-9_]{0,62}$/;

/**
 * Checks the name of a schema.
 *
 * @throws StoreUnusableError unless it is a plain name that is not PostgreSQL's own
 */
export function checkSchemaName(schema: string): void {
  if (!schemaName.test(schema) || schema.startsWith('pg_')) {
    throw new StoreUnusableError(
      'the name of the schema must be of small letters, digits and _, begin with no digit and not with pg_',
    );
  }
}

/** A name as SQL quotes it. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
