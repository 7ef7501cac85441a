import type { Draw } from './draw.ts';
import type { Procedure } from './procedure.ts';
import { replayOf } from './replay.ts';

/** The assignment that there was, and how many are too many. */
export interface ListOptions {
  /** The arm of each unit. */
  readonly labels: ArrayLike<number>;
  /** Number of arms. */
  readonly arms: number;
  readonly atMost: number;
}

/**
 * All assignments of a procedure, each as the arm of every unit, if they are equally likely and not too
 * many; else `undefined`.
 *
 * @throws RangeError when the procedure does not fit the units
 */
export function listAssignments(
  procedure: Procedure,
  { labels, arms, atMost }: ListOptions,
): readonly Uint8Array[] | undefined {
  const actual = {
    labels: Uint8Array.from(labels),
    used: new Uint8Array(labels.length).fill(1),
    arms,
  };
  const replay = replayOf(procedure, actual);
  // Places that no unit took would give one assignment of the units several times.
  if (replay.assignments > atMost || replay.places > labels.length) return undefined;
  const found: Uint8Array[] = [];
  const weights = new Set<number>();
  replay.each((weight) => {
    weights.add(weight);
    found.push(labelsOf(replay.draw, labels.length));
  });
  return weights.size === 1 ? found : undefined;
}

function labelsOf({ rest, listed, units, ends }: Draw, count: number): Uint8Array {
  const labels = new Uint8Array(count).fill(rest);
  let from = 0;
  listed.forEach((arm, j) => {
    const end = ends[j] ?? 0;
    for (; from < end; from += 1) labels[units[from] ?? 0] = arm;
  });
  return labels;
}
