import type { Design } from './design.ts';
import type { Block, BlockTotals, Family } from './family.ts';

/** Sums over all rows at one value of the coefficients; x is a row of p covariates. */
export interface Sums extends Readonly<BlockTotals> {
  /** Σ w v x xᵀ, p × p, with v the information of a row. */
  readonly information: Float64Array;
  /** Σ w x s, with s the score of a row. */
  readonly score: Float64Array;
}

/** Sums by cluster that an exchangeable working correlation needs. */
export interface ResidualSums {
  /** Σ w √v x, p numbers a cluster. */
  readonly roots: Float64Array;
  /** Σ w r, with r = s / √v the Pearson residual. */
  readonly residuals: Float64Array;
}

/** Empty sums by cluster. */
export function residualSumsOf({ clusters, terms }: Design): ResidualSums {
  return {
    roots: new Float64Array(clusters * terms.length),
    residuals: new Float64Array(clusters),
  };
}

/** Information and score of each cluster under independence. */
export interface ClusterSums {
  /** Σ w v x xᵀ, p × p numbers a cluster. */
  readonly information: Float64Array;
  /** Σ w x s, p numbers a cluster. */
  readonly score: Float64Array;
}

/** Which sums to fill besides the totals, and where the linear predictor comes from. */
export interface Wanted {
  /** Without coefficients the predictor is the family's start, and the score that of least squares. */
  readonly beta?: Float64Array | undefined;
  readonly residuals?: ResidualSums | undefined;
  readonly clusters?: ClusterSums | undefined;
}

/** Rows a block: small enough for the fastest memory, large enough that loops are long. */
const blockRows = 1024;

const { sqrt } = Math;

/**
 * One pass over the rows, block by block and column by column, so that every inner loop runs over
 * numbers that lie together and nothing is made for a row. Sums of blocks are added up, which also
 * keeps the rounding errors of a million rows near those of a thousand.
 */
export function sumsOver(design: Design, family: Family, wanted: Wanted): Sums {
  const p = design.terms.length;
  const rows = design.outcome.length;
  const information = new Float64Array(p * p);
  const score = new Float64Array(p);
  const totals: BlockTotals = { logLikelihood: 0, squares: 0, extreme: -Infinity };
  const block = blockOf();
  const x = new Float64Array(p * blockRows).fill(1);
  const weighted = new Float64Array(blockRows);
  for (let from = 0; from < rows; from += blockRows) {
    const to = Math.min(rows, from + blockRows);
    load(design, { from, to }, block, x);
    predict(design, family, { from, beta: wanted.beta }, block, x);
    const own: BlockTotals = { logLikelihood: 0, squares: 0, extreme: totals.extreme };
    family.evaluate(block, own);
    totals.logLikelihood += own.logLikelihood;
    totals.squares += own.squares;
    totals.extreme = own.extreme;
    if (wanted.beta === undefined) towardsLeastSquares(design, from, block);
    addTotals(block, x, weighted, { information, score });
    if (wanted.residuals) addResiduals(design, from, block, x, wanted.residuals);
    if (wanted.clusters) addClusters(design, from, block, x, wanted.clusters);
  }
  for (let j = 0; j < p; j += 1) {
    for (let k = 0; k < j; k += 1) information[k * p + j] = information[j * p + k] ?? 0;
  }
  return { ...totals, information, score };
}

function blockOf(): Block {
  const numbers = (): Float64Array => new Float64Array(blockRows);
  return {
    count: 0,
    outcome: numbers(),
    weight: numbers().fill(1),
    predictor: numbers(),
    information: numbers(),
    score: numbers(),
  };
}

/** Copies a run of rows; the columns of ones keep the ones they began with. */
function load(
  { columns, outcome, weights }: Design,
  { from, to }: { readonly from: number; readonly to: number },
  block: Block,
  x: Float64Array,
): void {
  block.count = to - from;
  block.outcome.set(outcome.subarray(from, to));
  if (weights) block.weight.set(weights.subarray(from, to));
  columns.forEach((column, j) => {
    if (column) x.set(column.subarray(from, to), j * blockRows);
  });
}

