import { writeSync } from 'node:fs';
import { fhirSource } from '../../src/fhir/index.ts';
import { fileCheckpoint } from '../../src/fhir/record/checkpoint.ts';
import { ingest } from '../../src/fhir/record/ingest.ts';
import { influenzaTrial } from '../../src/simulate/index.ts';
import { openLog, openStore } from '../../src/store/index.ts';
import { cutOff, everything, key } from './ingest-fixtures.ts';

// Run as a process of its own: ingests a record, prints a dot for each patient, and at the end the counts.
const [file = '', checkpoint = '', baseUrl = ''] = process.argv.slice(2);
await using store = await openStore(file, { key });
await using log = await openLog(influenzaTrial, store, { now: () => cutOff });
const counts = await ingest(log, fhirSource({ baseUrl }), {
  ...everything(store),
  checkpoint: fileCheckpoint(checkpoint),
  onProgress: () => void writeSync(1, '.'),
});
writeSync(1, `\n${JSON.stringify(counts)}\n`);
