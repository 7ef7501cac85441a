/**
 * What the stores cost, beside raw files and beside DuckDB: the processor time of a durable append,
 * latencies at a pace, the memory while events go in, and the two metrics over all of them. Timings
 * depend on the machine; the ratios, taken in one run, hardly do.
 * Run with `npm run bench:store -- <events>`, by default 10,000,000, which takes the better part of an
 * hour; `npm run bench` does it with few.
 */
import { benchStores } from './store/index.ts';

const events = Number(process.argv[2] ?? '10000000');
if (!Number.isInteger(events) || events < 1_000) {
  throw new RangeError('the number of events must be a whole number from 1000');
}
await benchStores({ events, seconds: 10 });
