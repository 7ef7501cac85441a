import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Logger } from 'pino';
import { loadAllocation } from '../../allocation/index.ts';
import type {
  AlertService,
  CdsServiceOptions,
  HttpHandler,
  HttpResponse,
  JwtAuthorizer,
  UnitResolver,
} from '../../cds-hooks/index.ts';
import {
  alertService,
  contextIds,
  createCdsService,
  jwtAuthorizer,
  serveCds,
} from '../../cds-hooks/index.ts';
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
import { readIds } from '../read-file.ts';
import { rehearsalClock } from '../rehearsal.ts';
import { readClients, readUnit, straysTo } from '../serving.ts';
import { onEndSignal } from '../signals.ts';
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
  /** File that says how practices are told. */
  readonly unit?: string | undefined;
  /** File of the clients that may call. */
  readonly clients?: string | undefined;
  readonly publicUrl?: string | undefined;
  readonly cors?: readonly string[] | undefined;
  readonly metrics: boolean;
  readonly strays?: string | undefined;
  readonly drain: number;
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

/** What the alerts are made of besides the protocol. */
interface Made {
  readonly module: AlertModule | undefined;
  readonly practiceOf: UnitResolver | undefined;
}

function servicesOf(
  log: TrialLog,
  { module, practiceOf }: Made,
  { alert, hook }: ServeArguments,
): readonly AlertService[] {
  try {
    if (module !== undefined) return module.alerts(log);
    const { trial } = log;
    if (trial.unit === 'practice' && practiceOf === undefined)
      throw new UsageError(
        'Which practice a call comes from is not in CDS Hooks: say with --unit where it stands in the record, or give --module with a `subject` that knows.',
      );
    return [
      alertService(log, {
        id: alert ?? trial.id,
        hook,
        title: trial.title,
        description: trial.title,
        prefetch: practiceOf?.prefetch,
        subject: (request) => ({ ...contextIds(request), practice: practiceOf?.(request) }),
      }),
    ];
  } catch (cause) {
    if (cause instanceof TypeError) throw new UsageError(cause.message, { cause });
    throw cause;
  }
}

const starting: HttpResponse = { status: 503, headers: { 'retry-after': '1' }, body: '' };

const corsOf = ({ cors }: ServeArguments): CdsServiceOptions['cors'] =>
  cors && { origins: cors.includes('*') ? '*' : cors };

/** Makes the service on a store in memory, so that what is refused leaves no trace in the ledger. */
async function tryServices(trial: Trial, made: Made, options: ServeArguments): Promise<void> {
  // Its list is in the ledger, and what the alerts are made of does not depend on it.
  const unlisted: Trial = { ...trial, allocation: { kind: 'hashed' } };
  await using log = await openLog(unlisted, memoryStore());
  const services = servicesOf(log, made, options);
  try {
    createCdsService({ services, cors: corsOf(options) });
  } catch (cause) {
    if (cause instanceof TypeError) throw new UsageError(cause.message, { cause });
    throw cause;
  }
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
  const made: Made = {
    module: options.module === undefined ? undefined : await loadModule(options.module),
    practiceOf: options.unit === undefined ? undefined : await readUnit(options.unit),
  };
  const authorize = await authorizerOf(options, logger);
  const optedOut = options.optOut === undefined ? [] : readIds(options.optOut, 'The opt-out list');
  const allocation =
    options.allocation === undefined ? undefined : loadAllocation(trial, options.allocation);
  const clock = options.rehearsal ? rehearsalClock(trial.startsAt) : undefined;

  await tryServices(trial, made, options);
  const onStray = options.strays === undefined ? undefined : straysTo(options.strays);
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
    services: servicesOf(log, made, options),
    logger,
    authorize,
    starting: authorize?.ready(),
    cors: corsOf(options),
    metrics: options.metrics && metricsOptions(),
    onStray,
    now: clock?.now,
    onFault: ({ service, hook, what, error }) => {
      // Only its name: what an arm's code throws may hold an identifier.
      logger.error({ service, hook, what, error: nameOf(error) }, 'fault');
    },
  });
  let toldToEnd: (signal: string) => void = () => undefined;
  const ended = new Promise<string>((end) => {
    toldToEnd = end;
    // A service that another process started does not outlive it.
    if (process.connected) process.once('disconnect', () => end('disconnect'));
  });
  using _signals = onEndSignal(toldToEnd);
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
  service.drain();
  await server.close();
  authorize?.close();
  await log.close();
  if (made.practiceOf !== undefined) logger.info(made.practiceOf.counts, 'practices of calls');
  logger.info(log.counters, 'closed');
  // An open channel would keep the process alive.
  if (process.connected) process.disconnect();
  return log.counters.lost > 0 ? 1 : 0;
}

/** @throws UsageError when clients are named without the address they sign for, or the other way round */
async function authorizerOf(
  { clients, publicUrl }: ServeArguments,
  logger: Logger,
): Promise<JwtAuthorizer | undefined> {
  if (clients === undefined && publicUrl === undefined) return undefined;
  if (clients === undefined || publicUrl === undefined) {
    throw new UsageError(
      'Tokens are checked with --clients <file> and --public-url <url> together: clients sign for the address that they call.',
    );
  }
  const known = await readClients(clients);
  try {
    return jwtAuthorizer({ publicUrl, clients: known, logger });
  } catch (cause) {
    if (cause instanceof TypeError) throw new UsageError(cause.message, { cause });
    throw cause;
  }
}

/** Where nobody else may read the metrics, the token is in the environment and not among the words. */
function metricsOptions(): Exclude<CdsServiceOptions['metrics'], boolean> {
  const token = process.env['RAPIDCYCLE_METRICS_TOKEN'];
  return token === undefined || token === '' ? {} : { token };
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
  { port, host, drain }: ServeArguments,
): ReturnType<typeof serveCds> {
  try {
    return await serveCds(handler, { port, host, drain });
  } catch (cause) {
    throw new UsageError(`Cannot listen on ${host}:${port}: ${messageOf(cause)}`, { cause });
  }
}
