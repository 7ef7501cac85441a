import type { AllocationMethod, PeriodPlan } from '../../trial/allocation-plan.ts';
import type { Cluster } from '../clusters/cluster.ts';
import type { Diagnostics } from './diagnostics.ts';

/** A cluster with what it was allocated to. */
export interface AllocatedCluster extends Cluster {
  /** The wave of recruitment in which it was allocated, from 0. */
  readonly wave: number;
  /** Its arm in each period; one arm where the arm never changes. */
  readonly arms: readonly string[];
}

/** What every amendment says. */
interface AmendmentBase {
  /** The day on which it takes effect, `YYYY-MM-DD` in the trial's time zone. */
  readonly from: string;
  readonly reason: string;
  /** Checksum of the allocation that was amended. */
  readonly amends: string;
}

/** Clusters that came late, allocated given those before. */
export interface Addition extends AmendmentBase {
  readonly kind: 'add';
  readonly seed: string;
  readonly clusters: readonly AllocatedCluster[];
}

/** A cluster that left: from then on it is served the control arm, and what was seen before counts. */
export interface Withdrawal extends AmendmentBase {
  readonly kind: 'withdraw';
  readonly cluster: string;
}

/** A cluster that became part of another: from then on it is that one. */
export interface Merger extends AmendmentBase {
  readonly kind: 'merge';
  readonly cluster: string;
  readonly into: string;
}

/** A change of an allocation after it was made. Amendments are added, never edited. */
export type Amendment = Addition | Withdrawal | Merger;

/**
 * Who got which arm, as data: made before the start by `allocate`, changed by `amend` alone. Together
 * with its protocol it holds all that is needed to make it again.
 */
export interface Allocation {
  readonly form: 'rapidcycle-allocation/1';
  /** Fingerprint of the protocol. */
  readonly trial: string;
  readonly id: string;
  readonly round: number;
  /** The method and periods of the protocol, so that the list can be read by itself. */
  readonly method: AllocationMethod;
  readonly periods: PeriodPlan | null;
  readonly seed: string;
  /** In the order in which they were allocated: wave after wave. */
  readonly clusters: readonly AllocatedCluster[];
  /** How even and how free the allocation is, as it was when it was made. */
  readonly diagnostics: Diagnostics;
  readonly amendments: readonly Amendment[];
  /** SHA-256 of the canonical JSON of everything else, amendments included. */
  readonly checksum: string;
}
