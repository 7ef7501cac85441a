import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** What is compiled: all of the package, and what tests and benchmarks start in processes of their own. */
const entries: readonly string[] = [
  'tests/bench/all.ts',
  'tests/bench/import.ts',
  'tests/bench/service.ts',
  'tests/bench/service/empty-server.ts',
  'tests/bench/store.ts',
  'tests/crash/harness.ts',
  'tests/crash/writer.ts',
  'tests/fhir/ingester.ts',
  'tests/import/alert-log-child.ts',
  'tests/import/tables-child.ts',
  'tests/store/appender.ts',
  'tests/store/export/exporter.ts',
  'tests/store/spool/service.ts',
];

/** The compiled files, in folders like those of the checkout. */
export interface Compiled extends Disposable {
  readonly folder: string;
}

/**
 * Compiles the package and what tests start to plain JavaScript, which starts several times faster than
 * from source. It is independent of `dist`. Types are checked elsewhere.
 */
export function compile(): Compiled {
  const folder = mkdtempSync(join(tmpdir(), 'rapidcycle-compiled-'));
  const config = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: { noEmit: false, noCheck: true, rootDir: root, outDir: folder },
    files: entries.map((entry) => join(root, entry)),
    include: [join(root, 'src')],
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  writeFileSync(join(folder, 'package.json'), readFileSync(join(root, 'package.json')));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const typescript = createRequire(import.meta.url).resolve('typescript/package.json');
  execFileSync(process.execPath, [join(dirname(typescript), 'bin/tsc'), '-p', folder], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return { folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}
