import type { GuardedRoute } from '../caller.ts';

/** Whether a host name of a URL is this machine. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d+){3}$/.test(hostname);
}

/**
 * What stands before `/cds-services` for the clients, without a slash at its end.
 *
 * @throws TypeError when it is not the address of a service
 */
export function checkPublicUrl(publicUrl: string): string {
  const right = 'such as https://cds.example or https://cds.example/alerts';
  if (!URL.canParse(publicUrl)) throw new TypeError(`publicUrl must be a URL ${right}`);
  const url = new URL(publicUrl);
  const secure =
    url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname));
  if (!secure) throw new TypeError(`publicUrl must begin with https://, ${right}`);
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new TypeError(`publicUrl must have no name, query or fragment, ${right}`);
  }
  const base = publicUrl.replace(/\/$/, '');
  // What clients sign is compared letter by letter.
  if (url.href.replace(/\/$/, '') !== base) {
    throw new TypeError(`publicUrl must be written as clients write it: ${url.href}`);
  }
  if (/\/cds-services(?:\/|$)/.test(url.pathname)) {
    throw new TypeError(`publicUrl must end before /cds-services, ${right}`);
  }
  return base;
}

/** The address that a client calls. */
export function endpointOf(publicUrl: string, route: GuardedRoute): string {
  const list = `${publicUrl}/cds-services`;
  if (route.to === 'discovery') return list;
  const service = `${list}/${encodeURIComponent(route.id)}`;
  return route.to === 'call' ? service : `${service}/feedback`;
}
