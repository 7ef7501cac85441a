import { randomStream } from '../../../stats/index.ts';
import type { RandomStream, Seed } from '../../../stats/index.ts';
import type { Redraw } from '../randomizer.ts';
import { seedParts } from '../setting.ts';
import type { Candidates } from './candidates.ts';
import { countOf } from './count.ts';
import { samplerOf } from './sample.ts';
import { conditionalSpace } from './space.ts';
import { visitAll } from './visit.ts';

/** How many rearrangements are tried, and how many of them must be candidates: 1 in 20,000. */
const tries = 200_000;
const fewest = 10;

/**
 * The candidates in which all clusters outside some groups stay where they are: all of them where
 * there are few rearrangements, otherwise by drawing rearrangements until one is a candidate.
 *
 * @param options `actual`: one of the candidates; `free`: whether the clusters of each group may move
 */
export function conditionalRedraw(
  { space, score, limit, enumerateUpTo }: Candidates,
  {
    actual,
    free,
    seed,
  }: { readonly actual: Uint8Array; readonly free: readonly boolean[]; readonly seed: Seed },
): Redraw {
  const places = Int32Array.from(actual.keys()).filter((i) => free[actual[i] ?? 0]);
  const freeOf = (allocation: Uint8Array): Uint8Array =>
    Uint8Array.from(places, (i) => allocation[i] ?? 0);
  const rearrangements = conditionalSpace(space, { actual, free });

  if (countOf(rearrangements) <= BigInt(enumerateUpTo)) {
    const allocations: Uint8Array[] = [];
    const allocation = actual.slice();
    visitAll(rearrangements, {
      allocation,
      each: () => {
        if (score.of(allocation) <= limit) allocations.push(freeOf(allocation));
      },
    });
    return { kind: 'listed', allocations };
  }

  const dealInto = samplerOf(rearrangements);
  const allocation = actual.slice();
  const isFound = (stream: RandomStream): boolean => {
    dealInto(stream, allocation);
    return score.of(allocation) <= limit;
  };
  const pilot = randomStream(['conditional', ...seedParts(seed)]);
  let found = 0;
  for (let i = 0; i < tries && found < fewest; i += 1) if (isFound(pilot)) found += 1;
  if (found < fewest) {
    return {
      kind: 'none',
      reason: `fewer than 1 in ${(tries / fewest).toLocaleString('en-GB')} rearrangements of the clusters of these arms, the others held, are balanced well enough to be drawn`,
      instead: 'the joint test of all arms, which redraws the whole allocation, or a model',
    };
  }
  return {
    kind: 'sampler',
    sample: (stream) => {
      while (!isFound(stream));
      return freeOf(allocation);
    },
  };
}
