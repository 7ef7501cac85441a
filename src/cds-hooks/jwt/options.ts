import type { Logger } from 'pino';
import type { Authorize, Caller } from '../caller.ts';
import type { ClientKeysOptions } from './client-keys.ts';
import type { JwtClient } from './clients.ts';
import type { JwtAlgorithm } from './jose.ts';
import { jwtAlgorithms } from './jose.ts';
import { checkPublicUrl } from './public-url.ts';
import type { ReplayStore } from './replay.ts';

/** How the tokens of clients are checked. Times in milliseconds. */
export interface JwtOptions {
  /**
   * What stands before `/cds-services` for the clients, such as `https://cds.example/alerts`. Tokens
   * are signed for it; what a request says about its host is not looked at.
   */
  readonly publicUrl: string;
  readonly clients: readonly JwtClient[];
  /** Default ES384 and RS384, as CDS Hooks recommends. */
  readonly algorithms?: readonly JwtAlgorithm[] | undefined;
  /** How far the clocks may be apart; default 60,000. */
  readonly clockSkew?: number | undefined;
  /** How long a token may be good, from `iat` to `exp`; default 3,600,000. */
  readonly maxLifetime?: number | undefined;
  /** Default one in this process, which is enough for one process only. */
  readonly replayStore?: ReplayStore | undefined;
  /** For one attempt to load keys; default 3,000. */
  readonly keyTimeout?: number | undefined;
  /** After it keys are loaded anew, beside the calls; default 600,000. */
  readonly keyRefresh?: number | undefined;
  /** For so long the last good keys serve while they cannot be loaded; default 86,400,000. */
  readonly keyStale?: number | undefined;
  /** At least so long between two attempts to load keys; default 30,000. */
  readonly keyCooldown?: number | undefined;
  /** Default: silent. Told when keys cannot be loaded, or the replay store fails. */
  readonly logger?: Logger | undefined;
  /** Milliseconds since 1970-01-01T00:00Z; default `Date.now`. */
  readonly now?: (() => number) | undefined;
  /** Default: that of the platform. */
  readonly fetch?: typeof fetch | undefined;
}

/** What keeps the keys of a client from being loaded. */
export interface KeyFault {
  /** Its name, or its issuer. */
  readonly client: string;
  readonly message: string;
}

/** Tells who calls by a token. */
export interface JwtAuthorizer {
  (...parameters: Parameters<Authorize>): Promise<Caller>;
  /**
   * Loads all keys, and from now on again and again in the background, so that no call waits for them.
   * Never rejects.
   *
   * @returns what could not be loaded; it is tried again
   */
  readonly ready: () => Promise<readonly KeyFault[]>;
  /** Ends the loading in the background. */
  readonly close: () => void;
}

/** Options with their defaults. */
export interface CheckedOptions {
  readonly publicUrl: string;
  readonly algorithms: readonly JwtAlgorithm[];
  readonly clockSkew: number;
  readonly maxLifetime: number;
  readonly keyRefresh: number;
  readonly keyTimes: Omit<ClientKeysOptions, 'fetch' | 'now'>;
  readonly now: () => number;
}

function checkTimes(times: Readonly<Record<string, number>>): void {
  for (const [name, time] of Object.entries(times)) {
    if (!(Number.isFinite(time) && time >= 0)) {
      throw new RangeError(`${name} must be a number of milliseconds, 0 or more`);
    }
  }
}

function checkAlgorithms(algorithms: readonly string[]): void {
  if (algorithms.length === 0) throw new TypeError('algorithms must name one, such as ES384');
  const known: readonly string[] = jwtAlgorithms;
  if (algorithms.every((algorithm) => known.includes(algorithm))) return;
  throw new TypeError(
    `algorithms must be among ${known.join(', ')}: CDS Hooks forbids "none" and shared secrets`,
  );
}

/**
 * Checks what an authoriser is made with, but for its clients.
 *
 * @throws TypeError when the address or an algorithm is malformed
 * @throws RangeError when a time is out of range
 */
export function checkOptions(options: JwtOptions): CheckedOptions {
  const { algorithms = ['ES384', 'RS384'], clockSkew = 60_000, maxLifetime = 3_600_000 } = options;
  const { keyTimeout = 3_000, keyRefresh = 600_000 } = options;
  const { keyStale = 86_400_000, keyCooldown = 30_000, now = Date.now } = options;
  checkTimes({ clockSkew, maxLifetime, keyTimeout, keyRefresh, keyStale, keyCooldown });
  checkAlgorithms(algorithms);
  return {
    publicUrl: checkPublicUrl(options.publicUrl),
    algorithms,
    clockSkew,
    maxLifetime,
    keyRefresh,
    keyTimes: {
      timeout: keyTimeout,
      refreshAfter: keyRefresh,
      staleFor: keyStale,
      cooldown: keyCooldown,
    },
    now,
  };
}
