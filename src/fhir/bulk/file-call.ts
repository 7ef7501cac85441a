import { FhirError } from '../../errors.ts';
import { addressOf } from '../wire/address.ts';
import type { Call } from '../wire/connection.ts';
import type { OfferedFile } from './manifest.ts';

/** Where files of an export may lie. */
export interface FilePlaces {
  readonly base: URL;
  /** Whether the files are given out for the token only. */
  readonly needsToken: boolean;
  /** Other origins that are trusted to hold files, such as a store of objects. */
  readonly fileOrigins: readonly string[];
  readonly allowHttp: boolean;
}

/**
 * The request for a file of an export. The token goes to the FHIR server alone, and only where the files
 * are given out for it; another place must have been allowed by name.
 *
 * @throws FhirError when the file lies where it is not fetched from
 */
export function fileCall(
  file: OfferedFile,
  { base, needsToken, fileOrigins, allowHttp }: FilePlaces,
): Call {
  let absolute: string;
  try {
    absolute = new URL(file.url, `${base.href.replace(/\/+$/, '')}/`).href;
  } catch {
    throw new FhirError('bulk export: the address of a file is none');
  }
  const url = addressOf(absolute, { what: 'the address of a file of the export', allowHttp });
  if (url.origin !== base.origin) {
    if (needsToken) {
      throw new FhirError(
        'bulk export: the files lie on another server and want the token, which goes to the FHIR server only',
      );
    }
    if (!fileOrigins.includes(url.origin)) {
      throw new FhirError(
        `bulk export: the files lie on ${url.origin}: check that this is right, and allow it with fileOrigins`,
      );
    }
  }
  return {
    what: 'bulk export',
    url: url.href,
    headers: { accept: 'application/fhir+ndjson' },
    isForeign: !needsToken,
  };
}
