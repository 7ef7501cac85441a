import { randomStream } from '../stats/index.ts';
import type { RandomStream } from '../stats/index.ts';
import type { Staff } from './clinicians.ts';
import { drawCount } from './draws.ts';
import type { Person, Stay } from './persons.ts';
import type { PlaceKind } from './places.ts';
import { proceduralAreas } from './places.ts';
import type { ClinicSettings } from './settings.ts';
import type { Ward } from './wards.ts';
import type { Window } from './window.ts';
import { dayIndex } from './window.ts';

/**
 * One call of the alert service that opening a chart leads to. It happens whatever the arm; `fate`
 * holds the random numbers by which the clinician will answer, should a card come back.
 */
export interface Firing {
  /** The person's firings count from 1. */
  readonly number: number;
  /** Milliseconds since 1970-01-01T00:00Z. */
  readonly at: number;
  /** Index of the calendar day in the window. */
  readonly day: number;
  readonly person: Person;
  readonly stay: Stay;
  /** Index of the clinician. */
  readonly clinician: number;
  readonly place: PlaceKind;
  readonly fate: Fate;
}

/** Random numbers of one firing: uniform on [0, 1), but for the standard normal `pace`. */
export interface Fate {
  readonly accept: number;
  readonly otherwise: number;
  readonly choice: number;
  readonly pace: number;
  readonly lag: number;
  readonly oddity: number;
}

/** What the firings of a person depend on. */
export interface FiringModel {
  readonly settings: ClinicSettings;
  readonly window: Window;
  readonly wards: readonly Ward[];
  readonly staff: Staff;
}

/** Of the openings that call more than once, the share that calls three times. */
const thrice = 0.3;

const hour = 3_600_000;

/** An instant in an interval, most often by day. */
function drawInstant(
  random: RandomStream,
  [from, to]: readonly [number, number],
  midnight: number,
): number {
  for (let tries = 1; ; tries += 1) {
    const at = from + random.next() * (to - from);
    const o = (at - midnight) / hour;
    // A bounded number of tries: a stay may touch a day only by night.
    if ((o >= 7 && o < 19) || random.next() < 0.3 || tries === 8) return Math.floor(at);
  }
}

function drawPlace(random: RandomStream, quietShare: number): PlaceKind {
  const u = random.next();
  if (u >= quietShare) return 'HU';
  return proceduralAreas[Math.floor((u / quietShare) * proceduralAreas.length)] ?? 'CATH';
}

function drawFate(random: RandomStream): Fate {
  return {
    accept: random.next(),
    otherwise: random.next(),
    choice: random.next(),
    pace: random.normal(),
    lag: random.next(),
    oddity: random.next(),
  };
}

/** The calls of one opening: one, or two or three within a few minutes, all before `end`. */
function drawCalls(
  random: RandomStream,
  settings: ClinicSettings,
  span: readonly [number, number],
): readonly number[] {
  const [first, end] = span;
  const more = random.next() < settings.repeats ? (random.next() < thrice ? 2 : 1) : 0;
  const calls = [first];
  for (let call = 0, at = first; call < more; call += 1) {
    const wait = 20_000 + random.next() * 160_000;
    at += Math.floor(Math.min(wait, (end - at) / 2));
    calls.push(at);
  }
  return calls;
}

/**
 * Every firing of a person inside the window, in order of time.
 *
 * On each calendar day that a stay touches, the number of openings is Poisson; its mean is such that
 * the expected number of calls is `firingsPerPatientDay` times the patient's frailty and the ward's
 * rate, both of mean 1. The place is drawn for each opening, apart from all else.
 */
export function firingsOf(person: Person, model: FiringModel): readonly Firing[] {
  const { settings, window, wards, staff } = model;
  const random = randomStream([settings.seed, 'firings'], person.index);
  const perOpening = 1 + settings.repeats * (1 + thrice);
  const firings: { -readonly [K in keyof Firing]: Firing[K] }[] = [];
  for (const stay of person.stays) {
    if (stay.to <= window.from || stay.from >= window.to) continue;
    const mean =
      (settings.truth.firingsPerPatientDay * person.frailty * (wards[stay.ward]?.rate ?? 1)) /
      perOpening;
    const last = dayIndex(window, stay.to - 1);
    for (let day = dayIndex(window, stay.from); day <= last; day += 1) {
      const midnight = window.starts[day] ?? 0;
      const from = Math.max(stay.from, midnight);
      const to = Math.min(stay.to, window.starts[day + 1] ?? window.to);
      const openings = drawCount(random, mean);
      for (let opening = 0; opening < openings; opening += 1) {
        const clinician = staff.choose(random, stay.ward);
        const place = drawPlace(random, settings.truth.quietShare);
        const first = drawInstant(random, [from, to], midnight);
        for (const at of drawCalls(random, settings, [first, to])) {
          const fate = drawFate(random);
          firings.push({ number: 0, at, day, person, stay, clinician, place, fate });
        }
      }
    }
  }
  firings.sort((a, b) => a.at - b.at);
  firings.forEach((firing, index) => (firing.number = index + 1));
  return firings;
}
