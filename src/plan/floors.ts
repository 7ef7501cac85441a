import type { Redraw } from '../allocation/index.ts';
import { attainablePValue } from '../analysis/index.ts';
import { isOverTime } from '../analysis/over-time.ts';
import { binomial, logGamma } from '../stats/index.ts';
import type { PlanSetting } from './setting.ts';

/** The smallest p value that the design allows a comparison, whatever the effect. */
export interface PlannedFloor {
  readonly arm: string;
  /** One-sided. */
  readonly smallestPValue: number;
  /** What is asked for: half of alpha over the number of comparisons, the first step of Holm's. */
  readonly level: number;
  readonly reachable: boolean;
  /** What allows no less: the sizes of the arms, or the lists that the method could have made. */
  readonly by: 'arm-sizes' | 'lists';
  /**
   * Of units that hash, and so have arms of random sizes: the chance of arms so uneven, or so small,
   * that the level cannot be reached; else `null`.
   */
  readonly chanceOfNone: number | null;
  /** Why a comparison cannot be re-randomised, so that the t test decides; else `null`. */
  readonly notReplayed: string | null;
}

/** Up to so many units the sizes that hashing may give are gone through. */
const uncertainUpTo = 200;

/** The smallest p values of all comparisons. */
export function floorsOf(setting: PlanSetting): readonly PlannedFloor[] {
  const { trial, arms, counts, reference } = setting;
  const level = trial.decision.alpha / 2 / (arms.length - 1);
  const index = (arm: string): number => trial.arms.findIndex(({ name }) => name === arm);
  return arms.slice(1).map((arm, i) => {
    const sizes = { arm: counts[i + 1] ?? 1, control: counts[0] ?? 1 };
    const overTime = isOverTime(trial);
    const bySizes =
      overTime || sizes.arm < 1 || sizes.control < 1 ? 0 : attainablePValue(sizes).oneSided;
    const among = overTime ? undefined : [index(trial.control), index(arm)];
    const redraws = reference?.redraw(among) ?? [];
    const byLists = redraws.reduce((log, redraw, block) => {
      const groups = (reference?.actual[block] ?? new Uint8Array()).filter(
        (group) => among?.includes(group) ?? true,
      );
      return log + logChance(redraw, groups);
    }, 0);
    // A method that is run again says nothing of its chances.
    const ofLists = byLists === 0 ? 0 : Math.exp(byLists);
    const smallestPValue = Math.max(bySizes, ofLists);
    const unreplayed = redraws.find((redraw) => redraw.kind === 'none');
    return {
      arm,
      smallestPValue,
      level,
      reachable: smallestPValue <= level * (1 + 1e-9),
      by: ofLists > bySizes * (1 + 1e-9) ? 'lists' : 'arm-sizes',
      chanceOfNone:
        reference === undefined && setting.units <= uncertainUpTo
          ? chanceOfNone(setting, { arm, sizes, level })
          : null,
      notReplayed: unreplayed?.kind === 'none' ? unreplayed.reason : null,
    };
  });
}

/** The logarithm of the chance of the actual groups; 0 where it is not known. */
function logChance(redraw: Redraw, groups: Uint8Array): number {
  if (redraw.kind === 'listed') return -Math.log(redraw.allocations.length);
  if (redraw.kind !== 'stratified') return 0;
  const taken = new Map<string, Map<number, number>>();
  redraw.strata.forEach((stratum, i) => {
    const own = taken.get(String(stratum)) ?? new Map<number, number>();
    const group = groups[i] ?? 0;
    taken.set(String(stratum), own.set(group, (own.get(group) ?? 0) + 1));
  });
  const falling = (n: number, k: number): number => logGamma(n + 1) - logGamma(n - k + 1);
  let log = 0;
  for (const [stratum, counts] of taken) {
    const places = redraw.sizes?.[stratum];
    const clusters = [...counts.values()].reduce((sum, count) => sum + count, 0);
    const all = places?.reduce((sum, count) => sum + count, 0) ?? clusters;
    log -= falling(all, clusters);
    for (const [group, count] of counts) log += falling(places?.[group] ?? count, count);
  }
  return log;
}

/** The chance that hashing gives two arms sizes with which the level cannot be reached. */
function chanceOfNone(
  { trial }: PlanSetting,
  {
    arm: name,
    sizes,
    level,
  }: {
    readonly arm: string;
    readonly sizes: { readonly arm: number; readonly control: number };
    readonly level: number;
  },
): number {
  // Of several arms the units of two are taken as many as expected.
  const pair = sizes.arm + sizes.control;
  const weightOf = (wanted: string): number =>
    trial.arms.find((each) => each.name === wanted)?.weight ?? 1;
  const control = weightOf(trial.control);
  const arm = weightOf(name);
  let chance = 0;
  for (let own = 0; own <= pair; own += 1) {
    const least =
      own === 0 || own === pair ? 1 : attainablePValue({ arm: own, control: pair - own }).oneSided;
    if (least > level) chance += binomial.density(own, pair, arm / (arm + control));
  }
  return chance;
}
