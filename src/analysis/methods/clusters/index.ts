export { clusterMeans } from './cluster-means.ts';
export type {
  ArmMean,
  ClusterMeans,
  ClusterMeansOptions,
  ClusterSummaryStatistic,
} from './cluster-means.ts';
export { donnerKlar } from './donner-klar.ts';
export type { AdjustedProportion, DonnerKlarOptions, DonnerKlarTest } from './donner-klar.ts';
export { clusterAverage, compareEstimands } from './estimands.ts';
export type { ClusterAverage, EstimandsComparison, EstimandsOptions } from './estimands.ts';
export { oddsRatioOfTotals } from './odds-ratio.ts';
export { wilcoxonTest } from './wilcoxon.ts';
export type { ShiftInterval, WilcoxonOptions, WilcoxonTest } from './wilcoxon.ts';
