import type { Logger } from 'pino';
import { nameOf, RequestError } from '../errors.ts';
import type { CorsOptions } from './cors.ts';
import { corsHeaders, preflight } from './cors.ts';
import { parseFeedback } from './feedback-schema.ts';
import { watchHealth } from './health.ts';
import type { HttpHandler, HttpRequest, HttpResponse } from './http.ts';
import { json, readJson } from './http.ts';
import { recordFeedback } from './record-feedback.ts';
import { refusal } from './refusal.ts';
import { parseRequest } from './request-schema.ts';
import type { Route } from './route.ts';
import { methodsOf, routeOf } from './route.ts';
import type { AlertFault, AlertService } from './service.ts';
import type { Discovery } from './types.ts';
import { safeLogger } from '../store/log/safe-logger.ts';

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
   * Asked before anything else is done for discovery, calls and feedback; throws a `RequestError`
   * (401 or 403) to refuse. Default: everybody may.
   */
  readonly authorize?:
    | ((
        request: HttpRequest,
        route: Exclude<Route, { readonly to: 'health' }>,
      ) => void | Promise<void>)
    | undefined;
  /** Told of every fault in a call. */
  readonly onFault?: ((report: FaultReport) => void) | undefined;
}

/** What is said about a request in the logger's line. */
type Line = Record<string, string | number | boolean | undefined>;

function catalogue(
  services: readonly AlertService[],
): ReadonlyMap<string, readonly AlertService[]> {
  const byId = new Map<string, AlertService[]>();
  for (const service of services) {
    const { id, hook } = service.description;
    const same = byId.get(id) ?? [];
    if (same.some((other) => other.description.hook === hook)) {
      throw new TypeError(
        `Two services are named "${id}" on the hook "${hook}": name one of them otherwise.`,
      );
    }
    byId.set(id, [...same, service]);
  }
  return byId;
}

/**
 * Puts alerts behind the addresses of CDS Hooks: `GET /cds-services`, `POST /cds-services/{id}`,
 * `POST /cds-services/{id}/feedback`, and `GET /health`. Free of any framework; see `toNodeListener`,
 * `toFetchHandler` and `serveCds`.
 *
 * `GET /health` answers 503 while events are being lost. Alerts are served all the same, so do not
 * let a load balancer take the service away for it: let it wake somebody.
 *
 * @throws TypeError when two services have the same id and hook, or the base path is malformed
 */
export function createCdsService(options: CdsServiceOptions): HttpHandler {
  const { services, cors, authorize, onFault, basePath = '' } = options;
  const logger = safeLogger(options.logger);
  const { now = Date.now, bodyLimit = 4_194_304, feedbackDeadline = 2_000 } = options;
  if (!/^(?:\/[^/?#]+)*$/.test(basePath)) {
    throw new TypeError('basePath must be empty, or begin with "/" and not end with one');
  }
  const byId = catalogue(services);
  const discovery: Discovery = { services: services.map(({ description }) => description) };
  const health = watchHealth(services, now);

  function servicesNamed(id: string, line: Line): readonly AlertService[] {
    const named = byId.get(id);
    if (named === undefined) {
      throw new RequestError('There is no service of this name; see /cds-services.', {
        status: 404,
      });
    }
    line['service'] = id;
    return named;
  }

  async function call(request: HttpRequest, id: string, line: Line): Promise<HttpResponse> {
    const named = servicesNamed(id, line);
    const document = parseRequest(await readJson(request, bodyLimit));
    const service = named.find(({ description }) => description.hook === document.hook);
    if (service === undefined) {
      const hooks = named.map(({ description }) => description.hook).join(', ');
      throw new RequestError('The call is for another hook.', {
        problems: [{ path: 'hook', message: `must be a hook of this service: ${hooks}` }],
      });
    }
    const { hook } = service.description;
    line['hook'] = hook;
    const { response, fired, reason, randomized, fault } = await service.answer(document, {
      at: now(),
      onFault: onFault && ((what, error) => onFault({ service: id, hook, what, error })),
    });
    Object.assign(line, { fired, reason, randomized, fault });
    return json(200, response);
  }

  async function feedback(request: HttpRequest, id: string, line: Line): Promise<HttpResponse> {
    const logs = [...new Set(servicesNamed(id, line).map(({ log }) => log))];
    const document = parseFeedback(await readJson(request, bodyLimit));
    const receipt = await recordFeedback(document, { logs, deadline: feedbackDeadline });
    Object.assign(line, receipt);
    if (receipt.missing > 0) {
      const error = new RequestError('Not all feedback could be recorded yet: send it again.', {
        status: 503,
      });
      return refusal(error, { 'retry-after': '5' });
    }
    if (receipt.rejected > 0) {
      throw new RequestError(
        'Some feedback contradicts what was recorded before; sending it again does not help.',
        { status: 422 },
      );
    }
    return json(200, {});
  }

  function checkHealth(): HttpResponse {
    const report = health();
    return json(report.status === 'ok' ? 200 : 503, report);
  }

  async function answer(request: HttpRequest, line: Line): Promise<HttpResponse> {
    const route = routeOf(request.path, basePath);
    line['to'] = route.to;
    const methods = methodsOf(route);
    const allow = methods.join(', ');
    if (!methods.includes(request.method)) {
      return refusal(new RequestError(`This address takes ${allow}.`, { status: 405 }), { allow });
    }
    if (request.method === 'OPTIONS') return preflight(request, cors, allow);
    if (route.to === 'health') return checkHealth();
    await authorize?.(request, route);
    if (route.to === 'discovery') return json(200, discovery);
    return route.to === 'call' ? call(request, route.id, line) : feedback(request, route.id, line);
  }

  return async (request) => {
    const began = performance.now();
    const line: Line = {};
    let response: HttpResponse;
    try {
      response = await answer(request, line);
    } catch (error) {
      // Only its name: what an unforeseen error says may hold anything.
      if (!(error instanceof RequestError)) line['error'] = nameOf(error);
      response = refusal(error);
    }
    const { status } = response;
    const ms = Math.round((performance.now() - began) * 10) / 10;
    const level =
      status >= 500 || line['fault'] !== undefined ? 'error' : status >= 400 ? 'warn' : 'info';
    logger?.[level]({ ...line, status, ms }, 'cds-hooks');
    return {
      ...response,
      headers: { ...response.headers, ...corsHeaders(request, cors) },
      body: request.method === 'HEAD' ? '' : response.body,
    };
  };
}
