import { join } from 'node:path';
import { memoryStore, openStore } from '../../src/store/index.ts';
import { amendmentContract } from './contract-amendments.ts';
import { discard, makeFolder } from './place.ts';

amendmentContract('The store in memory', async () => ({
  store: memoryStore(),
  dispose: async () => undefined,
}));

amendmentContract('The embedded store', async () => {
  const folder = makeFolder();
  return {
    store: await openStore(join(folder, 'ledger.db')),
    dispose: () => discard(folder),
  };
});
