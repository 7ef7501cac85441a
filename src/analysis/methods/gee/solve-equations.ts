import type { Matrix } from '../../../stats/index.ts';
import { cholesky, inverse, solve } from '../../../stats/index.ts';
import type { Estimable } from '../../estimable.ts';
import { notEstimable } from '../../estimable.ts';
import type { Design } from './design.ts';
import type { Family } from './family.ts';
import type { ClusterSums, Sums } from './sums.ts';
import { residualSumsOf, sumsOver } from './sums.ts';
import type { ClusterSizes, MomentChoice } from './working-correlation.ts';
import { correlate, momentsAt } from './working-correlation.ts';

/** When the iteration ends. */
export interface Stopping {
  readonly maximumIterations: number;
  /**
   * The largest move of any row's linear predictor (gaussian: in residual standard deviations), and
   * under a common correlation also of the coefficients, in standard errors.
   */
  readonly tolerance: number;
}

/** Coefficients and how many steps led to them. */
export interface Coefficients {
  readonly beta: Float64Array;
  readonly iterations: number;
}

/** A linear predictor beyond which a mean has as good as met its bound. */
const farOut = 30;
/** What is left of the information on a coefficient when it has run away. */
const vanished = 1e-9;

/**
 * Coefficients under independence by Newton's method, from the family's start or from `beta`. A step
 * that lowers the likelihood is halved.
 */
export function solveIndependence(
  design: Design,
  family: Family,
  { stopping, beta: given }: { readonly stopping: Stopping; readonly beta?: Float64Array },
): Estimable<Coefficients> {
  const reach = reachOf(design);
  const start = given ? undefined : sumsOver(design, family, {});
  const dependent = start && dependentTerm(start.information, design);
  if (dependent !== undefined) {
    return notEstimable(
      `"${dependent}" is a combination of the terms before it`,
      'leave it out, or the terms that it repeats',
    );
  }
  let beta = given ?? (start && stepOf(start)) ?? new Float64Array(design.terms.length);
  let before: { readonly beta: Float64Array; readonly logLikelihood: number } | undefined;
  for (let iterations = 1; iterations <= stopping.maximumIterations; iterations += 1) {
    const sums = sumsOver(design, family, { beta });
    const slack = 1e-9 * (1 + Math.abs(before?.logLikelihood ?? 0));
    if (before && !(sums.logLikelihood >= before.logLikelihood - slack)) {
      const { beta: kept } = before;
      beta = beta.map((value, j) => (value + (kept[j] ?? 0)) / 2);
      continue;
    }
    const away = start && sums.extreme > farOut ? runawayTerms(design, start, sums) : [];
    if (away.length > 0) return runaway(family, away);
    const step = stepOf(sums);
    if (step === undefined) return runaway(family, design.terms);
    before = { beta, logLikelihood: sums.logLikelihood };
    beta = beta.map((value, j) => value + (step[j] ?? 0));
    // Least squares are exact after one step, whatever is left of them.
    if (family.name === 'gaussian' || moveOf(step, reach) <= stopping.tolerance) {
      return { estimable: true, beta, iterations };
    }
  }
  return unsettled(stopping);
}

/**
 * Coefficients under a common correlation, from those under independence: a Fisher step at the
 * correlation of the present residuals, over again.
 */
