import type { Connection } from './connection.ts';
import type { Row } from '../row.ts';
import { atColumn, trialColumn } from '../row.ts';

// An index of the instants of all events would cost a fifth of an append. Events come nearly in the order
// of their time, so it is enough to know the first and the last instant of each stretch of places.

/** How many places make a stretch. It is kept with the ledger, so it cannot change. */
export const stretchLength = 4_096;

/** The first place from which on a trial may have events that happened at or after an instant. */
export const firstSince: string = `SELECT MIN(stretch) * ${stretchLength} FROM stretch
WHERE trial = ? AND latest_ms >= ?`;

/** Removes the events of the first stretch of a trial. */
export const removeFirstStretch: readonly string[] = [
  `DELETE FROM event WHERE trial = :trial AND seq >= ${stretchLength} * (
     SELECT MIN(stretch) FROM stretch WHERE trial = :trial
   ) AND seq < ${stretchLength} * (
     SELECT MIN(stretch) + 1 FROM stretch WHERE trial = :trial
   )`,
  `DELETE FROM stretch WHERE trial = :trial AND stretch = (
     SELECT MIN(stretch) FROM stretch WHERE trial = :trial
   )`,
];

/** Keeps the stretches of a ledger in step with its events. */
export interface Stretches {
  /** Takes note of rows that are being added from a place on; their trials are numbers. */
  readonly extend: (rows: readonly Row[], from: number) => void;
  /** Makes the stretches between two places again, when events there have been removed. */
  readonly renew: (from: number, upTo: number) => void;
}

interface Stretch {
  readonly trial: number;
  readonly stretch: number;
  readonly earliest: number;
  readonly latest: number;
}

/** The stretches of an open ledger. */
export function stretchesOf(connection: Connection): Stretches {
  const insert = connection.prepare<[Stretch]>(
    `INSERT INTO stretch (trial, stretch, earliest_ms, latest_ms)
     VALUES (:trial, :stretch, :earliest, :latest)
     ON CONFLICT (trial, stretch) DO UPDATE SET
       earliest_ms = MIN(earliest_ms, excluded.earliest_ms),
       latest_ms = MAX(latest_ms, excluded.latest_ms)`,
  );
  const clear = connection.prepare<[number, number]>(
    'DELETE FROM stretch WHERE stretch BETWEEN ? AND ?',
  );
  const gather = connection.prepare<[number, number]>(
    `INSERT INTO stretch SELECT trial, seq / ${stretchLength}, MIN(at_ms), MAX(at_ms)
     FROM event NOT INDEXED WHERE seq BETWEEN ? AND ? GROUP BY 1, 2`,
  );
  return {
    extend: (rows, from) => {
      let open: Stretch | undefined;
      rows.forEach((row, index) => {
        const trial = Number(row[trialColumn]);
        const at = Number(row[atColumn]);
        const stretch = Math.floor((from + index) / stretchLength);
        if (open?.trial === trial && open.stretch === stretch) {
          if (at >= open.earliest && at <= open.latest) return;
          const { earliest, latest } = open;
          open = { ...open, earliest: Math.min(earliest, at), latest: Math.max(latest, at) };
          return;
        }
        if (open !== undefined) insert.run(open);
        open = { trial, stretch, earliest: at, latest: at };
      });
      if (open !== undefined) insert.run(open);
    },
    renew: (from, upTo) => {
      const first = Math.floor(from / stretchLength);
      const last = Math.floor(upTo / stretchLength);
      clear.run(first, last);
      gather.run(first * stretchLength, (last + 1) * stretchLength - 1);
    },
  };
}
