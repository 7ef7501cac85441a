import type { RandomStream } from '../../../stats/index.ts';
import type { ConstrainedMethod } from '../../../trial/allocation-plan.ts';
import type { Redraw, RedrawOptions, Randomizer } from '../randomizer.ts';
import { freeGroups } from '../free.ts';
import type { SeededSetting } from '../setting.ts';
import type { Candidates } from './candidates.ts';
import { candidatesOf, listCandidates } from './candidates.ts';
import { conditionalRedraw } from './conditional.ts';
import { laterWave } from './later-wave.ts';

/**
 * Covariate-constrained randomisation: one of the allocations that balance the covariates best, all
 * of these equally likely.
 *
 * The allocations possible are those in which each group, in all and within each stratum, has
 * n·w/Σw clusters, rounded down or up. Each has a balance score: with x̄_gk the mean of covariate k (or
 * of a dummy of a categorical one) in group g and s_k its standard deviation over all clusters,
 * B = Σ_k w_k Σ_{g<h} (x̄_gk − x̄_hk)²/s_k² (`l2`), or Σ_k w_k Σ_{g<h} |x̄_gk − x̄_hk|/s_k (`l1`).
 * Candidates are those with B up to a cut-off: the ⌊qN⌋-th smallest of the N scores, or that of a given
 * rank; by default the best tenth, but at least 100 where there are so many. Ties, and with equal
 * weights the mirror images, are kept together. Up to `enumerateUpTo` allocations all are gone through;
 * of more, a sample named by the seed gives the cut-off (a `count` is then one of the sample), and a
 * draw is repeated until it is a candidate.
 *
 * With equal weights every cluster is as likely to be in one group as in another. With unequal ones
 * its chance is near w/Σw: see `constraintOf`. In a wave of few clusters it is not: all allocations
 * of rounded sizes being as likely, a single late cluster has the same chance of each group at 1:3 too.
 *
 * Later waves are drawn given the groups of the clusters before them, from the best tenth (or as the
 * cut-off says, but at least 10) of all allocations of the wave, or of 1,000 of them where there are
 * more, scored together with the clusters before.
 *
 * `redraw` gives back the candidates: as a list where all were gone through, else by drawing. For some
 * of the groups only, it gives those in which all other clusters stay where they are; with waves, and
 * more groups than these, there is no such set that could be drawn from.
 *
 * Sources: Raab & Butcher 2001, Stat. Med. 20:351 (score); Moulton 2004, Clin. Trials 1:297; Li et al.
 * 2016, Stat. Med. 35:1565 (candidates and tests); Zhou et al. 2022, Stat. Med. 41:1862 (several
 * arms, for which other scores are in use too); Carter & Hood 2008, BMC Med. Res. Methodol. 8:65
 * (waves). In R: `cvcrand::cvrall(x = x, ntotal_cluster = n, ntrt_cluster = n / 2, cutoff = 0.1)` for two
 * arms of one size, though it cuts ties.
 *
 * @param setting the seed names the sample by which the cut-off is found; no draw depends on it otherwise
 * @throws RangeError when a setting is not valid, a cluster lacks a value that is needed, a covariate
 *   does not vary, or a group would be left empty
 */
export function constrainedRandomizer(
  method: ConstrainedMethod,
  { clusters, weights, seed }: SeededSetting,
): Randomizer {
  const [start = [], ...later] = clusters;
  const candidates = candidatesOf(method, { clusters: start, weights, seed });
  const waves = later.map((wave, w) =>
    laterWave(clusters.slice(0, w + 2).flat(), { method, weights, size: wave.length }),
  );
  const total = clusters.flat().length;
  const list = candidates.enumerated ? listCandidates(candidates) : undefined;

  const draw = (streamOf: (wave: number) => RandomStream): Uint8Array => {
    const allocation = new Uint8Array(total);
    allocation.set(oneOf(candidates, { list, stream: streamOf(0) }));
    waves.forEach((wave, w) => wave.draw(streamOf(w + 1), allocation));
    return allocation;
  };

  const redraw = (actual: Uint8Array, { among }: RedrawOptions = {}): Redraw => {
    const free = freeGroups(actual, { among, clusters: total, groups: weights.length });
    if (
      !candidates.holds(actual.slice(0, start.length)) ||
      !waves.every((wave) => wave.fits(actual))
    ) {
      throw new RangeError('the allocation must be one that the method could have drawn');
    }
    if (free.includes(false)) {
      if (waves.length === 0) return conditionalRedraw(candidates, { actual, free, seed });
      return {
        kind: 'none',
        reason:
          'clusters were allocated in waves, each given those before it, so that some arms cannot be redrawn while others are held',
        instead: 'the joint test of all arms, which redraws every wave, or a model',
      };
    }
    if (list !== undefined && waves.length === 0) {
      return { kind: 'listed', allocations: list.map((allocation) => allocation.slice()) };
    }
    return { kind: 'sampler', sample: (stream) => draw(() => stream) };
  };
  return { draw, redraw };
}

function oneOf(
  { sample }: Pick<Candidates, 'sample'>,
  {
    list,
    stream,
  }: { readonly list: readonly Uint8Array[] | undefined; readonly stream: RandomStream },
): Uint8Array {
  if (list === undefined) return sample(stream);
  return list[stream.integer(list.length)] ?? new Uint8Array();
}
