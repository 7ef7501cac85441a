/** A factor of a factorial trial, such as the timing of an alert. */
export interface Factor {
  readonly name: string;
  /** The first is the reference that the others are compared with. */
  readonly levels: readonly string[];
}

/** A level of some of the factors, by the factor's name. */
export type FactorLevels = Readonly<Record<string, string>>;

/** Every way to take one item of each list, the last list turning fastest. */
function combinations<T>(lists: readonly (readonly T[])[]): readonly (readonly T[])[] {
  return lists.reduce<readonly (readonly T[])[]>(
    (made, list) => made.flatMap((head) => list.map((item) => [...head, item])),
    [[]],
  );
}

/** Every combination of levels of some factors, with the reference levels or without them. */
export function levelsOf(
  factors: readonly Factor[],
  { reference }: { readonly reference: boolean },
): readonly FactorLevels[] {
  const lists = factors.map(({ name, levels }) =>
    levels.slice(reference ? 0 : 1).map((level): readonly [string, string] => [name, level]),
  );
  return combinations(lists).map((entries) => Object.fromEntries(entries));
}

/** Every set of at least `least` of the factors, small sets first, in the order of the factors. */
export function setsOf(factors: readonly Factor[], least: number): readonly (readonly Factor[])[] {
  return combinations(factors.map((factor) => [[factor], []]))
    .map((picked) => picked.flat())
    .filter((set) => set.length >= least)
    .sort((one, other) => one.length - other.length);
}

/**
 * The weight of a cell in the contrast of some levels with their references: over the factors that
 * are compared the product of +1 at the level and -1 at the reference; over those that are held the
 * cells at that level only; over the others the mean with equal weights of their levels.
 */
export function weightOf(
  cell: FactorLevels,
  {
    factors,
    compared,
    held = {},
  }: {
    readonly factors: readonly Factor[];
    readonly compared: FactorLevels;
    readonly held?: FactorLevels | undefined;
  },
): number {
  return factors.reduce((weight, { name, levels }) => {
    const at = cell[name];
    if (held[name] !== undefined) return at === held[name] ? weight : 0;
    if (compared[name] === undefined) return weight / levels.length;
    return at === compared[name] ? weight : at === levels[0] ? -weight : 0;
  }, 1);
}
