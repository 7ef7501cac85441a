/**
 * The alert service under load, beside a server that does nothing: how long calls take, and whether
 * everything is in the ledger, also after a kill.
 * Run with `npm run bench:service -- <seconds> <calls a second>`, by default 60 and 200.
 */
import { benchService } from './service/index.ts';

const [seconds = 60, perSecond = 200] = process.argv.slice(2).map(Number);
if (!(Number.isInteger(seconds) && seconds > 0 && Number.isInteger(perSecond) && perSecond > 0)) {
  throw new RangeError('seconds and calls a second must be whole numbers above 0');
}
await benchService({ perSecond, seconds, kill: false });
await benchService({ perSecond, seconds, kill: true });
