import { fewestCandidates } from './candidates.ts';
import type { LockedPairs } from './pairs.ts';

/** What a constraint takes away. */
export interface Cost {
  /** The share of allocations that it excludes. */
  readonly excluded: number;
  /** Pairs of clusters that are always, or never, in the same group. */
  readonly pairsLocked: number;
  /**
   * The smallest two-sided p value that re-randomisation of all groups can give, with all allocations
   * and with the candidates: 1 over their number, times the ways in which groups of the same weight
   * can change places, which a two-sided or joint test does not see: 2/N for two arms of one size.
   */
  readonly smallestPValue: { readonly complete: number; readonly constrained: number };
}

/** How many candidates there are. */
interface CandidateCount {
  readonly count: number | null;
  readonly log10: number;
  readonly share: number;
}

/** @param options `possible`: the decimal logarithm of the number of allocations */
export function costOf({
  weights,
  possible,
  candidates: { log10, share },
  locked: { always, never },
}: {
  readonly weights: readonly number[];
  readonly possible: number;
  readonly candidates: CandidateCount;
  readonly locked: LockedPairs;
}): Cost {
  const alike = logOfSwaps(weights);
  return {
    excluded: 1 - share,
    pairsLocked: always.length + never.length,
    smallestPValue: {
      complete: Math.min(1, 10 ** (alike - possible)),
      constrained: Math.min(1, 10 ** (alike - log10)),
    },
  };
}

/** The decimal logarithm of the ways in which groups of the same weight can change places. */
function logOfSwaps(weights: readonly number[]): number {
  return weights.reduce((total, weight, g) => {
    const before = weights.slice(0, g).filter((other) => other === weight).length;
    return total + Math.log10(before + 1);
  }, 0);
}

/** What a planner must know before keeping a constraint, in sentences. */
export function warningsOf({
  candidates: { count, share },
  locked: { always, never },
  cost: { smallestPValue },
  groups,
}: {
  readonly candidates: CandidateCount;
  readonly locked: LockedPairs;
  readonly cost: Cost;
  readonly groups: number;
}): readonly string[] {
  const warnings: string[] = [];
  if (count !== null && count < fewestCandidates && share < 1) {
    warnings.push(
      `There are only ${count} candidates; with fewer than ${fewestCandidates} the constraint is too strict. Loosen the cut-off, or balance fewer covariates.`,
    );
  }
  const locked = [
    ...(always.length > 0 ? [`${pairsIn(always.length)} always`] : []),
    ...(never.length > 0 ? [`${pairsIn(never.length)} never`] : []),
  ];
  if (locked.length > 0) {
    warnings.push(
      `${locked.join(' and ')} in the same arm: the constraint is too strict, and such clusters are not randomised independently. Loosen the cut-off, or balance fewer covariates.`,
    );
  }
  const { complete, constrained } = smallestPValue;
  if (constrained > 0.05) {
    warnings.push(
      `No ${groups === 2 ? 'two-sided' : 'joint'} p value below ${constrained.toPrecision(2)} is possible, however large the effect` +
        (complete > 0.05
          ? ': there are too few clusters.'
          : `; without the constraint ${complete.toPrecision(2)} would be.`),
    );
  }
  return warnings;
}

function pairsIn(count: number): string {
  return count === 1 ? '1 pair of clusters is' : `${count} pairs of clusters are`;
}
