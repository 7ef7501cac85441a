/**
 * Every benchmark in turn. Run with `npm run bench`, or with `npm run bench -- --brief` for those of
 * assignment, ledgers and extracts alone and with little, to see that they work.
 */
import { benchImport } from './import/index.ts';
import { benchStores } from './store/index.ts';

const isBrief = process.argv.includes('--brief');

await import('./assign.ts');
if (!isBrief) {
  await import('./constrained.ts');
  await import('./rerandomization.ts');
  await import('./gee.ts');
  await import('./analysis.ts');
}
await benchStores(isBrief ? { events: 10_000, seconds: 1 } : { events: 30_000, seconds: 2 });
await benchImport(isBrief ? 30_000 : 300_000);