export function solveExchangeable(
  design: Design,
  family: Family,
  {
    from,
    stopping,
    ...using
  }: MomentChoice & {
    readonly from: Coefficients;
    readonly stopping: Stopping;
    readonly sizes: ClusterSizes;
  },
): Estimable<Coefficients> {
  const reach = reachOf(design);
  let { beta, iterations } = from;
  while (iterations < stopping.maximumIterations) {
    const residuals = residualSumsOf(design);
    const sums = sumsOver(design, family, { beta, residuals });
    iterations += 1;
    const moments = momentsAt(design, family, { ...using, residuals, squares: sums.squares });
    if (!moments.estimable) return moments;
    correlate(sums, residuals, { alpha: moments.alpha, sizes: using.sizes });
    const step = stepOf(sums);
    if (step === undefined) break;
    beta = beta.map((value, j) => value + (step[j] ?? 0));
    const unit = family.name === 'gaussian' ? Math.sqrt(sums.squares / design.size) : 1;
    // Large counts make a move tell that is small on the logarithm, so standard errors are asked too.
    const { score } = sums;
    const decrement = step.reduce((total, value, j) => total + value * (score[j] ?? 0), 0);
    const errors = Math.sqrt(Math.max(0, decrement) / moments.phi);
    const move = moveOf(step, reach);
    // Beside a mean far from 0 no smaller move can be told from rounding.
    const rounding = 2 ** -48 * moveOf(beta, reach);
    if (Math.max(move / unit, errors) <= stopping.tolerance || move <= rounding) {
      return { estimable: true, beta, iterations };
    }
  }
  return unsettled(stopping);
}

/** p × p numbers as a matrix. */
export function squareOf(values: Float64Array, order: number): Matrix {
  return { rows: order, columns: order, values };
}

function stepOf({ information, score }: ClusterSums): Float64Array | undefined {
  const p = score.length;
  const step = solve(squareOf(information, p), { rows: p, columns: 1, values: score })?.values;
  return step?.every(Number.isFinite) ? step : undefined;
}

/** How far a step moves the linear predictor of any row, at most. */
function moveOf(step: Float64Array, reach: Float64Array): number {
  return step.reduce((total, value, j) => total + Math.abs(value) * (reach[j] ?? 0), 0);
}

/** The largest size of each column, by which a coefficient moves a linear predictor. */
function reachOf({ columns }: Design): Float64Array {
  return Float64Array.from(columns, (column) => {
    if (column === undefined) return 1;
    let most = 0;
    for (const value of column) most = Math.max(most, Math.abs(value));
    return most;
  });
}

/** The first term of which those before it leave less than 1e-11 of its own squares. */
function dependentTerm(information: Float64Array, { terms }: Design): string | undefined {
  const p = terms.length;
  return terms.find((_, j) => {
    const order = j + 1;
    const leading = new Float64Array(order * order);
    for (let row = 0; row < order; row += 1) {
      leading.set(information.subarray(row * p, row * p + order), row * order);
    }
    const pivot = cholesky(squareOf(leading, order))?.values[order * order - 1] ?? 0;
    return !(pivot * pivot > 1e-11 * (information[j * p + j] ?? 0));
  });
}

/** The terms of which next to no information, 1 / (A⁻¹)ⱼⱼ, is left since the start. */
function runawayTerms({ terms }: Design, start: Sums, now: Sums): readonly string[] {
  const p = terms.length;
  const [first, last] = [start, now].map((sums) => inverse(squareOf(sums.information, p))?.values);
  return first && last
    ? terms.filter((_, j) => (first[j * p + j] ?? 0) < vanished * (last[j * p + j] ?? 0))
    : terms;
}

function runaway({ name }: Family, terms: readonly string[]): Estimable<never> {
  const which = terms.map((term) => `"${term}"`).join(' and ');
  return name === 'binomial'
    ? notEstimable(
        `separation: the covariates part some rows that have the outcome from some that have not, so no finite coefficient of ${which} fits best`,
        'leave out or merge the covariate that separates, or compare totals by re-randomisation',
      )
    : notEstimable(
        `some rows share covariates under which no event was seen, so no finite coefficient of ${which} fits best (the logarithm of 0)`,
        'read the difference of the rates, or compare totals by re-randomisation',
      );
}

function unsettled({ maximumIterations }: Stopping): Estimable<never> {
  return notEstimable(
    `the coefficients did not settle in ${maximumIterations} iterations`,
    'use correlation "independence", centre the covariates, or allow more iterations',
  );
}
