import type { RandomStream } from '../../stats/index.ts';
import type { Randomizer, Redraw } from './randomizer.ts';

/** How often pairs of clusters are counted, and which are shown. */
export interface TogetherOptions {
  /** Where there is no exact way: the number of draws, default 10,000, and their random numbers. */
  readonly draws?: number | undefined;
  readonly stream: RandomStream;
  /** Pairs at or above this share are `often`; default 0.75. */
  readonly often?: number | undefined;
  /** Pairs at or below this share are `seldom`; default ½ over the number of groups: 0.25 for two. */
  readonly seldom?: number | undefined;
}

/** Two clusters and the share of allocations in which both have the same group. */
export interface Pair {
  readonly first: number;
  readonly second: number;
  readonly share: number;
}

/** How often clusters have the same group. */
export interface Together {
  /** n × n, row by row: the share of allocations in which both have the same group; 1 on the diagonal. */
  readonly shares: Float64Array;
  readonly least: Pair;
  readonly most: Pair;
  /**
   * The mean over all pairs, which is what complete randomisation with groups of the same sizes
   * gives to every pair.
   */
  readonly expected: number;
  readonly often: readonly Pair[];
  readonly seldom: readonly Pair[];
  /** How many allocations were counted. */
  readonly allocations: number;
  /** Whether these were all that there are. */
  readonly exact: boolean;
}

/**
 * For each pair of clusters the share of allocations in which both have the same group. Pairs that are
 * always or never together mean that the method is over-constrained: their outcomes can then not be told
 * apart from the effect, and the reference set of a test is small.
 *
 * Sources: Moulton 2004, Clin Trials 1:297; Bailey & Rowley 1987, Proc R Soc Lond A 410:105 (a design is
 * valid when all shares are alike). In R: `cvcrand::cvrall(check_validity = TRUE)`.
 *
 * @param source draws whole allocations, or is a list of them; with a listed or drawn reference set
 *   the pairs are of its free clusters
 * @throws RangeError if there are fewer than two clusters, `draws` is no whole number above 0, or the
 *   source is a set that only its groups define (`stratified`) or that cannot be drawn (`none`)
 */
export function togetherOf(source: Randomizer | Redraw, options: TogetherOptions): Together {
  const { often = 0.75 } = options;
  const { clusters, groups, counts, allocations } = countPairs(allocationsOf(source, options));
  if (clusters < 2) throw new RangeError(`there must be at least two clusters, got ${clusters}`);

  const { seldom = 0.5 / groups } = options;
  const shares = counts.map((count) => count / allocations);
  const pairs: Pair[] = [];
  for (let first = 0; first < clusters; first++) {
    for (let second = first + 1; second < clusters; second++) {
      const share = shares[first * clusters + second] ?? 0;
      shares[second * clusters + first] = share;
      pairs.push({ first, second, share });
    }
    shares[first * clusters + first] = 1;
  }
  return {
    shares,
    least: pairs.reduce((least, pair) => (pair.share < least.share ? pair : least)),
    most: pairs.reduce((most, pair) => (pair.share > most.share ? pair : most)),
    expected: pairs.reduce((sum, { share }) => sum + share, 0) / pairs.length,
    often: pairs.filter(({ share }) => share >= often),
    seldom: pairs.filter(({ share }) => share <= seldom),
    allocations,
    exact: 'kind' in source && source.kind === 'listed',
  };
}

function* allocationsOf(
  source: Randomizer | Redraw,
  { draws = 10_000, stream }: TogetherOptions,
): Generator<Uint8Array> {
  if ('kind' in source && source.kind === 'listed') {
    yield* source.allocations;
    return;
  }
  if (!(Number.isSafeInteger(draws) && draws > 0)) {
    throw new RangeError(`draws must be a whole number above 0, got ${draws}`);
  }
  const draw = drawOf(source);
  for (let i = 0; i < draws; i++) yield draw(stream);
}

function drawOf(source: Randomizer | Redraw): (stream: RandomStream) => Uint8Array {
  if (!('kind' in source)) return (stream) => source.draw(() => stream);
  if (source.kind === 'sampler') return source.sample;
  throw new RangeError(
    source.kind === 'none'
      ? `there is nothing to draw: ${source.reason}`
      : 'a reference set of strata does not say which groups it deals out: give the randomizer instead',
  );
}

/** How often each pair has the same group, above the diagonal of an n × n matrix. */
function countPairs(allocations: Iterable<Uint8Array>): {
  readonly clusters: number;
  readonly groups: number;
  readonly counts: Float64Array;
  readonly allocations: number;
} {
  let counts = new Float64Array();
  let clusters = 0;
  let highest = 0;
  let seen = 0;
  for (const groups of allocations) {
    if (seen === 0) {
      clusters = groups.length;
      counts = new Float64Array(clusters * clusters);
    }
    seen++;
    for (let first = 0; first < clusters; first++) {
      const group = groups[first] ?? 0;
      if (group > highest) highest = group;
      const row = first * clusters;
      for (let second = first + 1; second < clusters; second++) {
        if (groups[second] === group) counts[row + second] = (counts[row + second] ?? 0) + 1;
      }
    }
  }
  return { clusters, groups: highest + 1, counts, allocations: seen };
}
