export type {
  Answer,
  AnswerLog,
  AnswerOptions,
  AlertCounters,
  AlertFault,
  AlertService,
} from './service.ts';
export { alertService } from './service.ts';
export type { ArmFault } from './arm-answer.ts';
export type {
  AlertDefinition,
  AlertSubject,
  ArmContent,
  CardContext,
  CardsByArm,
  CardsOf,
  Shown,
  ShownArmName,
} from './definition.ts';
export type {
  CdsHandler,
  Variant,
  VariantByArm,
  VariantContext,
  VariantName,
  WithTrialOptions,
} from './with-trial.ts';
export { withTrial } from './with-trial.ts';
export type { ContextIds } from './context-ids.ts';
export { contextIds } from './context-ids.ts';
export type { CdsServiceOptions, FaultReport } from './handler.ts';
export { createCdsService } from './handler.ts';
export type { CorsOptions } from './cors.ts';
export type { Health } from './health.ts';
export type { HttpHandler, HttpRequest, HttpResponse } from './http.ts';
export type { Route } from './route.ts';
export { toNodeListener } from './node.ts';
export { toFetchHandler } from './fetch.ts';
export type { CdsServer, ServeOptions } from './serve.ts';
export { serveCds } from './serve.ts';
export { parseRequest } from './request-schema.ts';
export { parseResponse } from './response-schema.ts';
export { parseFeedback } from './feedback-schema.ts';
export type {
  Action,
  Card,
  CardCoding,
  CdsRequest,
  CdsResponse,
  Discovery,
  Extension,
  Feedback,
  FeedbackItem,
  FhirAuthorization,
  FhirResource,
  Link,
  OverrideReason,
  ServiceDescription,
  Source,
  Suggestion,
} from './types.ts';
