/** How requests that a server turned away for now, or whose answers were broken, are tried again. */
export interface RetryOptions {
  /** How often a request is tried in all; default 4. */
  readonly tries?: number | undefined;
  /** Longest wait before a try, milliseconds; default 30,000. A server that asks for more is not waited for. */
  readonly longestWait?: number | undefined;
  /** Waits; default a timer. */
  readonly sleep?: ((milliseconds: number) => Promise<void>) | undefined;
  /** Uniform on [0, 1), for the jitter; default `Math.random`. */
  readonly random?: (() => number) | undefined;
  /** Milliseconds since 1970-01-01T00:00Z; default the clock. */
  readonly now?: (() => number) | undefined;
}

/**
 * Whether a server may answer otherwise when it is asked again: it was busy, or it failed. What is read
 * can be asked for again without harm.
 */
export function mayPass(status: number): boolean {
  if (status === 408 || status === 429) return true;
  // Not implemented, and a version of HTTP that is not spoken: these stay as they are.
  return status >= 500 && status !== 501 && status !== 505;
}

/**
 * The wait that a `Retry-After` header asks for, in seconds or as a date.
 *
 * @param now milliseconds
 * @returns milliseconds, or `undefined` when there is none that can be read
 * @see RFC 9110, 10.2.3
 */
export function retryAfter(header: string | null | undefined, now: number): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1_000;
  // An HTTP date has letters; Date.parse alone would take many other things.
  if (!/^[A-Za-z]{3}/.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}

/**
 * How long to wait before the next try: what the server asks, else half a second, doubled each time,
 * less up to half of it at random so that clients do not come back together.
 *
 * @param attempt tries made so far, from 1
 */
export function waitBefore(attempt: number, asked: number | undefined, random: number): number {
  return asked ?? 500 * 2 ** (attempt - 1) * (1 - random / 2);
}
