import type { Trial } from '../../trial/trial.ts';
import { isOverTime } from '../over-time.ts';
import type { UnitRow } from '../rows.ts';

/** Units that stand in more than one arm. */
export interface ArmChanges {
  readonly units: number;
  /** How many units stand in exactly these arms, the most frequent first. */
  readonly combinations: readonly { readonly arms: readonly string[]; readonly units: number }[];
  /** What to do; `null` where no unit changed its arm. */
  readonly advice: string | null;
}

/** Which arms units stand in that should have one. */
export function armChanges(trial: Trial, rows: readonly UnitRow[]): ArmChanges {
  if (isOverTime(trial)) return { units: 0, combinations: [], advice: null };
  const armsOf = new Map<string, Set<string>>();
  for (const { unitId, arm } of rows)
    armsOf.set(unitId, (armsOf.get(unitId) ?? new Set()).add(arm));
  const counts = new Map<string, { readonly arms: readonly string[]; units: number }>();
  for (const arms of armsOf.values()) {
    if (arms.size < 2) continue;
    const ordered = trial.arms.map(({ name }) => name).filter((name) => arms.has(name));
    const combination = counts.get(ordered.join()) ?? { arms: ordered, units: 0 };
    combination.units += 1;
    counts.set(ordered.join(), combination);
  }
  const combinations = [...counts.values()].sort((a, b) => b.units - a.units);
  const units = combinations.reduce((total, each) => total + each.units, 0);
  return {
    units,
    combinations,
    advice:
      units === 0
        ? null
        : 'One unit has one arm for the whole round. Run `rapidcycle verify` to see which arm the protocol gives; usual causes are a second id for the same unit and a protocol that was changed without a new round.',
  };
}
