import { FhirError } from '../../errors.ts';
import type { FhirSource, FhirVersion, SearchParameters } from '../client.ts';
import type { FileRejects } from './rejects.ts';

/** Files that are read as a server is searched. */
export interface ResourceFiles extends Pick<FhirSource, 'search'> {
  /**
   * The instant of the server as of which an export is: the cut-off of everything that is counted from
   * it. Absent for files that do not say.
   */
  readonly transactionTime: string | undefined;
  /** Where they are. */
  readonly folder: string;
  /**
   * Whether they tell everything that there is of whom they tell, as far as is known by now: false of an
   * export that was narrowed, or only since some time, or that came with errors, and once something
   * could not be read.
   */
  readonly isWhole: boolean;
  /** What could not be read so far, each once however often the files are read. */
  readonly rejects: FileRejects;
}

/** How files of resources are read. */
export interface ResourceFilesOptions {
  /** What the files are written in; default R4. Resources of R5 are brought into the form of R4. */
  readonly version?: FhirVersion | undefined;
}

/** Parameters of a search that do not say which resources are wanted. */
const harmless: ReadonlySet<string> = new Set([
  '_count',
  '_elements',
  '_format',
  '_include',
  '_pretty',
  '_revinclude',
  '_sort',
  '_summary',
  '_total',
]);

/**
 * Files give all resources of a type: a search that asks for some of them would not be what it seems.
 *
 * @throws FhirError when a parameter narrows the search
 */
export function requireWhole(resourceType: string, params: SearchParameters = {}): void {
  const names = Object.entries(params).flatMap(([name, value]) =>
    value === undefined || harmless.has(name.split(':')[0] ?? '') ? [] : [name],
  );
  if (names.length === 0) return;
  throw new FhirError(
    `search of ${resourceType}: files are read whole, type by type, and cannot be searched by ${names.join(', ')}`,
  );
}
