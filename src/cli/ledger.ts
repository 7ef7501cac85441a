import { existsSync } from 'node:fs';
import { UsageError } from '../errors.ts';
import type { RegisteredTrial, Store } from '../store/index.ts';
import { openPostgres, openStore } from '../store/index.ts';
import { readKeyFile } from '../store/keys/key-file.ts';

/** Whether a ledger is on a PostgreSQL server, by its connection string, and not a file. */
export function isOnServer(ledger: string): boolean {
  return /^postgres(ql)?:\/\//i.test(ledger);
}

/** A connection string as the driver takes it, and the schema that was named with it. */
export interface ServerPlace {
  readonly connection: string;
  readonly schema: string | undefined;
}

/**
 * Takes `schema` out of the parameters of a connection string, where the driver does not know it.
 *
 * @throws UsageError when it is no URL; the message never holds it, because it may hold a password
 */
export function serverPlace(ledger: string): ServerPlace {
  let url: URL;
  try {
    url = new URL(ledger);
  } catch (cause) {
    throw new UsageError(
      'The connection string is no URL: write postgresql://user@host:5432/database?schema=name, with special characters percent-encoded; for a Unix socket, its folder as the host: postgresql://user@%2Frun%2Fpostgresql/database.',
      { cause },
    );
  }
  const schema = url.searchParams.get('schema') ?? undefined;
  url.searchParams.delete('schema');
  return { connection: url.href, schema };
}

/**
 * Checks that a ledger is there, so that a misspelt name does not make a new one.
 *
 * @throws UsageError when there is no such file
 */
export function needLedger(ledger: string): void {
  if (!isOnServer(ledger) && !existsSync(ledger)) {
    throw new UsageError(
      `There is no ledger at ${ledger}: check its name, or begin one with rapidcycle register or serve.`,
    );
  }
}

/**
 * Opens a ledger that is there, without its key.
 *
 * @throws UsageError when there is no such file
 */
export async function openLedger(ledger: string): Promise<Store> {
  needLedger(ledger);
  if (!isOnServer(ledger)) return openStore(ledger, { key: null });
  const { connection, schema } = serverPlace(ledger);
  return openPostgres(connection, { key: null, schema });
}

/**
 * The file that holds the key of a ledger on a server.
 *
 * @throws UsageError when none is named
 */
export function neededKeyFile(keyFile: string | undefined): string {
  if (keyFile !== undefined) return keyFile;
  throw new UsageError(
    'A ledger on a server needs the file that holds its key: give --key-file <file>; it is made for a new ledger.',
  );
}

/** How to open a ledger with its key. */
export interface KeyedOptions {
  /** Default `<file>.key`; a ledger on a server needs it. */
  readonly keyFile?: string | undefined;
  /** Of a ledger on a server: the role that is to run the services. */
  readonly serviceRole?: string | undefined;
  /** Of a file: whether it is opened for an alert service. */
  readonly service?: boolean | undefined;
}

/**
 * Opens a ledger with its key, or begins one.
 *
 * @throws UsageError when a ledger on a server is named without a file that holds its key
 */
export async function openWithKey(
  ledger: string,
  { keyFile, serviceRole, service }: KeyedOptions = {},
): Promise<Store> {
  if (isOnServer(ledger)) {
    const { connection, schema } = serverPlace(ledger);
    return openPostgres(connection, { keyFile: neededKeyFile(keyFile), schema, serviceRole });
  }
  if (keyFile === undefined) return openStore(ledger, { service });
  const key = await readKeyFile(keyFile);
  if (key === undefined) throw new UsageError(`There is no key file at ${keyFile}.`);
  return openStore(ledger, { key, service });
}

/** Which trial of a ledger is meant. */
export interface TrialChoice {
  readonly trial?: string | undefined;
  readonly round?: number | undefined;
}

/**
 * The trial that is meant: of the given id and round, else the only one, else the last round of it.
 *
 * @throws UsageError when none or several are meant
 */
export function chooseTrial(
  trials: readonly RegisteredTrial[],
  { trial, round }: TrialChoice,
): RegisteredTrial {
  const named = trials.filter(({ id }) => trial === undefined || id === trial);
  const ids = new Set(named.map(({ id }) => id));
  if (ids.size === 0) {
    throw new UsageError(
      trial === undefined
        ? 'The ledger holds no trial yet: register one with rapidcycle register <protocol> --ledger <ledger>, or serve it.'
        : `The ledger holds no trial "${trial}".`,
    );
  }
  if (ids.size > 1)
    throw new UsageError(
      `The ledger holds several trials: give --trial with one of ${[...ids].join(', ')}.`,
    );
  const meant = named.filter((each) => round === undefined || each.round === round);
  const last = meant.reduce<RegisteredTrial | undefined>(
    (latest, each) => (latest === undefined || each.round > latest.round ? each : latest),
    undefined,
  );
  if (last === undefined) {
    throw new UsageError(
      `The trial has no round ${round}: its rounds are ${named.map((each) => each.round).join(', ')}.`,
    );
  }
  return last;
}

/** The trials that are meant: those of an id, of a round, or all. */
export function trialsMeant(
  trials: readonly RegisteredTrial[],
  choice: TrialChoice,
): readonly RegisteredTrial[] {
  const { trial, round } = choice;
  const meant = trials.filter(
    (each) =>
      (trial === undefined || each.id === trial) && (round === undefined || each.round === round),
  );
  if (meant.length === 0 && (trial !== undefined || round !== undefined)) {
    chooseTrial(trials, choice);
  }
  return meant;
}
