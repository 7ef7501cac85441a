import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterEach } from '@jest/globals';
import { protocol } from '../trials.ts';
import { commandWords } from './command.ts';

/** The content of an arm that is one card. */
export const card = (summary: string) => ({
  cards: [{ summary, indicator: 'info', source: { label: 'Guidance' } }],
});

/** A protocol whose arms hold their cards, of a trial that runs today. */
export const served = {
  ...protocol,
  arms: [
    { name: 'usual', weight: 1, content: card('Usual') },
    { name: 'redesign', weight: 1, content: card('Redesigned') },
  ],
  start: '2020-01-01',
  end: '2099-12-31',
};

/** `rapidcycle serve` as a process of its own. */
export interface Service {
  readonly url: string;
  readonly child: ChildProcess;
  readonly log: () => string;
}

const running = new Set<ChildProcess>();

afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
  running.clear();
});

/** Starts a service, and waits until it is there; what still runs after a test is killed. */
export async function serve(words: readonly string[]): Promise<Service> {
  const child = spawn(
    process.execPath,
    commandWords(['serve', ...words, '--port', '0', '--json']),
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NODE_OPTIONS: '' } },
  );
  running.add(child);
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text));
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return { url: (JSON.parse(line) as { url: string }).url, child, log: () => log };
}

/** Sends a service a signal, and waits until it has ended. */
export async function end(
  { child }: Pick<Service, 'child'>,
  signal: NodeJS.Signals,
): Promise<number | null> {
  child.kill(signal);
  const [code] = (await once(child, 'exit')) as [number | null];
  running.delete(child);
  return code;
}
