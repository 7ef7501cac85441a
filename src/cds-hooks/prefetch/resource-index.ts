import { isObject } from '../is-object.ts';
import type { CdsRequest } from '../types.ts';

type JsonObject = Readonly<Record<string, unknown>>;

/** Finds a resource of a call by `Type/id` or by its `urn:` address. */
export type ResourceIndex = (address: string) => JsonObject | undefined;

function* resourcesIn(value: unknown): Generator<readonly [string | undefined, JsonObject]> {
  if (Array.isArray(value)) {
    for (const item of value) yield* resourcesIn(item);
  } else if (isObject(value)) {
    if (value['resourceType'] !== 'Bundle') yield [undefined, value];
    else if (Array.isArray(value['entry'])) {
      for (const entry of value['entry']) {
        if (!isObject(entry) || !isObject(entry['resource'])) continue;
        const { fullUrl, resource } = entry;
        yield [typeof fullUrl === 'string' ? fullUrl : undefined, resource];
      }
    }
  }
}

/** Indexes what a call brings, the first time that something is looked for. */
export function indexResources({ context, prefetch }: CdsRequest): ResourceIndex {
  let index: Map<string, JsonObject> | undefined;
  return (address) => {
    if (index === undefined) {
      index = new Map();
      for (const value of [...Object.values(context), ...Object.values(prefetch ?? {})]) {
        for (const [fullUrl, resource] of resourcesIn(value)) {
          if (fullUrl !== undefined) index.set(fullUrl, resource);
          const { resourceType, id } = resource;
          if (typeof resourceType === 'string' && typeof id === 'string') {
            index.set(`${resourceType}/${id}`, resource);
          }
        }
      }
    }
    return index.get(address);
  };
}
