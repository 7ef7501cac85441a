import { isObject } from '../is-object.ts';
import type { CdsRequest } from '../types.ts';
import { withSlash } from '../with-slash.ts';
import type { ResourceIndex } from './resource-index.ts';
import type { Step } from './template.ts';

/** A resource that is known by its address and may not be at hand. */
interface Pointer {
  readonly resourceType: string | undefined;
  readonly id: string | undefined;
  readonly address: string;
}

type Node =
  | { readonly is: 'value'; readonly value: unknown }
  | { readonly is: 'pointer'; readonly pointer: Pointer };

/** What a path was found to lead to. */
export interface Selection {
  readonly values: readonly unknown[];
  /** Whether it goes through a resource that the call does not bring. */
  readonly unread: boolean;
}

// The types that an element of several types can have at the end of its name, such as `medication`.
const choices: readonly string[] =
  'Reference CodeableConcept CodeableReference Coding Code String Boolean Integer Decimal Date DateTime Instant Time Period Quantity Range Ratio Timing Identifier Uri Url Canonical Id Age Duration'.split(
    ' ',
  );

function elementOf(value: Readonly<Record<string, unknown>>, name: string): unknown {
  if (Object.hasOwn(value, name)) return value[name];
  const key = choices.map((type) => name + type).find((one) => Object.hasOwn(value, one));
  return key === undefined ? undefined : value[key];
}

const listOf = (value: unknown): readonly Node[] =>
  value === undefined || value === null
    ? []
    : (Array.isArray(value) ? value : [value]).map((one: unknown) => ({ is: 'value', value: one }));

/** What a reference points to; nothing for one to another server or into its own resource. */
function pointerOf(value: unknown, server: string | undefined): readonly Node[] {
  const written = isObject(value) ? value['reference'] : value;
  if (typeof written !== 'string') return [];
  const base = server === undefined ? undefined : withSlash(server);
  const address =
    base !== undefined && written.startsWith(base) ? written.slice(base.length) : written;
  const [, resourceType, id] =
    /^([A-Z][A-Za-z]*)\/([^/#?]+)(?:\/_history\/[^/]+)?$/.exec(address) ?? [];
  if (resourceType === undefined && !address.startsWith('urn:')) return [];
  const found = resourceType === undefined ? address : `${resourceType}/${id}`;
  return [{ is: 'pointer', pointer: { resourceType, id, address: found } }];
}

/**
 * Follows a path. A reference is resolved in what the call brings; its type and id are known from the
 * reference alone, so that they need no reading.
 */
export function select(
  start: unknown,
  steps: readonly Step[],
  { request, find }: { readonly request: CdsRequest; readonly find: ResourceIndex },
): Selection {
  let unread = false;
  const read = (node: Node): unknown => {
    if (node.is === 'value') return node.value;
    const found = find(node.pointer.address);
    if (found === undefined) unread = true;
    return found;
  };
  const take = (node: Node, step: Step): readonly Node[] => {
    if (step.to === 'reference') {
      return node.is === 'value' ? pointerOf(node.value, request.fhirServer ?? undefined) : [node];
    }
    const pointer = node.is === 'pointer' ? node.pointer : undefined;
    if (step.to === 'type') {
      const type = pointer?.resourceType ?? elementIn(read(node), 'resourceType');
      return type === step.resourceType ? [node] : [];
    }
    if (step.name === 'id' && pointer?.id !== undefined) return listOf(pointer.id);
    return listOf(elementIn(read(node), step.name));
  };
  let nodes = listOf(start);
  for (const step of steps) nodes = nodes.flatMap((node) => take(node, step));
  return { values: nodes.map((node) => (node.is === 'value' ? node.value : node.pointer)), unread };
}

function elementIn(value: unknown, name: string): unknown {
  return isObject(value) ? elementOf(value, name) : undefined;
}
