export { distribute } from './distribute.ts';
export type { DistributeOptions } from './distribute.ts';
export { distributionSql } from './distribution-sql.ts';
export { openPostgres } from './open-postgres.ts';
export type { OpenPostgresOptions } from './open-postgres.ts';
export type { PostgresConnection } from './connection.ts';
