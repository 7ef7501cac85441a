import { FhirError } from '../../errors.ts';
import type { Connection } from '../wire/connection.ts';
import { requireSuccess } from '../wire/document.ts';
import { kickOffUrl } from './request.ts';
import type { BulkRequest } from './state.ts';

/**
 * Asks a server to prepare an export.
 *
 * @returns the address of its status
 * @throws FhirError when the server does not take it on, or names a status on another server
 */
export async function kickOff(wire: Connection, request: BulkRequest): Promise<string> {
  const call = {
    what: 'bulk export',
    url: kickOffUrl(request),
    headers: { accept: 'application/fhir+json', prefer: 'respond-async' },
  };
  const location = await wire.send<string>(call, async ({ response }) => {
    await requireSuccess(call, response);
    if (response.status !== 202) {
      throw new FhirError(
        `bulk export: the FHIR server answered ${response.status}, not 202: it does not export in the background`,
      );
    }
    return { value: response.headers.get('content-location') ?? '' };
  });
  if (location === '') {
    throw new FhirError('bulk export: the FHIR server does not say where its status is');
  }
  let url: URL | undefined;
  try {
    url = new URL(location, call.url);
  } catch {
    // Said below.
  }
  if (url?.origin !== new URL(call.url).origin || url.username !== '' || url.password !== '') {
    throw new FhirError(
      'bulk export: the status of the export is on another server: it is not asked there',
    );
  }
  return url.href;
}
