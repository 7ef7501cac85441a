import type { Impression, PatientDays, TrialEvent } from '../../events/event.ts';
import type { AlertLevel, AlertState, RiskCount } from '../../trial/count.ts';
import { atRisk, byBytes, keyOf } from './sums.ts';
import type { DelayCount, UnitCounts } from '../port.ts';
import { dayLength, wholeMilliseconds } from '../log/share-of-day.ts';
import type { TimedAlertCount, TimedCount } from '../counts/timed-count.ts';
import { isRisk } from '../counts/timed-count.ts';

/** How long after its alert each kind of answer came first, milliseconds; infinite when it never did. */
interface Delays {
  accepted: number;
  dismissed: number;
  ordered: number;
  readonly byReason: Map<string, number>;
}

interface Firing {
  readonly event: Impression;
  readonly isShown: boolean;
  readonly delays: Delays;
  /** Its place among the firings of its patient, shown alike or of any kind; 0 for no patient. */
  shownPlace: number;
  firedPlace: number;
}

const never = (): Delays => ({
  accepted: Infinity,
  dismissed: Infinity,
  ordered: Infinity,
  byReason: new Map(),
});

function note(delays: Delays, event: TrialEvent): void {
  if (!('delay' in event)) return;
  const { delay } = event;
  if (event.type === 'dismissal') {
    delays.dismissed = Math.min(delays.dismissed, delay);
    const code = event.override?.code;
    if (code !== undefined) {
      delays.byReason.set(code, Math.min(delays.byReason.get(code) ?? Infinity, delay));
    }
    return;
  }
  const isSeen = event.type === 'order' && event.route === 'window';
  if (!isSeen) delays.accepted = Math.min(delays.accepted, delay);
  if (event.type === 'order' && (!isSeen || delay >= 0)) {
    delays.ordered = Math.min(delays.ordered, delay);
  }
}

function number(firings: readonly Firing[]): void {
  const inOrder = [...firings].sort(
    (left, right) => left.event.at - right.event.at || byBytes(left.event.id, right.event.id),
  );
  const places = new Map<string, number>();
  const next = (key: string): number => {
    const place = (places.get(key) ?? 0) + 1;
    places.set(key, place);
    return place;
  };
  for (const firing of inOrder) {
    const { unitId, arm, patient } = firing.event;
    if (patient === undefined) continue;
    firing.firedPlace = next(keyOf(unitId ?? '', arm, patient));
    firing.shownPlace = next(keyOf(unitId ?? '', arm, patient, String(firing.isShown)));
  }
}

function firingsIn(random: readonly TrialEvent[]): readonly Firing[] {
  const answers = new Map<string, Delays>();
  for (const event of random) {
    if (!('impression' in event)) continue;
    const key = keyOf(event.unitId ?? '', event.impression);
    const delays = answers.get(key) ?? never();
    note(delays, event);
    answers.set(key, delays);
  }
  const firings = random
    .filter((event): event is Impression => event.type === 'impression')
    .map((event) => ({
      event,
      isShown: event.stage !== 'silent',
      delays: answers.get(keyOf(event.unitId ?? '', event.id)) ?? never(),
      shownPlace: 0,
      firedPlace: 0,
    }));
  number(firings);
  return firings;
}

const firstAnswer = ({ accepted, dismissed }: Delays): number => Math.min(accepted, dismissed);

/** Whether a firing is in a state. */
function isIn(
  { event, isShown, delays, shownPlace }: Firing,
  state: AlertState,
  { window, asOf, reason }: { window: number; asOf: number; reason?: string | undefined },
): boolean {
  const accepted = delays.accepted <= window;
  const isDue = isShown && event.at + window < asOf;
  switch (state) {
    case 'alerts':
      return isShown;
    case 'silent':
      return !isShown;
    case 'fired':
      return true;
    case 'repeats':
      return isShown && shownPlace > 1;
    case 'accepted':
      return isShown && accepted;
    case 'dismissed': {
      const delay = reason === undefined ? delays.dismissed : delays.byReason.get(reason);
      return isShown && (delay ?? Infinity) <= window && !accepted;
    }
    case 'answered':
      return isShown && firstAnswer(delays) <= window;
    case 'timed':
      return isShown && firstAnswer(delays) > 0 && firstAnswer(delays) <= window;
    case 'due':
      return isDue;
    case 'ignored':
      return isDue && firstAnswer(delays) > window;
    case 'undismissed':
      return isDue && (accepted || delays.dismissed > window);
    case 'ordered':
      return delays.ordered <= window;
  }
}

