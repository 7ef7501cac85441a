import type { Allocation, Diagnostics } from '../../allocation/index.ts';
import type { AllocationMethod, PeriodPlan } from '../../trial/allocation-plan.ts';
import { addDays } from '../../trial/calendar.ts';
import { groupsOf } from '../../trial/groups.ts';
import type { Trial } from '../../trial/trial.ts';
import type { UnitRow } from '../rows.ts';

/** How the arms of listed clusters change with time. */
export interface Schedule {
  readonly design: PeriodPlan['design'];
  /** Days at the beginning of a period that are left out where the arm has just changed. */
  readonly washout: number;
  /** First and last day of each period, `YYYY-MM-DD`. */
  readonly periods: readonly { readonly start: string; readonly end: string }[];
  /** The arms by period that clusters have, and how many of those ever listed have them so. */
  readonly sequences: readonly { readonly arms: readonly string[]; readonly clusters: number }[];
}

/** The list that gave the units of a trial their arms, and what became of it. Plain data. */
export interface ListState {
  readonly method: string;
  /** The method with its settings, as the protocol states it. */
  readonly settings: AllocationMethod;
  /** `null` where the arm of a cluster never changes. */
  readonly schedule: Schedule | null;
  readonly seed: string;
  readonly checksum: string;
  /** How even and how free the list was when it was made; amendments came later. */
  readonly diagnostics: Pick<Diagnostics, 'groups' | 'balance' | 'constraint' | 'warnings'>;
  /** All that were ever listed. */
  readonly clusters: number;
  /** Of them, those of which there is nothing yet. */
  readonly withoutData: number;
  readonly amendments: readonly {
    readonly from: string;
    readonly kind: 'add' | 'withdraw' | 'merge';
    readonly clusters: number;
    readonly reason: string;
  }[];
  /** Clusters that became part of one with another arm: their patients changed it. */
  readonly mergedAcrossArms: number;
}

/** What a list says of itself and of its clusters, given the rows of the trial. */
export function listStateOf(
  trial: Trial,
  allocation: Allocation,
  { rows }: { readonly rows: readonly UnitRow[] },
): ListState {
  const { method, seed, checksum, amendments, diagnostics } = allocation;
  const clusters = [
    ...allocation.clusters,
    ...amendments.flatMap((each) => (each.kind === 'add' ? each.clusters : [])),
  ];
  const armsOf = new Map(clusters.map(({ id, arms }) => [id, arms.join('|')]));
  const seen = new Set(rows.map(({ unitId }) => unitId));
  const { groups, balance, constraint, warnings } = diagnostics;
  return {
    method: method.method,
    settings: method,
    schedule: scheduleOf(
      trial,
      allocation.periods,
      clusters.map(({ arms }) => arms),
    ),
    seed,
    checksum,
    diagnostics: { groups, balance, constraint, warnings },
    clusters: clusters.length,
    withoutData: clusters.filter(({ id }) => !seen.has(id)).length,
    amendments: amendments.map((each) => ({
      from: each.from,
      kind: each.kind,
      clusters: each.kind === 'add' ? each.clusters.length : 1,
      reason: each.reason,
    })),
    mergedAcrossArms: amendments.filter(
      (each) => each.kind === 'merge' && armsOf.get(each.cluster) !== armsOf.get(each.into),
    ).length,
  };
}

function scheduleOf(
  { protocol }: Trial,
  periods: PeriodPlan | null,
  listed: readonly (readonly string[])[],
): Schedule | null {
  if (periods === null) return null;
  const { design, starts, washout = 0 } = periods;
  // Blocks of a switchback are drawn each by itself: which sequences there are, the list alone tells.
  const planned = design === 'switchback' ? [] : groupsOf(protocol).map(({ arms }) => arms);
  const counts = new Map(planned.map((arms) => [JSON.stringify(arms), { arms, clusters: 0 }]));
  for (const arms of listed) {
    const key = JSON.stringify(arms);
    const { clusters } = counts.get(key) ?? { clusters: 0 };
    counts.set(key, { arms, clusters: clusters + 1 });
  }
  return {
    design,
    washout,
    periods: starts.map((start, period) => {
      const next = starts[period + 1];
      return { start, end: next === undefined ? protocol.end : addDays(next, -1) };
    }),
    sequences: [...counts.values()],
  };
}
