import { spawn } from 'node:child_process';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { run } from '../../src/cli/index.ts';
import { wordsFor } from '../words-for.ts';

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

/** What a command printed, and how it ended. */
export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** The words that run the command in a process of its own. */
export function commandWords(words: readonly string[]): readonly string[] {
  return wordsFor(main, words);
}

/** Runs the command as a user would, in a process of its own. */
export async function command(words: readonly string[]): Promise<Ran> {
  return ran(commandWords(words));
}

/** Runs a file of the checkout from source, in a process of its own. */
export async function fromSource(file: string, words: readonly string[] = []): Promise<Ran> {
  return ran(['--import', 'tsx', '--conditions=@rapidcycle/source', file, ...words]);
}

async function ran(words: readonly string[]): Promise<Ran> {
  const child = spawn(process.execPath, words, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const code = await new Promise<number | null>((end) => child.once('close', end));
  return { code, out, err };
}

/** Runs the command in this process, which is faster. */
export async function commandHere(words: readonly string[]): Promise<Ran> {
  const out = new PassThrough();
  const err = new PassThrough();
  const code = await run(words, { out, err });
  const text = (stream: PassThrough): string => String(stream.read() ?? '');
  return { code, out: text(out), err: text(err) };
}