/** What is counted once at a level; nothing when the firing is not of that level. */
function thingAt({ event, shownPlace, firedPlace }: Firing, level: AlertLevel): string | undefined {
  const { id, opening, encounter, patient, clinician, day } = event;
  const onDay = (person: string | undefined): string | undefined =>
    person === undefined ? undefined : day + person;
  switch (level) {
    case 'alert':
      return id;
    case 'firstAlert':
      return shownPlace === 1 ? id : undefined;
    case 'firstFiring':
      return firedPlace === 1 ? id : undefined;
    case 'opening':
      return opening;
    case 'encounter':
      return encounter;
    case 'patient':
      return patient;
    case 'clinician':
      return clinician;
    case 'patientDay':
      return onDay(patient);
    case 'clinicianDay':
      return onDay(clinician);
  }
}

interface Cell {
  readonly key: Pick<UnitCounts, 'unitId' | 'arm' | 'stratum'>;
  readonly firings: Firing[];
  readonly presences: PatientDays[];
}

function cellsOf(random: readonly TrialEvent[]): readonly Cell[] {
  const cells = new Map<string, Cell>();
  const cell = ({ unitId, arm, stratum }: TrialEvent): Cell => {
    const key = { unitId: unitId ?? '', arm, stratum };
    const name = keyOf(key.unitId, arm, stratum);
    const found = cells.get(name) ?? { key, firings: [], presences: [] };
    cells.set(name, found);
    return found;
  };
  for (const firing of firingsIn(random)) cell(firing.event).firings.push(firing);
  for (const event of random) {
    if (event.type === 'patient-days') cell(event).presences.push(event);
  }
  return [...cells.values()].sort(
    ({ key: left }, { key: right }) =>
      byBytes(left.unitId, right.unitId) ||
      byBytes(left.arm, right.arm) ||
      byBytes(left.stratum, right.stratum),
  );
}

function countAlerts(
  { firings, presences }: Cell,
  count: TimedAlertCount,
  options: { readonly responseWindow: number; readonly asOf: number },
): number {
  const { of, each = 'alert', reason, known, eligible } = count;
  const window = count.within ?? options.responseWindow;
  const patients = eligible === true ? atRisk(presences, ({ patient }) => patient) : undefined;
  const things = new Set<string>();
  for (const firing of firings) {
    const { event } = firing;
    if (!isIn(firing, of, { window, asOf: options.asOf, reason })) continue;
    if (known !== undefined && event[known] === undefined) continue;
    if (patients?.has(event.patient ?? '') === false) continue;
    const thing = thingAt(firing, each);
    if (thing !== undefined) things.add(thing);
  }
  return things.size;
}

function countRisk({ presences }: Cell, { each, days = 'calendar', known }: RiskCount): number {
  if (each !== 'patientDay') return atRisk(presences, (event) => event[each]).size;
  const counted = presences.filter((event) => known === undefined || event[known] !== undefined);
  return counted.reduce((sum, event) => sum + wholeMilliseconds(event[days]), 0) / dayLength;
}

const randomOf = (events: readonly TrialEvent[]): readonly TrialEvent[] =>
  events.filter(({ randomized, unitId }) => randomized && unitId !== null);

/** The counts of a trial, made from all of its events. */
export function countEvents(
  events: readonly TrialEvent[],
  counts: readonly TimedCount[],
  options: { readonly responseWindow: number; readonly asOf: number },
): readonly UnitCounts[] {
  return cellsOf(randomOf(events)).map((cell) => ({
    ...cell.key,
    values: counts.map((count) =>
      isRisk(count) ? countRisk(cell, count) : countAlerts(cell, count, options),
    ),
  }));
}

function roundedUp(delay: number): number {
  const step = delay <= 60_000 ? 100 : delay <= 3_600_000 ? 1_000 : 60_000;
  return Math.ceil(delay / step) * step;
}

/** The response times of a trial, from all of its events. */
export function countDelays(
  events: readonly TrialEvent[],
  responseWindow: number,
): readonly DelayCount[] {
  const counts = new Map<string, DelayCount>();
  for (const { event, isShown, delays } of firingsIn(randomOf(events))) {
    const first = firstAnswer(delays);
    if (!isShown || first > responseWindow) continue;
    const delay = first < 0 ? null : roundedUp(first);
    const key = keyOf(event.arm, String(delay));
    counts.set(key, { arm: event.arm, delay, alerts: (counts.get(key)?.alerts ?? 0) + 1 });
  }
  return [...counts.values()].sort(
    (left, right) => byBytes(left.arm, right.arm) || (left.delay ?? -1) - (right.delay ?? -1),
  );
}
