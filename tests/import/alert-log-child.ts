import { writeSync } from 'node:fs';
import { importAlertLog } from '../../src/import/import-alert-log.ts';
import { mappingFrom } from '../../src/import/mapping-schema.ts';
import { openLog, openStore } from '../../src/store/index.ts';
import { trialWith } from '../trials.ts';

// Run as a process of its own: imports an extract into a ledger, and prints a line at each progress.
const [extract = '', ledger = '', key = '', mapping = ''] = process.argv.slice(2);
await using store = await openStore(ledger, { key });
await using log = await openLog(trialWith(), store);
await importAlertLog(log, extract, {
  mapping: mappingFrom(JSON.parse(mapping)),
  onProgress: ({ rows }) => void writeSync(1, `${rows}\n`),
});
