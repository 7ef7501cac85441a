export { equityReport } from './equity-report.ts';
export type { DivisionReport, EquityOptions, EquityReport } from './equity-report.ts';
export type {
  DivisionReach,
  PlainParticipation,
  PlainShare,
  Population,
  SubgroupReach,
} from './reach-by-subgroup.ts';
export { divisionsByStrata } from './subgroups-of.ts';
export type { Division } from './subgroups-of.ts';
