export type {
  AllergyIntoleranceCreateContext,
  AppointmentBookContext,
  EncounterDischargeContext,
  EncounterStartContext,
  HookContexts,
  HookName,
  MedicationRefillContext,
  OrderDispatchContext,
  OrderSelectContext,
  OrderSignContext,
  PatientViewContext,
  ProblemListItemCreateContext,
  SentContext,
} from './contexts.ts';
export type { ContextField, FieldKind, HookDescription } from './library.ts';
export { hookLibrary, isHookName } from './library.ts';
export { parseContext } from './parse-context.ts';
