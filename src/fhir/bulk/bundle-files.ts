import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FhirError } from '../../errors.ts';
import type { SearchParameters } from '../client.ts';
import { fromR5 } from '../r5/from-r5.ts';
import type { Resource, ResourceOf } from '../r4.ts';
import { isOfType, isResource } from '../search-bundle.ts';
import { valueOf } from '../value-of.ts';
import { jsonOf } from '../wire/body.ts';
import { namesIn } from './folder-files.ts';
import type { RejectList } from './rejects.ts';
import { rejectList } from './rejects.ts';
import type { ResourceFiles, ResourceFilesOptions } from './resource-files.ts';
import { requireWhole } from './resource-files.ts';

/** Replaces each reference that the bundle itself resolves, such as `urn:uuid:…`, by `Type/id`. */
function relinked(value: unknown, names: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(value)) return value.map((each) => relinked(each, names));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]: [string, unknown]) => [
      key,
      key === 'reference' && typeof inner === 'string'
        ? (names.get(inner) ?? inner)
        : relinked(inner, names),
    ]),
  );
}

/** The resource of an entry; one without an id has that of its address in the bundle. */
function resourceIn(
  entry: unknown,
): { readonly url: unknown; readonly resource: Resource } | undefined {
  const resource = valueOf(entry, 'resource');
  if (!isResource(resource)) return undefined;
  const url = valueOf(entry, 'fullUrl');
  if (resource.id !== undefined || typeof url !== 'string') return { url, resource };
  const id = /^urn:uuid:([A-Za-z0-9\-.]{1,64})$/.exec(url)?.[1];
  return { url, resource: id === undefined ? resource : { ...resource, id } };
}

/** The resources of a bundle with their references resolved, and what is wrong with it. */
function resourcesIn(text: string, fault: (reason: string) => void): readonly Resource[] {
  const parsed = jsonOf(text.replace(/^\uFEFF/, ''));
  const bundle = 'value' in parsed ? parsed.value : undefined;
  const entries = valueOf(bundle, 'entry') ?? [];
  if ('fault' in parsed) fault('no JSON');
  else if (valueOf(bundle, 'resourceType') !== 'Bundle') fault('no Bundle');
  else if (!Array.isArray(entries)) fault('a Bundle whose entries are not a list');
  if (valueOf(bundle, 'resourceType') !== 'Bundle' || !Array.isArray(entries)) return [];
  const found = entries.map(resourceIn);
  if (found.includes(undefined)) fault('a Bundle of which an entry holds no resource');
  const known = found.filter((each) => each !== undefined);
  const names = new Map(
    known.flatMap(({ url, resource: { resourceType, id } }) =>
      typeof url === 'string' && id !== undefined ? [[url, `${resourceType}/${id}`]] : [],
    ),
  );
  try {
    return known.map(({ resource }) => relinked(resource, names)).filter(isResource);
  } catch (error) {
    // Nesting without end, which no resource has.
    if (!(error instanceof RangeError)) throw error;
    fault('nested too deeply');
    return [];
  }
}

/**
 * Reads a folder of FHIR Bundles (`.json`: collections, transactions, search results) as a FHIR server is
 * searched. References inside a bundle, such as `urn:uuid:…` of the generators of synthetic patients, are
 * resolved to `Type/id`. One file is in memory at a time, and all are read again for each search.
 *
 * A file that is no Bundle is left out and taken down in `rejects`, as is one of which an entry holds no
 * resource, without that entry.
 *
 * @throws FhirError when the folder cannot be read, or holds no file that ends in `.json`
 */
export async function bundleFiles(
  folder: string,
  options: ResourceFilesOptions = {},
): Promise<ResourceFiles> {
  const names = (await namesIn(folder)).filter((name) => /\.json$/i.test(name));
  if (names.length === 0) {
    throw new FhirError(`${folder} holds no Bundles: no file ends in .json`);
  }
  const list: RejectList = rejectList();

  async function* search<T extends string>(
    resourceType: T,
    params?: SearchParameters,
  ): AsyncGenerator<ResourceOf<T>, void, undefined> {
    requireWhole(resourceType, params);
    for (const name of names) {
      const text = await readFile(join(folder, name), 'utf8').catch(() => {
        throw new FhirError(`${name} in ${folder} cannot be read`);
      });
      const found = resourcesIn(text, (reason) =>
        list.add({ file: name, line: undefined, reason }),
      );
      for (const each of found) {
        if (each.resourceType !== resourceType) continue;
        const resource = options.version === 'R5' ? fromR5(each) : each;
        if (isOfType(resource, resourceType)) yield resource;
      }
    }
  }

  return {
    transactionTime: undefined,
    folder,
    get isWhole(): boolean {
      return list.rejects.count === 0;
    },
    rejects: list.rejects,
    search,
  };
}
