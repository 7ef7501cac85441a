import { randomUUID } from 'node:crypto';
import { nameOf, RequestError } from '../errors.ts';
import type { TenantMark } from '../events/ids.ts';
import { safeLogger } from '../store/log/safe-logger.ts';
import { answerFeedback } from './answer-feedback.ts';
import type { Caller } from './caller.ts';
import { markCallers } from './caller.ts';
import { catalogue } from './catalogue.ts';
import { corsOf } from './cors.ts';
import { watchHealth } from './health.ts';
import type { HttpHandler, HttpRequest, HttpResponse } from './http.ts';
import { json, readJson } from './http.ts';
import { laneOf } from './lane.ts';
import { metricsOf } from './metrics/metrics.ts';
import type { CdsService, CdsServiceOptions } from './options.ts';
import { readinessAfter } from './readiness.ts';
import type { ItemReceipt } from './record-feedback.ts';
import { refusal } from './refusal.ts';
import type { Seen } from './reporter.ts';
import { outcomeOf, reporter } from './reporter.ts';
import { parseRequest } from './request-schema.ts';
import { methodsOf, routeOf } from './route.ts';
import type { AlertService } from './service.ts';
import type { Stray } from './stray.ts';
import { strayOf } from './stray.ts';
import type { Discovery } from './types.ts';

// Enough to keep the disk busy, and far from what the queue of a log holds.
const answersAtOnce = 256;
// When so many answers wait for the ledger, more are not taken.
const mostAnswersWaiting = 50_000;

/** Who is called, by whom, and what is said of it. */
interface Addressed {
  /** The services of one id. */
  readonly named: readonly AlertService[];
  readonly seen: Seen;
  readonly caller: Caller | undefined;
}

function tell(onStray: ((stray: Stray) => void) | undefined, stray: Stray): void {
  try {
    onStray?.(stray);
  } catch {
    // Whoever listens must not cost an answer.
  }
}

/**
 * Puts alerts behind the addresses of CDS Hooks: `GET /cds-services`, `POST /cds-services/{id}`,
 * `POST /cds-services/{id}/feedback`; and `GET /health`, `/ready` and, when asked, `/metrics`. Free of
 * any framework; see `toNodeListener`, `toFetchHandler` and `serveCds`.
 *
 * `GET /health` answers 503 while events are being lost. Alerts are served all the same, so do not
 * let a load balancer take the service away for it: let it wake somebody. `GET /ready` is for the
 * load balancer.
 *
 * Every response has an `x-request-id` of its own, which is in the logger's line too. That of the
 * client is not taken over: it may hold anything.
 *
 * @throws TypeError when two services have the same id and hook, or an option is malformed
 */
