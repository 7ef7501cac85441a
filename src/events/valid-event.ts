import { isRandom, reasons } from '../trial/reason.ts';
import type { EventType, PatientDays, TrialEvent } from './event.ts';

// The schema says what an event is, and why one is refused. It takes longer than everything else that an
// append does, so what is certainly right is told here without it. A test holds the two together.

type Check = (value: unknown) => boolean;
type Checks = Readonly<Record<string, Check>>;
type Plain = Record<string, unknown>;

/** A check that remembers what it took last: most events say the same as the one before. */
function remembering(check: Check): Check {
  let last: unknown;
  return (value) => {
    if (value === last && last !== undefined) return true;
    if (!check(value)) return false;
    last = value;
    return true;
  };
}

// A lone surrogate would come back from a disk as another text.
const isText: Check = (value) =>
  typeof value === 'string' && value !== '' && value.length <= 512 && value.isWellFormed();
const isStratum: Check = (value) => value === '' || isText(value);
const isUnit: Check = (value) => value === null || isText(value);
const isBoolean: Check = (value) => typeof value === 'boolean';

const uuid = /^[\da-f]{8}-[\da-f]{4}-[1-8][\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;
// An event often names itself, or the same event twice.
const isUuid: Check = remembering((value) => typeof value === 'string' && uuid.test(value));
const isFingerprint: Check = remembering(
  (value) => typeof value === 'string' && /^[\da-f]{64}$/.test(value),
);

const monthLengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
// The 29th of February is left to the schema.
const isDay: Check = remembering(
  (value) =>
    typeof value === 'string' &&
    /^\d{4}-\d\d-(?!00)\d\d$/.test(value) &&
    Number(value.slice(8)) <= (monthLengths[Number(value.slice(5, 7)) - 1] ?? 0),
);

const isWholeFrom =
  (least: number, most: number = Number.MAX_SAFE_INTEGER): Check =>
  (value) =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most;
const isWhole = isWholeFrom(Number.MIN_SAFE_INTEGER);
const isInstant = isWholeFrom(0, 253_402_300_799_999);
const isShare =
  (most: number): Check =>
  (value) =>
    typeof value === 'number' && Math.abs(value) <= most && !Object.is(value, -0);

const isOneOf = (words: readonly string[]): Check => {
  const known = new Set<unknown>(words);
  return (value) => known.has(value);
};
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);

/** Whether something has what it must have and nothing that it must not. */
function checkOf(checks: Checks): (plain: Readonly<Plain>) => boolean {
  const fields = Object.entries(checks).map(([key, check]) => ({ key, check }));
  return (plain) => {
    let known = 0;
    for (const { key, check } of fields) {
      const value = plain[key];
      if (!check(value)) return false;
      if (value !== undefined || key in plain) known += 1;
    }
    return known === Object.keys(plain).length;
  };
}

// The copy is what is checked and given on: what a getter returns the next time does not matter, nor what
// the caller does with the event later.
function plainCopy(value: unknown): Plain | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (Object.getPrototypeOf(value) !== Object.prototype) return undefined;
  const copy: Plain = { ...value };
  return Object.getOwnPropertySymbols(copy).length === 0 ? copy : undefined;
}

const isCodingCopy = checkOf({ system: optional(isText), code: isText, display: optional(isText) });
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- whatever is there is a copy by then
const isCoding: Check = (value) => value === undefined || isCodingCopy(value as Plain);

const base = {
  id: isUuid,
  type: isText,
  trial: isFingerprint,
  arm: isText,
  randomized: isBoolean,
  reason: isOneOf(reasons),
  unitId: isUnit,
  patient: optional(isText),
  practice: optional(isText),
  clinician: optional(isText),
  encounter: optional(isText),
  stratum: isStratum,
  at: isInstant,
  day: isDay,
  receivedAt: isInstant,
};

const answer = { ...base, impression: isUuid, opening: isUuid, alertDay: isDay, delay: isWhole };

const checks: Readonly<Record<EventType, (plain: Readonly<Plain>) => boolean>> = {
  impression: checkOf({
    ...base,
    stage: isOneOf(['returned', 'displayed', 'silent']),
    alert: isText,
    opening: isUuid,
  }),
  dismissal: checkOf({ ...answer, override: isCoding }),
  acceptance: checkOf({ ...answer, suggestion: optional(isText) }),
  order: checkOf({ ...answer, route: isOneOf(['click', 'tag', 'window']), order: isCoding }),
  'patient-days': checkOf({
    ...base,
    patient: isText,
    calendar: isShare(1),
    midnight: isShare(1),
    elapsed: isShare(25 / 24),
    amends: optional(isUuid),
  }),
  deviation: checkOf({ ...base, what: isText }),
  gap: checkOf({ ...base, from: isInstant, to: isInstant, count: isWholeFrom(1) }),
};
const checkByType: ReadonlyMap<unknown, (plain: Readonly<Plain>) => boolean> = new Map(
  Object.entries(checks),
);

/** Time is taken away by amendments only, and each of them changes something. */
function holdsTogether({ id, amends, calendar, midnight, elapsed }: PatientDays): boolean {
  if (amends === undefined) return calendar >= 0 && midnight >= 0 && elapsed >= 0;
  return amends !== id && (calendar !== 0 || midnight !== 0 || elapsed !== 0);
}

/**
 * A copy of an event that certainly keeps the schema and whose texts all have a UTF-8 form. Undefined
 * says nothing: `parseEvent` decides.
 */
export function validEvent(document: unknown): TrialEvent | undefined {
  const copy = plainCopy(document);
  if (copy === undefined) return undefined;
  for (const key of ['override', 'order']) {
    if (copy[key] === undefined) continue;
    const coding = plainCopy(copy[key]);
    if (coding === undefined) return undefined;
    copy[key] = coding;
  }
  if (checkByType.get(copy['type'])?.(copy) !== true) return undefined;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- that is what has just been checked
  const event = copy as unknown as TrialEvent;
  if (event.randomized !== isRandom(event.reason)) return undefined;
  if (event.randomized && event.unitId === null) return undefined;
  return event.type !== 'patient-days' || holdsTogether(event) ? event : undefined;
}
