/**
 * What the import of an alert log costs, beside the CSV library alone on the same file with the same
 * options, and the memory meanwhile. Timings depend on the machine; the ratio, taken in one run, hardly does.
 * Run with `npm run bench:import -- <rows>`, by default 5,000,000;
 * `npm run bench` does it with few.
 */
import { benchImport } from './import/index.ts';

const rows = Number(process.argv[2] ?? '5000000');
if (!Number.isInteger(rows) || rows < 1_000) {
  throw new RangeError('the number of rows must be a whole number from 1000');
}
await benchImport(rows);
