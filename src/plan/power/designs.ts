import { requireCount, requireUnits } from '../../analysis/methods/check.ts';

/**
 * Which arm each cluster (row) has in each period (column): 0 is control, `null` a period in which
 * nothing is observed.
 */
export type TreatmentMatrix = readonly (readonly (number | null)[])[];

/** How many clusters have each sequence: one number for all, or one for each. */
type ClustersBySequence = number | readonly number[];

/**
 * The treatment matrix of a design from its sequences of arms, clusters of the same sequence one
 * below the other.
 *
 * In R: `sequences[rep(seq_len(nrow(sequences)), clusters), ]`.
 *
 * @param sequences the arm of each period; all of one length
 * @param clusters how many clusters have each sequence, whole numbers
 * @throws RangeError when sequences differ in length, an arm is no whole number, or numbers of
 *   clusters are not one for each sequence
 */
export function treatmentMatrix({
  sequences,
  clusters,
}: {
  readonly sequences: TreatmentMatrix;
  readonly clusters: ClustersBySequence;
}): TreatmentMatrix {
  requireMatrix(sequences);
  const counts = typeof clusters === 'number' ? sequences.map(() => clusters) : clusters;
  if (counts.length !== sequences.length) {
    throw new RangeError(
      `${sequences.length} sequences need as many numbers of clusters, not ${counts.length}`,
    );
  }
  counts.forEach((count, i) => requireUnits(`clusters[${i}]`, count));
  return sequences.flatMap((sequence, i) =>
    Array.from({ length: counts[i] ?? 0 }, () => [...sequence]),
  );
}

/** @throws RangeError when rows differ in length, or hold anything but whole numbers and `null` */
export function requireMatrix(matrix: TreatmentMatrix): void {
  const periods = matrix[0]?.length ?? 0;
  if (periods === 0) throw new RangeError('a design needs at least one row and one period');
  matrix.forEach((row, i) => {
    if (row.length !== periods) {
      throw new RangeError(`row ${i} has ${row.length} periods where row 0 has ${periods}`);
    }
    row.forEach((arm, j) => {
      if (arm !== null) requireCount(`the arm in row ${i}, period ${j}`, arm);
    });
  });
}

/**
 * A stepped wedge: all clusters begin with control, and at each step some pass to arm 1, for good.
 *
 * In R: `t(sapply(seq_len(steps), \(s) as.integer(seq_len(baseline + steps * length) > baseline + (s - 1) * length)))`,
 * the rows repeated.
 *
 * @throws RangeError when a number is not whole, or too small
 * @see M. A. Hussey and J. P. Hughes, Contemp. Clin. Trials 28 (2007) 182.
 */
export function steppedWedge({
  steps,
  clusters,
  baseline = 1,
  periodsPerStep = 1,
}: {
  /** Number of sequences. */
  readonly steps: number;
  /** Clusters that pass at each step. */
  readonly clusters: ClustersBySequence;
  /** Periods before the first step; default 1. */
  readonly baseline?: number | undefined;
  /** Periods from one step to the next, and after the last; default 1. */
  readonly periodsPerStep?: number | undefined;
}): TreatmentMatrix {
  requireUnits('steps', steps);
  requireCount('baseline', baseline);
  requireUnits('periodsPerStep', periodsPerStep);
  const periods = baseline + steps * periodsPerStep;
  return treatmentMatrix({
    sequences: Array.from({ length: steps }, (_, step) =>
      Array.from({ length: periods }, (_, period) =>
        period >= baseline + step * periodsPerStep ? 1 : 0,
      ),
    ),
    clusters,
  });
}

/**
 * A crossover: in sequence g the arm of period j is (g + j) mod arms, so that with two arms half of the
 * clusters have 0, 1, 0, … and half 1, 0, 1, ….
 *
 * In R: `outer(0:(arms - 1), 0:(periods - 1), \(g, j) (g + j) %% arms)`, the rows repeated.
 *
 * @throws RangeError when a number is not whole, or there are not two arms
 */
export function crossover({
  clusters,
  arms = 2,
  periods = arms,
}: {
  /** Clusters with each sequence. */
  readonly clusters: ClustersBySequence;
  /** Default 2. */
  readonly arms?: number | undefined;
  /** Default as many as arms. */
  readonly periods?: number | undefined;
}): TreatmentMatrix {
  requireArms(arms);
  requireUnits('periods', periods);
  return treatmentMatrix({
    sequences: Array.from({ length: arms }, (_, g) =>
      Array.from({ length: periods }, (_, j) => (g + j) % arms),
    ),
    clusters,
  });
}

/**
 * Parallel arms: a cluster keeps its arm. In R: `matrix(0:(arms - 1), arms, periods)`, the rows
 * repeated.
 *
 * @throws RangeError when a number is not whole, or there are not two arms
 */
export function parallel(design: {
  /** Clusters in each arm. */
  readonly clusters: ClustersBySequence;
  /** Default 2. */
  readonly arms?: number | undefined;
  /** Default 1. */
  readonly periods?: number | undefined;
}): TreatmentMatrix {
  return parallelWithBaseline({ ...design, baseline: 0 });
}

/**
 * Parallel arms after a baseline in which all clusters have control.
 *
 * In R: `cbind(matrix(0, arms, baseline), matrix(0:(arms - 1), arms, periods))`, the rows repeated.
 *
 * @throws RangeError when a number is not whole, or there are not two arms
 */
export function parallelWithBaseline({
  clusters,
  arms = 2,
  periods = 1,
  baseline = 1,
}: {
  /** Clusters in each arm. */
  readonly clusters: ClustersBySequence;
  /** Default 2. */
  readonly arms?: number | undefined;
  /** After the baseline; default 1. */
  readonly periods?: number | undefined;
  /** Default 1. */
  readonly baseline?: number | undefined;
}): TreatmentMatrix {
  requireArms(arms);
  requireUnits('periods', periods);
  requireCount('baseline', baseline);
  return treatmentMatrix({
    sequences: Array.from({ length: arms }, (_, arm) =>
      Array.from({ length: baseline + periods }, (_, j) => (j < baseline ? 0 : arm)),
    ),
    clusters,
  });
}

function requireArms(arms: number): void {
  if (!(Number.isSafeInteger(arms) && arms >= 2)) {
    throw new RangeError(`arms must be a whole number of at least 2, got ${arms}`);
  }
}
