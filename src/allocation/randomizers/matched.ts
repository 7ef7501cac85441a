import type { Covariate, MatchedMethod } from '../../trial/allocation-plan.ts';
import type { Cluster } from '../clusters/cluster.ts';
import { blockRandomizer } from './block.ts';
import { columnsOf, levelOf, scaledDown } from './column.ts';
import { likeSets } from './like-sets.ts';
import type { Randomizer } from './randomizer.ts';
import type { RandomizerSetting } from './setting.ts';
import { indicesOf, lowestTerms, total } from './setting.ts';

/** Clusters among which each group is dealt out by its weight. */
export interface MatchedSet {
  readonly wave: number;
  /** As the column of sets names it; undefined where sets are found by covariates. */
  readonly name?: string | undefined;
  /** Indices of its clusters in the list of all, wave after wave. */
  readonly clusters: readonly number[];
  /** The sum of the squared standardised distances of its pairs, where sets are found by covariates. */
  readonly distance?: number | undefined;
}

/**
 * Matched pairs, or sets of Σw clusters for weights w (in lowest terms): each set has w_g clusters of
 * group g, in random order.
 *
 * Re-randomisation deals out each set again.
 *
 * Source: Imai, King & Nall 2009, Stat Sci 24:29 (what matching of clusters gains). In R:
 * `ave(seq_along(set), set, FUN = function(i) sample(length(i)))` gives the group within each set.
 *
 * @throws RangeError as {@link matchedSets} does
 */
export function matchedRandomizer(method: MatchedMethod, setting: RandomizerSetting): Randomizer {
  const places = lowestTerms(setting.weights);
  const sets = matchedSets(method, setting);
  return blockRandomizer(
    setting.clusters.map((_, wave) =>
      sets.filter((set) => set.wave === wave).map(({ clusters }) => ({ clusters, places })),
    ),
  );
}

/**
 * The matched sets of the clusters: those that a column names, or else like clusters by covariates.
 * No set spans two waves.
 *
 * Two clusters are d² = Σ_k w_k ((x_ik − x_jk) / s_k)² apart, with s_k the standard deviation (n − 1)
 * of covariate k over the clusters of this wave and those before it; a categorical covariate counts as
 * the dummies of all its levels but one. Beginning with the closest clusters, sets are formed greedily
 * and then improved by exchanges of two clusters until none lowers the total within sets: a local
 * optimum, not always the least total there is, and always the same from the same file.
 *
 * Source: Greevy, Lu, Silber & Rosenbaum 2004, Biostatistics 5:263 (optimal pairs). In R:
 * `nbpMatching::nonbimatch()` gives the least total of pairs.
 *
 * @throws RangeError if both or neither of `set` and `covariates` are given, a set does not have Σw
 *   clusters, their number is no multiple of Σw, or a column lacks a value, is not numeric where it
 *   must be, or does not vary
 */
export function matchedSets(
  method: MatchedMethod,
  setting: RandomizerSetting,
): readonly MatchedSet[] {
  const { set, covariates } = method;
  const size = total(lowestTerms(setting.weights));
  const all = setting.clusters.flat();
  return indicesOf(setting).flatMap((indices, wave): readonly MatchedSet[] => {
    if (set !== undefined && covariates === undefined) {
      return namedSets(indices, { all, column: set, size, wave });
    }
    if (covariates === undefined || set !== undefined) {
      throw new RangeError('matched sets must come from either a column `set` or `covariates`');
    }
    if (indices.length % size !== 0) {
      throw new RangeError(
        `the number of clusters of a wave must be a multiple of ${size}, the size of a matched set, ` +
          `got ${indices.length}`,
      );
    }
    if (indices.length === 0) return [];
    const known = all.slice(0, (indices.at(-1) ?? 0) + 1);
    const between = distancesOf(known, { covariates, indices });
    return likeSets(between, { count: indices.length, size }).map(({ members, distance }) => ({
      wave,
      clusters: members.flatMap((member) => indices[member] ?? []),
      distance,
    }));
  });
}

function namedSets(
  indices: readonly number[],
  options: {
    readonly all: readonly Cluster[];
    readonly column: string;
    readonly size: number;
    readonly wave: number;
  },
): readonly MatchedSet[] {
  const { all, column, size, wave } = options;
  const sets = new Map<string, number[]>();
  for (const index of indices) {
    const cluster = all[index];
    const name = cluster === undefined ? '' : levelOf(cluster, column);
    const own = sets.get(name);
    if (own === undefined) sets.set(name, [index]);
    else own.push(index);
  }
  return [...sets].map(([name, clusters]) => {
    if (clusters.length !== size) {
      throw new RangeError(
        `the matched set "${name}" must have ${size} clusters in one wave, got ${clusters.length}`,
      );
    }
    return { wave, name, clusters };
  });
}

/** Squared standardised distances between the clusters of the indices, n × n. */
function distancesOf(
  known: readonly Cluster[],
  options: { readonly covariates: readonly Covariate[]; readonly indices: readonly number[] },
): Float64Array {
  const { covariates, indices } = options;
  const count = indices.length;
  const between = new Float64Array(count * count);
  const { values, weights } = columnsOf(known, covariates);
  values.forEach((raw, k) => {
    const { values: column } = scaledDown(raw);
    const mean = column.reduce((sum, value) => sum + value, 0) / known.length;
    const squares = column.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    const scale = ((weights[k] ?? 0) * (known.length - 1)) / squares;
    const own = indices.map((index) => column[index] ?? 0);
    own.forEach((first, i) => {
      own.forEach((second, j) => {
        between[i * count + j] = (between[i * count + j] ?? 0) + (first - second) ** 2 * scale;
      });
    });
  });
  return between;
}
