import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryStore, openStore } from '../../src/store/index.ts';
import { upkeepContract } from './contract-upkeep.ts';

upkeepContract('The store in memory', async () => ({
  store: memoryStore(),
  dispose: async () => undefined,
}));

upkeepContract('The embedded store', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rapidcycle-'));
  return {
    store: await openStore(join(folder, 'ledger.db')),
    dispose: () => rm(folder, { recursive: true, force: true }),
  };
});
