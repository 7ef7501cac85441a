import { writeSync } from 'node:fs';
import { importStays } from '../../src/import/tables/index.ts';
import { memoryStore, openLog, openStore } from '../../src/store/index.ts';
import { stayImport, trial } from './tables-import.ts';

// Run as a process of its own: imports a table into a ledger, or into memory without one, and prints a
// line each time that it shows its progress.
const [table = '', ledger] = process.argv.slice(2);
const key = 'cd'.repeat(32);
await using store = ledger === undefined ? memoryStore({ key }) : await openStore(ledger, { key });
await using log = await openLog(trial, store, { now: () => Date.UTC(2026, 11, 1) });
const counts = await importStays(log, table, {
  ...stayImport,
  ledger: store,
  onProgress: ({ stage, patients }) => void writeSync(1, `${stage} ${patients}\n`),
});
writeSync(1, `${JSON.stringify(counts)}\n`);
