import type { RandomStream } from '../../stats/index.ts';

/**
 * The allocations that could have happened, given those clusters whose group is held. Each is as
 * likely as the method makes it. Groups are indices: arms, or sequences of arms over time.
 */
export type Redraw =
  | {
      /** Every rearrangement of the groups within each stratum, all equally likely. */
      readonly kind: 'stratified';
      /** The stratum (block, matched set, wave) of each free cluster. */
      readonly strata: readonly (string | number)[];
      /** Places of each group in a stratum that has more places than clusters, as a last block has. */
      readonly sizes?: Readonly<Record<string, readonly number[]>> | undefined;
    }
  | {
      /** Exactly these, all equally likely: the group of each free cluster. */
      readonly kind: 'listed';
      readonly allocations: readonly Uint8Array[];
    }
  | {
      /** Draws that the method makes again: the group of each free cluster. */
      readonly kind: 'sampler';
      readonly sample: (stream: RandomStream) => Uint8Array;
    }
  | { readonly kind: 'none'; readonly reason: string; readonly instead: string };

/** Which clusters are free in a redraw. */
export interface RedrawOptions {
  /**
   * The groups whose clusters are dealt out again among each other, the others being held where they
   * are; default all groups.
   */
  readonly among?: readonly number[] | undefined;
}

/** A method of allocation made ready for the clusters of a trial. */
export interface Randomizer {
  /**
   * Draws the group of each cluster, wave after wave, in the order of the clusters.
   *
   * @param streamOf the random numbers of each wave: a stream of its own where waves are allocated at
   *   different times, the same one for all in a simulation
   */
  readonly draw: (streamOf: (wave: number) => RandomStream) => Uint8Array;
  /**
   * The reference set of a test: all that `draw` could have given instead of `actual`, given the
   * groups of the clusters that are held. Free clusters keep their order.
   *
   * @param actual what `draw` gave
   */
  readonly redraw: (actual: Uint8Array, options?: RedrawOptions) => Redraw;
}
