import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { UnitResolver } from '../../../cds-hooks/index.ts';
import { messageOf, UsageError } from '../../../errors.ts';
import type {
  Encounter,
  OrderRule,
  Patient,
  RecordCounts,
  RecordSource,
} from '../../../fhir/index.ts';
import { fileCheckpoint, ingest, orderRuleFrom } from '../../../fhir/index.ts';
import { accessRefused } from '../../../fhir/record/refusals.ts';
import { isOnServer } from '../../ledger.ts';
import { progressOn } from '../../progress.ts';
import { readDocument } from '../../read-file.ts';
import { readUnit } from '../../serving.ts';
import type { Streams } from '../../streams.ts';
import { say, tell } from '../../streams.ts';
import { counted, grouped } from '../../words.ts';
import type { IntoArguments, Opened } from './with-log.ts';
import { interruption } from './with-log.ts';

/** What is read of a record, whatever it comes from. */
export interface RecordArguments extends IntoArguments {
  /** File of the rule that says what is an order; without it no orders are read. */
  readonly orders?: string | undefined;
  /** False: no patient-days are read. */
  readonly patientDays: boolean;
  readonly classes?: readonly string[] | undefined;
  /** File that says how practices are told, as for the alert service. */
  readonly unit?: string | undefined;
  /** A module that exports `eligible(patient, encounter)`, `subject(patient, encounter)` or both. */
  readonly module?: string | undefined;
  readonly checkpoint?: string | undefined;
}

type SubjectOf = (patient: Patient, encounter: Encounter) => object | undefined;

interface RecordModule {
  readonly eligible?: ((patient: Patient, encounter: Encounter) => boolean) | undefined;
  readonly subject?: SubjectOf | undefined;
}

async function loadModule(file: string): Promise<RecordModule> {
  let found: object;
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a module is an object
    found = (await import(pathToFileURL(resolve(file)).href)) as object;
  } catch (cause) {
    throw new UsageError(`The module ${file} cannot be loaded: ${messageOf(cause)}`, { cause });
  }
  const functions = ['eligible', 'subject'].filter(
    (name) => typeof Reflect.get(found, name) === 'function',
  );
  if (functions.length > 0) return found;
  throw new UsageError(
    `The module ${file} must export a function \`eligible(patient, encounter)\`, \`subject(patient, encounter)\` or both.`,
  );
}

/** The same rule as in the alert path tells the practice, so that both sides of a rate agree. */
const practiceSubject =
  (practiceOf: UnitResolver): SubjectOf =>
  (patient, encounter) => {
    const context = { patientId: patient.id, encounterId: encounter.id };
    const prefetch = { patient, encounter };
    const practice = practiceOf({ hook: 'patient-view', hookInstance: '-', context, prefetch });
    return practice === undefined ? undefined : { practice };
  };

/** What the files that a command names say, read before anything is asked or opened. */
export interface RecordPlan {
  readonly module: RecordModule;
  readonly practiceOf: UnitResolver | undefined;
  readonly rule: OrderRule | undefined;
}

/** The rule of orders in a file. */
export function readRule(file: string): Promise<OrderRule> {
  return readDocument(file, 'The rule of orders', { check: orderRuleFrom });
}

/**
 * Reads the files that a command names.
 *
 * @throws UsageError when one cannot be used, or nothing is asked for
 */
export async function readPlan(options: RecordArguments): Promise<RecordPlan> {
  const { orders, patientDays, module, unit } = options;
  if (!patientDays && orders === undefined) {
    throw new UsageError('Nothing is asked for: leave --no-patient-days out, or give --orders.');
  }
  return {
    module: module === undefined ? {} : await loadModule(module),
    practiceOf: unit === undefined ? undefined : await readUnit(unit),
    rule: orders === undefined ? undefined : await readRule(orders),
  };
}

/** Who is counted under an encounter. */
function subjectOf(
  { log: { trial } }: Opened,
  { module, practiceOf }: RecordPlan,
): SubjectOf | undefined {
  if (module.subject !== undefined) return module.subject;
  if (practiceOf !== undefined) return practiceSubject(practiceOf);
  if (trial.unit === 'patient') return undefined;
  if (trial.unit === 'encounter') return (_, { id }) => (id === undefined ? id : { encounter: id });
  throw new UsageError(
    trial.unit === 'practice'
      ? 'The trial randomises by practice: say with --unit how practices are told, or give --module with a `subject` that knows.'
      : `The trial randomises by ${trial.unit}: give --module with a \`subject\` that knows the ${trial.unit}.`,
  );
}

