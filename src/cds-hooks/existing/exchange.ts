import { RequestError } from '../../errors.ts';
import { attempt, LateError } from '../attempt.ts';
import { isObject } from '../is-object.ts';
import type { CdsRequest, CdsResponse } from '../types.ts';
import { descriptionIn } from './description-in.ts';
import type { ExistingService, HeadersFor } from './existing-service.ts';
import { ownCall } from './own-call.ts';

/** A request to an existing service. */
interface Outgoing {
  readonly method: 'GET' | 'POST';
  /** Where the service is called, or its discovery. */
  readonly address: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** Aborted when the answer is no longer wanted. */
  readonly signal: AbortSignal;
}

/** What an existing service said. */
export interface Incoming {
  readonly status: number;
  readonly text: string;
}

/** Carries a request to an existing service and its answer back. */
export type Exchange = (request: Outgoing) => Promise<Incoming>;

/** Bytes of an answer that are read at most. */
export const answerLimit = 8_388_608;

/** How an exchange is put to use. */
export interface ExchangeOptions {
  /** Where the service is called, as the exchange takes it. */
  readonly address: string;
  readonly headers?: HeadersFor | undefined;
  readonly timeout?: number | undefined;
}

function documentOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the text, which holds patients' data.
    throw new Error('The existing service answered with something that is not JSON.');
  }
}

// What it lacks besides is found where the answers of all arms are checked.
function isAnswer(document: unknown): document is CdsResponse {
  return isObject(document);
}

/**
 * An existing service that is spoken to as a CDS client would, whatever carries it.
 *
 * @throws TypeError when the options are malformed
 */
export function existingOver(exchange: Exchange, options: ExchangeOptions): ExistingService {
  const { address, headers, timeout = 10_000 } = options;
  const [, base, id] = /^(.*)\/([^/?#]+)\/?$/.exec(address) ?? [];
  if (base === undefined || id === undefined) {
    throw new TypeError(
      'The existing service must be given as an address such as "/cds-services/flu".',
    );
  }
  if (!(timeout > 0 && timeout <= 600_000)) {
    throw new TypeError('timeout must be above 0 and at most 600,000 milliseconds.');
  }
  const place = address.replace(/\/$/, '');

  async function say(method: Outgoing['method'], to: string, document?: unknown): Promise<string> {
    const tried = await attempt(timeout, async (signal) =>
      exchange({
        method,
        address: to,
        headers: {
          accept: 'application/json',
          ...(method === 'POST' ? { 'content-type': 'application/json' } : {}),
          ...(await headers?.(to)),
          ...ownCall,
        },
        body: document === undefined ? undefined : JSON.stringify(document),
        signal,
      }),
    );
    if (tried.status === 'late') {
      throw new LateError(`The existing service did not answer within ${timeout} ms.`);
    }
    if (tried.status === 'failed') throw tried.error;
    const { status, text } = tried.value;
    if (status >= 400 && status < 600) {
      throw new RequestError(`The existing service answered ${status}.`, { status });
    }
    if (status < 200 || status >= 300) {
      throw new Error(`The existing service answered ${status}, which is no answer of CDS Hooks.`);
    }
    return text;
  }

  return {
    ask: async (request: CdsRequest) => {
      const document = documentOf(await say('POST', place, request));
      if (!isAnswer(document))
        throw new Error('The existing service answered with no JSON object.');
      return document;
    },
    describe: async ({ hook } = {}) => {
      let discovery: unknown;
      try {
        discovery = documentOf(await say('GET', base));
      } catch (cause) {
        throw new TypeError('The discovery of the existing service could not be read.', { cause });
      }
      return descriptionIn(discovery, { id: decodeURIComponent(id), hook });
    },
  };
}
