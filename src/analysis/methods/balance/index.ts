export { balanceTable } from './balance-table.ts';
export type { BalanceOptions, BalanceRow, Covariate, CovariateSummary } from './balance-table.ts';
export { participationRatio } from './participation-ratio.ts';
export type { GroupShares, ParticipationRatio } from './participation-ratio.ts';
export { clusteredReach, reach } from './reach.ts';
export type { ClusteredReachOptions, Reach } from './reach.ts';
export {
  binaryDifference,
  categoricalDifference,
  continuousDifference,
} from './standardized-difference.ts';
export type {
  DifferenceOptions,
  Share,
  StandardizedDifference,
  StandardizedDistance,
  TwoArms,
} from './standardized-difference.ts';
