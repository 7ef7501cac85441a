import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * The words that run a file in a process of its own: compiled beforehand where the tests have done so,
 * else from source.
 */
export function wordsFor(file: string, words: readonly string[]): readonly string[] {
  const compiled = process.env['RAPIDCYCLE_COMPILED'];
  if (compiled === undefined) {
    return ['--import', 'tsx', '--conditions=@rapidcycle/source', file, ...words];
  }
  return [join(compiled, relative(root, file).replace(/\.ts$/, '.js')), ...words];
}
