import { RequestError } from '../errors.ts';

/** What an address means. */
export type Route =
  | { readonly to: 'discovery' }
  | { readonly to: 'health' }
  | { readonly to: 'ready' }
  | { readonly to: 'metrics' }
  | { readonly to: 'call'; readonly id: string }
  | { readonly to: 'feedback'; readonly id: string };

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch (cause) {
    throw new RequestError('The address is malformed.', { status: 404, cause });
  }
}

/**
 * Reads an address. A slash at the end makes no difference.
 *
 * @param basePath what stands before `/cds-services`; empty or `/…` without a slash at the end
 * @throws RequestError (404)
 */
export function routeOf(path: string, basePath: string): Route {
  const notFound = new RequestError('There is nothing at this address.', { status: 404 });
  if (!path.startsWith(`${basePath}/`)) throw notFound;
  const [first, id, last, ...rest] = path
    .slice(basePath.length + 1)
    .replace(/\/$/, '')
    .split('/');
  if (id === undefined && (first === 'health' || first === 'ready' || first === 'metrics')) {
    return { to: first };
  }
  if (first !== 'cds-services' || rest.length > 0) throw notFound;
  if (id === undefined) return { to: 'discovery' };
  if (last === undefined) return { to: 'call', id: decoded(id) };
  if (last === 'feedback') return { to: 'feedback', id: decoded(id) };
  throw notFound;
}

/** The methods that an address takes, as the `Allow` header has them. */
export function methodsOf({ to }: Route): readonly string[] {
  return to === 'call' || to === 'feedback' ? ['POST', 'OPTIONS'] : ['GET', 'HEAD', 'OPTIONS'];
}
