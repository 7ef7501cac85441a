import type { ByArm, ClusterDesign } from './cluster-trial.ts';
import { clusterPower } from './cluster-power.ts';
import { detectableEffect } from './detectable.ts';
import type { Direction } from './detect.ts';
import type { Outcome } from './outcome.ts';
import { controlOf } from './outcome.ts';

/** The designs along a curve. */
export interface CurveDesigns extends Omit<ClusterDesign, 'size'> {
  /** The proportion, rate or mean in the other arm. */
  readonly arm: number;
  /** Numbers of clusters, in each arm or by arm. */
  readonly clusters: readonly (number | ByArm)[];
  /** Sizes of cluster; `Infinity` among them shows the limit. */
  readonly sizes: readonly number[];
  /** Of the detectable effect; default 0.8. */
  readonly power?: number | undefined;
}

/** One design of a curve. */
export interface CurveRow {
  readonly clusters: ByArm;
  readonly size: number;
  /** `null` where too few clusters leave no degree of freedom. */
  readonly power: number | null;
  /** The nearest value to control, on the side of `arm`, that is told from it; `null` where none is. */
  readonly detectable: number | null;
}

/**
 * Power, and the minimum detectable value of the arm, against the size and the number of clusters: for
 * each number of clusters a row for each size. More observations in a cluster soon gain little
 * (Hemming et al. 2017, BMJ 358:j3064); plot it before agreeing to fewer clusters for longer.
 *
 * In R: `expand.grid` of `clusterPower`'s.
 *
 * @throws RangeError as `clusterPower`
 */
export function powerCurve(outcome: Outcome, designs: CurveDesigns): readonly CurveRow[] {
  const direction: Direction = designs.arm > controlOf(outcome) ? 'higher' : 'lower';
  return designs.clusters.flatMap((given) => {
    const clusters = typeof given === 'number' ? { arm: given, control: given } : given;
    return designs.sizes.map((size) => {
      const trial = { ...designs, clusters, size, direction };
      const found = clusterPower(outcome, trial);
      const detectable = detectableEffect(outcome, trial);
      return {
        clusters,
        size,
        power: found.estimable ? found.power : null,
        detectable: detectable.estimable ? detectable.arm : null,
      };
    });
  });
}
