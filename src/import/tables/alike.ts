/** Things by what they have in common, in the order in which they came. */
export function alike<T>(things: readonly T[], commonOf: (thing: T) => string): readonly T[][] {
  const groups = new Map<string, T[]>();
  for (const thing of things) {
    const common = commonOf(thing);
    const group = groups.get(common);
    if (group === undefined) groups.set(common, [thing]);
    else group.push(thing);
  }
  return [...groups.values()];
}
