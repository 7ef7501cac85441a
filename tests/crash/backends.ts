import { setTimeout as sleep } from 'node:timers/promises';
import { run } from '../store/postgres/sql.ts';

/**
 * Waits until the server has ended the sessions of a process that was killed: its last transaction may
 * still be committed after it is gone.
 */
export async function withoutOthers(url: string, service: string): Promise<void> {
  const question = `SELECT 1 FROM pg_stat_activity WHERE application_name = '${service}'`;
  while ((await run(url, question)).rows.length > 0) await sleep(5);
}
