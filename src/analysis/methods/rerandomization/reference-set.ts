import type { Seed } from '../../../stats/index.ts';
import { randomStream } from '../../../stats/index.ts';
import type { Actual, Replay } from './draw.ts';
import { fillDraw } from './draw.ts';
import type { Procedure } from './procedure.ts';
import type { Rows } from './sums.ts';
import { sumByArm, sumsPerArm, totalsOf } from './sums.ts';

/** How many assignments are looked at. */
export interface ReplayOptions {
  /** How the units got their arms. */
  readonly procedure: Procedure;
  /** Assignments drawn where there are too many to go through all of them; default 9,999. */
  readonly draws?: number | undefined;
  /** Names the random numbers: the same seed gives the same draws. */
  readonly seed: Seed;
  /**
   * Up to how many assignments all are gone through instead of drawing some; default 100,000. With 0
   * they are always drawn, except those on a list.
   */
  readonly enumerateUpTo?: number | undefined;
}

/** Which assignments a result rests on. */
export interface ReferenceSet {
  /** `enumeration`: every possible assignment; `monte-carlo`: random ones. */
  readonly method: 'enumeration' | 'monte-carlo';
  /** How many assignments the procedure could give; `null` where that is not known or beyond 2⁵³. */
  readonly assignments: number | null;
  /** Assignments that the p values rest on: those (drawn, or all) in which the statistic exists. */
  readonly draws: number;
}

const defaultDraws = 9_999;
const defaultMost = 100_000;

/** Whether all the assignments are gone through, and how many there are or are drawn. */
export function planOf(
  { assignments }: Replay,
  { procedure, draws = defaultDraws, enumerateUpTo = defaultMost }: ReplayOptions,
): Pick<ReferenceSet, 'method' | 'assignments'> & { readonly planned: number } {
  if (!(Number.isInteger(draws) && draws >= 1)) {
    throw new RangeError(`draws must be a whole number of at least 1, not ${draws}`);
  }
  const isEnumerated = procedure.kind === 'listed' || assignments <= enumerateUpTo;
  return {
    method: isEnumerated ? 'enumeration' : 'monte-carlo',
    assignments: assignments <= Number.MAX_SAFE_INTEGER ? assignments : null,
    planned: isEnumerated ? assignments : draws,
  };
}

/** The sums of the actual assignment, for each set of rows, by arm. */
export function actualSums({ draw }: Replay, sets: readonly Rows[], actual: Actual): Float64Array {
  fillDraw(draw, actual.labels);
  return summing(draw, sets, actual.arms)();
}

/**
 * Shows the sums of each assignment in turn, for each set of rows, by arm, with its weight. The list
 * of sums is the same one each time.
 *
 * Random assignments are drawn one after the other from one stream, so that the first draws of a
 * longer run are those of a shorter one.
 */
export function visitAssignments(
  replay: Replay,
  visit: (sums: Float64Array, weight: number) => void,
  {
    sets,
    arms,
    ...options
  }: ReplayOptions & { readonly sets: readonly Rows[]; readonly arms: number },
): void {
  const { method, planned } = planOf(replay, options);
  const sums = summing(replay.draw, sets, arms);
  if (method === 'enumeration') {
    replay.each((weight) => visit(sums(), weight));
    return;
  }
  const stream = randomStream(options.seed);
  for (let b = 0; b < planned; b += 1) {
    replay.next(stream);
    visit(sums(), 1);
  }
}

function summing(draw: Replay['draw'], sets: readonly Rows[], arms: number): () => Float64Array {
  const sums = new Float64Array(sets.length * arms * sumsPerArm);
  const totals = sets.map(totalsOf);
  return () => {
    sets.forEach((rows, j) => {
      const own = totals[j];
      if (own !== undefined) {
        sumByArm(rows, sums, { draw, totals: own, at: j * arms * sumsPerArm });
      }
    });
    return sums;
  };
}
