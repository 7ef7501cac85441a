import { compile } from './compile.ts';

/** Compiles what the tests start, once for all of them. */
// oxlint-disable-next-line no-default-export -- Jest asks for one
export default function setUp(): void {
  const compiled = compile();
  process.env['RAPIDCYCLE_COMPILED'] = compiled.folder;
  process.once('exit', () => compiled[Symbol.dispose]());
}
