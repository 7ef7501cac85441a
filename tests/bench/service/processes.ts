import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { commandWords } from '../../cli/command.ts';
import { wordsFor } from '../../words-for.ts';

const emptyServer = fileURLToPath(new URL('empty-server.ts', import.meta.url));

/** A server in a process of its own. */
export interface ServerProcess {
  readonly url: string;
  readonly end: (signal: NodeJS.Signals) => Promise<void>;
}

async function started(words: readonly string[]): Promise<ServerProcess> {
  const child: ChildProcess = spawn(process.execPath, words, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  if (child.stdout === null) throw new Error('the process has no output');
  const lines = createInterface({ input: child.stdout });
  const [line] = (await once(lines, 'line')) as [string];
  const { url } = JSON.parse(line) as { readonly url: string };
  return {
    url,
    end: async (signal) => {
      const ended = once(child, 'exit');
      child.kill(signal);
      await ended;
    },
  };
}

/** The alert service of a protocol, as the command runs it. */
export function startService(protocol: string, ledger: string): Promise<ServerProcess> {
  const words = ['serve', protocol, '--ledger', ledger, '--alert', 'influenza', '--port', '0'];
  return started(commandWords([...words, '--json', '--log-level', 'error']));
}

/** A server that reads what it is sent and answers with no cards. */
export function startEmptyServer(): Promise<ServerProcess> {
  return started(wordsFor(emptyServer, []));
}
