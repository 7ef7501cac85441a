import type { Logger } from 'pino';
import type { Authorize } from './caller.ts';
import type { CorsOptions } from './cors.ts';
import type { HttpHandler } from './http.ts';
import type { MetricsOptions } from './metrics/options.ts';
import type { AlertFault, AlertService } from './service.ts';
import type { Stray } from './stray.ts';

/** What went wrong in a call, and where. */
export interface FaultReport {
  readonly service: string;
  readonly hook: string;
  readonly what: AlertFault;
  /** As the arm's code threw it: it may hold identifiers. */
  readonly error: unknown;
}

export interface CdsServiceOptions {
  readonly services: readonly AlertService[];
  /** Default: silent. One line for each request, without ids of persons, tokens or comments. */
  readonly logger?: Logger | undefined;
  /** Milliseconds since 1970-01-01T00:00Z; default `Date.now`. */
  readonly now?: (() => number) | undefined;
  /** Default: no browser of another origin may call. */
  readonly cors?: CorsOptions | undefined;
  /** Bytes that a body may have; default 4 MiB. */
  readonly bodyLimit?: number | undefined;
  /** What stands before `/cds-services`, such as `/alerts`; default nothing. */
  readonly basePath?: string | undefined;
  /** Milliseconds for which feedback waits until it is on the disk; default 2,000. */
  readonly feedbackDeadline?: number | undefined;
  /**
   * Asked before anything else is done for discovery, calls and feedback; see `jwtAuthorizer`. Default:
   * everybody may. Where it says who calls, feedback is taken only from the caller that the card
   * went to. Cards bear the mark of their caller from the moment on at which it is asked: what was
   * issued before is then nobody's.
   */
  readonly authorize?: Authorize | undefined;
  /** Gives the metrics of Prometheus at `/metrics`; default not. */
  readonly metrics?: boolean | MetricsOptions | undefined;
  /** What must have ended before `/ready` says so; when it fails, `/ready` never does. Default: nothing. */
  readonly starting?: PromiseLike<unknown> | undefined;
  /** Told of every fault in a call. */
  readonly onFault?: ((report: FaultReport) => void) | undefined;
  /** Told of feedback to cards that no ledger here knows: it is in no trial, and in no ledger. */
  readonly onStray?: ((stray: Stray) => void) | undefined;
}

/** Alerts behind their addresses. */
export interface CdsService extends HttpHandler {
  /** From now on `/ready` says 503, so that a load balancer looks elsewhere. Calls are still answered. */
  readonly drain: () => void;
}
