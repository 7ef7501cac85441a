import { jest } from '@jest/globals';
import { join } from 'node:path';
import type { Store } from '../../../src/store/index.ts';
import { memoryStore, openPostgres } from '../../../src/store/index.ts';
import { openSpool } from '../../../src/store/spool/index.ts';
import { storeContract } from '../contract.ts';
import { upkeepContract } from '../contract-upkeep.ts';
import { onServer } from '../postgres/on-server.ts';
import { newSchema } from '../postgres/server.ts';
import { clear } from '../postgres/sql.ts';
import { key } from './upstream.ts';
import { discard, makeFolder } from '../place.ts';

jest.setTimeout(30_000);

async function openBefore(
  upstream: () => Promise<Store>,
  clean: () => Promise<void> = async () => undefined,
): Promise<{ readonly store: Store; readonly dispose: () => Promise<void> }> {
  const folder = makeFolder();
  return {
    store: await openSpool(join(folder, 'spool.db'), { upstream, key }),
    dispose: async () => {
      await clean();
      await discard(folder);
    },
  };
}

const openInMemory = async (): ReturnType<typeof openBefore> =>
  openBefore(async () => memoryStore({ key }));

storeContract('The spool before a store in memory', openInMemory);
upkeepContract('The spool before a store in memory', openInMemory);

onServer(
  'On PostgreSQL',
  (server) => {
    const open = async (): ReturnType<typeof openBefore> => {
      const schema = newSchema();
      return openBefore(
        async () => openPostgres(server().url, { key, schema }),
        async () => clear(server(), schema),
      );
    };
    upkeepContract('The spool before PostgreSQL', open);
  },
  { once: true },
);
