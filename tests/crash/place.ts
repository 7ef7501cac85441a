import type { Store } from '../../src/store/port.ts';

/** Where a ledger on a server is. */
interface OnServer {
  readonly url: string;
  readonly schema: string;
}

/** Where a ledger is, so that another process can open it too; for a spool also the file before it. */
export type Place =
  | { readonly adapter: 'embedded'; readonly file: string }
  | ({ readonly adapter: 'postgres' } & OnServer)
  | ({ readonly adapter: 'spool'; readonly file: string } & OnServer);

export type AdapterName = Place['adapter'];

/** Who opens a ledger. */
interface Who {
  /** The name by which the server knows the process. */
  readonly service: string;
  /** How long it tries again to reach the server, milliseconds. */
  readonly patience?: number;
}

const key = '5'.repeat(64);

async function openServer({ url, schema }: OnServer, who: Who): Promise<Store> {
  const { openPostgres } = await import('../../src/store/postgres/index.ts');
  const { service, patience = 30_000 } = who;
  return openPostgres(`${url}?application_name=${service}`, { key, schema, patience });
}

async function openFile(file: string): Promise<Store> {
  const { openStore } = await import('../../src/store/embedded/open-store.ts');
  return openStore(file, { key });
}

/** Opens the ledger at a place as a service does. Each loads its own adapter only, to start fast. */
export async function openAt(place: Place, service: string): Promise<Store> {
  switch (place.adapter) {
    case 'embedded':
      return openFile(place.file);
    case 'postgres':
      return openServer(place, { service });
    case 'spool': {
      const { openSpool } = await import('../../src/store/spool/index.ts');
      const upstream = (): Promise<Store> => openServer(place, { service, patience: 1_000 });
      return openSpool(place.file, { key, upstream });
    }
  }
}

/** Opens the ledger at a place beside its service, which alone has the spool. */
export async function openBeside(place: Place, service: string): Promise<Store> {
  return place.adapter === 'embedded' ? openFile(place.file) : openServer(place, { service });
}
