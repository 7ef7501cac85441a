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
export type { CdsService, CdsServiceOptions, FaultReport } from './options.ts';
export { createCdsService } from './handler.ts';
export type { Authorize, Caller, GuardedRoute } from './caller.ts';
export { clientsFrom } from './jwt/clients-from.ts';
export type { JwtClient, KeySetDocument } from './jwt/clients.ts';
export { jwtAuthorizer } from './jwt/authorizer.ts';
export type { JwtAuthorizer, JwtOptions, KeyFault } from './jwt/options.ts';
export type { JwtAlgorithm } from './jwt/jose.ts';
export { memoryReplayStore } from './jwt/replay.ts';
export type { ReplayStore } from './jwt/replay.ts';
export type { MetricsOptions } from './metrics/options.ts';
export type { Stray } from './stray.ts';
export type { CorsOptions } from './cors.ts';
export type { Health } from './health.ts';
export type { HttpHandler, HttpRequest, HttpResponse } from './http.ts';
export type { Route } from './route.ts';
export { toNodeListener } from './node.ts';
export { toFetchHandler } from './fetch.ts';
export type { ExpressErrorMiddleware, ExpressMiddleware, ExpressRequest } from './express.ts';
export { toExpress } from './express.ts';
export type { FastifyLike, FastifyPlugin } from './fastify.ts';
export { fastifyCds } from './fastify.ts';
export * from './existing/index.ts';
export * from './hooks/index.ts';
export * from './prefetch/index.ts';
export * from './unit/index.ts';
export { cardIdentifierSystem } from '../events/card-identifier.ts';
export type { CdsServer, ServeOptions } from './serve.ts';
export { serveCds } from './serve.ts';
export { parseRequest, requestWarnings } from './request-schema.ts';
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
