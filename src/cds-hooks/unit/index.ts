export type { Crosswalk } from './crosswalk.ts';
export { parseCrosswalk } from './crosswalk.ts';
export type { FhirPathUnitOptions } from './fhir-path-unit.ts';
export { fhirPathUnit } from './fhir-path-unit.ts';
export type { PracticeElement } from './practice-element.ts';
export { practiceFrom } from './practice-from.ts';
export type { UnitDocument } from './unit-resolver-from.ts';
export { unitResolverFrom } from './unit-resolver-from.ts';
export type { UnitCounts, UnitGap, UnitOptions, UnitResolver } from './unit-resolver.ts';
