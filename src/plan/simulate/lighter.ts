import type { Redraw, ReferenceSet } from '../../allocation/index.ts';
import type { Design, Replayed } from '../../analysis/design.ts';
import { designOf } from '../../analysis/design.ts';
import type { Estimable } from '../../analysis/index.ts';
import { logGamma } from '../../stats/index.ts';
import type { RandomStream } from '../../stats/index.ts';
import type { Trial } from '../../trial/trial.ts';

/**
 * Sets of more allocations are drawn from instead of gone through, though the analysis goes through up
 * to a hundred thousand: over so many, p values hardly differ.
 */
const fewAllocations = 2_000;
/** Beyond so many the analysis draws by itself. */
const goneThrough = 100_000;

/** @param log logarithm of the number of allocations */
function isSlow(log: number): boolean {
  return log > Math.log(fewAllocations) && log <= Math.log(goneThrough) + 1e-9;
}

/**
 * A reference set whose larger sets are drawn from: the same test in a fraction of the time. Small ones
 * are gone through, as they decide what p values there can be.
 */
export function lighter(reference: ReferenceSet): ReferenceSet {
  const { actual, redraw, from } = reference;
  return {
    ...reference,
    redraw: (among) =>
      redraw(among).map((own, block) =>
        drawnFrom(
          own,
          (actual[block] ?? new Uint8Array()).filter((group) => among?.includes(group) ?? true),
        ),
      ),
    from: (other) => lighter(from(other)),
  };
}

/** @param free the groups of the clusters that are dealt out */
function drawnFrom(redraw: Redraw, free: Uint8Array): Redraw {
  if (redraw.kind === 'listed') {
    const { allocations } = redraw;
    return allocations.length <= fewAllocations
      ? redraw
      : {
          kind: 'sampler',
          sample: (stream) => allocations[stream.integer(allocations.length)] ?? free,
        };
  }
  if (redraw.kind !== 'stratified') return redraw;
  const strata = stratumPlaces(redraw, free);
  const ways = strata.reduce((log, { places }) => log + logOfWays(places), 0);
  // Places that nobody took are more ways to deal out than there are allocations.
  const isFull = strata.every(({ members, places }) => members.length === places.length);
  if (!isSlow(isFull ? ways : Math.min(ways, Math.log(goneThrough)))) return redraw;
  return {
    kind: 'sampler',
    sample: (stream) => {
      const groups = new Uint8Array(free.length);
      for (const { members, places } of strata) {
        stream.shuffle(places, members.length);
        members.forEach((member, i) => (groups[member] = places[i] ?? 0));
      }
      return groups;
    },
  };
}

/** The clusters of each stratum and the places that are dealt out to them. */
function stratumPlaces(
  { strata, sizes }: Extract<Redraw, { readonly kind: 'stratified' }>,
  free: Uint8Array,
): readonly { readonly members: readonly number[]; readonly places: Int32Array }[] {
  const members = new Map<string | number, number[]>();
  strata.forEach((stratum, i) => {
    const own = members.get(stratum);
    if (own === undefined) members.set(stratum, [i]);
    else own.push(i);
  });
  return [...members].map(([stratum, own]) => {
    const given = sizes?.[String(stratum)];
    const places =
      given === undefined
        ? own.map((i) => free[i] ?? 0)
        : given.flatMap((count, group) => Array.from({ length: count }, () => group));
    return { members: own, places: Int32Array.from(places) };
  });
}

/** The logarithm of the number of ways to deal places out. */
function logOfWays(places: Int32Array): number {
  const counts = new Map<number, number>();
  for (const group of places) counts.set(group, (counts.get(group) ?? 0) + 1);
  return [...counts.values()].reduce(
    (log, count) => log - logGamma(count + 1),
    logGamma(places.length + 1),
  );
}

/** The design of a trial that hashes, its larger sets drawn from. */
export function lighterHashedDesign(trial: Trial): Design {
  const design = designOf(trial, undefined);
  const lightened = <U>(found: Estimable<Replayed<U>>): Estimable<Replayed<U>> => {
    if (!found.estimable || found.procedure.kind !== 'hashed') return found;
    const { weights = [] } = found.procedure;
    const { length } = found.units;
    if (!isSlow(length * Math.log(weights.length))) return found;
    return {
      ...found,
      procedure: { kind: 'sampler', sample: (stream) => armsByWeight(stream, { weights, length }) },
    };
  };
  return {
    ...design,
    pair: (totals, arm) => lightened(design.pair(totals, arm)),
    all: (totals) => lightened(design.all(totals)),
  };
}

/** An arm for each unit by itself, as hashing gives it. */
export function armsByWeight(
  stream: RandomStream,
  { weights, length }: { readonly weights: readonly number[]; readonly length: number },
): Uint8Array {
  const whole = weights.reduce((sum, weight) => sum + weight, 0);
  return Uint8Array.from({ length }, () => {
    let place = stream.next() * whole;
    const arm = weights.findIndex((weight) => (place -= weight) < 0);
    return Math.max(0, arm);
  });
}
