import { UsageError } from '../../../errors.ts';
import { distribute, distributionSql } from '../../../store/index.ts';
import { isOnServer, serverPlace } from '../../ledger.ts';
import type { Streams } from '../../streams.ts';
import { say } from '../../streams.ts';

export interface DistributeArguments {
  readonly ledger: string;
  readonly dryRun: boolean;
}

/** `rapidcycle store distribute`. */
export async function distributeCommand(
  { ledger, dryRun }: DistributeArguments,
  streams: Streams,
): Promise<number> {
  if (!isOnServer(ledger)) {
    throw new UsageError(
      'Only a ledger on a server can be distributed: give its connection string.',
    );
  }
  const { connection, schema } = serverPlace(ledger);
  if (dryRun) {
    for (const statement of distributionSql(schema)) say(streams, statement);
    return 0;
  }
  await distribute(connection, { schema });
  say(streams, 'The events and their sums are spread over the workers by their unit.');
  return 0;
}
