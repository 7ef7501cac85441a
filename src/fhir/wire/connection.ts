import { setTimeout as timer } from 'node:timers/promises';
import type { Logger } from 'pino';
import { FhirError } from '../../errors.ts';
import type { RetryOptions } from '../retry.ts';
import { mayPass, retryAfter, waitBefore } from '../retry.ts';
import { valueOf } from '../value-of.ts';
import type { Outcome } from './body.ts';
import { jsonOf, textOf } from './body.ts';
import { deadline } from './deadline.ts';
import { issueCodes } from './issue-codes.ts';
import type { TokenProvider } from './token.ts';
import { tokenKeeper } from './token.ts';

/** How a server is spoken to. */
export interface ConnectionOptions extends RetryOptions {
  /**
   * The access token of every request, or what gives it, such as `smartBackend`. When the server
   * refuses the token (401), a fresh one is asked for once and the request is repeated.
   */
  readonly token?: string | TokenProvider | undefined;
  /** Other headers of every request, or a function that gives them. */
  readonly headers?:
    | Readonly<Record<string, string>>
    | (() => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>)
    | undefined;
  /** Milliseconds that one try may take, its answer read to the end; default 30,000. */
  readonly timeout?: number | undefined;
  /** Whether the server may be spoken to over http although it is on another machine; default no. */
  readonly allowHttp?: boolean | undefined;
  /** Default the platform's; give one where a proxy or a client certificate is needed. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** Silent by default. No address or identifier is logged. */
  readonly logger?: Logger | undefined;
  /** Ends everything; what is under way rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** One request. */
export interface Call {
  /** What it is for, for messages, such as `search of Patient`. */
  readonly what: string;
  /** Who is asked, for messages; default `the FHIR server`. */
  readonly who?: string | undefined;
  readonly url: string;
  readonly method?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Made anew for each try. */
  readonly body?: (() => string | Promise<string>) | undefined;
  /** Whether the token and the headers of the connection stay at home; default no. */
  readonly isForeign?: boolean | undefined;
}

/** What a server answers, at its head. */
export interface Answer {
  readonly response: Response;
  /** There was progress in reading its body: the limit of time begins again. */
  readonly goesOn: () => void;
}

/** What is made of an answer. */
type Reading<T> = (answer: Answer) => Outcome<T> | Promise<Outcome<T>>;

/** What came of one try. */
type Attempt<T> =
  | { readonly value: T }
  | { readonly fault: string; readonly asked?: number | undefined }
  | { readonly refused: true };

/** A server, spoken to with care. */
export interface Connection {
  /** Requests sent, and tries that had to be repeated. */
  readonly counters: { readonly requests: number; readonly retries: number };
  /**
   * Sends a request and reads its answer; both again when the server turns it away for now, does not
   * answer, breaks off, or sends what `read` calls a fault. Redirects are not followed.
   *
   * @param read given every answer that is not turned away for now
   * @throws FhirError when it comes to nothing; whatever `read` throws as FhirError
   */
  send<T>(call: Call, read: Reading<T>): Promise<T>;
  /** Waits, unless the signal of the connection ends it. */
  readonly sleep: (milliseconds: number) => Promise<void>;
}

/** What the platform says of a connection that failed. Its message may hold the address, and is left. */
function faultCode(error: unknown): string {
  const code = valueOf(valueOf(error, 'cause'), 'code') ?? valueOf(error, 'code');
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,60}$/.test(code) ? ` (${code})` : '';
}

/** The issue codes of an answer that is no success, for a message; an empty text when it has none. */
export async function codesOf(response: Response): Promise<string> {
  const text = await textOf(response, 65_536).catch(() => undefined);
  const parsed = jsonOf(text ?? '');
  const codes = 'value' in parsed ? issueCodes(parsed.value) : [];
  return codes.length === 0 ? '' : ` (${codes.slice(0, 5).join(', ')})`;
}

