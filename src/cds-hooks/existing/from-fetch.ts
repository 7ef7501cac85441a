import type { ExistingOptions, ExistingService } from './existing-service.ts';
import { existingOver } from './exchange.ts';

/** What answers requests of the Fetch standard. */
export type FetchListener = (request: Request) => Response | Promise<Response>;

/**
 * An existing service that answers requests of the Fetch standard, as those of Hono, Deno and edge
 * runtimes do. It is called within the process.
 *
 * @example
 * const flu = fromFetch((request) => app.fetch(request), { path: '/cds-services/flu' });
 *
 * @throws TypeError when the options are malformed
 */
export function fromFetch(listener: FetchListener, options: ExistingOptions): ExistingService {
  return existingOver(
    async ({ method, address, headers, body, signal }) => {
      const init = { method, headers, signal, ...(body === undefined ? {} : { body }) };
      const response = await listener(new Request(`http://localhost${address}`, init));
      return { status: response.status, text: await response.text() };
    },
    { ...options, address: options.path },
  );
}
