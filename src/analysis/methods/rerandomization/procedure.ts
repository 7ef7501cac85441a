import type { RandomStream } from '../../../stats/index.ts';

/**
 * How the units of a trial got their arms, as data that can be replayed. A re-randomisation test is
 * exact only when it replays the procedure that the trial really used.
 *
 * Everywhere an arm is an index: 0, 1, … in the order in which the analysis names the arms (with two
 * arms, 0 is the control arm and 1 the treated one), and units stand in the order in which the
 * analysis gets them.
 */
export type Procedure =
  HashedProcedure | CompleteProcedure | StratifiedProcedure | ListedProcedure | SamplerProcedure;

/** Each unit by itself, as hashed assignment and simple randomisation do. */
export interface HashedProcedure {
  readonly kind: 'hashed';
  /** The weight of each arm; default the same for all. */
  readonly weights?: readonly number[] | undefined;
}

/** Arms of fixed sizes among all units, every such assignment equally likely. */
export interface CompleteProcedure {
  readonly kind: 'complete';
  /**
   * Places of each arm; default those taken. More places than units are places that nobody took, as
   * in a last block that was not filled.
   */
  readonly sizes?: readonly number[] | undefined;
}

/** Complete randomisation within each stratum or block, independently. */
export interface StratifiedProcedure {
  readonly kind: 'stratified';
  /** The stratum (or block, or matched pair) of each unit. */
  readonly strata: readonly (string | number)[];
  /** Places of each arm by stratum, where they differ from those taken (see `complete`). */
  readonly sizes?: Readonly<Record<string, readonly number[]>> | undefined;
}

/** One of the allocations on a list, as in covariate-constrained randomisation. */
export interface ListedProcedure {
  readonly kind: 'listed';
  /** The arm of each unit, for every allocation that could have been drawn. The actual one is among them. */
  readonly allocations: readonly ArrayLike<number>[];
  /** How likely each was to be drawn; default all alike. */
  readonly weights?: readonly number[] | undefined;
}

/**
 * Any other procedure, by running it again: minimisation in the order of arrival, the order of a
 * stepped wedge. It must draw as the trial did, from nothing but the stream it is given.
 */
export interface SamplerProcedure {
  readonly kind: 'sampler';
  /** A new assignment: the arm of each unit. */
  readonly sample: (stream: RandomStream) => ArrayLike<number>;
}
