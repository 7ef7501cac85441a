import { randomStream } from '../../../stats/index.ts';
import type { ConstrainedMethod } from '../../../trial/allocation-plan.ts';
import { seedParts, total } from '../setting.ts';
import type { SeededSetting } from '../setting.ts';
import type { Together } from '../together.ts';
import { togetherOf } from '../together.ts';
import type { Candidates } from './candidates.ts';
import { candidatesOf } from './candidates.ts';
import type { Cost } from './cost.ts';
import { costOf, warningsOf } from './cost.ts';
import { meanOf } from './cutoff.ts';
import type { LockedPairs } from './pairs.ts';
import { lockedPairs } from './pairs.ts';
import { quantileOf } from './quantile.ts';
import type { Score } from './score.ts';

/** What covariate-constrained randomisation does to the clusters of a trial. */
export interface Constraint {
  /** How many allocations there are: their number, if it is at most 2⁵³, and its decimal logarithm. */
  readonly possible: { readonly count: number | null; readonly log10: number };
  /** Whether all of them were gone through. */
  readonly enumerated: boolean;
  /** How many were gone through. */
  readonly looked: number;
  /** The largest score of a candidate. */
  readonly cutoff: number;
  readonly candidates: {
    /** Their number, where all allocations were gone through. */
    readonly count: number | null;
    readonly log10: number;
    /** Their share of all allocations. */
    readonly share: number;
    /** Of the share; 0 where all were gone through. */
    readonly standardError: number;
  };
  /** Quantiles of the scores of all allocations, or of those sampled. */
  readonly scores: readonly { readonly quantile: number; readonly score: number }[];
  /** The mean score of all allocations, as complete randomisation has it, and of the candidates. */
  readonly meanScore: Comparison;
  /** By covariate column |x̄_g − x̄_h|/s, its mean over pairs of groups and allocations. */
  readonly covariates: readonly (Comparison & { readonly name: string })[];
  /** How often clusters are in the same group: the validity matrix over the candidates. */
  readonly together: Together;
  /** Which are always or never, where it is for the constraint. */
  readonly locked: LockedPairs;
  /** By group the share of candidates in which a cluster is in it, over the clusters. */
  readonly chances: readonly {
    readonly expected: number;
    readonly least: number;
    readonly most: number;
  }[];
  readonly cost: Cost;
  /** In plain words, where the constraint is too strict. */
  readonly warnings: readonly string[];
}

/** The same figure without and with the constraint. */
export interface Comparison {
  readonly complete: number;
  readonly constrained: number;
}

const quantiles = [0, 0.05, 0.1, 0.25, 0.5, 0.75, 1];
/** Draws for the shares of pairs, and how many allocations may be looked at to get them. */
const draws = 10_000;
const effort = 1_000_000;

/**
 * What a constraint gains and what it costs, to be looked at before a trial: how balanced the
 * candidates are beside all allocations, which clusters are tied to each other, and how small a p
 * value the candidates allow. For waves it is that of the first.
 *
 * Quantiles are of type 7 (R's default). Where allocations are sampled, shares of candidates are those
 * among the candidates of the sample, more being drawn until there are 10,000, as far as a million
 * allocations give them.
 *
 * @throws RangeError as `constrainedRandomizer` does
 * @see `constrainedRandomizer`. In R: `cvcrand::cvrall(…, check_validity = TRUE)`, `quantile(B)`.
 */
export function constraintOf(
  method: ConstrainedMethod,
  { clusters: [clusters = []], weights, seed }: SeededSetting,
): Constraint {
  const candidates = candidatesOf(method, { clusters, weights, seed });
  const { possible, enumerated, sorted, score, cutoff, limit, space } = candidates;
  const { found, complete } = lookThrough(candidates);
  const share = found.length / sorted.length;
  const stream = randomStream(['constraint', ...seedParts(seed)]);
  const more = enumerated ? 0 : Math.min(draws - found.length, Math.floor(share * effort));
  const allocations = [...found];
  for (let i = 0; i < more; i += 1) allocations.push(candidates.sample(stream));
  const constrained = meanDifferences(score, allocations);

  const log10 = log10Of(possible);
  const counted = {
    count: enumerated ? found.length : null,
    log10: log10 + Math.log10(share),
    share,
    standardError: enumerated ? 0 : Math.sqrt((share * (1 - share)) / sorted.length),
  };
  const together = {
    ...togetherOf({ kind: 'listed', allocations }, { stream }),
    exact: enumerated,
  };
  const locked = lockedPairs(together, space);
  const cost = costOf({ weights, possible: log10, candidates: counted, locked });
  return {
    possible: {
      count: possible <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(possible) : null,
      log10,
    },
    enumerated,
    looked: sorted.length,
    cutoff,
    candidates: counted,
    scores: quantiles.map((quantile) => ({ quantile, score: quantileOf(sorted, quantile) })),
    meanScore: {
      complete: meanOf(sorted),
      constrained: meanOf(sorted.filter((own) => own <= limit)),
    },
    covariates: score.columns.map((name, k) => ({
      name,
      complete: complete[k] ?? 0,
      constrained: constrained[k] ?? 0,
    })),
    together,
    locked,
    chances: chancesOf(allocations, weights),
    cost,
    warnings: warningsOf({ candidates: counted, locked, cost, groups: weights.length }),
  };
}

/** The candidates among the allocations gone through, and how unlike the groups are without a constraint. */
function lookThrough({ visit, enumerated, sorted, score }: Candidates): {
  readonly found: readonly Uint8Array[];
  readonly complete: Float64Array;
} {
  const found: Uint8Array[] = [];
  // Of a sample some will do.
  const toCompare = enumerated ? sorted.length : Math.min(draws, sorted.length);
  const complete = new Float64Array(score.columns.length);
  let seen = 0;
  visit((allocation, isCandidate) => {
    if (seen < toCompare) score.addDifferences(allocation, complete);
    if (isCandidate) found.push(allocation.slice());
    seen += 1;
  });
  return { found, complete: complete.map((sum) => sum / toCompare) };
}

function meanDifferences(score: Score, allocations: readonly Uint8Array[]): Float64Array {
  const totals = new Float64Array(score.columns.length);
  for (const allocation of allocations) score.addDifferences(allocation, totals);
  return totals.map((sum) => sum / allocations.length);
}

function chancesOf(
  allocations: readonly Uint8Array[],
  weights: readonly number[],
): Constraint['chances'] {
  const clusters = allocations[0]?.length ?? 0;
  const counts = weights.map(() => new Float64Array(clusters));
  for (const allocation of allocations) {
    for (let i = 0; i < clusters; i += 1) {
      const own = counts[allocation[i] ?? 0];
      if (own !== undefined) own[i] = (own[i] ?? 0) + 1;
    }
  }
  return weights.map((weight, group) => {
    const shares = Array.from(counts[group] ?? [], (count) => count / allocations.length);
    return {
      expected: weight / total(weights),
      least: Math.min(...shares),
      most: Math.max(...shares),
    };
  });
}

/** The decimal logarithm of a number of any size. */
function log10Of(value: bigint): number {
  const digits = value.toString();
  return digits.length - 1 + Math.log10(Number(`${digits[0] ?? 1}.${digits.slice(1, 18)}`));
}