export function createCdsService(options: CdsServiceOptions): CdsService {
  const { services, authorize, onFault, onStray, basePath = '' } = options;
  const logger = safeLogger(options.logger);
  const { now = Date.now, bodyLimit = 4_194_304, feedbackDeadline = 2_000 } = options;
  if (!/^(?:\/[^/?#]+)*$/.test(basePath)) {
    throw new TypeError('basePath must be empty, or begin with "/" and not end with one');
  }
  const byId = catalogue(services);
  const discovery: Discovery = { services: services.map(({ description }) => description) };
  const health = watchHealth(services, now);
  const cors = corsOf(options.cors);
  const lane = laneOf(answersAtOnce);
  const allLogs = [...new Set(services.map(({ log }) => log))];
  const markOf = markCallers();

  const metrics = metricsOf(options.metrics, services);
  const readiness = readinessAfter(options.starting, (error) =>
    logger?.error({ error: nameOf(error) }, 'the start failed'),
  );
  const report = reporter(logger, metrics.measure);

  function servicesNamed(id: string, { line }: Seen): readonly AlertService[] {
    const named = byId.get(id);
    if (named === undefined) {
      throw new RequestError('There is no service of this name; see /cds-services.', {
        status: 404,
      });
    }
    line['service'] = id;
    return named;
  }

  /** What a caller's cards bear. */
  const markFor = (caller: Caller | undefined): TenantMark | undefined => caller && markOf(caller);

  async function call(
    request: HttpRequest,
    id: string,
    { named, seen, caller }: Addressed,
  ): Promise<HttpResponse> {
    const document = parseRequest(await readJson(request, bodyLimit));
    const service = named.find(({ description }) => description.hook === document.hook);
    if (service === undefined) {
      const hooks = named.map(({ description }) => description.hook).join(', ');
      throw new RequestError('The call is for another hook.', {
        problems: [{ path: 'hook', message: `must be a hook of this service: ${hooks}` }],
      });
    }
    const { hook } = service.description;
    seen.line['hook'] = hook;
    const answer = await service.answer(document, {
      at: now(),
      mark: markFor(caller),
      onFault: onFault && ((what, error) => onFault({ service: id, hook, what, error })),
    });
    const { response, fired, reason, randomized, fault } = answer;
    Object.assign(seen.line, { fired, reason, randomized, fault });
    seen.outcome = outcomeOf(answer);
    return json(200, response);
  }

  async function feedback(
    request: HttpRequest,
    id: string,
    { named, seen, caller }: Addressed,
  ): Promise<HttpResponse> {
    const logs = named.map(({ log }) => log);
    if (lane.waiting > mostAnswersWaiting) {
      const error = new RequestError('Too much feedback waits for the ledger: send it later.', {
        status: 503,
      });
      return refusal(error, { 'retry-after': '30' });
    }
    const receivedAt = now();
    const onReceipt = ({ item, results }: ItemReceipt): void => {
      const { outcome } = item;
      for (const result of results) {
        metrics.measure((meters) => meters.feedback({ service: id, outcome, result }));
      }
      if (results.every((result) => result === 'unknown')) {
        tell(onStray, strayOf(item, { service: id, receivedAt }));
      }
    };
    const { response, counts } = await answerFeedback(await readJson(request, bodyLimit), {
      // A client may send what it knows of all cards to one address.
      logs: [...new Set([...logs, ...allLogs])],
      mark: markFor(caller),
      lane,
      deadline: feedbackDeadline,
      onReceipt,
    });
    Object.assign(seen.line, counts);
    return response;
  }

  function checkHealth(): HttpResponse {
    const report = health();
    return json(report.status === 'ok' ? 200 : 503, report);
  }

  async function answer(request: HttpRequest, seen: Seen): Promise<HttpResponse> {
    const route = metrics.isAt(request.path)
      ? ({ to: 'metrics' } as const)
      : routeOf(request.path, basePath);
    seen.line['to'] = route.to;
    // First of all: what has another name may be served by others beside this handler, which must not
    // ask its callers for a token, nor answer their browsers.
    const named = 'id' in route ? servicesNamed(route.id, seen) : [];
    const methods = methodsOf(route);
    const allow = methods.join(', ');
    if (!methods.includes(request.method)) {
      return refusal(new RequestError(`This address takes ${allow}.`, { status: 405 }), { allow });
    }
    if (request.method === 'OPTIONS') return cors.preflight(request, allow);
    if (route.to === 'health') return checkHealth();
    if (route.to === 'ready') {
      const { state } = readiness;
      return json(state === 'ready' ? 200 : 503, { status: state });
    }
    if (route.to === 'metrics') return metrics.read(request);
    const caller = (await authorize?.(request, route)) ?? undefined;
    if (caller?.alias !== undefined) seen.line['caller'] = caller.alias;
    if (route.to === 'discovery') return json(200, discovery);
    const addressed = { named, seen, caller };
    return route.to === 'call'
      ? call(request, route.id, addressed)
      : feedback(request, route.id, addressed);
  }

  const handle: HttpHandler = async (request) => {
    const began = performance.now();
    const id = randomUUID();
    const seen: Seen = { line: { request: id } };
    let response: HttpResponse;
    try {
      response = await answer(request, seen);
    } catch (error) {
      seen.error = error;
      // Only its name: what an unforeseen error says may hold anything.
      if (!(error instanceof RequestError)) seen.line['error'] = nameOf(error);
      response = refusal(error);
    }
    const { status } = response;
    report(seen, { status, milliseconds: performance.now() - began });
    return {
      ...response,
      headers: { ...response.headers, ...cors.headers(request), 'x-request-id': id },
      body: request.method === 'HEAD' ? '' : response.body,
    };
  };
  return Object.assign(handle, { drain: readiness.close });
}
