import { FhirError } from '../../errors.ts';
import { fromR5 } from '../r5/from-r5.ts';
import type { Resource, ResourceOf } from '../r4.ts';
import { isOfType, isResource } from '../search-bundle.ts';
import { valueOf } from '../value-of.ts';
import { jsonOf } from '../wire/body.ts';
import type { SearchParameters } from '../client.ts';
import { linesIn, ndjsonIn, requireLength } from './folder-files.ts';
import { rejectList } from './rejects.ts';
import type { ResourceFiles, ResourceFilesOptions } from './resource-files.ts';
import { requireWhole } from './resource-files.ts';
import type { BulkRun } from './state.ts';
import { readState } from './state.ts';

/** Files that were written at one time, and what had been deleted then. */
interface Layer {
  readonly files: readonly { readonly name: string; readonly type: string | undefined }[];
  readonly deleted: readonly string[];
}

function layerOf({ files }: BulkRun): Layer {
  return {
    files: files.filter(({ kind }) => kind === 'output'),
    deleted: files.filter(({ kind }) => kind === 'deleted').map(({ name }) => name),
  };
}

/** Whether an export, with those that it was added to, holds everything of its types. */
function isComplete({ request, files }: BulkRun, index: number): boolean {
  const isNarrowed = request.typeFilter.length > 0 || (index === 0 && request.since !== null);
  return !isNarrowed && !files.some(({ kind, lines }) => kind === 'error' && lines > 0);
}

/** Looked for wherever others may refer to them, and rightly absent where those say it all themselves. */
const onlyReferredTo: ReadonlySet<string> = new Set(['Medication']);

/** Why a line is no resource of the type that its file holds. */
function faultOf(value: unknown, type: string | undefined): string | undefined {
  if (!isResource(value)) return 'no resource';
  return type === undefined || value.resourceType === type ? undefined : `no ${type}`;
}

/** What the entries of a Bundle of deletions name, such as `Patient/a`. */
function deletionsIn(value: unknown): readonly string[] {
  const entries = valueOf(value, 'entry');
  if (!Array.isArray(entries)) return [];
  return entries.flatMap((entry: unknown) => {
    const request = valueOf(entry, 'request');
    const url = valueOf(request, 'url');
    if (valueOf(request, 'method') !== 'DELETE' || typeof url !== 'string') return [];
    // Relative by the standard; some servers write their whole address.
    return /(?:^|\/)([A-Za-z]+\/[^/?#]+)$/.exec(url)?.[1] ?? [];
  });
}

/**
 * Reads a bulk export, or any folder of NDJSON (`.ndjson`, `.ndjson.gz`), as a FHIR server is searched:
 * all resources of a type, line by line in memory that does not grow with the files. Where what changed
 * was added to an export, the newest version of each resource is given, and none that was deleted.
 *
 * A line that is no resource is left out and taken down in `rejects`.
 *
 * @throws FhirError when the folder cannot be read or holds none, or the export is not whole
 */
export async function bulkFiles(
  folder: string,
  options: ResourceFilesOptions = {},
): Promise<ResourceFiles> {
  const state = await readState(folder);
  if (state !== undefined && state.runs.length === 0) {
    throw new FhirError(`the export into ${folder} is not whole: run it again, and it goes on`);
  }
  for (const { name, bytes } of state?.runs.flatMap((run) => run.files) ?? []) {
    await requireLength(folder, name, bytes);
  }
  const exported = state?.runs[0]?.request.types ?? [];
  // The newest first: what it says of a resource goes before what is older.
  const layers: readonly Layer[] =
    state === undefined
      ? [{ files: await ndjsonIn(folder), deleted: [] }]
      : state.runs.map(layerOf).reverse();
  const list = rejectList();

  async function* valuesIn(name: string, type: string | undefined): AsyncGenerator<Resource> {
    let line = 0;
    try {
      for await (const text of linesIn(folder, name)) {
        line += 1;
        if (text.trim() === '') continue;
        const parsed = jsonOf(text);
        const value = 'value' in parsed ? parsed.value : undefined;
        const reason = 'fault' in parsed ? 'no JSON' : faultOf(value, type);
        if (reason !== undefined) list.add({ file: name, line, reason });
        else if (isResource(value)) yield value;
      }
    } catch (error) {
      if (error instanceof FhirError) throw error;
      throw new FhirError(`${name} in ${folder} cannot be read on after line ${line}`);
    }
  }

  /** Adds what a layer says was deleted. */
  async function addDeleted(hidden: Set<string>, { deleted }: Layer): Promise<void> {
    for (const name of deleted) {
      for await (const bundle of valuesIn(name, 'Bundle')) {
        for (const reference of deletionsIn(bundle)) hidden.add(reference);
      }
    }
  }

  async function* search<T extends string>(
    resourceType: T,
    params?: SearchParameters,
  ): AsyncGenerator<ResourceOf<T>, void, undefined> {
    requireWhole(resourceType, params);
    const isAsked = exported.length === 0 || exported.includes(resourceType);
    if (!isAsked && !onlyReferredTo.has(resourceType)) {
      throw new FhirError(
        `search of ${resourceType}: the export was asked for ${exported.join(', ')}, and holds no other`,
      );
    }
    const hidden = new Set<string>();
    for (const [index, layer] of layers.entries()) {
      const isOldest = index === layers.length - 1;
      for (const { name, type } of layer.files) {
        if (type !== undefined && type !== resourceType) continue;
        for await (const each of valuesIn(name, type)) {
          if (each.resourceType !== resourceType) continue;
          const reference = `${resourceType}/${each.id ?? ''}`;
          if (hidden.has(reference)) continue;
          if (!isOldest) hidden.add(reference);
          const resource = options.version === 'R5' ? fromR5(each) : each;
          if (isOfType(resource, resourceType)) yield resource;
        }
      }
      if (!isOldest) await addDeleted(hidden, layer);
    }
  }

  const isExportWhole = state?.runs.every(isComplete) ?? true;
  return {
    transactionTime: state?.runs.at(-1)?.transactionTime,
    folder,
    get isWhole(): boolean {
      return isExportWhole && list.rejects.count === 0;
    },
    rejects: list.rejects,
    search,
  };
}
