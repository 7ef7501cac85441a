/**
 * Which arms can be compared although levels of periods are unknown: those that a chain of periods with
 * two of them each links. For each arm the smallest one that it is linked with.
 */
export function linkedArms(
  cells: readonly { readonly period: number; readonly arm: number }[],
): ReadonlyMap<number, number> {
  const link = new Map(cells.map(({ arm }) => [arm, arm]));
  const byPeriod = new Map<number, Set<number>>();
  for (const { period, arm } of cells) {
    byPeriod.set(period, (byPeriod.get(period) ?? new Set()).add(arm));
  }
  for (const together of byPeriod.values()) {
    const links = new Set([...together].map((arm) => link.get(arm)));
    const first = Math.min(...[...links].map((arm) => arm ?? Infinity));
    for (const [arm, to] of link) if (links.has(to)) link.set(arm, first);
  }
  return link;
}
