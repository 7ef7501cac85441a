import { UsageError } from '../../errors.ts';
import { dayRecorder } from '../../intake/day-recorder.ts';
import { orderRecorder } from '../../intake/order-recorder.ts';
import { rehearsalOf } from '../../intake/rehearsal.ts';
import type { TrialLog } from '../../store/log/port.ts';
import { calendarDay, durationMilliseconds, startOfDay } from '../../trial/calendar.ts';
import type { Json, Protocol } from '../../trial/protocol.ts';
import type { Trial } from '../../trial/trial.ts';
import type { FhirSource } from '../client.ts';
import type { OrderRule } from '../orders/order-rule.ts';
import { orderRuleFrom } from '../orders/order-rule.ts';
import type { Patient } from '../r4.ts';
import { readByPatient } from './by-patient.ts';
import { readByType } from './by-type.ts';
import { daysOf } from './days-of.ts';
import type { RecordCounts, RecordOptions } from './options.ts';
import { accessRefused } from './refusals.ts';
import type { PatientReading, ReadingPlan, RecordSource } from './reading.ts';
import { beginRun } from './run.ts';
import type { Run } from './run.ts';
import { skipCounter } from './skips.ts';

function requireWhole(name: string, value: number, [least, most]: readonly [number, number]): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new RangeError(`${name} must be a whole number from ${least} to ${most}, not ${value}`);
}

/** What tells a run from others: one with another of these must not go on with it. */
function identityOf<P extends Protocol>(
  trial: Trial<P>,
  source: RecordSource,
  { cutOff, patients, days, orders, searches }: RecordOptions<P>,
): Json {
  const { classes, byLocation, withdraw } = days ?? {};
  const identity = {
    trial: trial.fingerprint,
    source: source.baseUrl ?? source.folder,
    cutOff,
    patients: typeof patients === 'object' ? 'named' : patients,
    days: days && { classes, byLocation, withdraw },
    orders,
    // A parameter that is taken away is another search than one that is left as it is.
    searches: searches && JSON.stringify(searches, (_, value: unknown) => value ?? null),
  };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- JSON it is
  return JSON.parse(JSON.stringify(identity)) as Json;
}

const canRead = (source: RecordSource): source is Pick<FhirSource, 'search' | 'read'> =>
  source.read !== undefined;

/** The patients of a record, by the way that was asked for. */
function readingsOf<P extends Protocol>(
  source: RecordSource,
  { plan, run, options }: { plan: ReadingPlan; run: Run; options: RecordOptions<P> },
): AsyncIterable<PatientReading> {
  const { patients = 'search', concurrency = 4, passes = 1 } = options;
  const { isDone, skips, onTotal } = run;
  if (patients === 'all') return readByType(source, { plan, passes, isDone, onTotal, skips });
  if (!canRead(source)) {
    throw new UsageError(
      'files cannot be read patient by patient: give `patients: "all"`, or a server as the source',
    );
  }
  if (Array.isArray(patients)) onTotal(new Set(patients).size);
  const everybody = (): AsyncIterable<Patient> =>
    source.search('Patient', { _count: plan.pageSize });
  return readByPatient(source, {
    patients: patients === 'search' ? everybody() : patients,
    plan,
    concurrency,
    isDone,
  });
}

/**
 * Reads patient-days and accepted orders out of a record and logs them, patient by patient.
 *
 * May be repeated, day after day: what is in the ledger is a duplicate, patient-days that the record now
 * tells otherwise are amended, and those that it no longer tells are taken back. With a checkpoint, a run
 * that was interrupted goes on where it stopped. Persons are replaced by keyed hashes before
 * anything is written.
 *
 * Patient-days are those from the beginning of the trial to its end or the last whole day before the
 * cut-off. Orders are matched with the firings in the ledger: ingest once more when further ones have
 * been spooled or imported. Of patients without a firing, no orders are asked for.
 *
 * @param source a server, or with `patients: 'all'` also the files of an export
 * @throws FhirError when the source cannot be used; what was logged before stays
 * @throws ImportError when the rule of orders is malformed
 * @throws UsageError when nothing is asked for, the source cannot be read this way, or the checkpoint
 *   is of another run or cannot be used
 * @throws RangeError when an option is out of range
 */
