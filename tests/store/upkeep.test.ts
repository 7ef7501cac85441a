import { join } from 'node:path';
import { memoryStore, openStore } from '../../src/store/index.ts';
import { upkeepContract } from './contract-upkeep.ts';
import { discard, makeFolder } from './place.ts';

upkeepContract('The store in memory', async () => ({
  store: memoryStore(),
  dispose: async () => undefined,
}));

upkeepContract('The embedded store', async () => {
  const folder = makeFolder();
  return {
    store: await openStore(join(folder, 'ledger.db')),
    dispose: () => discard(folder),
  };
});
