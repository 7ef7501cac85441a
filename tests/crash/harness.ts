import { writeSync } from 'node:fs';
import { startServer } from '../store/postgres/server.ts';
import type { KillOptions } from './kills.ts';
import { killWriters } from './kills.ts';
import type { OutageOptions } from './outages.ts';
import { stopServer } from './outages.ts';

// A process of its own, compiled, that does what it is told in its argument and writes a report.

/** What to do: kill writers, or stop the server that they write to. */
export type Task =
  | (Omit<KillOptions, 'url'> & { readonly crash: 'writer' })
  | (Omit<OutageOptions, 'server'> & { readonly crash: 'server' });

const task = JSON.parse(process.argv[2] ?? '{}') as Task;
const needsServer = task.crash === 'server' || task.adapter !== 'embedded';
const server = needsServer ? await startServer({ durable: true }) : undefined;
try {
  const report =
    task.crash === 'writer'
      ? await killWriters({ ...task, url: server?.url ?? '' })
      : server && (await stopServer({ ...task, server }));
  writeSync(1, JSON.stringify(report));
} finally {
  await server?.dispose();
}
