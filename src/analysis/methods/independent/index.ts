export { binomialTest } from './binomial-test.ts';
export type { BinomialTestOptions, ExactTest } from './binomial-test.ts';
export type { Alternative, IntervalEstimate, ProportionCounts, RateCounts } from './counts.ts';
export { numberNeeded } from './number-needed.ts';
export type { NumberNeeded, NumberNeededRange } from './number-needed.ts';
export { oddsRatio } from './odds-ratio.ts';
export type { OddsRatioMethod, OddsRatioOptions } from './odds-ratio.ts';
export { poissonRate } from './poisson-rate.ts';
export { poissonRateRatio } from './poisson-rate-ratio.ts';
export type { PoissonRateRatioOptions } from './poisson-rate-ratio.ts';
export { proportion } from './proportion.ts';
export type { ProportionMethod, ProportionOptions } from './proportion.ts';
export { proportionDifference } from './proportion-difference.ts';
export type {
  ProportionDifferenceMethod,
  ProportionDifferenceOptions,
  ProportionEffect,
} from './proportion-difference.ts';
export { riskRatio } from './risk-ratio.ts';
export type { RiskRatioMethod, RiskRatioOptions } from './risk-ratio.ts';
export { twoByTwo } from './two-by-two.ts';
export type { TwoByTwo, TwoByTwoOptions, TwoByTwoTest } from './two-by-two.ts';
