import type { Connection } from './connection.ts';
import type { Ledger } from './ledger.ts';
import type { DiscardQuery, ForwardedNext, Page } from './messages.ts';
import { pageOfAllEvents } from './schema.ts';
import { stretchesOf } from './stretch.ts';

// A ledger is forwarded to one other.
const target = 'upstream';

interface Placed {
  readonly seq: number;
  readonly trial: number;
  readonly receivedAt: number;
}

type Forwarding = Pick<
  Ledger,
  'lastPlace' | 'forwarded' | 'markForwarded' | 'pageOfAll' | 'discard'
>;

function prepare(connection: Connection): Forwarding {
  const mark = connection
    .prepare<[string], number>('SELECT seq FROM forward WHERE target = ?')
    .pluck();
  const move = connection.prepare<[string, number]>(
    'INSERT INTO forward (target, seq) VALUES (?, ?) ON CONFLICT (target) DO UPDATE SET seq = excluded.seq',
  );
  const refuse = connection.prepare<[number]>(
    'INSERT INTO refused (seq) VALUES (?) ON CONFLICT DO NOTHING',
  );
  const countRefused = connection.prepare<[], number>('SELECT COUNT(*) FROM refused').pluck();
  const countAfter = connection
    .prepare<[number], number>('SELECT COUNT(*) FROM event WHERE seq > ?')
    .pluck();
  const oldestAfter = connection
    .prepare<[number], number>('SELECT received_ms FROM event WHERE seq > ? ORDER BY seq LIMIT 1')
    .pluck();
  const last = connection.prepare<[], number>('SELECT COALESCE(MAX(seq), 0) FROM event').pluck();
  const page = connection
    .prepare<[{ readonly after: number; readonly limit: number }], Page['rows'][number]>(
      pageOfAllEvents,
    )
    .raw();
  const upTo = (): number => mark.get(target) ?? 0;

  // The last event stays, so that its place is never given to another, which would count as forwarded.
  const discardable = connection.prepare<
    [{ readonly upTo: number; readonly limit: number }],
    Placed
  >(
    `SELECT e.seq, e.trial, e.received_ms AS receivedAt FROM event e
     WHERE e.seq <= :upTo AND e.seq < (SELECT MAX(seq) FROM event)
       AND NOT EXISTS (SELECT 1 FROM refused r WHERE r.seq = e.seq)
     ORDER BY e.seq LIMIT :limit`,
  );
  const release = connection.prepare<[number, number, number, number]>(
    `INSERT INTO released (trial, up_to, events, reason, released_ms)
     VALUES (?, ?, ?, 'forwarded', ?)`,
  );
  const remove = connection.prepare<[number]>('DELETE FROM event WHERE seq = ?');
  const stretches = stretchesOf(connection);

  const markForwarded = connection.transaction(({ upTo: place, refused }: ForwardedNext) => {
    for (const seq of refused) refuse.run(seq);
    move.run(target, place);
    return oldestAfter.get(place) ?? null;
  });
  const discard = connection.transaction(({ before, now, limit }: DiscardQuery) => {
    const found = discardable.all({ upTo: upTo(), limit });
    const recent = found.findIndex(({ receivedAt }) => receivedAt >= before && receivedAt <= now);
    const old = recent === -1 ? found : found.slice(0, recent);
    const byTrial = new Map<number, { readonly upTo: number; readonly events: number }>();
    for (const { seq, trial } of old) {
      byTrial.set(trial, { upTo: seq, events: (byTrial.get(trial)?.events ?? 0) + 1 });
    }
    for (const [trial, { upTo: place, events }] of byTrial) {
      release.run(trial, place, events, Date.now());
    }
    for (const { seq } of old) remove.run(seq);
    const [first] = old;
    const final = old.at(-1);
    if (first !== undefined && final !== undefined) stretches.renew(first.seq, final.seq);
    return old.length;
  });

  return {
    lastPlace: () => last.get() ?? 0,
    forwarded: () => ({
      upTo: upTo(),
      waiting: countAfter.get(upTo()) ?? 0,
      oldest: oldestAfter.get(upTo()) ?? null,
      refused: countRefused.get() ?? 0,
    }),
    markForwarded: (next) => markForwarded.immediate(next),
    pageOfAll: (query) => page.all(query),
    discard: (query) => discard.immediate(query),
  };
}

/** Follows how far an open ledger has been forwarded to another, and removes what has. */
export function forwarding(connection: Connection): Forwarding {
  let prepared: Forwarding | undefined;
  // Only a spool asks, so no other ledger prepares the statements.
  const ready = (): Forwarding => (prepared ??= prepare(connection));
  return {
    lastPlace: () => ready().lastPlace(),
    forwarded: () => ready().forwarded(),
    markForwarded: (next) => ready().markForwarded(next),
    pageOfAll: (query) => ready().pageOfAll(query),
    discard: (query) => ready().discard(query),
  };
}
