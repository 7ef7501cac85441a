import { expect } from '@jest/globals';
import type { Randomizer } from '../../src/allocation/randomizers/index.ts';
import { minimisationChances } from '../../src/allocation/randomizers/index.ts';
import { procedureOf } from '../../src/analysis/design.ts';
import type { UnitTotals } from '../../src/analysis/methods/ratio-of-totals.ts';
import type { Procedure } from '../../src/analysis/methods/rerandomization/index.ts';
import { rerandomize, rerandomizeArms } from '../../src/analysis/methods/rerandomization/index.ts';
import { randomStream } from '../../src/stats/index.ts';
import type { MinimisationMethod } from '../../src/trial/allocation-plan.ts';
import type { Practices } from '../calibration/allocated-trial.ts';
import { outcomesOf } from '../calibration/allocated-trial.ts';
import type { Chances } from './randomizers/practices.ts';
import { dealt } from './randomizers/practices.ts';

/** A key of an allocation has a digit a cluster. */
export const groupsIn = (key: string): Uint8Array => Uint8Array.from(key, Number);

/** All equally likely. */
export const evenly = (keys: readonly string[]): Chances =>
  new Map(keys.map((key) => [key, 1 / keys.length]));

/** The fixed numbers of a trial without any effect. */
const withoutEffect = (practices: Practices): readonly UnitTotals[] =>
  outcomesOf(practices, {
    groups: new Uint8Array(practices.clusters.length),
    ratios: [1],
    stream: randomStream('fixed outcomes'),
  });

/** All allocations of so many clusters to each group. */
export const allOf = (sizes: readonly number[]): readonly string[] =>
  dealt(
    sizes,
    sizes.reduce((a, b) => a + b, 0),
  ).map(([groups]) => groups.join(''));

/** The balance score (l2) of baseline and urban over the clusters, the first ones, that have a group. */
function imbalance(practices: Practices, groups: Uint8Array): number {
  const own = practices.clusters.slice(0, groups.length);
  const columns = [
    own.map(({ values }) => Number(values['baseline'])),
    own.map(({ values }) => (values['urban'] === 'yes' ? 1 : 0)),
  ];
  const meanOf = (numbers: readonly number[]) =>
    numbers.reduce((a, b) => a + b, 0) / numbers.length;
  return columns.reduce((total, column) => {
    const mean = meanOf(column);
    const variance = column.reduce((squares, x) => squares + (x - mean) ** 2, 0) / (own.length - 1);
    const means = [0, 1, 2].flatMap((group) => {
      const members = column.filter((_, i) => groups[i] === group);
      return members.length === 0 ? [] : [meanOf(members)];
    });
    const squares = means.flatMap((a, g) => means.slice(g + 1).map((b) => (a - b) ** 2));
    return total + squares.reduce((a, b) => a + b, 0) / variance;
  }, 0);
}

/** The best of some allocations: those up to the score of the given rank. */
export function bestOf(
  keys: readonly string[],
  { rank, practices }: { readonly rank: number; readonly practices: Practices },
): readonly string[] {
  const scores = keys.map((key) => imbalance(practices, groupsIn(key)));
  const cutoff = [...scores].sort((a, b) => a - b)[rank - 1] ?? 0;
  return keys.filter((_, i) => (scores[i] ?? 0) <= cutoff * (1 + 1e-9));
}

/** The chance of each path of arrivals at two groups. */
export function pathChances(method: MinimisationMethod, { clusters }: Practices): Chances {
  let paths: readonly (readonly [string, number])[] = [['', 1]];
  for (let arrived = 0; arrived < clusters.length; arrived += 1) {
    paths = paths.flatMap(([key, chance]) => {
      const next = minimisationChances(method, {
        clusters,
        weights: [1, 1],
        given: [...groupsIn(key)],
      });
      return Array.from(next, (own, group) => [`${key}${group}`, chance * own] as const);
    });
  }
  return new Map(paths);
}

/** The p value of an allocation; undefined where it has no statistic. */
export type PValue = (groups: Uint8Array) => number | undefined;

/** The two-sided p value of group 1 against group 0 by the randomizer's own reference set. */
export const byReplay =
  (
    randomizer: Randomizer,
    {
      practices,
      among,
      ratio = 1,
    }: {
      readonly practices: Practices;
      readonly among?: readonly number[];
      readonly ratio?: number;
    },
  ): PValue =>
  (groups) => {
    const procedure = procedureOf(randomizer.redraw(groups, { among }), [0, 1]);
    if (!procedure.estimable) throw new Error(procedure.reason);
    return pValueOf(groups, { practices, procedure: procedure.procedure, ratio });
  };

/** Of a sharp null: the ratio is put into the outcomes of group 1, and taken out again by the test. */
export function pValueOf(
  groups: Uint8Array,
  {
    practices,
    procedure,
    ratio = 1,
    ...replay
  }: {
    readonly practices: Practices;
    readonly procedure: Procedure;
    readonly ratio?: number;
    readonly draws?: number;
    readonly seed?: string;
  },
): number | undefined {
  const outcomes = withoutEffect(practices);
  const units = [...groups].flatMap((group, i) => {
    const { numerator = 0, denominator = 0 } = outcomes[i] ?? {};
    const treated = group === 1;
    return group > 1
      ? []
      : [{ numerator: numerator * (treated ? ratio : 1), denominator, treated }];
  });
  const result = rerandomize(units, {
    seed: 'none is drawn',
    ...replay,
    procedure,
    statistic: 'logRatio',
    scale: 1 / ratio,
  });
  return result.estimable ? result.pValue : undefined;
}

/**
 * That P(p ≤ a) = a at every p value a that occurs, given the groups that are held: neither too often
 * nor, as with the wrong reference set, too seldom. Allocations without a statistic are left out.
 */
export function expectExactLevel(
  law: Chances,
  { pValue, held = () => '' }: { readonly pValue: PValue; readonly held?: (key: string) => string },
): void {
  const sets = new Map<string, { chance: number; p: number }[]>();
  for (const [key, chance] of law) {
    const p = pValue(groupsIn(key));
    if (p === undefined) continue;
    const set = sets.get(held(key)) ?? [];
    set.push({ chance, p });
    sets.set(held(key), set);
  }
  expect(sets.size).toBeGreaterThan(0);
  for (const set of sets.values()) {
    const whole = set.reduce((total, { chance }) => total + chance, 0);
    for (const { p } of set) {
      const atMost = set.filter((other) => other.p <= p + 1e-12);
      const level = atMost.reduce((total, { chance }) => total + chance, 0) / whole;
      expect(level).toBeCloseTo(p, 10);
    }
  }
}

/** A law as what a test can go through. */
export const weighted = (law: Chances): Procedure => ({
  kind: 'listed',
  allocations: [...law.keys()].map(groupsIn),
  weights: [...law.values()],
});

/** The p value of the test of all three arms by the randomizer's own reference set. */
export const jointly =
  (randomizer: Randomizer, practices: Practices): PValue =>
  (groups) => {
    const procedure = procedureOf(randomizer.redraw(groups), [0, 1, 2]);
    if (!procedure.estimable) throw new Error(procedure.reason);
    const result = rerandomizeArms(
      withoutEffect(practices).map((unit, i) => ({
        ...unit,
        arm: groups[i] ?? 0,
      })),
      { procedure: procedure.procedure, arms: 3, seed: 'none is drawn', statistic: 'logRatio' },
    );
    return result.estimable ? result.omnibus.pValue : undefined;
  };
