import { sum } from '../../../stats/index.ts';
import type { ConstrainedMethod, Covariate } from '../../../trial/allocation-plan.ts';
import type { Cluster } from '../../clusters/cluster.ts';
import { columnsOf, scaledDown } from '../column.ts';

/** The imbalance of allocations over the covariates. */
export interface Score {
  /** The covariate columns: those that are continuous, and the dummies of categorical ones. */
  readonly columns: readonly string[];
  /** 1 for `l1`, 2 for `l2`: the power to which differences are taken. */
  readonly power: 1 | 2;
  /** Says that from now on only the groups of later clusters change. */
  readonly hold: (allocation: Uint8Array, until: number) => void;
  /** The balance score B of an allocation. */
  readonly of: (allocation: Uint8Array) => number;
  /** Adds to `totals`, by column, |x̄_g − x̄_h|/s, its mean over the pairs of groups. */
  readonly addDifferences: (allocation: Uint8Array, totals: Float64Array) => void;
}

// Held here because looking up a global each time is slow where globals are proxied, as in test runners.
const { abs } = Math;

/**
 * Makes ready the balance score of Raab and Butcher: with x̄_gk the mean of column k in group g and
 * s_k its standard deviation over all clusters (n − 1),
 *
 * l2: B = Σ_k w_k Σ_{g<h} (x̄_gk − x̄_hk)²/s_k²; l1: B = Σ_k w_k Σ_{g<h} |x̄_gk − x̄_hk|/s_k.
 *
 * Two groups have one pair; of more, every pair counts alike.
 *
 * @param clusters as they stand in an allocation
 * @param options number of groups, none of which may be empty in an allocation
 */
export function scoreOf(
  clusters: readonly Cluster[],
  {
    covariates,
    groups,
    score = 'l2',
  }: Pick<ConstrainedMethod, 'score'> & {
    readonly covariates: readonly Covariate[];
    readonly groups: number;
  },
): Score {
  const { names, weights, values } = columnsOf(clusters, covariates);
  const power = score === 'l2' ? 2 : 1;
  const width = names.length;
  const rows = new Float64Array(clusters.length * width);
  values.forEach((column, k) => {
    standardized(column).forEach((z, i) => (rows[i * width + k] = z));
  });

  const sums = new Float64Array(groups * width);
  const sizes = new Float64Array(groups);
  const heldSums = new Float64Array(groups * width);
  const heldSizes = new Float64Array(groups);
  let held = 0;
  const addUp = (allocation: Uint8Array, until: number): void => {
    sums.set(heldSums);
    sizes.set(heldSizes);
    for (let i = held; i < until; i += 1) {
      const group = allocation[i] ?? 0;
      sizes[group] = (sizes[group] ?? 0) + 1;
      const from = i * width;
      const to = group * width;
      for (let k = 0; k < width; k += 1) {
        sums[to + k] = (sums[to + k] ?? 0) + (rows[from + k] ?? 0);
      }
    }
  };
  const toMeans = (): void => {
    for (let group = 0; group < groups; group += 1) {
      const size = sizes[group] ?? 0;
      for (let k = group * width; k < (group + 1) * width; k += 1) sums[k] = (sums[k] ?? 0) / size;
    }
  };

  return {
    columns: names,
    power,
    hold: (allocation, until) => {
      held = 0;
      heldSums.fill(0);
      heldSizes.fill(0);
      addUp(allocation, until);
      heldSums.set(sums);
      heldSizes.set(sizes);
      held = until;
    },
    of: (allocation) => {
      addUp(allocation, clusters.length);
      toMeans();
      let total = 0;
      for (let k = 0; k < width; k += 1) {
        let own = 0;
        for (let g = 0; g < groups; g += 1) {
          const mean = sums[g * width + k] ?? 0;
          for (let h = g + 1; h < groups; h += 1) {
            const difference = mean - (sums[h * width + k] ?? 0);
            own += power === 2 ? difference * difference : abs(difference);
          }
        }
        total += (weights[k] ?? 0) * own;
      }
      return total;
    },
    addDifferences: (allocation, totals) => {
      addUp(allocation, clusters.length);
      toMeans();
      const pairs = (groups * (groups - 1)) / 2;
      for (let k = 0; k < width; k += 1) {
        let own = 0;
        for (let g = 0; g < groups; g += 1) {
          for (let h = g + 1; h < groups; h += 1) {
            own += abs((sums[g * width + k] ?? 0) - (sums[h * width + k] ?? 0));
          }
        }
        totals[k] = (totals[k] ?? 0) + own / pairs;
      }
    },
  };
}

/** A column less its mean, over its standard deviation. */
function standardized(column: Float64Array): Float64Array {
  // Counted from the first one, or numbers that are large beside their differences, such as days since
  // 1970, lose the last digits of these, and with them their ties.
  const { values } = scaledDown(column);
  const scaled = values.map((value) => value - (values[0] ?? 0));
  const mean = sum(scaled) / scaled.length;
  const centred = scaled.map((value) => value - mean);
  const deviation = Math.sqrt(sum(centred.map((value) => value * value)) / (column.length - 1));
  return centred.map((value) => value / deviation);
}
