/**
 * The demonstration: a randomised trial of an inpatient influenza alert, from protocol to verdict, in
 * a synthetic hospital. Run it with `npm run demo`; it takes the options of `rapidcycle demo`.
 */
import { run } from 'rapidcycle/cli';

process.exitCode = await run(['demo', ...process.argv.slice(2)]);
