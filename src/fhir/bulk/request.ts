import { FhirError } from '../../errors.ts';
import type { BulkRequest, BulkState } from './state.ts';

/** Of whom: everybody whom the server knows, every patient, or the patients of a group. */
export type BulkLevel = 'system' | 'Patient' | `Group/${string}`;

/** What is asked of a server. */
export interface BulkQuestion {
  /** Default system. Most record systems export groups only. */
  readonly level?: BulkLevel | undefined;
  /** Resource types, such as Patient and Encounter; default all that the server exports. */
  readonly types?: readonly string[] | undefined;
  /** Searches of which each narrows one type, such as `Encounter?class=IMP`. Servers may ignore them. */
  readonly typeFilter?: readonly string[] | undefined;
  /**
   * Only what changed since an instant with a zone, or since the last export into this folder: then it is
   * added to what is there, and what is newer goes before what is older.
   */
  readonly since?: string | undefined;
}

const paths: RegExp = /^(?:system|Patient|Group\/[A-Za-z0-9\-.]{1,64})$/;

/**
 * What is asked for, written out.
 *
 * @throws FhirError when it is malformed
 */
export function requestOf(
  baseUrl: string,
  { level = 'system', types = [], typeFilter = [], since }: BulkQuestion,
  runs: BulkState['runs'],
): BulkRequest {
  if (!paths.test(level) || level.endsWith('/..') || level.endsWith('/.')) {
    throw new FhirError('level must be system, Patient, or Group/ with the id of a group');
  }
  if (!types.every((type) => /^[A-Z][A-Za-z]{1,63}$/.test(type))) {
    throw new FhirError('types must be resource types such as Patient and Encounter');
  }
  if (!typeFilter.every((search) => /^[A-Z][A-Za-z]{1,63}\?./.test(search))) {
    throw new FhirError('typeFilter must be searches such as Encounter?class=IMP');
  }
  const instant = since === 'last' ? runs.at(-1)?.transactionTime : since;
  if (instant !== undefined && !/T.+(Z|[+-]\d{2}:\d{2})$/.test(instant)) {
    throw new FhirError('since must be "last", or an instant with a zone');
  }
  return {
    baseUrl,
    level,
    types: [...new Set(types)].sort(),
    typeFilter: [...typeFilter],
    since: instant ?? null,
  };
}

/** The address that begins an export. */
export function kickOffUrl({ baseUrl, level, types, typeFilter, since }: BulkRequest): string {
  const query = new URLSearchParams();
  if (types.length > 0) query.set('_type', types.join(','));
  if (since !== null) query.set('_since', since);
  for (const search of typeFilter) query.append('_typeFilter', search);
  const path = level === 'system' ? '' : `/${level}`;
  const text = query.toString();
  return `${baseUrl}${path}/$export${text === '' ? '' : `?${text}`}`;
}

/** Whether two exports are of the same, but for the time since when. */
export function isSameQuestion(a: BulkRequest, b: BulkRequest): boolean {
  const question = ({ since: _since, ...rest }: BulkRequest): string => JSON.stringify(rest);
  return question(a) === question(b);
}
