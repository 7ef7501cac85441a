import type { Block } from './block.ts';

/** Above so many states of a block there is no exact answer in good time. */
const MOST_STATES = 1e6;

/** The number of states of a block: counts of each group so far. */
function statesOf(places: readonly number[]): number {
  return places.reduce((states, count) => states * (count + 1), 1);
}

/**
 * The expected number of correct guesses in a block of shuffled places, by going through all states.
 * Before each cluster the group is guessed that is furthest behind its share of the clusters so far and
 * this one, one of them at random where several are (the convergence strategy). In a full block of b
 * places, half of each of two groups, it is b/2 + 2^(b−1) / C(b, b/2) − ½.
 *
 * Source: Blackwell & Hodges 1957, Ann Math Stat 28:449. R has no call for it.
 *
 * @returns undefined where the block has too many states
 */
export function correctGuesses({ clusters, places }: Block): number | undefined {
  const states = statesOf(places);
  if (states > MOST_STATES) return undefined;
  const size = places.reduce((sum, count) => sum + count, 0);
  const strides = places.map((_, group) => statesOf(places.slice(0, group)));
  const chances = new Float64Array(states);
  chances[0] = 1;
  const given = new Int32Array(places.length);
  let correct = 0;
  // One cluster more leads to a state of a higher number, so a state's chance is whole when reached.
  for (let state = 0; state < states; state++) {
    const chance = chances[state] ?? 0;
    let before = 0;
    strides.forEach((stride, group) => {
      given[group] = Math.floor(state / stride) % ((places[group] ?? 0) + 1);
      before += given[group] ?? 0;
    });
    if (before >= clusters.length) continue;
    const guesses = furthestBehind(given, places);
    places.forEach((count, group) => {
      const next = (chance * (count - (given[group] ?? 0))) / (size - before);
      if (next === 0) return;
      const to = state + (strides[group] ?? 0);
      chances[to] = (chances[to] ?? 0) + next;
      if (guesses.includes(group)) correct += next / guesses.length;
    });
  }
  return correct;
}

/**
 * The groups furthest behind their shares once another cluster has come.
 *
 * @param given the clusters of each group so far
 * @param shares positive whole numbers in the ratio of the groups
 */
export function furthestBehind(given: Int32Array, shares: readonly number[]): readonly number[] {
  const whole = shares.reduce((sum, share) => sum + share, 0);
  const after = given.reduce((sum, count) => sum + count, 1);
  const behind = shares.map((share, group) => after * share - (given[group] ?? 0) * whole);
  const most = Math.max(...behind);
  return [...shares.keys()].filter((group) => behind[group] === most);
}
