import { isOwn, startServer } from '../../store/postgres/server.ts';
import { measureAppends } from './append-cost.ts';
import { measurePace } from './pace.ts';
import type { Ledgers } from './place.ts';
import { embeddedIn, inFolder, onPostgres } from './place.ts';
import { measureVolume } from './volume.ts';

/** How much to measure. */
export interface StoreBench {
  /** How many events go into each ledger whose sums are asked for. */
  readonly events: number;
  /** For how long events are offered at a pace. */
  readonly seconds: number;
}

async function measure(
  ledgers: Ledgers,
  { events, seconds, folder }: StoreBench & { readonly folder: string },
): Promise<void> {
  await measurePace(ledgers, { perSecond: 100, seconds });
  await measurePace(ledgers, { perSecond: 20_000, seconds });
  for (const unit of ['practice', 'patient'] as const) {
    await measureVolume(ledgers, { unit, events, folder });
  }
}

/** Measures the stores, and prints what came of it. */
export async function benchStores(options: StoreBench): Promise<void> {
  await inFolder(async (folder) => {
    const embedded = embeddedIn(folder);
    await measureAppends(embedded, { folder, events: Math.min(options.events, 100_000) });
    await measure(embedded, { ...options, folder });
    if (!isOwn) {
      console.log('PostgreSQL: not measured, because no server can be started here');
      return;
    }
    const server = await startServer({ durable: true });
    try {
      await measure(onPostgres(server.url), { ...options, folder });
    } finally {
      await server.dispose();
    }
  });
}
