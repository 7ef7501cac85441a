import type { PatientDays, TrialEvent } from '../../events/event.ts';
import type { DaySums, FlowCount, Sums, UnitDaySums, UnitSummary } from '../port.ts';
import { dayLength, wholeMilliseconds } from '../log/share-of-day.ts';
import { noSums } from '../sums.ts';

type Tally = { -readonly [K in keyof Sums]: number };

interface UnitDay {
  readonly unitId: string;
  readonly arm: string;
  readonly stratum: string;
  readonly day: string;
  readonly tally: Tally;
}

const emptyTally = (): Tally => ({ ...noSums });

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys of a literal
const sumNames = Object.keys(noSums) as unknown as readonly (keyof Sums)[];

/** Orders texts by their UTF-8 bytes, as databases do. */
export function byBytes(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

/** One text for several, in which no two lists of parts collide. */
export function keyOf(...parts: readonly string[]): string {
  return JSON.stringify(parts);
}

/** Whether an event says that its alert was accepted: by a suggestion, or by an order from the card. */
function accepts(event: TrialEvent): boolean {
  return event.type === 'acceptance' || (event.type === 'order' && event.route !== 'window');
}

/** The tallies of units and days, each begun when it is first asked for. */
interface UnitDays {
  tally(event: TrialEvent, day: string): Tally;
  all(): readonly UnitDay[];
}

function noUnitDays(): UnitDays {
  const days = new Map<string, UnitDay>();
  return {
    tally: ({ unitId, arm, stratum }, day) => {
      const key = keyOf(unitId ?? '', arm, stratum, day);
      let unitDay = days.get(key);
      if (unitDay === undefined) {
        unitDay = { unitId: unitId ?? '', arm, stratum, day, tally: emptyTally() };
        days.set(key, unitDay);
      }
      return unitDay.tally;
    },
    all: () => [...days.values()],
  };
}

/** Groups whose members differ by unit, arm, stratum and the further parts of a key. */
function groupBy(
  events: readonly TrialEvent[],
  partsOf: (event: TrialEvent) => readonly string[],
): readonly (readonly [TrialEvent, ...TrialEvent[]])[] {
  const groups = new Map<string, [TrialEvent, ...TrialEvent[]]>();
  for (const event of events) {
    const key = keyOf(event.unitId ?? '', event.arm, event.stratum, ...partsOf(event));
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [event]);
    else group.push(event);
  }
  return [...groups.values()];
}

const earliest = (days: readonly string[]): string =>
  days.reduce((first, day) => (day < first ? day : first));

const openingOf = (event: TrialEvent): string => ('opening' in event ? event.opening : '');
const alertDayOf = (event: TrialEvent): string =>
  'alertDay' in event ? event.alertDay : event.day;
const impressionOf = (event: TrialEvent): string => ('impression' in event ? event.impression : '');

function countImpressions(days: UnitDays, events: readonly TrialEvent[]): void {
  const impressions = events.filter(({ type }) => type === 'impression');
  const isShown = (event: TrialEvent): boolean => 'stage' in event && event.stage !== 'silent';
  for (const event of impressions) {
    const tally = days.tally(event, event.day);
    if (isShown(event)) tally.alerts += 1;
    else tally.silent += 1;
  }
  const shown = impressions.filter(isShown);
  for (const opening of groupBy(shown, (event) => [openingOf(event)])) {
    const first = earliest(opening.map(({ day }) => day));
    days.tally(opening[0], first).alertsByOpening += 1;
  }
  const known = shown.filter(({ patient }) => patient !== undefined);
  for (const [event] of groupBy(known, ({ day, patient }) => [day, patient ?? ''])) {
    days.tally(event, event.day).exposedDays += 1;
  }
}

/** An answer names its alert and so came after it; an order only seen in the record may not have. */
function isInTime(event: TrialEvent, responseWindow: number): boolean {
  if (!('delay' in event) || event.delay > responseWindow) return false;
  return event.type !== 'order' || event.route !== 'window' || event.delay >= 0;
}

function countAnswers(days: UnitDays, events: readonly TrialEvent[], responseWindow: number): void {
  const answers = events.filter((event) => isInTime(event, responseWindow));
  for (const group of groupBy(answers, (event) => [impressionOf(event), alertDayOf(event)])) {
    const tally = days.tally(group[0], alertDayOf(group[0]));
    const accepted = group.some(accepts);
    const dismissed = group.some(({ type }) => type === 'dismissal');
    if (accepted) tally.accepted += 1;
    if (dismissed) tally.dismissed += 1;
    if (accepted && dismissed) tally.acceptedAndDismissed += 1;
    if (group.some(({ type }) => type === 'order')) tally.ordered += 1;
  }
  for (const opening of groupBy(answers.filter(accepts), (event) => [openingOf(event)])) {
    days.tally(opening[0], earliest(opening.map(alertDayOf))).acceptedByOpening += 1;
  }
}

function presencesIn(events: readonly TrialEvent[]): readonly PatientDays[] {
  return events.filter((event): event is PatientDays => event.type === 'patient-days');
}

/**
 * Who was at risk: whose time comes to more than nothing, in any way of counting it, once everything
 * that was amended is in the sum.
 *
 * @param who whose time it is; undefined where that is not known
 */
