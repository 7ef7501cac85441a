export { assign, assignControl } from './assign.ts';
export type { AssignOptions, Assignment } from './assign.ts';
export { hashKey, joinKey } from './hash.ts';
export { checkLayers } from './layers.ts';
export { replay } from './replay.ts';
export type { AssignedRow, Disagreement, ReplayReport } from './replay.ts';
export type { Subject, SubjectIds } from './subject.ts';
