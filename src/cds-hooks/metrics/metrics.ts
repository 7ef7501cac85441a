import { createHash, timingSafeEqual } from 'node:crypto';
import { RequestError } from '../../errors.ts';
import type { HttpRequest, HttpResponse } from '../http.ts';
import { headerOf } from '../http.ts';
import type { AlertService } from '../service.ts';
import type { Meters } from './meters.ts';
import type { MetricsOptions } from './options.ts';

/** The metrics of a handler, whether they were asked for or not. */
export interface Metrics {
  /** Counts something, when there is anything to count it with. Never throws. */
  readonly measure: (take: (meters: Meters) => void) => void;
  /** Whether an address is that of the metrics, where they have one of their own. */
  readonly isAt: (path: string) => boolean;
  /**
   * The answer to whoever reads them at the address that they have.
   *
   * @throws RequestError (401, 404)
   */
  readonly read: (request: HttpRequest) => Promise<HttpResponse>;
}

const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest();

const nothingHere = (): RequestError =>
  new RequestError('There is nothing at this address.', { status: 404 });

const none: Metrics = {
  measure: () => undefined,
  isAt: () => false,
  read: async () => {
    throw nothingHere();
  },
};

/**
 * Metrics as they were asked for. What makes them is loaded only then.
 *
 * @throws TypeError when an option is malformed
 */
export function metricsOf(
  options: boolean | MetricsOptions | undefined,
  services: readonly AlertService[],
): Metrics {
  if (options === undefined || options === false) return none;
  const { path, token } = options === true ? {} : options;
  if (path !== undefined && !/^(?:\/[^/?#]+)+$/.test(path)) {
    throw new TypeError('metrics.path must begin with "/" and not end with one');
  }
  if (token?.trim() === '') throw new TypeError('metrics.token must not be empty');
  const expected = token === undefined ? undefined : digestOf(`Bearer ${token}`);
  const loaded = import('./meters.ts').then(({ metersOf }) => metersOf(services));
  // Whoever reads them is told; nobody else needs them.
  loaded.catch(() => undefined);
  return {
    measure: (take) => void loaded.then(take).catch(() => undefined),
    isAt: (asked) => asked === path,
    read: async (request) => {
      // Those that were given an address of their own have left the usual one.
      if (path !== undefined && request.path !== path) throw nothingHere();
      const sent = digestOf(headerOf(request, 'authorization') ?? '');
      // Digests have one length, so that the comparison tells nothing about the token.
      if (expected !== undefined && !timingSafeEqual(sent, expected)) {
        throw new RequestError('Metrics are read with their token.', { status: 401 });
      }
      const { type, text } = await (await loaded).read();
      return {
        status: 200,
        headers: { 'content-type': type, 'cache-control': 'no-store' },
        body: text,
      };
    },
  };
}
