import { AllocationError, messageOf } from '../../errors.ts';
import type { Trial } from '../../trial/trial.ts';
import type { ClusterList } from '../clusters/index.ts';
import type { AllocatedCluster, Allocation } from './allocation.ts';
import { sealed } from './checksum.ts';
import { diagnosticsOf } from './diagnostics.ts';
import type { ListBasis, ListDraw } from './draw.ts';
import { armsOf, drawList } from './draw.ts';
import { listedPlanOf } from './plan.ts';

/** How a list is drawn. */
export interface AllocateOptions {
  /**
   * Makes the list what it is: draw it once, in public where you can, and write it down. The same
   * protocol, clusters and seed give the same list, for ever.
   */
  readonly seed: string;
}

/**
 * Makes the list of a trial: allocates its clusters by the method of the protocol.
 *
 * @param clusters as `parseClusters` or `clustersFrom` give them
 * @throws AllocationError when the trial hashes, the seed is empty, or the method cannot allocate
 *   these clusters
 */
export function allocate(
  trial: Trial,
  clusters: ClusterList,
  { seed }: AllocateOptions,
): Allocation {
  const plan = listedPlanOf(trial);
  const { waves } = clusters;
  const basis = { waves, seeds: waves.map(() => checkSeed(seed)) };
  const drawn = drawChecked(trial, basis);
  return sealed({
    form: 'rapidcycle-allocation/1',
    trial: trial.fingerprint,
    id: trial.id,
    round: trial.round,
    method: plan.method,
    periods: plan.periods ?? null,
    seed,
    clusters: allocated(waves, drawn),
    diagnostics: diagnosticsOf(trial, basis, drawn),
    amendments: [],
  });
}

/**
 * A seed that may be used.
 *
 * @throws AllocationError when it is empty or has no UTF-8 form
 */
export function checkSeed(seed: string): string {
  if (typeof seed === 'string' && seed !== '' && seed.isWellFormed()) return seed;
  throw new AllocationError([{ path: 'seed', message: 'must be a text that is not empty' }]);
}

/**
 * Draws a list.
 *
 * @throws AllocationError when the method cannot allocate these clusters
 */
export function drawChecked(trial: Trial, basis: ListBasis): ListDraw {
  const plan = listedPlanOf(trial);
  try {
    return drawList(trial, plan, basis);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new AllocationError([{ path: 'clusters', message: messageOf(cause) }], { cause });
  }
}

/** The clusters of some waves with what was drawn for them. */
export function allocated(
  waves: ListBasis['waves'],
  drawn: Pick<ListDraw, 'groups' | 'actual'>,
): readonly AllocatedCluster[] {
  return waves
    .flatMap((clusters, wave) => clusters.map((cluster) => ({ cluster, wave })))
    .map(({ cluster, wave }, index) => ({ ...cluster, wave, arms: armsOf(drawn, index) }));
}
