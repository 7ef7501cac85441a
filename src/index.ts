export { assign, assignControl } from './allocation/assign.ts';
export type { AssignOptions, Assignment } from './allocation/assign.ts';
export type { Subject, SubjectIds } from './allocation/subject.ts';
export {
  AllocationError,
  AnalysisRefusedError,
  EventConflictError,
  EventError,
  FhirError,
  ImportError,
  KeyError,
  PlanError,
  ProtocolError,
  ProtocolMismatchError,
  RapidcycleError,
  RequestError,
  StoreClosedError,
  StoreFullError,
  StoreUnusableError,
  UsageError,
} from './errors.ts';
export type { Problem, RapidcycleErrorCode } from './errors.ts';
export type {
  Acceptance,
  AcceptedOrder,
  Coding,
  Deviation,
  Dismissal,
  EventType,
  Gap,
  Impression,
  OrderRoute,
  PatientDays,
  Stage,
  TrialEvent,
} from './events/event.ts';
export { nonAdherence, nonAdherenceSystem } from './events/non-adherence.ts';
export type { NonAdherenceCategory, NonAdherenceCode } from './events/non-adherence.ts';
export { overrideMapFrom } from './events/override-map.ts';
export type { OverrideMap, OverrideMapping } from './events/override-map.ts';
export { parseEvent } from './events/schema.ts';
export type {
  AllocationMethod,
  AllocationPlan,
  BlocksMethod,
  CompleteMethod,
  ConstrainedMethod,
  Covariate,
  Crossover,
  HashedPlan,
  ListedPlan,
  MatchedMethod,
  MinimisationMethod,
  PeriodPlan,
  SteppedWedge,
  Switchback,
} from './trial/allocation-plan.ts';
export type { AlertCount, BroughtCount, Count, LedgerCount, RiskCount } from './trial/count.ts';
export { loadTrial } from './trial/load.ts';
export type { CustomMetric, MetricDefinition } from './trial/metric.ts';
export type { RegisteredMetric } from './trial/metrics.ts';
export type {
  AlertCounting,
  Algorithm,
  Arm,
  ArmName,
  Claim,
  DecisionRule,
  EnrolmentStep,
  FactorLevels,
  Governance,
  Guardrail,
  Json,
  Layer,
  MetricName,
  Outcome,
  PatientDayCounting,
  Protocol,
  ShownArm,
  SilentArm,
  Unit,
  Within,
} from './trial/protocol.ts';
export type { Reason } from './trial/reason.ts';
export { defineTrial, trialFrom } from './trial/trial.ts';
export type { Resolved, Trial } from './trial/trial.ts';
