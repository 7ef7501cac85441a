import { isObject } from '../is-object.ts';
import { listOf, textOf } from './sources-of.ts';

type JsonObject = Readonly<Record<string, unknown>>;

function startOf({ period }: JsonObject): number {
  const start = isObject(period) ? textOf(period['start']) : undefined;
  const at = start === undefined ? Number.NaN : Date.parse(start);
  return Number.isNaN(at) ? -Infinity : at;
}

function isOpen({ status, period }: JsonObject): boolean {
  if (status !== undefined) return status === 'active';
  return !isObject(period) || textOf(period['end']) === undefined;
}

/** Whether it is a bed or a room, which stands beside the department that it is in. */
function isWithinDepartment({ physicalType, form }: JsonObject): boolean {
  return [physicalType, form]
    .filter(isObject)
    .flatMap(({ coding }) => listOf(coding))
    .some((coding) => isObject(coding) && /^(?:bd|ro)$/.test(String(coding['code'])));
}

/**
 * The references to where the patient of an encounter is: the locations that are active, or without
 * an end where their status is not said; where there is none, those that the patient has left. Of
 * several, the departments rather than their rooms and beds, and the ones that were entered last.
 */
export function currentLocations(encounter: JsonObject): readonly unknown[] {
  const entered = listOf(encounter['location'])
    .filter(isObject)
    .filter(({ status }) => status !== 'planned' && status !== 'reserved');
  const open = entered.filter(isOpen);
  const places = open.length > 0 ? open : entered;
  const wide = places.filter((each) => !isWithinDepartment(each));
  const candidates = wide.length > 0 ? wide : places;
  const last = candidates.reduce((latest, each) => Math.max(latest, startOf(each)), -Infinity);
  return candidates.filter((each) => startOf(each) === last).map(({ location }) => location);
}
