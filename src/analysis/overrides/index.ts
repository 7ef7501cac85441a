export { overrideReasons } from './override-reasons.ts';
export type { OverrideOptions } from './override-reasons.ts';
export type {
  ArmOverrides,
  OverrideCount,
  OverrideGroup,
  OverrideReason,
  OverrideReasons,
} from './result.ts';
