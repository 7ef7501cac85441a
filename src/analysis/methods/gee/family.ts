/** A distribution whose mean and variance the estimating equations borrow, with its canonical link. */
export type FamilyName = 'poisson' | 'binomial' | 'gaussian';

/** Work space for a run of rows: numbers of one row stand at one index of each array. */
export interface Block {
  /** How many rows it holds now. */
  count: number;
  readonly outcome: Float64Array;
  readonly weight: Float64Array;
  /** Linear predictor η. */
  readonly predictor: Float64Array;
  /** Expected information of one row in η: (∂μ/∂η)² / variance. */
  readonly information: Float64Array;
  /** Derivative of the log likelihood of one row in η: (y - μ) ∂μ/∂η / variance. */
  readonly score: Float64Array;
}

/** What a block adds to numbers that are summed over all rows. */
export interface BlockTotals {
  /** Log likelihood up to a constant. */
  logLikelihood: number;
  /** Pearson: Σ w (y - μ)² / variance, over trials where a row stands for several. */
  squares: number;
  /** How far the linear predictor goes where the mean meets its bound. */
  extreme: number;
}

/** A family: how outcomes vary about a mean that is a function of the linear predictor. */
export interface Family {
  readonly name: FamilyName | 'negativeBinomial';
  /** A linear predictor to begin at, from the outcome alone. */
  readonly start: (outcome: number, weight: number) => number;
  /** Fills `information` and `score` from `predictor`, and adds to the totals. */
  readonly evaluate: (block: Block, totals: BlockTotals) => void;
  /** The mean μ(η). */
  readonly mean: (predictor: number) => number;
  /** Its derivative, given η and the mean. */
  readonly slope: (mean: number) => number;
  /** With the logarithm as link exp(offset) is an exposure, and the mean over it is a rate. */
  readonly exposure: boolean;
}

const { abs, exp, log, log1p, max } = Math;

const poisson: Family = {
  name: 'poisson',
  exposure: true,
  start: (outcome) => log(outcome + 0.1),
  mean: exp,
  slope: (mean) => mean,
  evaluate: ({ count, outcome, weight, predictor, information, score }, totals) => {
    let { logLikelihood, squares, extreme } = totals;
    for (let i = 0; i < count; i += 1) {
      const eta = predictor[i] ?? 0;
      const y = outcome[i] ?? 0;
      const w = weight[i] ?? 0;
      const mu = exp(eta);
      const e = y - mu;
      information[i] = mu;
      score[i] = e;
      logLikelihood += w * (y * eta - mu);
      squares += (w * e * e) / mu;
      if (-eta > extreme) extreme = -eta;
    }
    totals.logLikelihood = logLikelihood;
    totals.squares = squares;
    totals.extreme = extreme;
  },
};

const binomial: Family = {
  name: 'binomial',
  exposure: false,
  start: (outcome, weight) => {
    const mu = (weight * outcome + 0.5) / (weight + 1);
    return log(mu / (1 - mu));
  },
  mean: (eta) => 1 / (1 + exp(-eta)),
  slope: (mean) => mean * (1 - mean),
  evaluate: ({ count, outcome, weight, predictor, information, score }, totals) => {
    let { logLikelihood, squares, extreme } = totals;
    for (let i = 0; i < count; i += 1) {
      const eta = predictor[i] ?? 0;
      const y = outcome[i] ?? 0;
      const w = weight[i] ?? 0;
      const size = abs(eta);
      // From the small tail, so that the variance keeps its digits on both sides.
      const tail = exp(-size);
      const mu = (eta > 0 ? 1 : tail) / (1 + tail);
      const v = tail / ((1 + tail) * (1 + tail));
      const e = y - mu;
      information[i] = v;
      score[i] = e;
      logLikelihood += w * (y * eta - max(eta, 0) - log1p(tail));
      // A proportion y of w trials: the trials vary by y(1 - y) about their own mean.
      squares += (w * (e * e + y * (1 - y))) / v;
      if (size > extreme) extreme = size;
    }
    totals.logLikelihood = logLikelihood;
    totals.squares = squares;
    totals.extreme = extreme;
  },
};

const gaussian: Family = {
  name: 'gaussian',
  exposure: false,
  start: (outcome) => outcome,
  mean: (eta) => eta,
  slope: () => 1,
  evaluate: ({ count, outcome, weight, predictor, information, score }, totals) => {
    let { squares } = totals;
    for (let i = 0; i < count; i += 1) {
      const e = (outcome[i] ?? 0) - (predictor[i] ?? 0);
      information[i] = 1;
      score[i] = e;
      squares += (weight[i] ?? 0) * e * e;
    }
    totals.squares = squares;
    totals.logLikelihood = -squares / 2;
  },
};

/** The families by name. */
export const families: Readonly<Record<FamilyName, Family>> = { poisson, binomial, gaussian };

/**
 * The negative binomial of a dispersion θ, with the logarithm as link: variance μ + μ²/θ.
 *
 * @see J. F. Lawless, Can. J. Statist. 15 (1987) 209.
 */
export function negativeBinomialOf(theta: number): Family {
  return {
    ...poisson,
    name: 'negativeBinomial',
    evaluate: ({ count, outcome, weight, predictor, information, score }, totals) => {
      let { logLikelihood, squares, extreme } = totals;
      for (let i = 0; i < count; i += 1) {
        const eta = predictor[i] ?? 0;
        const y = outcome[i] ?? 0;
        const w = weight[i] ?? 0;
        const mu = exp(eta);
        const shrink = theta / (theta + mu);
        const e = y - mu;
        information[i] = mu * shrink;
        score[i] = e * shrink;
        logLikelihood += w * (y * eta - (y + theta) * log1p(mu / theta));
        squares += (w * e * e * shrink) / mu;
        if (-eta > extreme) extreme = -eta;
      }
      totals.logLikelihood = logLikelihood;
      totals.squares = squares;
      totals.extreme = extreme;
    },
  };
}

/**
 * Refuses outcomes that a family cannot have.
 *
 * @throws RangeError naming the row
 */
export function requireOutcome(
  family: FamilyName,
  outcome: Float64Array,
  weights: Float64Array | undefined,
): void {
  const { isInteger } = Number;
  if (family === 'gaussian') return;
  outcome.forEach((y, i) => {
    if (family === 'poisson' && !(y >= 0 && isInteger(y))) {
      throw new RangeError(
        `a count must be a whole number from 0; row ${i} holds ${y}` +
          ' (for a rate give the count, and the logarithm of the exposure as offset)',
      );
    }
    if (family === 'binomial') {
      const w = weights?.[i] ?? 1;
      // Proportions are rounded: 1/3 of 3 trials is 1.
      if (!(y >= 0 && y <= 1 && abs(w * y - Math.round(w * y)) <= 1e-6 * max(1, w))) {
        throw new RangeError(
          weights === undefined
            ? `a binomial outcome must be 0 or 1; row ${i} holds ${y} (for a proportion give its trials as weights)`
            : `a proportion times its trials must be a whole number from 0 to the trials; row ${i} holds ${y} of ${w}`,
        );
      }
    }
  });
}
