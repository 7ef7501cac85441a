import type { HttpRequest, HttpResponse } from './http.ts';
import { headerOf } from './http.ts';

/**
 * Which web pages may call the service from a browser.
 *
 * @link https://cds-hooks.hl7.org/2.0/#cors
 */
export interface CorsOptions {
  /** Origins such as `https://ehr.example`, or `*` for all. */
  readonly origins: readonly string[] | '*';
  /** Seconds for which a browser may remember the answer; default 600. */
  readonly maxAge?: number | undefined;
}

/** The headers that let a browser of an allowed origin read a response. */
export function corsHeaders(
  request: HttpRequest,
  cors: CorsOptions | undefined,
): Readonly<Record<string, string>> {
  if (cors === undefined) return {};
  const origin = headerOf(request, 'origin');
  const vary = cors.origins === '*' ? {} : { vary: 'Origin' };
  if (origin === undefined) return vary;
  if (cors.origins !== '*' && !cors.origins.includes(origin)) return vary;
  return {
    ...vary,
    'access-control-allow-origin': cors.origins === '*' ? '*' : origin,
    'access-control-expose-headers': 'Retry-After',
  };
}

/** The answer to OPTIONS: which methods there are, and to a browser of an allowed origin, which headers. */
export function preflight(
  request: HttpRequest,
  cors: CorsOptions | undefined,
  allow: string,
): HttpResponse {
  const allowed = 'access-control-allow-origin' in corsHeaders(request, cors);
  return {
    status: 204,
    headers: {
      allow,
      ...(allowed
        ? {
            'access-control-allow-methods': allow,
            'access-control-allow-headers': 'authorization, content-type',
            'access-control-max-age': String(cors?.maxAge ?? 600),
          }
        : {}),
    },
    body: '',
  };
}
