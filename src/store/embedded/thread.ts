import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';

/**
 * Starts a thread of a file beside this one.
 *
 * @param file its name without the ending
 */
export function startThread(
  file: 'writer' | 'inspector',
  { name, workerData }: { readonly name: string; readonly workerData: unknown },
): Worker {
  if (!import.meta.url.endsWith('.ts')) {
    return new Worker(new URL(`./${file}.js`, import.meta.url), { workerData, name, execArgv: [] });
  }
  // Run from source the file is TypeScript too, and a thread does not inherit its loader. The flag
  // --import does not reach a thread's own file in Node 20, so the loader is registered from within.
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx'));
  const loader = JSON.stringify(new URL('./esm/api/index.mjs', tsx).href);
  const entry = JSON.stringify(new URL(`./${file}.ts`, import.meta.url).href);
  const code = `import(${loader}).then(({ register }) => (register(), import(${entry})));`;
  return new Worker(code, { eval: true, workerData, name, execArgv: [] });
}
