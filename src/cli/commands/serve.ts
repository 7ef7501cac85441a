import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Logger } from 'pino';
import { loadAllocation } from '../../allocation/index.ts';
import type { AlertService, HttpHandler, HttpResponse } from '../../cds-hooks/index.ts';
import { alertService, contextIds, createCdsService, serveCds } from '../../cds-hooks/index.ts';
import { messageOf, nameOf, UsageError } from '../../errors.ts';
import type { TrialLog } from '../../store/index.ts';
import type { Segment, Store } from '../../store/index.ts';
import {
  headToPublish,
  memoryStore,
  openLog,
  openPostgres,
  openSpool,
  publishHead,
} from '../../store/index.ts';
import { loadTrial } from '../../trial/load.ts';
import type { Trial } from '../../trial/trial.ts';
import { loggerOf } from '../logger.ts';
import { isOnServer, neededKeyFile, openWithKey, serverPlace } from '../ledger.ts';
import { rehearsalClock } from '../rehearsal.ts';
import type { Streams } from '../streams.ts';
import { say } from '../streams.ts';

/** What a module given with `--module` exports. */
export interface AlertModule {
  /** The alerts of a trial, writing to its log. Called once more beforehand, to see whether they can be made. */
  readonly alerts: (log: TrialLog) => readonly AlertService[];
}

export interface ServeArguments {
  readonly protocol: string;
  readonly ledger: string;
  readonly keyFile?: string | undefined;
  readonly spool?: string | undefined;
  readonly heads?: string | undefined;
  readonly port: number;
  readonly host: string;
  readonly alert?: string | undefined;
  readonly hook: string;
  readonly module?: string | undefined;
  readonly allocation?: string | undefined;
  readonly optOut?: string | undefined;
  readonly rehearsal: boolean;
  readonly logLevel: string;
  readonly json: boolean;
}

async function loadModule(file: string): Promise<AlertModule> {
  let found: unknown;
  try {
    found = await import(pathToFileURL(resolve(file)).href);
  } catch (cause) {
    throw new UsageError(`The module ${file} cannot be loaded: ${messageOf(cause)}`, { cause });
  }
  if (
    typeof found !== 'object' ||
    found === null ||
    !('alerts' in found) ||
    typeof found.alerts !== 'function'
  ) {
    throw new UsageError(`The module ${file} must export a function \`alerts(log)\`.`);
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what it returns is checked when it is served
  return found as AlertModule;
}

function readOptOuts(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8')
      .split(/\r?\n/)
      .map((line) => line.trim())
      .filter((line) => line !== '');
  } catch (cause) {
    throw new UsageError(`The opt-out list ${file} cannot be read: ${messageOf(cause)}`, { cause });
  }
}

function servicesOf(
  log: TrialLog,
  module: AlertModule | undefined,
  { alert, hook }: ServeArguments,
): readonly AlertService[] {
  try {
    if (module !== undefined) return module.alerts(log);
    const { trial } = log;
    // Without a practice: a trial that randomises practices needs code that knows where they stand.
    if (trial.unit === 'practice')
      throw new UsageError(
        'Which practice a call comes from is not in CDS Hooks: give --module with a `subject` that knows.',
      );
    return [
      alertService(log, {
        id: alert ?? trial.id,
        hook,
        title: trial.title,
        description: trial.title,
        subject: (request) => ({ practice: undefined, ...contextIds(request) }),
      }),
    ];
  } catch (cause) {
    if (cause instanceof TypeError) throw new UsageError(cause.message, { cause });
    throw cause;
  }
}

const starting: HttpResponse = { status: 503, headers: { 'retry-after': '1' }, body: '' };

/** Makes the alerts on a store in memory, so that what is refused leaves no trace in the ledger. */
async function tryServices(
  trial: Trial,
  module: AlertModule | undefined,
  options: ServeArguments,
): Promise<void> {
  // Its list is in the ledger, and what the alerts are made of does not depend on it.
  const unlisted: Trial = { ...trial, allocation: { kind: 'hashed' } };
  await using log = await openLog(unlisted, memoryStore());
  servicesOf(log, module, options);
}

