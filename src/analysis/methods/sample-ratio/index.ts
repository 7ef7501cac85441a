export { clusterSizes } from './cluster-sizes.ts';
export type { SizesByArm } from './cluster-sizes.ts';
export { independentCounts, permutedBlockCounts } from './draw-counts.ts';
export type { BlockPlan, CountSampler } from './draw-counts.ts';
export { testSampleRatioByProcedure } from './by-procedure.ts';
export type { ProcedureRatioTest, ProcedureReplay } from './by-procedure.ts';
export { sequentialSampleRatio } from './sequential.ts';
export type {
  SampleRatioLook,
  SequentialSampleRatio,
  SequentialSampleRatioOptions,
} from './sequential.ts';
export { testSampleRatio } from './test-sample-ratio.ts';
export type {
  SampleRatioMethod,
  SampleRatioOptions,
  SampleRatioTest,
} from './test-sample-ratio.ts';
