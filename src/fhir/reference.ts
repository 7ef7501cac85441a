import { valueOf } from './value-of.ts';

/**
 * The id in a reference to a resource of a type, as servers write them: `Patient/1`, an address that
 * ends so, or a version of it; `undefined` when it refers to something else, or nothing.
 *
 * @param reference a Reference, or anything else
 */
export function idIn(reference: unknown, resourceType: string): string | undefined {
  const text = valueOf(reference, 'reference');
  if (typeof text !== 'string') return undefined;
  const match = /(?:^|\/)([A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/[^/]+)?$/.exec(text);
  return match?.[1] === resourceType && isFhirId(match[2]) ? match[2] : undefined;
}

/** Whether a value is an id as FHIR has them: 1 to 64 letters, digits, "-" or "."; not dots alone. */
export const isFhirId = (value: unknown): value is string =>
  typeof value === 'string' && /^(?!\.+$)[A-Za-z0-9\-.]{1,64}$/.test(value);

/** The elements of a list that are objects; none of anything that is no list. */
export function listOf<T extends object>(value: readonly T[] | null | undefined): readonly T[] {
  if (!Array.isArray(value)) return [];
  const elements: readonly (T | null)[] = value;
  return elements.filter(
    (element): element is T => typeof element === 'object' && element !== null,
  );
}
