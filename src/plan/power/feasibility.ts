import type { Estimable } from '../../analysis/estimable.ts';
import type { AttainablePValue } from '../../analysis/methods/rerandomization/attainable.ts';
import { attainablePValue } from '../../analysis/methods/rerandomization/attainable.ts';
import type { ByArm } from './cluster-trial.ts';
import { clustersNeeded } from './clusters-needed.ts';
import type { Outcome } from './outcome.ts';
import type { WantedOfClusters } from './size-needed.ts';
import { sizeNeeded } from './size-needed.ts';

/** Whether so many clusters can show an effect at all. */
export interface Feasibility {
  /** That some size of cluster is enough, and that a re-randomisation test could reach the level. */
  readonly feasible: boolean;
  /** The size with which the power is as wanted, or why there is none. */
  readonly size: Estimable<{ readonly size: number }>;
  /** There must be more clusters than this in each arm (n_I ρ), by the normal law. */
  readonly beyond: ByArm;
  /** The least whole numbers above that. */
  readonly least: ByArm;
  /** The smallest p value that re-randomisation of these clusters can give. */
  readonly smallestPValue: AttainablePValue;
}

/**
 * Whether a trial of given clusters is feasible: by Hemming's rule, with unlimited observations,
 * k > n_I ρ (here Σ c² between/effect² by arm, the same for a proportion or mean, and for a rate with
 * κ²); by the law of the test for these clusters; and by the smallest attainable p value.
 *
 * In R: `n_i <- (qnorm(0.975) + qnorm(0.8))^2 * (p1 * q1 + p0 * q0) / (p1 - p0)^2; n_i * rho`.
 *
 * @throws RangeError as `sizeNeeded`
 * @see K. Hemming et al., BMC Med. Res. Methodol. 11 (2011) 102; `attainablePValue`.
 */
export function feasibility(outcome: Outcome, wanted: WantedOfClusters): Feasibility {
  const { clusters, alpha = 0.05 } = wanted;
  const size = sizeNeeded(outcome, wanted);
  const { arm, control } = clustersNeeded(outcome, {
    ...wanted,
    size: Infinity,
    test: 'z',
    ratio: clusters.arm / clusters.control,
  });
  const smallestPValue = attainablePValue(clusters);
  return {
    feasible: size.estimable && smallestPValue.twoSided <= alpha,
    size,
    beyond: { arm, control },
    least: { arm: Math.floor(arm) + 1, control: Math.floor(control) + 1 },
    smallestPValue,
  };
}
