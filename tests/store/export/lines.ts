import { expect } from '@jest/globals';
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Store } from '../../../src/store/index.ts';
import { eventsIn } from './duck.ts';

/** The events of an export as NDJSON, by their place; each must be in the partition of its day. */
export async function linesIn(folder: string): Promise<readonly unknown[]> {
  const names = await readdir(join(folder, 'event'), { recursive: true }).catch(() => []);
  const lines: { readonly sequence: number; readonly day: string }[] = [];
  for (const name of names.filter((file) => file.endsWith('.ndjson'))) {
    const text = await readFile(join(folder, 'event', name), 'utf8');
    for (const line of text.split('\n').slice(0, -1)) {
      const event: { readonly sequence: number; readonly day: string } = JSON.parse(line);
      expect(basename(dirname(name))).toBe(`event_day=${event.day}`);
      lines.push(event);
    }
  }
  return lines.sort((left, right) => left.sequence - right.sequence);
}

/** The events of a trial as lines of NDJSON should have them. */
export async function linesOf(store: Store, fingerprint: string): Promise<readonly unknown[]> {
  const held = await eventsIn(store, fingerprint);
  return held.map(({ sequence, event }): unknown =>
    JSON.parse(JSON.stringify({ sequence, ...event })),
  );
}
