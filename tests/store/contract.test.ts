import { join } from 'node:path';
import { memoryStore, openStore } from '../../src/store/index.ts';
import { storeContract } from './contract.ts';
import { discard, makeFolder } from './place.ts';

storeContract('The store in memory', async () => ({
  store: memoryStore(),
  dispose: async () => undefined,
}));

storeContract('The embedded store', async () => {
  const folder = makeFolder();
  return {
    store: await openStore(join(folder, 'ledger.db')),
    dispose: () => discard(folder),
  };
});
