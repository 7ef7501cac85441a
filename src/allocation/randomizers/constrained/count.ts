import { areWithin } from './space.ts';
import type { Space } from './space.ts';

/**
 * How many allocations a space holds: Σ Π n!/Πn_g! over the sizes that the strata may have together,
 * added up stratum by stratum by the totals reached so far.
 */
export function countOf({ strata, least, most }: Space): bigint {
  const largest = Math.max(1, ...strata.map(({ places }) => places.length));
  const factorials = [1n];
  for (let n = 1; n <= largest; n += 1) factorials.push((factorials[n - 1] ?? 1n) * BigInt(n));
  const factorial = (n: number): bigint => factorials[n] ?? 1n;

  let reached = new Map([['', { totals: least.map(() => 0), ways: 1n }]]);
  for (const { places, sizes } of strata) {
    const next: typeof reached = new Map();
    for (const own of sizes) {
      const ways = own.reduce((left, size) => left / factorial(size), factorial(places.length));
      for (const before of reached.values()) {
        const totals = before.totals.map((total, group) => total + (own[group] ?? 0));
        const key = totals.join(' ');
        const known = next.get(key)?.ways ?? 0n;
        next.set(key, { totals, ways: known + before.ways * ways });
      }
    }
    reached = next;
  }
  let count = 0n;
  for (const { totals, ways } of reached.values()) {
    if (areWithin(totals, { least, most })) count += ways;
  }
  return count;
}
