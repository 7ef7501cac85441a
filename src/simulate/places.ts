import { listAt, textAt } from './json.ts';

/**
 * Kinds of places in which a chart is opened, as codes of HL7's v3 RoleCode: a ward (`HU`, hospital
 * unit) or a procedural area (catheterisation laboratory, endoscopy, diagnostic radiology).
 */
export type PlaceKind = 'HU' | 'CATH' | 'ENDOS' | 'RADDX';

/** The ward and the procedural areas, in a fixed order. */
export const placeKinds: readonly PlaceKind[] = ['HU', 'CATH', 'ENDOS', 'RADDX'];

/** The procedural areas. */
export const proceduralAreas: readonly PlaceKind[] = ['CATH', 'ENDOS', 'RADDX'];

/** The code system of `placeKinds`. */
export const placeSystem = 'http://terminology.hl7.org/CodeSystem/v3-RoleCode';

/**
 * Where a patient is, as a prefetched Encounter says: the kind of its active location.
 *
 * @param encounter an R4 Encounter, or anything
 * @returns `undefined` when no active location with a code of `placeSystem` is there
 */
export function placeOf(encounter: unknown): PlaceKind | undefined {
  const active = listAt(encounter, 'location').filter(
    (location) => textAt(location, 'status') === 'active',
  );
  const codings = active.flatMap((location) => listAt(location, 'physicalType', 'coding'));
  return placeKinds.find((kind) =>
    codings.some(
      (coding) => textAt(coding, 'system') === placeSystem && textAt(coding, 'code') === kind,
    ),
  );
}
