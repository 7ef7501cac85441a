import type { Problem } from '../../errors.ts';
import { stratumOf, valueOf } from '../randomizers/column.ts';
import type { ClusterListOptions } from './cluster-list.ts';
import { columnsNeeded } from './columns-needed.ts';
import type { Checked } from './design-problems.ts';
import { rowsByLevel } from './design-problems.ts';
import { shown } from './shown.ts';

const mostTold = 20;

/** What weakens the design without being wrong. Every needed column has been found whole. */
export function designWarnings(checked: Checked, options: ClusterListOptions): readonly Problem[] {
  return [
    ...strataWarnings(checked, options),
    ...levelWarnings(checked, options),
    ...sizeWarnings(checked),
  ];
}

/** Strata in which not every group can have a cluster. */
function strataWarnings(
  { clusters, table }: Checked,
  { plan: { method, periods }, groups, late = false }: ClusterListOptions,
): readonly Problem[] {
  const columns = 'strata' in method ? (method.strata ?? []) : [];
  if (columns.length === 0 || late) return [];
  const strata = new Map<string, { count: number; readonly row: number }>();
  clusters.forEach((cluster, row) => {
    const key = stratumOf(cluster, columns);
    const own = strata.get(key) ?? { count: 0, row };
    own.count += 1;
    strata.set(key, own);
  });
  if (strata.size === 1) {
    const message = 'is the same for all clusters: there is one stratum only';
    return [{ path: table.cellPlace('header', columns[0] ?? ''), message }];
  }
  const what = periods === undefined ? 'arms' : 'sequences';
  const small = [...strata.values()].filter(({ count }) => count < groups.length);
  return shortened(
    small.map(({ count, row }) => {
      const cluster = clusters[row];
      const levels = columns.map((column) => shown(cluster && valueOf(cluster, column)));
      return {
        path: table.rowPlace(row),
        message: `the stratum of ${columns.map((column, i) => `${column} ${levels[i]}`).join(', ')} has ${count === 1 ? 'this cluster only' : `${count} clusters`} for ${groups.length} ${what}: strata so small balance little, so join some`,
      };
    }),
    'small strata',
  );
}

/** Levels of factors and covariates that one cluster has. */
function levelWarnings(
  { clusters, table }: Checked,
  { plan: { method }, late = false }: ClusterListOptions,
): readonly Problem[] {
  if (late) return [];
  const columns = columnsNeeded(method).filter(
    ({ kind, by }) => kind === 'level' && (by === 'covariates' || by === 'factors'),
  );
  return columns.flatMap(({ name }) =>
    shortened(
      [...rowsByLevel(clusters, name)]
        .filter(([, rows]) => rows.length === 1)
        .map(([level, [row = 0]]) => ({
          path: table.cellPlace(row, name),
          message: `no other cluster has ${shown(level)}: the arms cannot be alike in it`,
        })),
      `such values in the column ${JSON.stringify(name)}`,
    ),
  );
}

/** Some clusters with an expected size and some without. */
function sizeWarnings({ clusters, table }: Checked): readonly Problem[] {
  const without = clusters.findIndex(({ size }) => size === undefined);
  const known = clusters.filter(({ size }) => size !== undefined).length;
  if (without < 0 || known === 0) return [];
  const message = `has no expected size, as ${clusters.length - known} of ${clusters.length} clusters: sizes by arm will not be shown`;
  return [{ path: table.rowPlace(without), message }];
}

function shortened(warnings: readonly Problem[], what: string): readonly Problem[] {
  if (warnings.length <= mostTold) return warnings;
  const more = { path: '', message: `and ${warnings.length - mostTold} more ${what}` };
  return [...warnings.slice(0, mostTold), more];
}
