import type { TreatmentMatrix } from './designs.ts';

/**
 * Mean number of observations (of a rate: exposure) in a cell, above 0: one number for all, one for each
 * cluster, or for each cluster one for each period.
 */
export type CellSizes = number | readonly (number | readonly number[])[];

/** One cluster in one period. */
export interface Cell {
  readonly period: number;
  readonly arm: number;
  readonly size: number;
}

/** Clusters that are alike: how many there are, and their observed cells. */
export interface AlikeClusters {
  readonly count: number;
  readonly cells: readonly Cell[];
}

/**
 * The clusters of a design that have observed cells, those that are alike together.
 *
 * @param oneSize whether the same subjects are observed in all periods, so that these have one size
 * @throws RangeError when sizes are not one for each cluster or cell, or not above 0
 */
export function alikeClusters(
  matrix: TreatmentMatrix,
  { sizes, oneSize }: { readonly sizes: CellSizes; readonly oneSize: boolean },
): readonly AlikeClusters[] {
  if (typeof sizes !== 'number' && sizes.length !== matrix.length) {
    throw new RangeError(`${matrix.length} clusters need as many sizes, not ${sizes.length}`);
  }
  const rows = new Map<string, AlikeClusters>();
  matrix.forEach((row, i) => {
    const ofCluster = typeof sizes === 'number' ? sizes : (sizes[i] ?? 0);
    if (typeof ofCluster !== 'number' && ofCluster.length !== row.length) {
      throw new RangeError(`cluster ${i} needs ${row.length} sizes, not ${ofCluster.length}`);
    }
    const cells = row.flatMap((arm, period) => {
      if (arm === null) return [];
      const size = typeof ofCluster === 'number' ? ofCluster : (ofCluster[period] ?? 0);
      if (!(size > 0)) {
        throw new RangeError(
          `the size of cluster ${i} in period ${period} must be above 0 (null in the design for an empty cell), got ${size}`,
        );
      }
      return [{ period, arm, size }];
    });
    if (oneSize && cells.some(({ size }) => size !== cells[0]?.size)) {
      throw new RangeError(
        `the same subjects make periods of one size, but those of cluster ${i} differ`,
      );
    }
    if (cells.length === 0) return;
    const key = cells.map(({ period, arm, size }) => `${period}:${arm}:${size}`).join();
    rows.set(key, { cells, count: (rows.get(key)?.count ?? 0) + 1 });
  });
  return [...rows.values()];
}
