import type { AlertService } from './service.ts';

/**
 * The services by their id, of which several hooks may share one.
 *
 * @throws TypeError when two have the same id and hook
 */
export function catalogue(
  services: readonly AlertService[],
): ReadonlyMap<string, readonly AlertService[]> {
  const byId = new Map<string, AlertService[]>();
  for (const service of services) {
    const { id, hook } = service.description;
    const same = byId.get(id) ?? [];
    if (same.some((other) => other.description.hook === hook)) {
      throw new TypeError(
        `Two services are named "${id}" on the hook "${hook}": name one of them otherwise.`,
      );
    }
    byId.set(id, [...same, service]);
  }
  return byId;
}
