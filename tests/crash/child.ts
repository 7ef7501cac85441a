import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Message, WriterOptions } from './protocol.ts';

/** A writer that is running. */
export interface Child {
  readonly opening: Promise<void>;
  /** Its first acknowledgement; its end too, if that comes before. */
  readonly firstAcknowledged: Promise<void>;
  /** Ends it between two instructions, and waits until it is gone. */
  readonly kill: () => Promise<void>;
  /** Asks it to stop, and waits until it is gone. */
  readonly stop: () => Promise<void>;
  /** What it wrote as errors. */
  readonly complaints: () => string;
}

/** Starts a writer. */
export function startWriter(options: WriterOptions, hear: (message: Message) => void): Child {
  const script = fileURLToPath(new URL('./writer.js', import.meta.url));
  const child = spawn(process.execPath, [script, JSON.stringify(options)]);
  let complaints = '';
  let line = '';
  const first = new Map<Message['is'], () => void>();
  const exited = new Promise<void>((resolve) => {
    child.on('close', () => resolve());
  });
  const firstOf = (is: Message['is']): Promise<void> =>
    Promise.race([exited, new Promise<void>((resolve) => first.set(is, resolve))]);
  const started = { opening: firstOf('opening'), firstAcknowledged: firstOf('acknowledged') };
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    complaints += chunk;
  });
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = `${line}${chunk}`.split('\n');
    // The kill may have cut the last line short.
    line = lines.pop() ?? '';
    for (const text of lines) {
      const message = JSON.parse(text) as Message;
      hear(message);
      first.get(message.is)?.();
    }
  });
  return {
    ...started,
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
    stop: async () => {
      child.stdin.end();
      await exited;
    },
    complaints: () => complaints,
  };
}
