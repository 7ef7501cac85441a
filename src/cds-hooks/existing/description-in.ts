import { isObject } from '../is-object.ts';
import type { ExistingDescription } from './existing-service.ts';

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function queriesOf(value: unknown): Readonly<Record<string, string>> | undefined {
  if (!isObject(value)) return undefined;
  const queries = Object.entries(value).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return queries.length === 0 ? undefined : Object.fromEntries(queries);
}

/**
 * What a discovery document says of one service.
 *
 * @throws TypeError when it lists no such service, or several of which none is chosen
 */
export function descriptionIn(
  discovery: unknown,
  { id, hook }: { readonly id: string; readonly hook: string | undefined },
): ExistingDescription {
  const services = isObject(discovery) ? discovery['services'] : undefined;
  const found = (Array.isArray(services) ? services : [])
    .filter(isObject)
    .filter((service) => service['id'] === id && (hook ?? service['hook']) === service['hook']);
  const [service, second] = found;
  if (service === undefined) {
    const where = hook === undefined ? '' : ` on the hook "${hook}"`;
    throw new TypeError(`The discovery of the existing service lists no "${id}"${where}.`);
  }
  if (second !== undefined) {
    const hooks = found.map((each) => String(each['hook'])).join(', ');
    throw new TypeError(`"${id}" is on several hooks: choose one of ${hooks}.`);
  }
  return {
    id,
    hook: textOf(service['hook']) ?? '',
    title: textOf(service['title']),
    // Required by the specification, and missing often enough.
    description: textOf(service['description']) ?? textOf(service['title']) ?? id,
    prefetch: queriesOf(service['prefetch']),
    usageRequirements: textOf(service['usageRequirements']),
  };
}