/** `rapidcycle serve`: until SIGTERM or SIGINT. */
export async function serveCommand(options: ServeArguments, streams: Streams): Promise<number> {
  const logger = loggerOf(options.logLevel);
  const trial = loadTrial(options.protocol);
  const { within } = trial.protocol;
  if (within !== undefined) {
    throw new UsageError(
      `${trial.id}, round ${trial.round}, lies within ${within.trial}, round ${within.round}: this command serves one trial, and two steps take code that opens both logs (openLog with \`within\`).`,
    );
  }
  const module = options.module === undefined ? undefined : await loadModule(options.module);
  const optedOut = options.optOut === undefined ? [] : readOptOuts(options.optOut);
  const allocation =
    options.allocation === undefined ? undefined : loadAllocation(trial, options.allocation);
  const clock = options.rehearsal ? rehearsalClock(trial.startsAt) : undefined;

  await tryServices(trial, module, options);
  // The address first: a port that is taken must not leave a ledger behind.
  let handler: HttpHandler = () => Promise.resolve(starting);
  await using server = await listen((request) => handler(request), options);
  await using store = await openForService(options, logger);
  await using log = await openLog(trial, store, {
    logger,
    optedOut,
    allocation,
    now: clock?.now,
    onSeal: publisherOf(trial, options.heads),
  });
  const service = createCdsService({
    services: servicesOf(log, module, options),
    logger,
    now: clock?.now,
    onFault: ({ service, hook, what, error }) => {
      // Only its name: what an arm's code throws may hold an identifier.
      logger.error({ service, hook, what, error: nameOf(error) }, 'fault');
    },
  });
  const ended = new Promise<string>((end) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => end(signal));
    // A service that another process started does not outlive it.
    if (process.connected) process.once('disconnect', () => end('disconnect'));
  });
  handler = clock?.wrap(service) ?? service;
  const { url } = server;
  say(
    streams,
    options.json
      ? JSON.stringify({
          url,
          pid: process.pid,
          ledger: store.location,
          fingerprint: trial.fingerprint,
        })
      : `${trial.id}, round ${trial.round} (${trial.fingerprint.slice(0, 12)}) on ${url}/cds-services, ${options.spool === undefined ? 'ledger' : 'a server, with the spool'} ${store.location}`,
  );
  logger.info({ signal: await ended }, 'closing');
  await server.close();
  await log.close();
  logger.info(log.counters, 'closed');
  // An open channel would keep the process alive.
  if (process.connected) process.disconnect();
  return log.counters.lost > 0 ? 1 : 0;
}

/** The ledger of a service: a file, a server, or a server with a spool before it. */
async function openForService(
  { ledger, keyFile, spool }: ServeArguments,
  logger: Logger,
): Promise<Store> {
  if (spool === undefined) return openWithKey(ledger, { keyFile, service: true });
  if (!isOnServer(ledger)) {
    throw new UsageError('A spool stands before a ledger on a server: a file needs none.');
  }
  const held = neededKeyFile(keyFile);
  const { connection, schema } = serverPlace(ledger);
  // The spool does the waiting.
  const upstream = (): Promise<Store> =>
    openPostgres(connection, { keyFile: held, schema, patience: 1_000 });
  return openSpool(spool, { keyFile: held, upstream, logger });
}

function publisherOf(
  { fingerprint }: Pick<Trial, 'fingerprint'>,
  file: string | undefined,
): ((segment: Segment) => Promise<void>) | undefined {
  if (file === undefined) return undefined;
  return (segment) => publishHead(file, headToPublish(fingerprint, segment));
}

async function listen(
  handler: Parameters<typeof serveCds>[0],
  { port, host }: ServeArguments,
): ReturnType<typeof serveCds> {
  try {
    return await serveCds(handler, { port, host });
  } catch (cause) {
    throw new UsageError(`Cannot listen on ${host}:${port}: ${messageOf(cause)}`, { cause });
  }
}
