import { answerLimit, existingOver } from './exchange.ts';
import type { ExistingOptions, ExistingService } from './existing-service.ts';

/** How an existing service at another address is reached. */
export interface FromUrlOptions extends Omit<ExistingOptions, 'path'> {
  /** Default: the one of the platform. Give one with a client certificate where TLS asks for it. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** Whether patients' data may be sent without TLS to another machine; default not. */
  readonly insecure?: boolean | undefined;
}

function addressOf(text: string, insecure: boolean): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (
    url === undefined ||
    !/^https?:$/.test(url.protocol) ||
    url.search !== '' ||
    url.hash !== ''
  ) {
    throw new TypeError(
      'The address must be http or https and without a query, such as "https://cds.example/cds-services/flu".',
    );
  }
  if (url.username !== '' || url.password !== '') {
    throw new TypeError('The address must hold no name and password: give them as `headers`.');
  }
  const isNear = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname);
  if (url.protocol === 'http:' && !isNear && !insecure) {
    throw new TypeError(
      'The address must be https, because calls hold patients’ data and tokens; say `insecure: true` for a network that is protected otherwise.',
    );
  }
  return url.href;
}

async function textOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > answerLimit) {
      throw new Error(`The existing service answered with more than ${answerLimit} bytes.`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/**
 * An existing service that runs elsewhere: each call that usual care is needed for costs a request
 * to it. Redirects are not followed. The token for the FHIR server that a call may hold goes there
 * with the call, as it did before; the client's own `Authorization` does not.
 *
 * @example
 * const flu = fromUrl('https://cds.example/cds-services/flu');
 *
 * @throws TypeError when the address or the options are malformed, or patients' data would go in the
 *   clear
 */
export function fromUrl(url: string, options: FromUrlOptions = {}): ExistingService {
  const { fetch = globalThis.fetch, insecure = false, ...others } = options;
  const address = addressOf(url, insecure);
  return existingOver(
    async ({ method, address: to, headers, body, signal }) => {
      const init = { method, headers, signal, ...(body === undefined ? {} : { body }) };
      const response = await fetch(to, { ...init, redirect: 'manual' });
      return { status: response.status, text: await textOf(response) };
    },
    { ...others, address },
  );
}
