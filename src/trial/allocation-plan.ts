/** A property of the clusters by which arms are kept alike. */
export interface Covariate {
  /** Its column in the file of clusters; `size` is their expected size. */
  readonly name: string;
  /** A categorical one is balanced on the share of each of its levels; default `continuous`. */
  readonly kind?: 'continuous' | 'categorical' | undefined;
  /** How much it counts beside the others; above 0, default 1. */
  readonly weight?: number | undefined;
}

/** Fixed arm sizes, every allocation of these sizes equally likely. */
export interface CompleteMethod {
  readonly method: 'complete';
}

/** Permuted blocks, within strata where there are any. */
export interface BlocksMethod {
  readonly method: 'blocks';
  /** Sizes of blocks, each drawn with the same chance; multiples of the sum of the weights in lowest terms. */
  readonly sizes: readonly number[];
  /** Columns of the file of clusters; each combination of their values is a stratum. */
  readonly strata?: readonly string[] | undefined;
}

/** Matched sets (pairs, with two arms of one weight): each arm once, or by its weight, within each set. */
export interface MatchedMethod {
  readonly method: 'matched';
  /** The column that names the set of each cluster… */
  readonly set?: string | undefined;
  /** …or the covariates by which like clusters are put into sets. */
  readonly covariates?: readonly Covariate[] | undefined;
}

/** Covariate-constrained randomisation: one of the allocations that balance the covariates best. */
export interface ConstrainedMethod {
  readonly method: 'constrained';
  readonly covariates: readonly Covariate[];
  /** Balance score: sum of squared (`l2`, the default) or absolute (`l1`) standardised differences. */
  readonly score?: 'l1' | 'l2' | undefined;
  /** The share, or the number, of the best allocations that are candidates; default a tenth. */
  readonly cutoff?: { readonly quantile: number } | { readonly count: number } | undefined;
  /** Up to so many possible allocations all are gone through; default 200,000. */
  readonly enumerateUpTo?: number | undefined;
  /** How many are sampled when they are more, to find the cut-off; default 100,000. */
  readonly sample?: number | undefined;
  /** Columns within whose combinations the arms keep fixed sizes. */
  readonly strata?: readonly string[] | undefined;
  /**
   * The column with the wave of recruitment of each cluster, a whole number: later waves are allocated
   * given the earlier ones.
   */
  readonly wave?: string | undefined;
}

/** Pocock and Simon's minimisation with a biased coin, in the order of the file of clusters. */
export interface MinimisationMethod {
  readonly method: 'minimisation';
  /** Categorical columns of the file of clusters. */
  readonly factors: readonly Pick<Covariate, 'name' | 'weight'>[];
  /** How imbalance over the arms is measured; default `range`. */
  readonly measure?: 'range' | 'variance' | undefined;
  /**
   * The chance of the arm (of one of the arms, by lot) that leaves the least imbalance; with unequal weights that of
   * an arm of the least weight. Default 0.8.
   */
  readonly probability?: number | undefined;
}

/** How known clusters are randomised before the start. */
export type AllocationMethod =
  CompleteMethod | BlocksMethod | MatchedMethod | ConstrainedMethod | MinimisationMethod;

/** The first days of the periods of a design over time, and what is left out of them. */
interface PeriodsBase {
  /** First day of each period, `YYYY-MM-DD` in the trial's time zone; the first is the trial's start. */
  readonly starts: readonly string[];
  /** Days at the beginning of a period that are not analysed where the arm has just changed; default 0. */
  readonly washout?: number | undefined;
}

/** Every cluster begins with the control arm and passes to the other arm at a random step, for good. */
export interface SteppedWedge extends PeriodsBase {
  readonly design: 'stepped-wedge';
  /** For each sequence the period, counted from 1, in which the other arm begins; default each from 2 on. */
  readonly steps?: readonly number[] | undefined;
}

/** Every cluster has the arms in a random order, one a period. */
export interface Crossover extends PeriodsBase {
  readonly design: 'crossover';
  /** The possible orders, an arm for each period; default those in which each arm follows the one before it in the protocol. */
  readonly sequences?: readonly (readonly string[])[] | undefined;
}

/**
 * Periods come in blocks of as many as there are arms; within each block every cluster has each arm
 * once, in an order drawn anew for each block.
 */
export interface Switchback extends PeriodsBase {
  readonly design: 'switchback';
}

/** How the arm of a cluster changes with time. */
export type PeriodPlan = SteppedWedge | Crossover | Switchback;

/** Each unit by itself, by the hash of its id: for streams of units that are not known before. */
export interface HashedPlan {
  readonly kind: 'hashed';
}

/** From a list made before the start: for clusters that are known. */
export interface ListedPlan {
  readonly kind: 'listed';
  readonly method: AllocationMethod;
  /** The only values that a column of the file of clusters may hold, by column; default any. */
  readonly levels?: Readonly<Record<string, readonly string[]>> | undefined;
  /** Default: the arm of a cluster never changes. */
  readonly periods?: PeriodPlan | undefined;
}

/** How units get their arms. */
export type AllocationPlan = HashedPlan | ListedPlan;
