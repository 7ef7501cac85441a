import type { ExistingOptions, ExistingService } from './existing-service.ts';
import { existingOver } from './exchange.ts';

/** What is used of an application of Fastify. */
export interface Injectable {
  inject(request: {
    method: 'GET' | 'POST';
    url: string;
    headers: Record<string, string>;
    payload?: string;
    signal?: AbortSignal;
  }): PromiseLike<{ readonly statusCode: number; readonly payload: string }>;
}

/**
 * An existing service that is an application of Fastify. It is called within the process, and need
 * not listen.
 *
 * @example
 * const flu = fromFastify(app, { path: '/cds-services/flu' });
 *
 * @throws TypeError when the options are malformed
 */
export function fromFastify(app: Injectable, options: ExistingOptions): ExistingService {
  return existingOver(
    async ({ method, address, headers, body, signal }) => {
      const answer = await app.inject({
        method,
        url: address,
        headers: { ...headers },
        ...(body === undefined ? {} : { payload: body }),
        signal,
      });
      return { status: answer.statusCode, text: answer.payload };
    },
    { ...options, address: options.path },
  );
}
