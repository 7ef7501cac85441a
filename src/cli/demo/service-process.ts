import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { messageOf, StoreUnusableError } from '../../errors.ts';

/** An alert service in a process of its own, started again whenever it ends unasked. */
export interface ServiceProcess {
  readonly url: string;
  /** Of the process that runs now. */
  pid(): number | undefined;
  /** How often it was started again. */
  restarts(): number;
  /** Asks it to end, and waits until everything is on the disk. */
  stop(): Promise<void>;
}

export interface ServiceProcessOptions {
  readonly protocol: string;
  readonly ledger: string;
  /** Gets the service's log. */
  readonly log: string;
  readonly onRestart: (how: string, pid: number | undefined) => void;
  /** Told why it is not started again. */
  readonly onEnd: (why: string) => void;
}

/** A file beside this one, in the language that is running: source or built. */
function besides(path: string): string {
  const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
  return fileURLToPath(new URL(`${path}${extension}`, import.meta.url));
}

interface Running {
  readonly child: ChildProcess;
  readonly url: string;
}

async function start(options: ServiceProcessOptions, port: number): Promise<Running> {
  const log = openSync(options.log, 'a');
  const words = [
    'serve',
    options.protocol,
    '--ledger',
    options.ledger,
    '--port',
    String(port),
    '--module',
    besides('./alerts'),
    '--rehearsal',
    '--log-level',
    'warn',
    '--json',
  ];
  const child = spawn(process.execPath, [...process.execArgv, besides('../main'), ...words], {
    // The channel tells the service when this process has gone, so that it does not stay behind.
    stdio: ['ignore', 'pipe', log, 'ipc'],
  });
  closeSync(log);
  const failed = (): StoreUnusableError =>
    new StoreUnusableError(
      `The alert service did not start. Its log (${options.log}) ends with: ${readFileSync(options.log, 'utf8').trim().slice(-600)}`,
    );
  if (child.stdout === null) throw failed();
  const lines = createInterface({ input: child.stdout });
  const [line]: unknown[] = await Promise.race([
    once(lines, 'line'),
    once(child, 'exit').then(() => []),
  ]);
  if (typeof line !== 'string') throw failed();
  const { url }: { readonly url: string } = JSON.parse(line);
  return { child, url };
}

/** A service that ends so often without having lived is not worth starting again. */
const hopeless = 5;
const aLife = 2_000;

/**
 * Starts the alert service of the demonstration.
 *
 * @throws StoreUnusableError when it does not start
 */
export async function startService(options: ServiceProcessOptions): Promise<ServiceProcess> {
  let { child, url } = await start(options, 0);
  const port = Number(new URL(url).port);
  let startedAt = Date.now();
  let restarts = 0;
  let shortLives = 0;
  let stopping = false;
  let restarting: Promise<void> = Promise.resolve();

  const watch = (): void => {
    child.once('exit', (code, signal) => {
      if (!stopping) restarting = again(signal ?? `exit code ${code}`);
    });
  };
  const again = async (how: string): Promise<void> => {
    restarts += 1;
    shortLives = Date.now() - startedAt < aLife ? shortLives + 1 : 0;
    if (shortLives >= hopeless) {
      options.onEnd(
        `The alert service ended (${how}) ${hopeless} times at once: see ${options.log}`,
      );
      return;
    }
    await wait(100);
    if (stopping) return;
    try {
      ({ child, url } = await start(options, port));
    } catch (error) {
      options.onEnd(messageOf(error));
      return;
    }
    startedAt = Date.now();
    options.onRestart(how, child.pid);
    watch();
  };
  watch();

  return {
    url,
    pid: () => child.pid,
    restarts: () => restarts,
    stop: async () => {
      stopping = true;
      await restarting;
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}
