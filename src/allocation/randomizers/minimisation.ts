import type { RandomStream } from '../../stats/index.ts';
import type { MinimisationMethod } from '../../trial/allocation-plan.ts';
import type { Cluster } from '../clusters/cluster.ts';
import { freeGroups } from './free.ts';
import { imbalanceTally } from './imbalance.ts';
import type { Randomizer } from './randomizer.ts';
import type { RandomizerSetting } from './setting.ts';
import { indicesOf, lowestTerms, total } from './setting.ts';

/**
 * Pocock and Simon's minimisation with a biased coin. For each cluster in the order of the file, and
 * each group g, the imbalance if it were given g is G_g = Σ_f w_f·d_f over the factors, with d_f the
 * range or the variance over the groups h of n_h / w_h, where n_h counts the clusters of group h so
 * far, this one included, that have its level of factor f. The group of least G is preferred; of
 * several, one at random by weight. It gets the group with the chance `probability`, the others
 * sharing the rest by weight: see {@link minimisationChances}.
 *
 * With unequal weights a preferred group that always had the same chance would not lead to shares as
 * the weights say; Han's biased coin does, over many clusters. The chance of a single cluster still
 * depends on its place in the file (for example from 0.10 to 0.62 at 1:2, where a third is due), as it
 * does not with equal weights. A re-randomisation test stays exact, but an estimate may be biased
 * where place and outcome go together: with unequal weights prefer a method that gives every cluster
 * the chance w_g/Σw (Kuznetsova & Tymofyeyev 2012, Stat Med 31:701). Whoever knows the earlier groups
 * and the factors can guess the next group well.
 *
 * Re-randomisation draws the whole sequence of arrivals again. With some groups held that cannot be
 * done, since every cluster's chances depend on all earlier ones.
 *
 * Sources: Pocock & Simon 1975, Biometrics 31:103; Han, Enas & McEntegart 2009, Stat Med 28:3329. In R:
 * `Minirand::Minirand()` for one step, or with two groups `carat::PocSimMIN()`.
 *
 * @throws RangeError if the weights are not positive whole numbers, there is no wave or no factor, a
 *   factor's weight is not above 0, `probability` is not from the least share to 1, or a cluster has
 *   no value of a factor
 */
export function minimisationRandomizer(
  method: MinimisationMethod,
  setting: RandomizerSetting,
): Randomizer {
  const waves = indicesOf(setting);
  const clusters = total(waves.map((wave) => wave.length));
  const groups = setting.weights.length;
  const step = arrivals(method, { ...setting, clusters: setting.clusters.flat() });
  const draw = (streamOf: (wave: number) => RandomStream): Uint8Array => {
    const drawn = new Uint8Array(clusters);
    step.restart();
    waves.forEach((wave, number) => {
      const stream = streamOf(number);
      for (const cluster of wave) {
        const group = pick(step.chances(cluster), stream.next());
        step.add(cluster, group);
        drawn[cluster] = group;
      }
    });
    return drawn;
  };
  return {
    draw,
    redraw: (actual, { among } = {}) => {
      const free = freeGroups(actual, { among, clusters, groups });
      if (free.every(Boolean)) {
        return { kind: 'sampler', sample: (stream) => draw(() => stream) };
      }
      return {
        kind: 'none',
        reason:
          'minimisation cannot be drawn again for some groups alone: the chances of each cluster depend ' +
          'on the groups of all that came before it',
        instead: 'test all groups jointly, or compare them by a model that has the factors in it',
      };
    },
  };
}

/** The clusters that arrived and the next one. */
export interface MinimisationStep {
  /** In the order of arrival; more may follow the next one. */
  readonly clusters: readonly Cluster[];
  readonly weights: readonly number[];
  /** The groups of those that arrived; the cluster after the last of them is the next. */
  readonly given: readonly number[];
}

/**
 * The chance of each group for the next cluster to arrive: 1 − λ + λ·w_g/Σw for the preferred group
 * g, λ·w_g/Σw for the others, with λ = (1 − p)·Σw / (Σw − w_min). So a preferred group of the least
 * weight, and with equal weights any, has the chance p = `probability`. Of several groups of least
 * imbalance one is drawn by weight to be the preferred one (Pocock & Simon's random order), of all
 * groups for the first cluster; the chances given are those before that draw.
 *
 * @throws RangeError as {@link minimisationRandomizer} does, or if the groups given are not those of
 *   fewer clusters than there are
 */
export function minimisationChances(
  method: MinimisationMethod,
  { clusters, weights, given }: MinimisationStep,
): Float64Array {
  if (given.length >= clusters.length) {
    throw new RangeError(
      `all ${clusters.length} clusters have a group: the next cluster must be among the clusters`,
    );
  }
  const actual = Uint8Array.from(given);
  freeGroups(actual, { clusters: given.length, groups: weights.length });
  const step = arrivals(method, { clusters, weights });
  actual.forEach((group, cluster) => step.add(cluster, group));
  return step.chances(given.length).slice();
}

/** Minimisation after some arrivals. */
export interface Arrivals {
  /** The chance of each group for a cluster; written over by the next call. */
  readonly chances: (cluster: number) => Float64Array;
  /** Counts a cluster in its group. */
  readonly add: (cluster: number, group: number) => void;
  /** Forgets all that arrived. */
  readonly restart: () => void;
}

/** Minimisation before the first arrival. */
export function arrivals(
  { factors, measure = 'range', probability = 0.8 }: MinimisationMethod,
  setting: { readonly clusters: readonly Cluster[]; readonly weights: readonly number[] },
): Arrivals {
  const weights = lowestTerms(setting.weights);
  const whole = total(weights);
  const least = Math.min(...weights);
  if (!(probability >= least / whole && probability <= 1)) {
    throw new RangeError(
      `probability must be from ${least / whole}, the least share of a group, to 1, got ${probability}`,
    );
  }
  const fair = ((1 - probability) * whole) / (whole - least);
  const tally = imbalanceTally(setting.clusters, { factors, measure, weights });
  const groups = weights.length;
  const chances = new Float64Array(groups);
  let arrived = 0;
  return {
    chances: (cluster) => {
      const imbalances = tally.imbalances(cluster);
      let bound = imbalances[0] ?? 0;
      for (const imbalance of imbalances) {
        // Before the first arrival all are alike, whatever the weights make of them.
        if (arrived > 0 ? imbalance < bound : imbalance > bound) bound = imbalance;
      }
      bound *= TIE;
      let preferred = 0;
      for (let g = 0; g < groups; g++) {
        if ((imbalances[g] ?? 0) <= bound) preferred += weights[g] ?? 0;
      }
      for (let g = 0; g < groups; g++) {
        const weight = weights[g] ?? 0;
        const coin = (imbalances[g] ?? 0) <= bound ? ((1 - fair) * weight) / preferred : 0;
        chances[g] = coin + (fair * weight) / whole;
      }
      return chances;
    },
    add: (cluster, group) => {
      arrived++;
      tally.add(cluster, group);
    },
    restart: () => {
      arrived = 0;
      tally.restart();
    },
  };
}

/** Imbalances are sums of fractions times weights: within this of each other they are equal. */
const TIE = 1 + 1e-9;

/** The group in whose part of [0, 1) a uniform number falls. */
function pick(chances: Float64Array, uniform: number): number {
  let picked = 0;
  let end = 0;
  for (let group = 0; group < chances.length; group++) {
    const chance = chances[group] ?? 0;
    // A group without a chance must not be picked where rounding leaves the sum short of 1.
    if (chance > 0) picked = group;
    end += chance;
    if (uniform < end) break;
  }
  return picked;
}
