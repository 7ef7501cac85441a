import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** A file of one resource a line that is being written; it has its name only once it is whole. */
export interface NdjsonFile {
  readonly lines: () => number;
  add(resource: object): Promise<void>;
  /** Forces all of it to the disk. */
  end(): Promise<void>;
  /** Gives the file its name, once it has ended. */
  publish(): Promise<void>;
  /** Removes what has been written. */
  discard(): Promise<void>;
}

const chunk = 65_536;

/** What files have for a name until they are whole. */
export function isPart(name: string): boolean {
  return /^[A-Za-z]+\.(ndjson|json)\.[0-9a-f-]{36}\.part$/.test(name);
}

/** Begins a file that only its owner may read: pseudonyms are personal data still. */
export async function ndjsonFile(folder: string, name: string): Promise<NdjsonFile> {
  const part = join(folder, `${name}.${randomUUID()}.part`);
  const handle = await open(part, 'wx', 0o600);
  let waiting = '';
  let lines = 0;
  return {
    lines: () => lines,
    add: async (resource) => {
      waiting += `${JSON.stringify(resource)}\n`;
      lines += 1;
      if (waiting.length < chunk) return;
      const text = waiting;
      waiting = '';
      await handle.appendFile(text, 'utf8');
    },
    end: async () => {
      await handle.appendFile(waiting, 'utf8');
      await handle.sync();
      await handle.close();
    },
    publish: () => rename(part, join(folder, name)),
    discard: async () => {
      await handle.close().catch(() => undefined);
      await rm(part, { force: true });
    },
  };
}
