import { expect } from '@jest/globals';
import type { Cluster } from '../../../src/allocation/clusters/cluster.ts';
import type { Redraw } from '../../../src/allocation/randomizers/index.ts';
import type { RandomStream, Seed } from '../../../src/stats/index.ts';
import { chiSquared, randomStream } from '../../../src/stats/index.ts';

/** Practices p0, p1…, each with the values at its place of each column. */
export function practices(
  count: number,
  columns: Readonly<Record<string, readonly (string | number)[]>> = {},
): readonly Cluster[] {
  return Array.from({ length: count }, (_, place) => ({
    id: `p${place}`,
    values: Object.fromEntries(
      Object.entries(columns).map(([name, values]) => [name, values[place] ?? '']),
    ),
  }));
}

export type Chances = ReadonlyMap<string, number>;

/** How often each allocation occurs in 8,000 draws. */
export function frequencies(seed: Seed, draw: (stream: RandomStream) => Uint8Array): Chances {
  const counts = new Map<string, number>();
  const stream = randomStream(seed);
  for (let i = 0; i < 8000; i++) {
    const key = draw(stream).join('');
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

/** That draws occur as often as their chances say, by a chi-squared test at a level of 0.001. */
export function expectFrequencies(counts: Chances, chances: Chances): void {
  expect([...counts.keys()].filter((key) => !chances.has(key))).toStrictEqual([]);
  const draws = [...counts.values()].reduce((a, b) => a + b, 0);
  let statistic = 0;
  for (const [key, chance] of chances) {
    statistic += ((counts.get(key) ?? 0) - draws * chance) ** 2 / (draws * chance);
  }
  expect(chiSquared.cdf(statistic, chances.size - 1).upper).toBeGreaterThan(0.001);
}

/** All sequences of so many places out of those of each group, each with its chance. */
export function dealt(places: readonly number[], count: number): readonly [number[], number][] {
  if (count === 0) return [[[], 1]];
  const whole = places.reduce((a, b) => a + b, 0);
  return places.flatMap((own, group) =>
    own === 0
      ? []
      : dealt(places.with(group, own - 1), count - 1).map(([rest, chance]): [number[], number] => [
          [group, ...rest],
          (chance * own) / whole,
        ]),
  );
}

/** The chance of each allocation of blocks dealt out independently; blocks hold places in the list. */
export function blockChances(
  blocks: readonly { readonly clusters: readonly number[]; readonly places: readonly number[] }[],
): Chances {
  let all: readonly [number[], number][] = [[[], 1]];
  for (const { clusters, places } of blocks) {
    all = all.flatMap(([groups, chance]) =>
      dealt(places, clusters.length).map(([own, part]): [number[], number] => {
        const more = [...groups];
        clusters.forEach((cluster, i) => (more[cluster] = own[i] ?? 0));
        return [more, chance * part];
      }),
    );
  }
  const chances = new Map<string, number>();
  for (const [groups, chance] of all) {
    chances.set(groups.join(''), (chances.get(groups.join('')) ?? 0) + chance);
  }
  return chances;
}

/** The allocations that agree with the actual one on the held clusters, told by the free ones alone. */
export function given(chances: Chances, actual: Uint8Array, among: readonly number[]): Chances {
  const free = [...actual.keys()].filter((cluster) => among.includes(actual[cluster] ?? 0));
  const kept = new Map<string, number>();
  let whole = 0;
  for (const [key, chance] of chances) {
    const groups = key.split('').map(Number);
    const agrees = groups.every((group, cluster) =>
      free.includes(cluster) ? among.includes(group) : group === actual[cluster],
    );
    if (!agrees) continue;
    whole += chance;
    kept.set(free.map((cluster) => groups[cluster]).join(''), chance);
  }
  return new Map([...kept].map(([key, chance]) => [key, chance / whole]));
}

/** The allocations of a stratified reference set, dealt out as its definition says. */
export function redrawChances(
  redraw: Redraw,
  { actual, among }: { readonly actual: Uint8Array; readonly among: readonly number[] },
): Chances {
  if (redraw.kind !== 'stratified') throw new Error(`not stratified: ${redraw.kind}`);
  const free = [...actual].filter((group) => among.includes(group));
  expect(redraw.strata).toHaveLength(free.length);
  const groups = Math.max(...actual, ...among) + 1;
  const blocks = [...new Set(redraw.strata)].map((stratum) => {
    const clusters = [...free.keys()].filter((i) => redraw.strata[i] === stratum);
    const counts = Array.from(
      { length: groups },
      (_, group) => clusters.filter((i) => free[i] === group).length,
    );
    return { clusters, places: redraw.sizes?.[stratum] ?? counts };
  });
  return blockChances(blocks);
}

/** That two distributions are the same, allocation by allocation. */
export function expectSame(got: Chances, expected: Chances): void {
  expect([...got.keys()].sort()).toStrictEqual([...expected.keys()].sort());
  for (const [key, chance] of expected) expect(got.get(key)).toBeCloseTo(chance, 12);
}
