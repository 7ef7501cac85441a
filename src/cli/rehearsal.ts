import type { HttpHandler } from '../cds-hooks/index.ts';

/** A clock that the caller of a service sets. */
export interface RehearsalClock {
  readonly now: () => number;
  /** A handler that sets the clock by the header `x-simulated-time` of each request. */
  readonly wrap: (handler: HttpHandler) => HttpHandler;
}

/**
 * A clock for rehearsals: it stands still until a request sets it on.
 *
 * @param start milliseconds since 1970-01-01T00:00Z
 */
export function rehearsalClock(start: number): RehearsalClock {
  let instant = start;
  return {
    now: () => instant,
    wrap: (handler) => (request) => {
      const header = request.headers['x-simulated-time'];
      const given = typeof header === 'string' ? Date.parse(header) : Number.NaN;
      if (!Number.isNaN(given)) instant = given;
      return handler(request);
    },
  };
}
