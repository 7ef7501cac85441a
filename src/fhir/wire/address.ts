import { FhirError } from '../../errors.ts';

/** What an address is taken for. */
export interface AddressOptions {
  /** What it is, for the message, such as `baseUrl`. */
  readonly what: string;
  /** Whether it may be reached without encryption although it is on another machine. */
  readonly allowHttp: boolean;
}

/** Whether a host is this machine, where nothing is sent over a network. */
function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    /^127(\.\d{1,3}){3}$/.test(hostname)
  );
}

/**
 * An address that requests may be sent to: http or https, no user name in it, and encrypted unless it
 * leads to this machine.
 *
 * @throws FhirError when it is none
 */
export function addressOf(text: string | URL, { what, allowHttp }: AddressOptions): URL {
  let url: URL | undefined;
  try {
    url = new URL(text);
  } catch {
    // Said below, together with addresses that are no web addresses.
  }
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username || url.password) {
    throw new FhirError(`${what} must be an http or https address without user name and password`);
  }
  if (url.protocol === 'http:' && !allowHttp && !isLoopback(url.hostname)) {
    throw new FhirError(
      `${what} must begin with https: over http anyone on the way could read tokens and records. ` +
        'Where the way is safe, such as between containers of one host, allowHttp: true lets it',
    );
  }
  return url;
}

/** The path of an address without slashes at its end. */
export function pathOf(url: URL): string {
  return url.pathname.replace(/\/+$/, '');
}
