import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What is started by its path, so that no import leads to it. */
const entries = ['src/store/embedded/writer.ts', 'tests/crash/harness.ts', 'tests/crash/writer.ts'];

/** The compiled harness in a folder of its own. */
export interface Compiled {
  readonly folder: string;
  readonly dispose: () => Promise<void>;
}

/**
 * Compiles the harness and what it tests to plain JavaScript, which starts several times faster than
 * from source: a process is started for each kill. It is independent of `dist`. Types are checked
 * elsewhere.
 */
export async function compile(): Promise<Compiled> {
  const folder = await mkdtemp(join(tmpdir(), 'rapidcycle-crash-'));
  const config = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: { noEmit: false, noCheck: true, rootDir: root, outDir: folder },
    files: entries.map((entry) => join(root, entry)),
    include: [],
  };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  const typescript = createRequire(import.meta.url).resolve('typescript/package.json');
  execFileSync(process.execPath, [join(dirname(typescript), 'bin/tsc'), '-p', folder], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return { folder, dispose: () => rm(folder, { recursive: true, force: true }) };
}