/** What a run adds to: where it is read from, whose record, and when the data were taken. */
export interface RecordReading {
  readonly source: RecordSource;
  /** Default: that of the run that goes on, else now. */
  readonly cutOff?: number | undefined;
  readonly patients: 'search' | 'all' | Iterable<string> | AsyncIterable<string>;
  /** Whether days that the record no longer tells are taken back. */
  readonly withdraw?: boolean | undefined;
  readonly concurrency?: number | undefined;
}

/** Reads a record into a ledger and shows how far it is. */
export async function ingestRecord(
  opened: Opened,
  {
    reading,
    plan,
    options,
    streams,
  }: {
    readonly reading: RecordReading;
    readonly plan: RecordPlan;
    readonly options: RecordArguments;
    readonly streams: Streams;
  },
): Promise<RecordCounts> {
  const { store, log } = opened;
  const subject = options.patientDays ? subjectOf(opened, plan) : undefined;
  const { source, withdraw, ...rest } = reading;
  const file = isOnServer(options.ledger)
    ? options.checkpoint
    : (options.checkpoint ?? `${options.ledger}.ingestion`);
  const checkpoint = file === undefined ? undefined : fileCheckpoint(file);
  const progress = progressOn(streams, options.dryRun ? 'Reading (dry run)' : 'Reading');
  using interrupted = interruption();
  // Awaited, or nobody would hear of a signal to end.
  return await ingest(log, source, {
    ...rest,
    cutOff: reading.cutOff ?? (await checkpoint?.cutOff()) ?? Date.now(),
    ledger: store,
    days: options.patientDays
      ? {
          eligible: plan.module.eligible ?? (() => true),
          classes: options.classes,
          withdraw,
          // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the log tells what lacks its unit
          subject: subject as never,
        }
      : undefined,
    orders: plan.rule,
    checkpoint,
    dryRun: options.dryRun,
    signal: interrupted.signal,
    onProgress: ({ done, total, patientDays, orders }) =>
      progress.show(
        done,
        total,
        `${counted(done, 'patient')}, ${counted(patientDays, 'patient-day')}, ${counted(orders, 'order')}`,
      ),
  }).finally(progress.end);
}

/** Says what became of a record. Exit code 1 when something could not be written, or was not given out. */
export function tellCounts(
  counts: RecordCounts,
  {
    dryRun,
    json,
    patientDays,
    orders: rule,
    streams,
  }: Pick<RecordArguments, 'dryRun' | 'json' | 'patientDays' | 'orders'> & {
    readonly streams: Streams;
  },
): number {
  const { days, orders } = counts;
  if (json) say(streams, JSON.stringify({ dryRun, ...counts }, null, 2));
  else {
    if (dryRun) say(streams, 'Dry run: nothing was written. What would become of it:');
    const resumed = counts.resumed === 0 ? '' : `, ${grouped(counts.resumed)} of them before`;
    say(
      streams,
      `${counted(counts.patients, 'patient')}${resumed}${patientDays ? `; ${grouped(counts.eligible)} with patient-days` : ''}`,
    );
    if (patientDays)
      say(
        streams,
        `Patient-days: ${grouped(days.durable)} new or amended, ${grouped(days.duplicate)} known, ${grouped(days.withdrawn)} taken back, ${grouped(days.leftStanding)} left standing, ${grouped(days.failed)} failed`,
      );
    if (rule !== undefined)
      say(
        streams,
        `Orders: ${grouped(orders.durable)} new, ${grouped(orders.duplicate)} known, ${grouped(orders.failed)} failed; of ${grouped(orders.orders)} told, ${grouped(orders.unmatched)} belong to no alert, ${grouped(orders.further)} to one that has one, ${grouped(orders.possible)} perhaps`,
      );
    for (const { resourceType, reason, count } of counts.skipped) {
      tell(streams, `  left out: ${counted(count, resourceType)}, ${reason}`);
    }
  }
  const isRefused = counts.skipped.some(({ reason }) => reason === accessRefused);
  if (isRefused) tell(streams, 'Whoever was refused is asked for again when this is run again.');
  return isRefused || days.failed + orders.failed > 0 ? 1 : 0;
}
