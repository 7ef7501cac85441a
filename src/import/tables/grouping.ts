import { hashKey } from '../../allocation/hash.ts';
import type { Scratch } from './scratch.ts';
import { openScratch } from './scratch.ts';

/** How entries are grouped. */
export interface GroupingOptions {
  /** Characters held in memory before they go to a file; default 16 Mi. */
  readonly capacity?: number | undefined;
  /** The folder for that file; default the system's one for temporary files. */
  readonly temporary?: string | undefined;
}

/** Everything that was added under one key, in the order in which it was. */
type Group<T> = readonly [key: string, entries: readonly T[]];

/** Entries on their way into groups. */
export interface Grouping<T> {
  /** Takes an entry, which must be JSON. */
  add(key: string, entry: T): void;
  /** The groups, key by key; gone through once, when everything was added. */
  groups(): Generator<Group<T>, void, undefined>;
  /** Frees memory and disk. To be called however the work ends. */
  close(): void;
}

const parts = 256;

interface Part {
  readonly stretches: ReturnType<Scratch['write']>[];
  pending: string[];
}

/**
 * Groups entries by key in bounded memory, whatever their number and order. Keys are dealt to 256 parts
 * by a hash; what outgrows the memory goes to an encrypted scratch file, and only one part at a time is
 * read back.
 */
export function grouping<T>({
  capacity = 16_777_216,
  temporary,
}: GroupingOptions = {}): Grouping<T> {
  const all = Array.from({ length: parts }, (): Part => ({ stretches: [], pending: [] }));
  let scratch: Scratch | undefined;
  let held = 0;

  const spill = (): void => {
    scratch ??= openScratch(temporary);
    for (const part of all) {
      if (part.pending.length === 0) continue;
      part.stretches.push(scratch.write(part.pending.join('\n')));
      part.pending = [];
    }
    held = 0;
  };

  const linesOf = function* ({ stretches, pending }: Part): Generator<string, void, undefined> {
    for (const stretch of stretches) yield* scratch?.read(stretch).split('\n') ?? [];
    yield* pending;
  };

  return {
    add: (key, entry) => {
      const line = JSON.stringify([key, entry]);
      all[hashKey(key) % parts]?.pending.push(line);
      held += line.length;
      if (held > capacity) spill();
    },
    groups: function* () {
      for (const part of all) {
        const groups = new Map<string, T[]>();
        for (const line of linesOf(part)) {
          const [key, entry]: readonly [string, T] = JSON.parse(line);
          const group = groups.get(key);
          if (group === undefined) groups.set(key, [entry]);
          else group.push(entry);
        }
        part.pending = [];
        yield* groups;
      }
    },
    close: () => {
      scratch?.close();
      scratch = undefined;
      for (const part of all) part.pending = [];
    },
  };
}
