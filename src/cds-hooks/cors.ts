import type { HttpRequest, HttpResponse } from './http.ts';
import { headerOf } from './http.ts';

/**
 * Which web pages may call the service from a browser. Cookies are never asked for: a client says
 * who it is by its token.
 *
 * @link https://cds-hooks.hl7.org/2.0/#cors
 */
export interface CorsOptions {
  /** Origins such as `https://ehr.example`, without a path or a slash at the end, or `*` for all. */
  readonly origins: readonly string[] | '*';
  /** Seconds for which a browser may remember the answer; default 600. */
  readonly maxAge?: number | undefined;
}

/** What stands in the headers of CORS. */
export interface Cors {
  /** The headers that let a browser of an allowed origin read a response. */
  readonly headers: (request: HttpRequest) => Readonly<Record<string, string>>;
  /** The answer to OPTIONS: which methods there are, and to a browser of an allowed origin, which headers. */
  readonly preflight: (request: HttpRequest, allow: string) => HttpResponse;
}

function checkOrigin(origin: string): string {
  const right =
    'an origin such as https://ehr.example, in lower case and without a slash at the end';
  if (origin === 'null') {
    throw new TypeError(
      `cors.origins: "null" is the origin of any page in a sandbox; name ${right}`,
    );
  }
  if (!URL.canParse(origin) || new URL(origin).origin !== origin || origin.includes('*')) {
    throw new TypeError(`cors.origins: "${origin}" must be ${right}`);
  }
  return origin;
}

/**
 * Answers browsers of other origins.
 *
 * @param options default: none may call
 * @throws TypeError when an origin is malformed, or `maxAge` is not a number of seconds
 */
export function corsOf(options: CorsOptions | undefined): Cors {
  const { origins = [], maxAge = 600 } = options ?? {};
  if (!(Number.isInteger(maxAge) && maxAge >= 0)) {
    throw new TypeError('cors.maxAge must be a whole number of seconds, 0 or more');
  }
  const allowed = origins === '*' ? '*' : new Set(origins.map(checkOrigin));
  const vary: Readonly<Record<string, string>> =
    options === undefined || allowed === '*' ? {} : { vary: 'Origin' };

  const headers: Cors['headers'] = (request) => {
    const origin = headerOf(request, 'origin');
    if (origin === undefined || (allowed !== '*' && !allowed.has(origin))) return vary;
    return {
      ...vary,
      'access-control-allow-origin': allowed === '*' ? '*' : origin,
      'access-control-expose-headers': 'Retry-After, WWW-Authenticate, X-Request-Id',
    };
  };
  return {
    headers,
    preflight: (request, allow) => ({
      status: 204,
      headers: {
        allow,
        ...('access-control-allow-origin' in headers(request)
          ? {
              'access-control-allow-methods': allow,
              'access-control-allow-headers': 'authorization, content-type',
              'access-control-max-age': String(maxAge),
            }
          : {}),
      },
      body: '',
    }),
  };
}
