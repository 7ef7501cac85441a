import type { SequencedRow } from '../chain/chain.ts';
import { contentOf, headOf, segmentSize } from '../chain/chain.ts';
import type { Connection } from './connection.ts';
import type { Segment } from '../port.ts';
import { rangeOfEvents, selectLastPlace } from './schema.ts';

/** The chains of a ledger; each trial is named by its number. */
export interface Chains {
  /** Seals the next events of a trial, up to the size of a step; true when there may be more. */
  readonly some: (trial: number) => boolean;
  readonly last: (trial: number) => Segment | undefined;
  readonly all: (trial: number) => readonly Segment[];
}

// Appends wait while a step is sealed: this many places take about a twentieth of a second.
const step = 5_000;

const columns = `number, first_seq AS "first", last_seq AS "last", events, content, head,
  sealed_ms AS "sealedAt"`;

interface Range {
  readonly trial: number;
  readonly after: number;
  readonly upTo: number;
}

/** The chains of an open ledger. Each step is one transaction, so that two processes make one chain. */
export function chainsOf(connection: Connection): Chains {
  const last = connection.prepare<[number], Segment>(
    `SELECT ${columns} FROM segment WHERE trial = ? ORDER BY number DESC LIMIT 1`,
  );
  const all = connection.prepare<[number], Segment>(
    `SELECT ${columns} FROM segment WHERE trial = ? ORDER BY number`,
  );
  const insert = connection.prepare<[Segment & { readonly trial: number }]>(
    `INSERT INTO segment
       (trial, number, first_seq, last_seq, events, content, head, sealed_ms)
     VALUES (:trial, :number, :first, :last, :events, :content, :head, :sealedAt)`,
  );
  const range = connection.prepare<[Range], SequencedRow>(rangeOfEvents).raw();
  const end = connection.prepare<[], number>(selectLastPlace).pluck();
  const fingerprintOf = connection
    .prepare<[number], string>('SELECT fingerprint FROM trial WHERE trial = ?')
    .pluck();
  // Up to where a trial has no event behind its last segment: those of others need not be read again.
  const searched = new Map<number, number>();

  const sealAfter = (
    before: Segment | undefined,
    { trial, rows }: { readonly trial: number; readonly rows: readonly SequencedRow[] },
  ): Segment => {
    const segment = {
      number: (before?.number ?? 0) + 1,
      first: rows[0]?.[0] ?? 0,
      last: rows.at(-1)?.[0] ?? 0,
      events: rows.length,
      content: contentOf(rows),
    };
    const head = headOf(fingerprintOf.get(trial) ?? '', { ...segment, before: before?.head });
    const sealed: Segment = { ...segment, head, sealedAt: Date.now() };
    insert.run({ ...sealed, trial });
    return sealed;
  };
  const sealStep = connection.transaction((trial: number): boolean => {
    let before = last.get(trial);
    const after = Math.max(before?.last ?? 0, searched.get(trial) ?? 0);
    const place = end.get() ?? 0;
    const upTo = Math.min(place, after + step);
    const rows = range.all({ trial, after, upTo });
    if (rows.length === 0) searched.set(trial, upTo);
    for (let first = 0; first < rows.length; first += segmentSize) {
      before = sealAfter(before, { trial, rows: rows.slice(first, first + segmentSize) });
    }
    return upTo < place;
  });

  return {
    some: (trial) => {
      const after = Math.max(last.get(trial)?.last ?? 0, searched.get(trial) ?? 0);
      // Nothing new must not take the lock of the writer.
      if (after >= (end.get() ?? 0)) return false;
      return sealStep.immediate(trial);
    },
    last: (trial) => last.get(trial),
    all: (trial) => all.all(trial),
  };
}
