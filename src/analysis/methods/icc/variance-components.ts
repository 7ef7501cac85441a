import { fisherF, sum } from '../../../stats/index.ts';
import type { Estimable } from '../../estimable.ts';
import { notEstimable } from '../../estimable.ts';
import { requireLevel } from '../check.ts';

/** What a cluster's observations come to: their number, mean and variance (divisor n - 1). */
export interface ClusterSummary {
  /** Observations in the cluster. */
  readonly n: number;
  readonly mean: number;
  /** Of the observations within the cluster; not read where n is 1. */
  readonly variance: number;
}

/** An intraclass correlation by analysis of variance. */
export interface IntraclassCorrelation {
  /** (MSB - MSW) / (MSB + (m₀ - 1) MSW): below 0 where clusters differ less than by chance. */
  readonly icc: number;
  /** The same, with 0 in place of what is below 0. */
  readonly truncated: number;
  /** Smith's large-sample standard error. */
  readonly standardError: number;
  /** Searle's interval from the F distribution: exact for normal observations and equal sizes. */
  readonly lower: number;
  readonly upper: number;
  /** MSB, on clusters - arms degrees of freedom. */
  readonly meanSquareBetween: number;
  /** MSW, on observations - clusters degrees of freedom. */
  readonly meanSquareWithin: number;
  /** m₀, the size of cluster that the expectation of MSB is built on. */
  readonly averageSize: number;
  readonly clusters: number;
  readonly observations: number;
}

/** Observations of a cluster: n, their mean, and their sum of squares about it. */
interface Spread {
  readonly n: number;
  readonly mean: number;
  readonly squares: number;
}

/** The analysis of variance of clusters within arms, from each cluster's size, mean and squares. */
export function varianceComponents(
  given: readonly (readonly Spread[])[],
  level: number,
): Estimable<IntraclassCorrelation> {
  requireLevel(level);
  const arms = given.filter((arm) => arm.length > 0).map(sumsOf);
  const clusters = sum(arms.map((arm) => arm.clusters));
  const observations = sum(arms.map((arm) => arm.size));
  const between = clusters - arms.length;
  const within = observations - clusters;
  if (between < 1) return notEstimable('it takes two clusters in an arm to see clusters differ');
  if (within < 1) {
    return notEstimable('no cluster holds two observations, so none varies within itself');
  }
  const msb = sum(arms.map((arm) => arm.betweenSquares)) / between;
  const msw = sum(arms.map((arm) => arm.withinSquares)) / within;
  if (msw === 0) {
    return notEstimable('no cluster varies within itself, so there is no variance to compare with');
  }
  const m0 = sum(arms.map((arm) => arm.size - arm.size2 / arm.size)) / between;
  const icc = (msb - msw) / (msb + (m0 - 1) * msw);
  const unequal = sum(
    arms.map(({ size, size2, size3 }) => size2 - (2 * size3) / size + (size2 / size) ** 2),
  );
  const bySearle = (quantile: number): number =>
    (msb / msw / quantile - 1) / (msb / msw / quantile + m0 - 1);
  const found = {
    icc,
    truncated: Math.max(0, icc),
    standardError: smithError(icc, { m0, between, within, unequal }),
    lower: bySearle(fisherF.quantile((1 - level) / 2, between, within, 'upper')),
    upper: bySearle(fisherF.quantile((1 - level) / 2, between, within)),
  };
  if (!Object.values(found).every(Number.isFinite)) {
    return notEstimable(
      'the clusters are too small and too alike for an intraclass correlation',
      'gather more observations in each cluster',
    );
  }
  return {
    estimable: true,
    ...found,
    meanSquareBetween: msb,
    meanSquareWithin: msw,
    averageSize: m0,
    clusters,
    observations,
  };
}

function sumsOf(arm: readonly Spread[]): {
  readonly clusters: number;
  readonly size: number;
  readonly size2: number;
  readonly size3: number;
  readonly betweenSquares: number;
  readonly withinSquares: number;
} {
  const size = sum(arm.map(({ n }) => n));
  const [{ mean: origin } = { mean: 0 }] = arm;
  // From the first mean, so that clusters alike leave exactly nothing.
  const mean = origin + sum(arm.map((each) => each.n * (each.mean - origin))) / size;
  return {
    clusters: arm.length,
    size,
    size2: sum(arm.map(({ n }) => n ** 2)),
    size3: sum(arm.map(({ n }) => n ** 3)),
    betweenSquares: sum(arm.map((each) => each.n * (each.mean - mean) ** 2)),
    withinSquares: sum(arm.map(({ squares }) => squares)),
  };
}

/**
 * Smith 1957: Var(ρ̂) = 2(1-ρ)²/m₀² · {[1+ρ(m₀-1)]²/(N-k) + [(k-1)(1-ρ)(1+ρ(2m₀-1)) +
 * ρ²(Σn² - 2Σn³/N + (Σn²)²/N²)]/(k-1)²}, with k - arms for k - 1 and the last sum by arm.
 */
function smithError(
  rho: number,
  {
    m0,
    between,
    within,
    unequal,
  }: {
    readonly m0: number;
    readonly between: number;
    readonly within: number;
    readonly unequal: number;
  },
): number {
  const fromWithin = (1 + rho * (m0 - 1)) ** 2 / within;
  const fromBetween =
    (between * (1 - rho) * (1 + rho * (2 * m0 - 1)) + rho ** 2 * unequal) / between ** 2;
  return (Math.SQRT2 * (1 - rho) * Math.sqrt(Math.max(0, fromWithin + fromBetween))) / m0;
}