export async function ingest<P extends Protocol>(
  log: Pick<TrialLog<P>, 'trial' | 'assign' | 'patientDays' | 'acceptedOrder'>,
  source: RecordSource,
  options: RecordOptions<P>,
): Promise<RecordCounts> {
  const { trial } = log;
  const { timeZone, unit, responseWindow } = trial;
  const { ledger, cutOff, days, signal, dryRun = false, patients = 'search' } = options;
  const { concurrency = 4, passes = 1, pageSize = 200, searches = {} } = options;
  requireWhole('concurrency', concurrency, [1, 64]);
  requireWhole('passes', passes, [1, 1_000]);
  requireWhole('pageSize', pageSize, [1, 10_000]);
  if (!Number.isFinite(cutOff)) throw new RangeError(`cutOff must be an instant, not ${cutOff}`);
  if (patients !== 'search' && typeof patients === 'string' && patients !== 'all') {
    throw new RangeError('patients must be "search", "all" or a list of ids');
  }
  const rule = options.orders && orderRuleFrom(options.orders);
  if (days === undefined && rule === undefined) {
    throw new UsageError('an ingestion needs `days`, `orders` or both: nothing is asked for');
  }
  const target = dryRun ? rehearsalOf(log, { ledger }) : log;

  // The day of the cut-off is not over.
  const today = startOfDay(calendarDay(cutOff, timeZone), timeZone);
  const time = { from: trial.startsAt, to: Math.min(trial.endsAt, today) };
  const { withdraw = patients !== 'all' } = days ?? {};
  const dayRecords =
    days && (await dayRecorder<P>(target, { ...time, ledger: withdraw ? ledger : undefined }));
  const window = windowOf(rule, responseWindow);
  const orderRecords =
    rule && (await orderRecorder(target, { ledger, cutOff, ...window, population: 'told' }));

  await using run = await beginRun({
    checkpoint: dryRun ? undefined : options.checkpoint,
    identity: identityOf(trial, source, options),
    pseudonym: ledger.pseudonym,
    days: dayRecords,
    orders: orderRecords,
    onProgress: options.onProgress,
  });
  const plan: ReadingPlan = {
    timeZone,
    pageSize,
    searches,
    wantsDays: days !== undefined,
    rule,
    since: trial.startsAt - window.before,
    until: Math.min(cutOff, trial.endsAt + window.after),
    wantsOrdersOf: (patient) => orderRecords?.knows(patient) ?? false,
  };
  for await (const reading of readingsOf(source, { plan, run, options })) {
    signal?.throwIfAborted();
    if (reading.refused !== undefined) {
      // Not taken down as gone through: whoever goes on with the run asks again.
      run.skips.add(reading.refused, accessRefused);
      continue;
    }
    const skips = skipCounter();
    skips.addAll(reading.skipped);
    const told = days && daysOf(reading, { unit, days, skips, timeZone, ...time });
    if (told !== undefined) await dayRecords?.record(told);
    // Of somebody who is not there it is not known that nothing was ordered.
    const isThere = days === undefined || reading.patient !== undefined;
    const contributions = isThere
      ? ((await orderRecords?.record(reading.id, reading.orders)) ?? [])
      : [];
    await run.note(reading.id, {
      isEligible: told?.groups.some((group) => group.days.length > 0) ?? false,
      skipped: skips.all,
      contributions,
    });
  }
  return run.finish();
}

interface WindowBounds {
  readonly after: number;
  readonly before: number;
  readonly sameEncounter: boolean;
}

function windowOf(rule: OrderRule | undefined, responseWindow: number): WindowBounds {
  const { after, before, sameEncounter = false } = rule ?? {};
  const afterwards = after === undefined ? responseWindow : durationMilliseconds(after);
  return {
    after: afterwards,
    before: before === undefined ? afterwards : durationMilliseconds(before),
    sameEncounter,
  };
}