function count(name: string, value: number, least: number): void {
  if (Number.isFinite(value) && value >= least) return;
  throw new RangeError(`${name} must be a number of at least ${least}`);
}

export function connection(options: ConnectionOptions): Connection {
  const { tries = 4, longestWait = 30_000, timeout = 30_000, signal, logger } = options;
  count('tries', tries, 1);
  count('longestWait', longestWait, 0);
  count('timeout', timeout, 1);
  const { random = Math.random, now = Date.now, fetch = globalThis.fetch } = options;
  const tokens = options.token === undefined ? undefined : tokenKeeper(options.token);
  const counters = { requests: 0, retries: 0 };

  const sleep = async (milliseconds: number): Promise<void> => {
    if (options.sleep !== undefined) await options.sleep(milliseconds);
    else await timer(milliseconds, undefined, signal && { signal }).catch(() => undefined);
    signal?.throwIfAborted();
  };

  const headersOf = async (call: Call, token: string | undefined): Promise<Headers> => {
    const own = typeof options.headers === 'function' ? await options.headers() : options.headers;
    try {
      const headers = new Headers(call.isForeign === true ? {} : own);
      for (const [name, value] of Object.entries(call.headers ?? {})) headers.set(name, value);
      if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
      return headers;
    } catch {
      // The platform's message repeats the value.
      throw new FhirError('headers must have names and values that may be sent in a header');
    }
  };

  /** One try: what came of it, the wait that the server asks for, or that it refuses the token. */
  const attempt = async <T>(
    call: Call,
    token: string | undefined,
    read: Reading<T>,
  ): Promise<Attempt<T>> => {
    const headers = await headersOf(call, token);
    const body = await call.body?.();
    const limit = deadline(timeout, signal);
    let response: Response | undefined;
    try {
      counters.requests += 1;
      const { method = 'GET' } = call;
      const init = { method, headers, redirect: 'manual', signal: limit.signal } as const;
      response = await fetch(call.url, body === undefined ? init : { ...init, body });
      const { status } = response;
      if (status === 401 && token !== undefined) return { refused: true };
      if (!mayPass(status)) return await read({ response, goesOn: limit.goesOn });
      const asked = retryAfter(response.headers.get('retry-after'), now());
      return { fault: `answered ${status}${await codesOf(response)}`, asked };
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof FhirError) throw error;
      if (limit.isOver()) return { fault: `did not answer within ${timeout} ms` };
      const code = faultCode(error);
      if (response === undefined) return { fault: `could not be reached${code}` };
      return { fault: `broke off its answer${code}` };
    } finally {
      limit.end();
    }
  };

  const send = async <T>(call: Call, read: Reading<T>): Promise<T> => {
    const { what, who = 'the FHIR server' } = call;
    const keeper = call.isForeign === true ? undefined : tokens;
    let fresh: string | undefined;
    for (let number = 1; ; number += 1) {
      signal?.throwIfAborted();
      const token = fresh ?? (await keeper?.current());
      const result = await attempt(call, token, read);
      if ('value' in result) return result.value;
      if ('refused' in result) {
        const next =
          fresh === undefined && token !== undefined ? await keeper?.renewed(token) : undefined;
        if (next === undefined || next === token) {
          throw new FhirError(`${what}: ${who} refuses access (401)`);
        }
        logger?.info(`${who} refused the token: a fresh one is used`);
        fresh = next;
        number -= 1;
        continue;
      }
      const { fault, asked } = result;
      const wait = waitBefore(number, asked, random());
      if (number >= tries) {
        throw new FhirError(`${what}: ${who} ${fault}${tries > 1 ? `, ${tries} times` : ''}`);
      }
      if (wait > longestWait) {
        const seconds = Math.ceil(wait / 1_000);
        throw new FhirError(`${what}: ${who} ${fault} and asks to wait ${seconds} s`);
      }
      counters.retries += 1;
      logger?.warn({ fault, wait: Math.round(wait), attempt: number }, `${who} is asked again`);
      await sleep(wait);
    }
  };

  return { counters, send, sleep };
}
