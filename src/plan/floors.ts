import type { Redraw } from '../allocation/index.ts';
import { attainablePValue } from '../analysis/index.ts';
import { isOverTime } from '../analysis/over-time.ts';
import { binomial, logGamma, randomStream } from '../stats/index.ts';
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
   * Of units that hash or are minimised, and so have arms of random sizes: the chance of arms so uneven,
   * or so small, that the level cannot be reached (minimised: of 200 lists); else `null`.
   */
  readonly chanceOfNone: number | null;
  /** Why a comparison cannot be re-randomised, so that the t test decides; else `null`. */
  readonly notReplayed: string | null;
}

/** Up to so many units the sizes that hashing may give are gone through. */
const uncertainUpTo = 200;

/** So many lists are made of a method whose arms have random sizes. */
const listsMade = 200;

/** The smallest p values of all comparisons. */
export function floorsOf(setting: PlanSetting): readonly PlannedFloor[] {
  const { trial, arms, counts, reference } = setting;
  const level = trial.decision.alpha / 2 / (arms.length - 1);
  const made = sizesMade(setting);
  const index = (arm: string): number => trial.arms.findIndex(({ name }) => name === arm);
  return arms.slice(1).map((arm, i) => {
    const sizes = { arm: counts[i + 1] ?? 1, control: counts[0] ?? 1 };
    const overTime = isOverTime(trial);
    // A list whose arms have random sizes may yet be luckier than the one that was made here.
    const leasts = made.map((own) =>
      leastOf({ arm: own[index(arm)] ?? 0, control: own[index(trial.control)] ?? 0 }),
    );
    const bySizes = overTime ? 0 : Math.min(leastOf(sizes), ...leasts);
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
        leasts.length > 0
          ? leasts.filter((least) => least > level * (1 + 1e-9)).length / leasts.length
          : reference === undefined && setting.units <= uncertainUpTo
            ? chanceOfNone(setting, { arm, sizes, level })
            : null,
      notReplayed: unreplayed?.kind === 'none' ? unreplayed.reason : null,
    };
  });
}

/** The least one-sided p value of two arms of these sizes; 1 where one of them is empty. */
function leastOf(sizes: { readonly arm: number; readonly control: number }): number {
  return sizes.arm < 1 || sizes.control < 1 ? 1 : attainablePValue(sizes).oneSided;
}

/** Clusters by arm of lists of a method that leaves them to chance; none where it does not. */
function sizesMade({ trial, reference, allocation }: PlanSetting): readonly (readonly number[])[] {
  if (reference === undefined || isOverTime(trial)) return [];
  if (allocation?.method.method !== 'minimisation') return [];
  const stream = randomStream(['sizes of arms', allocation.seed]);
  return Array.from({ length: listsMade }, () => {
    const [groups = new Uint8Array()] = reference.draw(stream);
    return trial.arms.map((_, arm) => groups.filter((group) => group === arm).length);
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
    if (leastOf({ arm: own, control: pair - own }) > level)
      chance += binomial.density(own, pair, arm / (arm + control));
  }
  return Math.min(1, chance);
}
