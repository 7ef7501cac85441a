import type { DayRecorder } from '../../intake/day-recorder.ts';
import type { Contribution } from '../../intake/opening-tallies.ts';
import type { OrderRecorder } from '../../intake/order-recorder.ts';
import { unitTallies } from '../../intake/unit-orders.ts';
import type { Store } from '../../store/port.ts';
import type { Json, Unit } from '../../trial/protocol.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { RecordCounts, RecordProgress } from './options.ts';
import { combined, keptCountsFrom, noCounts } from './run-counts.ts';
import type { RunCounts } from './run-counts.ts';
import type { SkipCounter, Skips } from './skips.ts';
import { skipCounter } from './skips.ts';

/** What a run works with. */
export interface RunOptions {
  readonly checkpoint: Checkpoint | undefined;
  /** What tells the run from others. */
  readonly identity: Json;
  readonly pseudonym: Store['pseudonym'];
  readonly days: Pick<DayRecorder<Unit>, 'counts' | 'settle'> | undefined;
  readonly orders: Pick<OrderRecorder, 'counts' | 'settle'> | undefined;
  readonly onProgress: ((progress: RecordProgress) => void) | undefined;
}

/** What was found of one patient besides what the recorders count. */
interface PatientNote {
  readonly isEligible: boolean;
  readonly skipped: Skips;
  readonly contributions: readonly Contribution[];
}

/** One run through a record. Left before its end, it takes down how far it came. */
export interface Run extends AsyncDisposable {
  /** What is left out and belongs to no patient. */
  readonly skips: SkipCounter;
  /** Whether a patient was gone through before the run was interrupted. */
  readonly isDone: (patient: string) => boolean;
  readonly onTotal: (patients: number) => void;
  /** A patient has been gone through. */
  note(patient: string, found: PatientNote): Promise<void>;
  /** Everybody has been gone through. */
  finish(): Promise<RecordCounts>;
}

/** After how many patients is taken down how far the run has come. */
const batchSize = 100;

/**
 * Begins a run, or goes on with one.
 *
 * @throws UsageError when the checkpoint is of another run, or cannot be used
 */
export async function beginRun(options: RunOptions): Promise<Run> {
  const { identity, pseudonym, days, orders, onProgress } = options;
  const checkpoint = await options.checkpoint?.open(identity);
  const entries = checkpoint?.entries ?? [];
  const done = new Set(entries.flatMap(({ patients }) => patients));
  const resumed = done.size;
  const ofNobody = skipCounter();
  const skips = skipCounter();
  const units = unitTallies();
  let before = noCounts;
  for (const kept of entries.map(({ counts }) => keptCountsFrom(counts))) {
    before = combined(before, kept.counts);
    skips.addAll(kept.skipped);
    for (const unit of kept.units) units.add(unit, unit);
  }

  let patients = 0;
  let eligible = 0;
  let total: number | undefined;
  const counted = (): RunCounts => ({
    patients,
    eligible,
    days: { ...(days?.counts ?? noCounts.days) },
    orders: ordersOf(orders),
  });

  let batch: string[] = [];
  let atBatch = counted();
  let batchUnits = unitTallies();
  let batchSkips = skipCounter();
  /** Waits until everything of some patients is in the ledger, and says so. */
  const endBatch = async (): Promise<void> => {
    await days?.settle();
    await orders?.settle();
    const now = counted();
    const share = combined(now, atBatch, -1);
    // Whoever could not be recorded is gone through again when the run is gone on with.
    if (batch.length > 0 && share.days.failed + share.orders.failed === 0) {
      const kept = { counts: share, units: batchUnits.all(), skipped: batchSkips.all };
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- JSON it is
      const counts = JSON.parse(JSON.stringify(kept)) as Json;
      await checkpoint?.add({ patients: batch, counts });
    }
    batch = [];
    atBatch = now;
    batchUnits = unitTallies();
    batchSkips = skipCounter();
  };

  let isFinished = false;
  return {
    skips: ofNobody,
    isDone: (patient) => done.size > 0 && done.has(pseudonym('patient', patient)),
    onTotal: (all) => {
      total = all;
    },
    note: async (patient, { isEligible, skipped, contributions }) => {
      patients += 1;
      if (isEligible) eligible += 1;
      for (const [unit, tally] of contributions) {
        units.add(unit, tally);
        batchUnits.add(unit, tally);
      }
      skips.addAll(skipped);
      batchSkips.addAll(skipped);
      batch.push(pseudonym('patient', patient));
      if (batch.length >= batchSize) await endBatch();
      onProgress?.({
        done: resumed + patients,
        total,
        patientDays: before.days.patientDays + (days?.counts.patientDays ?? 0),
        orders: before.orders.orders + (orders?.counts.orders ?? 0),
      });
    },
    finish: async () => {
      await endBatch();
      await checkpoint?.finish();
      isFinished = true;
      const all = combined(before, counted());
      skips.addAll(ofNobody.all);
      return {
        ...all,
        resumed,
        orders: { ...all.orders, units: units.all() },
        skipped: Object.entries(skips.all).flatMap(([resourceType, reasons]) =>
          Object.entries(reasons).map(([reason, count]) => ({ resourceType, reason, count })),
        ),
      };
    },
    [Symbol.asyncDispose]: async () => {
      if (isFinished) return;
      await endBatch();
      await checkpoint?.close();
    },
  };
}

function ordersOf(recorder: RunOptions['orders']): RunCounts['orders'] {
  if (recorder === undefined) return noCounts.orders;
  const { units: _, ...counts } = recorder.counts;
  return counts;
}
