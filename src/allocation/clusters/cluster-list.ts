import type { Problem } from '../../errors.ts';
import type { ListedPlan } from '../../trial/allocation-plan.ts';
import type { Group } from '../../trial/groups.ts';
import type { Unit } from '../../trial/protocol.ts';
import type { Cluster } from './cluster.ts';

/** Clusters that were checked and may be allocated. */
export interface ClusterList {
  /** By wave of recruitment, in the order of the file within each; one wave where there are none. */
  readonly waves: readonly (readonly Cluster[])[];
  /** What is not wrong but should be known before the clusters are allocated. */
  readonly warnings: readonly Problem[];
}

/** What clusters are checked against. */
export interface ClusterListOptions {
  /** A column of its name may hold the ids, where there is no column `id`. */
  readonly unit: Unit;
  /** Says which columns must be there and what they must hold. */
  readonly plan: ListedPlan;
  /** The arms, or the sequences of arms over time, as `groupsOf` gives them. */
  readonly groups: readonly Pick<Group, 'weight'>[];
  /**
   * Whether the clusters come late, to be added to others: few may come then, all alike, and they are
   * one wave. Default false.
   */
  readonly late?: boolean | undefined;
  /** The only values allowed in a column, by column; others are refused. Default any. */
  readonly levels?: Readonly<Record<string, readonly string[]>> | undefined;
}
