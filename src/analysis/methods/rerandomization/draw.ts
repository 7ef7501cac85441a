import type { RandomStream } from '../../../stats/index.ts';

/** The assignment that the trial had. */
export interface Actual {
  /** The arm of each unit. */
  readonly labels: Uint8Array;
  /** 1 for units with data. Others took part in the randomisation and say nothing in the analysis. */
  readonly used: Uint8Array;
  /** Number of arms. */
  readonly arms: number;
}

/** An assignment as lists of units. The units of the arm `rest` are those on no list. */
export interface Draw {
  readonly rest: number;
  /** The other arms, in the order of their lists. */
  readonly listed: readonly number[];
  /** The lists, one behind the other. */
  readonly units: Int32Array;
  /** Where in `units` each list ends. */
  readonly ends: Int32Array;
}

/** A procedure ready to be replayed. `draw` holds the latest assignment. */
export interface Replay {
  readonly draw: Draw;
  /** Units, and places that no unit took, which have indices behind those of the units. */
  readonly places: number;
  /** How many assignments there are; infinite where they cannot be gone through. */
  readonly assignments: number;
  /** The chance of the actual arms of all units with data; 0 where it is not known. */
  readonly chance: number;
  /** The chance of those arms swapped; for two arms only. */
  readonly mirrored: number;
  /** Draws an assignment at random. */
  readonly next: (stream: RandomStream) => void;
  /** Goes through all assignments, with weights proportional to their chances. */
  readonly each: (visit: (weight: number) => void) => void;
}

/** An empty draw for the arms of a trial. */
export function emptyDraw(places: number, arms: number, rest: number): Draw {
  const listed = Array.from({ length: arms }, (_, arm) => arm).filter((arm) => arm !== rest);
  return { rest, listed, units: new Int32Array(places), ends: new Int32Array(listed.length) };
}

/** Fills a draw from the arm of each place. */
export function fillDraw({ listed, units, ends }: Draw, labels: ArrayLike<number>): void {
  let k = 0;
  for (let j = 0; j < listed.length; j += 1) {
    const arm = listed[j];
    for (let i = 0; i < labels.length; i += 1) {
      if (labels[i] === arm) {
        units[k] = i;
        k += 1;
      }
    }
    ends[j] = k;
  }
}

/** The largest of the arms, which need not be listed. */
export function largestOf(sizes: readonly number[]): number {
  return sizes.indexOf(Math.max(...sizes));
}
