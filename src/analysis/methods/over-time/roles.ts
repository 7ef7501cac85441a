/** What each group of clusters has in each period: `periods` numbers a group. */
export interface Roles {
  readonly groups: number;
  readonly periods: number;
  /** 1 for the arm that is compared, 0 for control, -1 for another arm, whose cells are left out. */
  readonly of: Int8Array;
  /** 1 where the arm has just changed, if that leaves something out. */
  readonly changed: Uint8Array;
  /** The periods that can tell anything: those in which some group has the arm and some group control. */
  readonly telling: Int32Array;
}

/** The roles of sequences of arms. */
export function rolesOf(
  sequences: readonly (readonly number[])[],
  { arm, washout }: { readonly arm: number; readonly washout: boolean },
): Roles {
  const periods = sequences[0]?.length ?? 0;
  return {
    groups: sequences.length,
    periods,
    of: Int8Array.from(
      sequences.flatMap((sequence) =>
        sequence.map((index) => (index === arm ? 1 : index === 0 ? 0 : -1)),
      ),
    ),
    changed: Uint8Array.from(
      sequences.flatMap((sequence) =>
        sequence.map((index, j) => (washout && j > 0 && index !== sequence[j - 1] ? 1 : 0)),
      ),
    ),
    telling: Int32Array.from({ length: periods }, (_, j) => j).filter((j) =>
      [0, arm].every((index) => sequences.some((sequence) => sequence[j] === index)),
    ),
  };
}
