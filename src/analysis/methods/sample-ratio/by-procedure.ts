import type { Seed } from '../../../stats/index.ts';
import { randomStream } from '../../../stats/index.ts';
import { pearson } from './counts.ts';
import type { CountSampler } from './draw-counts.ts';

/** The procedure to replay. */
export interface ProcedureReplay {
  /** Draws the counts that the procedure gives, in the order of the counts that were seen. */
  readonly sampler: CountSampler;
  readonly seed: Seed;
  /**
   * What the procedure gives on average, where it is known. Without it, the mean of what was seen and
   * drawn: as exact, but outcomes that mirror each other are then no ties.
   */
  readonly expected?: readonly number[] | undefined;
  /** Default 9,999. */
  readonly draws?: number | undefined;
}

/** Counts against those that the procedure gives when it is replayed. */
export interface ProcedureRatioTest {
  /** Σ(O - E)²/E, with E as given or the mean of the counts that were seen and drawn. */
  readonly statistic: number;
  /** (1 + draws with a statistic at least as large) / (1 + draws). */
  readonly pValue: number;
  /** Standard error that the draws leave in `pValue`. */
  readonly monteCarloError: number;
  readonly draws: number;
  /** Mean, least and most of each count over the draws. */
  readonly cells: readonly {
    readonly observed: number;
    readonly mean: number;
    readonly least: number;
    readonly most: number;
  }[];
  /** Whether a count lies outside everything that was drawn, such as 12 of 20 in blocks of four. */
  readonly beyond: boolean;
}

const leastDraws = 99;

/**
 * Tests counts by arm (or by stratum and arm) against the procedure's own distribution, by replay.
 * Blocked, stratified and constrained lists vary far less than the multinomial, so that chi-squared
 * would overlook what they cannot give; minimisation and listed clusters have no formula at all.
 * Exact for any number of draws: seen and drawn counts enter the statistic alike.
 *
 * @param counts what was seen, in the order that the sampler gives
 * @throws RangeError when the sampler gives another number of counts, or there are fewer than 99 draws
 * @see Phipson & Smyth 2010, Stat Appl Genet Mol Biol 9:39 (the p value). R has no counterpart.
 */
export function testSampleRatioByProcedure(
  counts: readonly number[],
  { sampler, seed, expected: known, draws = 9_999 }: ProcedureReplay,
): ProcedureRatioTest {
  if (!(Number.isSafeInteger(draws) && draws >= leastDraws)) {
    throw new RangeError(`draws must be a whole number of at least ${leastDraws}, not ${draws}`);
  }
  const width = counts.length;
  if (known !== undefined && known.length !== width) {
    throw new RangeError(`${known.length} counts are expected where ${width} were seen`);
  }
  const drawn = new Float64Array(draws * width);
  const [totals, least, most] = [
    new Float64Array(width),
    new Float64Array(width).fill(Number.POSITIVE_INFINITY),
    new Float64Array(width).fill(Number.NEGATIVE_INFINITY),
  ];
  const stream = randomStream(seed);
  for (let draw = 0; draw < draws; draw += 1) {
    const row = sampler(stream);
    if (row.length !== width) {
      throw new RangeError(`the sampler gives ${row.length} counts where ${width} were seen`);
    }
    for (let i = 0; i < width; i += 1) {
      const value = row[i] ?? 0;
      drawn[draw * width + i] = value;
      totals[i] = (totals[i] ?? 0) + value;
      least[i] = Math.min(least[i] ?? 0, value);
      most[i] = Math.max(most[i] ?? 0, value);
    }
  }
  const expected = known ?? totals.map((total, i) => (total + (counts[i] ?? 0)) / (draws + 1));
  const statistic = pearson(counts, expected);
  let atLeast = 1;
  for (let draw = 0; draw < draws; draw += 1) {
    const row = drawn.subarray(draw * width, (draw + 1) * width);
    if (pearson(row, expected) >= statistic * (1 - 1e-9)) atLeast += 1;
  }
  const pValue = atLeast / (draws + 1);
  const cells = counts.map((observed, i) => ({
    observed,
    mean: (totals[i] ?? 0) / draws,
    least: least[i] ?? 0,
    most: most[i] ?? 0,
  }));
  return {
    statistic,
    pValue,
    monteCarloError: Math.sqrt((pValue * (1 - pValue)) / draws),
    draws,
    cells,
    beyond: cells.some((cell) => cell.observed < cell.least || cell.observed > cell.most),
  };
}
