/**
 * Kills writers with SIGKILL at random moments, for each adapter, and stops a PostgreSQL server under
 * load; audits every ledger afterwards.
 * Run with `npm run crash -- <runs>`, 200 by default, `--seed <text>` to repeat a run and
 * `--only <name>`, once or more, for parts of it.
 */
import { parseArgs } from 'node:util';
import { isOwn } from '../store/postgres/server.ts';
import { compile } from '../compile.ts';
import type { Task } from './harness.ts';
import { isSound, lineOf } from './report.ts';
import { runTask } from './run-task.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string', default: String(Date.now()) },
    stops: { type: 'string', default: '20' },
    only: { type: 'string', multiple: true },
  },
});
const { seed, only } = values;
const wholeNumber = (text: string, name: string): number => {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1) return number;
  throw new RangeError(`${name} must be a whole number from 1, got ${text}`);
};
const runs = wholeNumber(positionals[0] ?? '200', 'the number of runs');
const stops = wholeNumber(values.stops, '--stops');

const tasks: Readonly<Record<string, Task>> = {
  embedded: { crash: 'writer', adapter: 'embedded', runs, seed },
  ...(isOwn && {
    postgres: { crash: 'writer', adapter: 'postgres', runs, seed },
    spool: { crash: 'writer', adapter: 'spool', runs, seed },
    outages: { crash: 'server', spooled: false, stops, seed },
    'spooled outages': { crash: 'server', spooled: true, stops, seed },
  }),
};
const chosen = Object.entries(tasks).filter(([name]) => only?.includes(name) ?? true);
const unknown = only?.filter((name) => !(name in tasks)) ?? [];
if (unknown.length > 0) {
  throw new RangeError(
    `--only must be one of ${Object.keys(tasks).join(', ')}, got ${unknown.join(', ')}`,
  );
}
console.log(`seed ${seed}`);
if (!isOwn) console.log('without PostgreSQL: no server of its own can be started here');
using compiled = compile();
for (const [name, task] of chosen) {
  const before = performance.now();
  // oxlint-disable-next-line no-await-in-loop -- one after the other, or they would disturb each other
  const report = await runTask(compiled, task);
  console.log(lineOf(name, report, (performance.now() - before) / 1000));
  for (const error of new Set(report.errors)) console.log(`  ${error}`);
  if (!isSound(report)) process.exitCode = 1;
}