function predict(
  { terms, offset }: Design,
  family: Family,
  { from, beta }: { readonly from: number; readonly beta: Float64Array | undefined },
  block: Block,
  x: Float64Array,
): void {
  const { count, predictor, outcome, weight } = block;
  if (beta === undefined) {
    for (let i = 0; i < count; i += 1) {
      predictor[i] = family.start(outcome[i] ?? 0, weight[i] ?? 0);
    }
    return;
  }
  if (offset) predictor.set(offset.subarray(from, from + count));
  else predictor.fill(0);
  for (let j = 0; j < terms.length; j += 1) {
    const slope = beta[j] ?? 0;
    const at = j * blockRows;
    for (let i = 0; i < count; i += 1) {
      predictor[i] = (predictor[i] ?? 0) + slope * (x[at + i] ?? 0);
    }
  }
}

/** The right side of the first weighted least squares: working responses instead of residuals. */
function towardsLeastSquares({ offset }: Design, from: number, block: Block): void {
  const { count, predictor, information, score } = block;
  for (let i = 0; i < count; i += 1) {
    const response = (predictor[i] ?? 0) - (offset?.[from + i] ?? 0);
    score[i] = (score[i] ?? 0) + (information[i] ?? 0) * response;
  }
}

function addTotals(
  { count, weight, information: v, score: s }: Block,
  x: Float64Array,
  weighted: Float64Array,
  { information, score }: ClusterSums,
): void {
  const p = score.length;
  for (let j = 0; j < p; j += 1) {
    const at = j * blockRows;
    let slope = 0;
    for (let i = 0; i < count; i += 1) {
      const wx = (weight[i] ?? 0) * (x[at + i] ?? 0);
      slope += wx * (s[i] ?? 0);
      weighted[i] = wx * (v[i] ?? 0);
    }
    score[j] = (score[j] ?? 0) + slope;
    for (let k = 0; k <= j; k += 1) {
      const other = k * blockRows;
      let product = 0;
      for (let i = 0; i < count; i += 1) product += (weighted[i] ?? 0) * (x[other + i] ?? 0);
      information[j * p + k] = (information[j * p + k] ?? 0) + product;
    }
  }
}

function addResiduals(
  { codes, terms }: Design,
  from: number,
  { count, weight, information: v, score: s }: Block,
  x: Float64Array,
  { roots, residuals }: ResidualSums,
): void {
  const p = terms.length;
  for (let i = 0; i < count; i += 1) {
    const g = codes?.[from + i] ?? from + i;
    const w = weight[i] ?? 0;
    const root = sqrt(v[i] ?? 0);
    residuals[g] = (residuals[g] ?? 0) + (w * (s[i] ?? 0)) / root;
    for (let j = 0; j < p; j += 1) {
      const at = g * p + j;
      roots[at] = (roots[at] ?? 0) + w * root * (x[j * blockRows + i] ?? 0);
    }
  }
}

function addClusters(
  { codes, terms }: Design,
  from: number,
  { count, weight, information: v, score: s }: Block,
  x: Float64Array,
  { information, score }: ClusterSums,
): void {
  const p = terms.length;
  for (let i = 0; i < count; i += 1) {
    const g = codes?.[from + i] ?? from + i;
    const w = weight[i] ?? 0;
    const wv = w * (v[i] ?? 0);
    const ws = w * (s[i] ?? 0);
    for (let j = 0; j < p; j += 1) {
      const xj = x[j * blockRows + i] ?? 0;
      score[g * p + j] = (score[g * p + j] ?? 0) + ws * xj;
      for (let k = 0; k < p; k += 1) {
        const at = (g * p + j) * p + k;
        information[at] = (information[at] ?? 0) + wv * xj * (x[k * blockRows + i] ?? 0);
      }
    }
  }
}
