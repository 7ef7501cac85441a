import { LRUCache } from 'lru-cache';
import type { TenantMark } from '../events/ids.ts';
import { tenantMark } from '../events/ids.ts';
import type { HttpRequest } from './http.ts';
import type { Route } from './route.ts';

/** Who calls: the organisation that a client speaks for. */
export interface Caller {
  /** Together with `tenant` it must stay the same: feedback is taken only from whom its card went to. */
  readonly issuer: string;
  /** Which of the organisations of that issuer, where it speaks for several. */
  readonly tenant?: string | undefined;
  /**
   * What log lines and metrics call it; default nothing. One of a few names that somebody has
   * configured, never a text out of a request.
   */
  readonly alias?: string | undefined;
}

/** The addresses for which somebody may be asked who calls. */
export type GuardedRoute = Extract<Route, { readonly to: 'discovery' | 'call' | 'feedback' }>;

/**
 * Says who calls, or throws a `RequestError` (401 or 403) to refuse. Without a caller, anybody may
 * answer any card.
 */
export type Authorize = (
  request: HttpRequest,
  route: GuardedRoute,
) => Caller | void | Promise<Caller | void>;

// Hashed once for each: a call must not pay for it.
const rememberedCallers = 1_000;

/** Gives callers the marks that their cards bear. */
export function markCallers(): (caller: Caller) => TenantMark {
  const marks = new LRUCache<string, TenantMark>({ max: rememberedCallers });
  return ({ issuer, tenant }) => {
    const key = JSON.stringify([issuer, tenant ?? null]);
    const known = marks.get(key);
    if (known !== undefined) return known;
    const mark = tenantMark(key);
    marks.set(key, mark);
    return mark;
  };
}
