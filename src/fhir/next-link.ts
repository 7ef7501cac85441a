import { FhirError } from '../errors.ts';
import { pathOf } from './wire/address.ts';

/**
 * The address of the next page, checked: it must lie on the same origin and at or below the same
 * base path, by whole segments, so that a token never goes to another server or another tenant.
 *
 * @param link the `next` link as the server wrote it, absolute or relative
 * @param baseUrl of the FHIR server
 * @throws FhirError when it lies elsewhere or is no address
 */
export function checkedNextLink(link: string, baseUrl: URL): string {
  const base = pathOf(baseUrl);
  let url: URL;
  try {
    url = new URL(link, `${baseUrl.origin}${base}/`);
  } catch {
    throw new FhirError('the link to the next page is not an address');
  }
  if (url.origin !== baseUrl.origin || url.username !== '' || url.password !== '') {
    throw new FhirError('the link to the next page leads to another server: it is not followed');
  }
  // Some servers decode a slash or a dot before they look where a path leads.
  if (/%(?:2f|5c|2e)/i.test(url.pathname)) {
    throw new FhirError('the link to the next page hides where it leads: it is not followed');
  }
  if (pathOf(url) !== base && !url.pathname.startsWith(`${base}/`)) {
    throw new FhirError('the link to the next page leads out of baseUrl: it is not followed');
  }
  url.hash = '';
  return url.href;
}
