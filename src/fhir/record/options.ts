import type { DayCounts } from '../../intake/day-recorder.ts';
import type { OrderCounts } from '../../intake/order-recorder.ts';
import type { Store } from '../../store/port.ts';
import type { Protocol } from '../../trial/protocol.ts';
import type { OrderRule } from '../orders/order-rule.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { DayIngestion } from './days-of.ts';
import type { SearchOverrides } from './reading.ts';

/** How far an ingestion has come. */
export interface RecordProgress {
  /** Patients gone through, with those of an interrupted run that goes on. */
  readonly done: number;
  /** Patients that there are; undefined while that is not known. */
  readonly total: number | undefined;
  readonly patientDays: number;
  readonly orders: number;
}

/** How a record is ingested. At least one of `days` and `orders` is asked for. */
export interface RecordOptions<P extends Protocol = Protocol> {
  /** The store of the log. */
  readonly ledger: Pick<Store, 'pseudonym' | 'read' | 'find'>;
  /**
   * When the data were taken, milliseconds; of an export its `transactionTime`. Encounters without an
   * end last until then, and what is told of later is left out.
   */
  readonly cutOff: number;
  /**
   * Whose record is read. `search`, the default: everybody whom a search of Patients finds, one
   * after the other. `all`: everybody, one type of resources after the other, which suits an export or a
   * server of your own. Ids: these patients, such as a panel or `groupMembers`.
   */
  readonly patients?: 'search' | 'all' | Iterable<string> | AsyncIterable<string> | undefined;
  /** With it, patient-days are ingested. */
  readonly days?: DayIngestion<P> | undefined;
  /** With it, the orders of this rule are ingested. */
  readonly orders?: OrderRule | undefined;
  /** Search parameters put over those that are sent: `{ ServiceRequest: { authored: undefined } }`. */
  readonly searches?: SearchOverrides | undefined;
  /** Patients that are read at once, from 1 to 64; default 4. */
  readonly concurrency?: number | undefined;
  /** With `all`, how often everything is read, each time for a part of the patients; default 1. */
  readonly passes?: number | undefined;
  /** Resources asked for in one page; default 200. */
  readonly pageSize?: number | undefined;
  /**
   * With it, a run that is interrupted goes on where it stopped, with the same cut-off, source and rule, and
   * with functions that do the same. A rehearsal leaves it alone.
   */
  readonly checkpoint?: Checkpoint | undefined;
  /** Counts what would become of everything, and writes nothing; default false. */
  readonly dryRun?: boolean | undefined;
  /** Ends the run, which can be gone on with. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: RecordProgress) => void) | undefined;
}

/** How many resources of a type were left out for a reason. */
interface SkippedResources {
  readonly resourceType: string;
  readonly reason: string;
  readonly count: number;
}

/** What became of a record; of a run that was gone on with, also what was counted before. */
export interface RecordCounts {
  /** Patients gone through. */
  readonly patients: number;
  /** Of them gone through before the run was interrupted. */
  readonly resumed: number;
  /** Patients with at least one eligible encounter that gave a patient-day. */
  readonly eligible: number;
  readonly days: DayCounts;
  readonly orders: OrderCounts;
  /** Resources that gave nothing, and why. */
  readonly skipped: readonly SkippedResources[];
}
