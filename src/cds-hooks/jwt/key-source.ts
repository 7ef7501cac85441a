import { RequestError } from '../../errors.ts';
import type { KeySet } from './jose.ts';

/** Where the keys of a client come from. */
export interface KeySource {
  /**
   * The keys at hand, without waiting wherever there are any.
   *
   * @throws RequestError (503) when there are none
   */
  current(): Promise<KeySet>;
  /** Loads the keys anew, because one was not among them; undefined when that was just done, or failed. */
  renewed(): Promise<KeySet | undefined>;
  /**
   * Loads the keys now.
   *
   * @throws whatever the loading threw
   */
  load(): Promise<void>;
}

/** How long keys are good. All in milliseconds. */
export interface KeyTimes {
  /** After this time they are loaded anew, beside the calls. */
  readonly refreshAfter: number;
  /** For so long the last good ones serve while they cannot be loaded. */
  readonly staleFor: number;
  /** At least so long between two attempts. */
  readonly cooldown: number;
}

/** Keys that are given once and for all. */
export function fixedKeys(keys: KeySet): KeySource {
  return {
    current: async () => keys,
    renewed: async () => undefined,
    load: async () => undefined,
  };
}

/**
 * Keys that are loaded from somewhere, once for all who wait. A call waits for them only where there
 * are none, or where it was signed with one that is not among them.
 */
export function loadedKeys(
  loadKeys: () => Promise<KeySet>,
  { refreshAfter, staleFor, cooldown, now }: KeyTimes & { readonly now: () => number },
): KeySource {
  let held: { readonly keys: KeySet; readonly at: number } | undefined;
  let loading: Promise<KeySet> | undefined;
  let triedAt = -Infinity;

  const reload = (): Promise<KeySet> => {
    const run = async (): Promise<KeySet> => {
      triedAt = now();
      try {
        const keys = await loadKeys();
        held = { keys, at: now() };
        return keys;
      } finally {
        loading = undefined;
      }
    };
    loading ??= run();
    return loading;
  };
  // A clock that was set back must not keep keys for ever, nor forbid an attempt.
  const since = (at: number): number => Math.abs(now() - at);
  const mayTry = (): boolean => loading !== undefined || since(triedAt) >= cooldown;

  return {
    current: async () => {
      if (held !== undefined && since(held.at) < staleFor) {
        if (since(held.at) >= refreshAfter && mayTry()) void reload().catch(() => undefined);
        return held.keys;
      }
      try {
        if (mayTry()) return await reload();
      } catch {
        // Said below.
      }
      throw new RequestError('The keys of the client cannot be had at present: try again later.', {
        status: 503,
      });
    },
    renewed: async () => (mayTry() ? reload().catch(() => undefined) : undefined),
    load: async () => {
      await reload();
    },
  };
}
