import type { MinimisationMethod } from '../../trial/allocation-plan.ts';
import type { Cluster } from '../clusters/cluster.ts';
import { levelOf } from './column.ts';
import { greatestDivisor } from './setting.ts';

/** How many clusters of each level of each factor have each group. */
export interface ImbalanceTally {
  /** For each group the imbalance if a cluster were added to it; written over by the next call. */
  readonly imbalances: (cluster: number) => Float64Array;
  readonly add: (cluster: number, group: number) => void;
  readonly restart: () => void;
}

/** What imbalance is measured on and how. */
interface TallyOptions extends Required<Pick<MinimisationMethod, 'factors' | 'measure'>> {
  readonly weights: readonly number[];
}

/** A factor: which level each cluster has, and counts by level and group. */
interface FactorCounts {
  readonly weight: number;
  readonly levels: Int32Array;
  readonly counts: Float64Array;
}

/**
 * Counts by level and group, each count n_h as n_h·L/w_h with L the least common multiple of the
 * weights: whole numbers, so that equal imbalances come out equal. The variance is taken as k·Σ(x − x̄)²
 * over k groups: such constants leave the order of the imbalances as it is.
 */
export function imbalanceTally(
  clusters: readonly Cluster[],
  { factors, measure, weights }: TallyOptions,
): ImbalanceTally {
  if (factors.length === 0) throw new RangeError('there must be at least one factor');
  const groups = weights.length;
  const multiple = weights.reduce((a, b) => (a / greatestDivisor(a, b)) * b);
  const unit = weights.map((weight) => multiple / weight);
  const tables = factors.map((factor) => factorCounts(clusters, { ...factor, groups }));
  const measured = measure === 'range' ? rangeOf : varianceOf;
  const column = new Float64Array(groups);
  const sums = new Float64Array(groups);

  return {
    imbalances: (cluster) => {
      sums.fill(0);
      for (const { weight, levels, counts } of tables) {
        const start = (levels[cluster] ?? 0) * groups;
        for (let g = 0; g < groups; g++) column[g] = counts[start + g] ?? 0;
        for (let g = 0; g < groups; g++) {
          const before = column[g] ?? 0;
          column[g] = before + (unit[g] ?? 0);
          sums[g] = (sums[g] ?? 0) + weight * measured(column);
          column[g] = before;
        }
      }
      return sums;
    },
    add: (cluster, group) => {
      for (const { levels, counts } of tables) {
        const at = (levels[cluster] ?? 0) * groups + group;
        counts[at] = (counts[at] ?? 0) + (unit[group] ?? 0);
      }
    },
    restart: () => {
      for (const { counts } of tables) counts.fill(0);
    },
  };
}

function factorCounts(
  clusters: readonly Cluster[],
  factor: MinimisationMethod['factors'][number] & { readonly groups: number },
): FactorCounts {
  const { name, weight = 1, groups } = factor;
  if (!(weight > 0 && Number.isFinite(weight))) {
    throw new RangeError(`the weight of the factor "${name}" must be above 0, got ${weight}`);
  }
  const numbers = new Map<string, number>();
  const levels = Int32Array.from(clusters, (cluster) => {
    const level = levelOf(cluster, name);
    const number = numbers.get(level) ?? numbers.size;
    numbers.set(level, number);
    return number;
  });
  return { weight, levels, counts: new Float64Array(numbers.size * groups) };
}

function rangeOf(values: Float64Array): number {
  let least = values[0] ?? 0;
  let most = least;
  for (const value of values) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return most - least;
}

function varianceOf(values: Float64Array): number {
  let sum = 0;
  let squares = 0;
  for (const value of values) {
    sum += value;
    squares += value * value;
  }
  return values.length * squares - sum * sum;
}