export function atRisk(
  presences: readonly PatientDays[],
  who: (event: PatientDays) => string | undefined,
): ReadonlySet<string> {
  const times = new Map<string, { calendar: number; midnight: number; elapsed: number }>();
  for (const event of presences) {
    const person = who(event);
    if (person === undefined) continue;
    const time = times.get(person) ?? { calendar: 0, midnight: 0, elapsed: 0 };
    time.calendar += wholeMilliseconds(event.calendar);
    time.midnight += wholeMilliseconds(event.midnight);
    time.elapsed += wholeMilliseconds(event.elapsed);
    times.set(person, time);
  }
  const present = [...times].filter(
    ([, { calendar, midnight, elapsed }]) => Math.max(calendar, midnight, elapsed) > 0,
  );
  return new Set(present.map(([person]) => person));
}

function countPresence(days: UnitDays, events: readonly TrialEvent[]): void {
  for (const event of presencesIn(events)) {
    const tally = days.tally(event, event.day);
    // Milliseconds until the end.
    tally.calendarDays += wholeMilliseconds(event.calendar);
    tally.midnightDays += wholeMilliseconds(event.midnight);
    tally.elapsedDays += wholeMilliseconds(event.elapsed);
  }
}

function unitDaysOf(events: readonly TrialEvent[], responseWindow: number): readonly UnitDay[] {
  const random = events.filter(({ randomized, unitId }) => randomized && unitId !== null);
  const days = noUnitDays();
  countImpressions(days, random);
  countAnswers(days, random, responseWindow);
  countPresence(days, random);
  return days.all();
}

function total(unitDays: readonly UnitDay[]): Sums {
  const sums = emptyTally();
  for (const { tally } of unitDays) for (const name of sumNames) sums[name] += tally[name];
  sums.calendarDays /= dayLength;
  sums.midnightDays /= dayLength;
  sums.elapsedDays /= dayLength;
  return sums;
}

function grouped(
  unitDays: readonly UnitDay[],
  partsOf: (unitDay: UnitDay) => readonly string[],
): readonly (readonly [UnitDay, ...UnitDay[]])[] {
  const groups = new Map<string, [UnitDay, ...UnitDay[]]>();
  for (const unitDay of unitDays) {
    const key = keyOf(...partsOf(unitDay));
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [unitDay]);
    else group.push(unitDay);
  }
  return [...groups.values()];
}

/** The summaries of a trial, counted from all of its events. */
export function summarize(
  events: readonly TrialEvent[],
  responseWindow: number,
): readonly UnitSummary[] {
  const presences = new Map<string, PatientDays[]>();
  for (const event of presencesIn(events)) {
    if (!event.randomized) continue;
    const key = keyOf(event.unitId ?? '', event.arm, event.stratum);
    const known = presences.get(key);
    if (known === undefined) presences.set(key, [event]);
    else known.push(event);
  }
  return grouped(unitDaysOf(events, responseWindow), ({ unitId, arm, stratum }) => [
    unitId,
    arm,
    stratum,
  ])
    .map((group) => {
      const [{ unitId, arm, stratum }] = group;
      const own = presences.get(keyOf(unitId, arm, stratum)) ?? [];
      const patients = atRisk(own, ({ patient }) => patient).size;
      return { unitId, arm, stratum, ...total(group), patients };
    })
    .sort(
      (left, right) =>
        byBytes(left.unitId, right.unitId) ||
        byBytes(left.arm, right.arm) ||
        byBytes(left.stratum, right.stratum),
    );
}

/** The sums of each unit, arm, stratum and day of a trial, counted from all of its events. */
export function sumUnitDays(
  events: readonly TrialEvent[],
  responseWindow: number,
): readonly UnitDaySums[] {
  return unitDaysOf(events, responseWindow)
    .map((unitDay) => {
      const { unitId, arm, stratum, day } = unitDay;
      return { unitId, arm, stratum, day, ...total([unitDay]) };
    })
    .sort(
      (left, right) =>
        byBytes(left.unitId, right.unitId) ||
        byBytes(left.arm, right.arm) ||
        byBytes(left.stratum, right.stratum) ||
        byBytes(left.day, right.day),
    );
}

/** The sums of each arm and day of a trial, counted from all of its events. */
export function sumDays(events: readonly TrialEvent[], responseWindow: number): readonly DaySums[] {
  return grouped(unitDaysOf(events, responseWindow), ({ arm, day }) => [arm, day])
    .map((group) => ({ arm: group[0].arm, day: group[0].day, ...total(group) }))
    .sort((left, right) => byBytes(left.day, right.day) || byBytes(left.arm, right.arm));
}

function kindOf(event: TrialEvent): string | null {
  if (event.type === 'impression') return event.stage;
  return event.type === 'deviation' ? event.what : null;
}

/** How many events of each kind there are. */
export function countFlow(events: readonly TrialEvent[]): readonly FlowCount[] {
  const counts = new Map<string, FlowCount>();
  for (const event of events) {
    const { type, arm, reason } = event;
    const kind = kindOf(event);
    const key = keyOf(type, kind ?? '', arm, reason);
    counts.set(key, { type, kind, arm, reason, events: (counts.get(key)?.events ?? 0) + 1 });
  }
  return [...counts.values()].sort(
    (left, right) =>
      byBytes(left.type, right.type) ||
      byBytes(left.kind ?? '', right.kind ?? '') ||
      byBytes(left.arm, right.arm) ||
      byBytes(left.reason, right.reason),
  );
}
