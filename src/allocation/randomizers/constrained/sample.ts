import { logGamma } from '../../../stats/index.ts';
import type { RandomStream } from '../../../stats/index.ts';
import { areWithin } from './space.ts';
import type { Space, SpaceStratum } from './space.ts';

/**
 * Draws allocations of a space, all equally likely: first the sizes of the groups in each stratum,
 * with chances proportional to the n!/Πn_g! allocations that have them, again until the groups are of
 * the right size in all; then which clusters they are.
 *
 * @returns a function that writes a draw into an allocation, at the places of the space only
 */
export function samplerOf({
  strata,
  least,
  most,
}: Space): (stream: RandomStream, allocation: Uint8Array) => void {
  const plans = strata.map(planOf);
  const totals = new Int32Array(least.length);
  return (stream, allocation) => {
    do {
      totals.fill(0);
      for (const plan of plans) plan.choose(stream, totals);
    } while (!areWithin(totals, { least, most }));
    for (const plan of plans) plan.deal(stream, allocation);
  };
}

interface Plan {
  /** Draws the sizes of the groups and adds them to the totals. */
  readonly choose: (stream: RandomStream, totals: Int32Array) => void;
  /** Draws which clusters they are. */
  readonly deal: (stream: RandomStream, allocation: Uint8Array) => void;
}

function planOf({ places, sizes }: SpaceStratum): Plan {
  const logarithms = sizes.map((own) => -own.reduce((sum, size) => sum + logGamma(size + 1), 0));
  const highest = Math.max(...logarithms);
  let total = 0;
  const upTo = logarithms.map((logarithm) => (total += Math.exp(logarithm - highest)));
  const last = sizes.length - 1;

  const order = new Int32Array(places.length);
  let chosen: readonly number[] = sizes[last] ?? [];
  return {
    choose: (stream, totals) => {
      // Where sizes are fixed no random number is used up.
      if (last > 0) {
        const at = stream.next() * total;
        const found = upTo.findIndex((bound) => at < bound);
        chosen = sizes[found < 0 ? last : found] ?? [];
      }
      chosen.forEach((size, group) => (totals[group] = (totals[group] ?? 0) + size));
    },
    deal: (stream, allocation) => {
      const rest = chosen.indexOf(Math.max(...chosen));
      // From the same order each time, so that a draw depends on its stream alone.
      order.set(places);
      stream.shuffle(order, places.length - (chosen[rest] ?? 0));
      let i = 0;
      for (let group = 0; group < chosen.length; group += 1) {
        if (group === rest) continue;
        for (const end = i + (chosen[group] ?? 0); i < end; i += 1) {
          allocation[order[i] ?? 0] = group;
        }
      }
      for (; i < order.length; i += 1) allocation[order[i] ?? 0] = rest;
    },
  };
}
