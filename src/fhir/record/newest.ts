import { instantOf } from '../date-time.ts';
import type { Resource } from '../r4.ts';
import { valueOf } from '../value-of.ts';

/** When a version of a resource was made, milliseconds; before all others where it does not say. */
export function updatedAt({ meta }: Resource): number {
  const text = valueOf(meta, 'lastUpdated');
  return (typeof text === 'string' ? instantOf(text) : undefined) ?? -Infinity;
}

/**
 * Each resource once, in its newest version: pages that shift while they are read, and folders with files of
 * several days, tell some of them in more than one. Of versions that do not say when they were made, the
 * one that was told last.
 */
export function newestOf<T extends Resource>(resources: readonly T[]): readonly T[] {
  const newest = new Map<unknown, T>();
  for (const resource of resources) {
    // What has no id is one of its own.
    const name = resource.id ?? resource;
    const known = newest.get(name);
    if (known === undefined || updatedAt(known) <= updatedAt(resource)) newest.set(name, resource);
  }
  return [...newest.values()];
}
