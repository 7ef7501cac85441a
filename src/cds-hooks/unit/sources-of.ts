import { isObject } from '../is-object.ts';
import type { ResourceIndex } from '../prefetch/resource-index.ts';
import { indexResources } from '../prefetch/resource-index.ts';
import type { CdsRequest } from '../types.ts';
import { withSlash } from '../with-slash.ts';
import type { UnitOptions } from './unit-resolver.ts';

type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Reads the source ids of something that names an organisation: a reference, a resource, an identifier, or a
 * text of any of them. Several where it has several; none where it names nothing.
 *
 * @param within the resource that it stands in, for what that contains
 */
export type SourcesOf = (named: unknown, within?: JsonObject) => readonly string[];

/** By what an organisation is named. */
interface Names {
  readonly reference?: string | undefined;
  readonly identifiers: readonly unknown[];
}

/** A text that says something, without white space around it. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

/** The items of an element that may be repeated, or left out. */
export function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return value === undefined || value === null ? [] : [value];
}

/** A reference without its version, and without the address of the client's own server. */
export function normalReference(written: string, server: unknown): string {
  const address = textOf(server);
  const base = address === undefined ? undefined : withSlash(address);
  const near =
    base !== undefined && written.startsWith(base) ? written.slice(base.length) : written;
  return near.replace(/\/_history\/[^/]*$/, '');
}

function isReference(text: string): boolean {
  return /^(?:#|urn:|https?:|[A-Z][A-Za-z]*\/)/.test(text);
}

/** What a resource contains, by the reference within it. */
function containedIn(within: JsonObject | undefined): ReadonlyMap<string, JsonObject> {
  const found = new Map<string, JsonObject>();
  for (const each of listOf(within?.['contained'])) {
    if (!isObject(each)) continue;
    const reference = `#${String(each['id'])}`;
    if (!found.has(reference)) found.set(reference, each);
  }
  return found;
}

/** Finds what a reference points to; what a resource contains is looked through once for all of its references. */
function targets(
  find: ResourceIndex,
): (reference: string, within: JsonObject | undefined) => JsonObject | undefined {
  const known = new Map<JsonObject | undefined, ReadonlyMap<string, JsonObject>>();
  return (reference, within) => {
    if (!reference.startsWith('#')) return find(reference);
    const contained = known.get(within) ?? containedIn(within);
    known.set(within, contained);
    return contained.get(reference);
  };
}

function textOfIdentifier(identifier: unknown, system: string | undefined): readonly string[] {
  if (!isObject(identifier)) return [];
  const value = textOf(identifier['value']);
  const own = textOf(identifier['system']);
  if (value === undefined || own === undefined) return [];
  if (system === undefined) return [`${own}|${value}`];
  return own === system ? [value] : [];
}

/** A reference to a person, whose id must not go into a ledger in the clear. */
const person = /(?:^|\/)(?:Patient|Person|Practitioner|PractitionerRole|RelatedPerson)\/[^/]+$/;

/** Whether a source id names a person. */
export function isPerson(source: string): boolean {
  return person.test(source);
}

/** How the source ids of one call are read. */
export function sourcesOf(request: CdsRequest, { crosswalk, identifier }: UnitOptions): SourcesOf {
  const targetOf = targets(indexResources(request));

  const namesOf = (named: unknown, within: JsonObject | undefined): Names => {
    if (!isObject(named)) {
      const text = textOf(named);
      if (text === undefined) return { identifiers: [] };
      const reference = normalReference(text, request.fhirServer);
      const target = targetOf(reference, within);
      // What is numbered within a Bundle has another number in the next call.
      if (reference.startsWith('urn:') && target !== undefined) return namesOf(target, within);
      return { reference, identifiers: listOf(target?.['identifier']) };
    }
    const { resourceType, id } = named;
    if (typeof resourceType === 'string') {
      const own = textOf(id);
      const reference = own === undefined ? undefined : `${resourceType}/${own}`;
      return { reference, identifiers: listOf(named['identifier']) };
    }
    if ('value' in named) return { identifiers: [named] };
    const { reference, identifiers } = namesOf(named['reference'], within);
    return { reference, identifiers: [...listOf(named['identifier']), ...identifiers] };
  };

  return (named, within) => {
    const { reference, identifiers } = namesOf(named, within);
    if (reference !== undefined) {
      // An identifier of a person would not be known for one any more.
      if (crosswalk === undefined && isPerson(reference)) return [reference];
      if (!isReference(reference)) return [reference];
      if (identifier === undefined && !reference.startsWith('#')) return [reference];
    }
    return [...new Set(identifiers.flatMap((each) => textOfIdentifier(each, identifier)))];
  };
}
