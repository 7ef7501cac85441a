import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync } from 'node:fs';
import { chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { env, getuid } from 'node:process';

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

const debian = '/usr/lib/postgresql';

/** The folder of the server's programs: the newest that can be found. */
function programs(): string | undefined {
  const versions = existsSync(debian)
    ? readdirSync(debian).sort((left, right) => Number(right) - Number(left))
    : [];
  const folders = [
    env['RAPIDCYCLE_POSTGRES_BIN'] ?? '',
    ...(env['PATH'] ?? '').split(delimiter),
    ...versions.map((version) => join(debian, version, 'bin')),
  ];
  return folders.find((folder) => folder !== '' && existsSync(join(folder, 'initdb')));
}

/** Where the tests find a server: a string to connect with, the programs of one, or nothing. */
const url: string | undefined = env['RAPIDCYCLE_POSTGRES_URL'];
const folder: string | undefined = programs();
export const isAvailable: boolean = url !== undefined || folder !== undefined;
/** Whether the tests start the server, and so may also end it. */
export const isOwn: boolean = url === undefined && folder !== undefined;

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
  /** Whether it forces commits to the disk, as it must where it is to be killed. Default false. */
  readonly durable?: boolean;
  /** The password of its superuser; without one everyone is let in. */
  readonly password?: string;
  /** Whether it speaks TLS, with a certificate for `localhost` that it has signed itself. */
  readonly tls?: boolean;
}

/** Starts a server in a folder of its own, or takes the one that is given. */
export async function startServer(options: ServerOptions = {}): Promise<Server> {
  if (url !== undefined) {
    return {
      url,
      kill: undefined,
      data: undefined,
      start: () => undefined,
      dispose: async () => undefined,
    };
  }
  const bin = folder ?? '';
  const place = await mkdtemp(join(tmpdir(), 'rapidcycle-pg-'));
  const user = account();
  await chmod(place, 0o700);
  if (user !== undefined) await chown(place, user.uid, user.gid);
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
