import { writeSync } from 'node:fs';
import { exportLedger } from '../../../src/store/export/export.ts';
import { openStore } from '../../../src/store/index.ts';

// Run as a process of its own: exports a ledger, and says when it begins and when it has ended.
const [ledger = '', folder = '', capacity = '100'] = process.argv.slice(2);
const store = await openStore(ledger);
writeSync(1, 'begun\n');
await exportLedger(store, folder, { format: 'parquet', capacity: Number(capacity) });
writeSync(1, 'ended\n');
await store.close();
