import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryStore, openStore } from '../../src/store/index.ts';
import { amendmentContract } from './contract-amendments.ts';

amendmentContract('The store in memory', async () => ({
  store: memoryStore(),
  dispose: async () => undefined,
}));

amendmentContract('The embedded store', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rapidcycle-'));
  return {
    store: await openStore(join(folder, 'ledger.db')),
    dispose: () => rm(folder, { recursive: true, force: true }),
  };
});
