/** The path of an address as whole segments, without slashes at its end. */
const pathOf = (url: URL): string => url.pathname.replace(/\/+$/, '');

function parse(address: string): URL | undefined {
  return URL.canParse(address) ? new URL(address) : undefined;
}

/** Whether an address is of this machine, where there is no network to listen on. */
function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d+){3}$/.test(hostname);
}

/** Whether an address has a plain path: nothing in it that another server might read otherwise. */
function isPlain({ pathname }: URL): boolean {
  return !/%2e|%2f|%5c|\/\//i.test(pathname);
}

/** Whether an address lies at or below a base, by whole segments of its path. */
export function isWithin(url: URL, base: URL): boolean {
  return (
    url.origin === base.origin &&
    url.username === '' &&
    url.password === '' &&
    isPlain(url) &&
    (pathOf(url) === pathOf(base) || url.pathname.startsWith(`${pathOf(base)}/`))
  );
}

/**
 * The FHIR server of a call, when it is on the list; `undefined` otherwise. Whoever calls names this
 * server, and it is sent a token: only what was listed is ever asked, over TLS unless it is on this
 * machine.
 *
 * @param fhirServers base addresses; a server below one of them is allowed too
 */
export function allowedServer(fhirServer: string, fhirServers: readonly string[]): URL | undefined {
  const url = parse(fhirServer);
  if (url === undefined || url.search !== '' || url.hash !== '') return undefined;
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url))) return undefined;
  const listed = fhirServers.some((address) => {
    const base = parse(address);
    return base !== undefined && isWithin(url, base);
  });
  return listed ? new URL(`${url.origin}${pathOf(url)}/`) : undefined;
}
