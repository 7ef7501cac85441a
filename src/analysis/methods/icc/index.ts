export { designEffect, effectiveSampleSize } from './design-effect.ts';
export type { PlannedDesign, SizedDesign } from './design-effect.ts';
export { iccOfMeans, iccOfProportions } from './intraclass-correlation.ts';
export type { IccOptions, ProportionIcc } from './intraclass-correlation.ts';
export { rateVariation } from './rate-variation.ts';
export type { RateVariation } from './rate-variation.ts';
export type { ClusterSummary, IntraclassCorrelation } from './variance-components.ts';
