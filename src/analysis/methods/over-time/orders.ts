import { randomStream } from '../../../stats/index.ts';
import type { Draw, Replay } from '../rerandomization/draw.ts';
import type { ReplayOptions } from '../rerandomization/reference-set.ts';
import { planOf } from '../rerandomization/reference-set.ts';

/**
 * Shows the group of each cluster in every assignment in turn, with its weight. The list of groups is
 * the same one each time. Random assignments are drawn one after the other from one stream, so that the
 * first draws of a longer run are those of a shorter one.
 */
export function visitOrders(
  replay: Replay,
  visit: (groups: Uint8Array, weight: number) => void,
  { clusters, ...options }: ReplayOptions & { readonly clusters: number },
): void {
  const { method, planned } = planOf(replay, options);
  const groups = new Uint8Array(clusters);
  if (method === 'enumeration') {
    replay.each((weight) => {
      unfold(replay.draw, groups);
      visit(groups, weight);
    });
    return;
  }
  const stream = randomStream(options.seed);
  for (let b = 0; b < planned; b += 1) {
    replay.next(stream);
    unfold(replay.draw, groups);
    visit(groups, 1);
  }
}

/** The group of each cluster from lists of clusters; places that no cluster took are passed over. */
function unfold({ rest, listed, units, ends }: Draw, groups: Uint8Array): void {
  groups.fill(rest);
  const clusters = groups.length;
  let at = 0;
  for (let j = 0; j < listed.length; j += 1) {
    const group = listed[j] ?? 0;
    const end = ends[j] ?? 0;
    for (; at < end; at += 1) {
      const unit = units[at] ?? 0;
      if (unit < clusters) groups[unit] = group;
    }
  }
}
