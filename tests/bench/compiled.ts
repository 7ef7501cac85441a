/**
 * Runs a benchmark compiled, as the package is used. From source, whatever makes a function also gives it its
 * name, which takes longer than some of what is measured.
 * Run by `npm run bench`, `bench:import`, `bench:service` and `bench:store`: the name of the benchmark, and
 * what it is told.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { compile } from '../compile.ts';

const [name = '', ...told] = process.argv.slice(2);
using compiled = compile();
const benchmark = join(compiled.folder, 'tests', 'bench', `${name}.js`);
const { status } = spawnSync(process.execPath, [benchmark, ...told], {
  stdio: 'inherit',
  // What it starts runs compiled too.
  env: { ...process.env, RAPIDCYCLE_COMPILED: compiled.folder },
});
process.exitCode = status ?? 1;
