import type { Replay } from '../rerandomization/draw.ts';
import type { Roles } from './roles.ts';

/** Counts the orders that the statistic cannot tell from the actual one, and its mirror images. */
export interface TwinCount {
  readonly add: (groups: Uint8Array, weight: number) => void;
  /** Their chances among all orders, which weigh `all` together. */
  readonly chances: (all: number) => Pick<Replay, 'chance' | 'mirrored'>;
}

/**
 * Counts, order by order, those in which every cluster with data has what it really has (`chance`), or
 * the arm where it has control and control where it has the arm (`mirrored`), in the periods that can
 * tell anything: those in which some group has the arm and some group control. A mirror image has the
 * opposite statistic.
 */
export function countTwins({
  groups: actual,
  used,
  roles,
}: {
  readonly groups: Uint8Array;
  readonly used: Uint8Array;
  readonly roles: Roles;
}): TwinCount {
  const same = pairsOf(roles, (one, other) => one === other);
  const mirrored = pairsOf(roles, (one, other) => (one < 0 ? other === one : other === 1 - one));
  const matches = (pairs: Uint8Array, groups: Uint8Array): boolean => {
    for (let i = 0; i < actual.length; i += 1) {
      const pair = (actual[i] ?? 0) * roles.groups + (groups[i] ?? 0);
      if (used[i] === 1 && pairs[pair] === 0) return false;
    }
    return true;
  };
  let [alike, opposite] = [0, 0];
  return {
    add: (groups, weight) => {
      if (matches(same, groups)) alike += weight;
      else if (matches(mirrored, groups)) opposite += weight;
    },
    chances: (all) => ({ chance: alike / all, mirrored: opposite / all }),
  };
}

/** One flag a pair of groups: whether their roles match in every period that can tell anything. */
function pairsOf(
  { groups, periods, of, changed }: Roles,
  matches: (one: number, other: number) => boolean,
): Uint8Array {
  const all = Array.from({ length: groups }, (_, group) => group);
  const telling = Array.from({ length: periods }, (_, j) => j).filter((j) =>
    [0, 1].every((role) => all.some((group) => of[group * periods + j] === role)),
  );
  return Uint8Array.from(
    all.flatMap((g) =>
      all.map((h) =>
        telling.every((j) => {
          const [one, other] = [g * periods + j, h * periods + j];
          return changed[one] === changed[other] && matches(of[one] ?? 0, of[other] ?? 0);
        })
          ? 1
          : 0,
      ),
    ),
  );
}
