/** Every benchmark in turn. Run with `npm run bench`. */
import './assign.ts';
import './constrained.ts';
import './rerandomization.ts';
import './gee.ts';
import './analysis.ts';
import { benchImport } from './import/index.ts';
import { benchStores } from './store/index.ts';

await benchStores({ events: 15_000, seconds: 1 });
await benchImport(50_000);
