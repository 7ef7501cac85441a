export { openPostgres } from './open-postgres.ts';
export type { OpenPostgresOptions, PostgresConnection } from './open-postgres.ts';
