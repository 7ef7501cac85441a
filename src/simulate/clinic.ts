import type { Clinician, Staff } from './clinicians.ts';
import { makeStaff } from './clinicians.ts';
import type { Firing } from './firings.ts';
import { firingsOf } from './firings.ts';
import type { Person } from './persons.ts';
import { makePersons } from './persons.ts';
import type { PlaceKind } from './places.ts';
import { placeKinds, proceduralAreas } from './places.ts';
import type { ClinicChoices, ClinicSettings, ClinicTruth } from './settings.ts';
import { clinicSettings } from './settings.ts';
import type { Ward } from './wards.ts';
import { makeWards } from './wards.ts';
import type { Window } from './window.ts';
import { daysBetween } from '../trial/calendar.ts';
import { wardAcceptance } from './truth.ts';
import { windowOf } from './window.ts';

/** A synthetic hospital. It does not know of arms: whoever lives its weeks sees cards, or none. */
export interface Clinic {
  readonly settings: ClinicSettings;
  readonly window: Window;
  readonly wards: readonly Ward[];
  readonly staff: Staff;
  readonly persons: readonly Person[];
  /** Relative acceptance on each day of the window; its mean is 1. */
  readonly fatigue: readonly number[];
}

/** Acceptance falls by the same ratio each day, and is 1 on average. */
function fatigueOf(settings: ClinicSettings): readonly number[] {
  const count = daysBetween(settings.start, settings.end) + 1;
  const raw = Array.from({ length: count }, (_, day) => (1 - settings.fatigue) ** (day / 14));
  const mean = raw.reduce((sum, value) => sum + value, 0) / count;
  return raw.map((value) => value / mean);
}

/** Acceptance in a place relative to the mean over all places. */
function placeFactor(truth: ClinicTruth, place: PlaceKind): number {
  if (truth.acceptance === 0) return 1;
  const here = proceduralAreas.includes(place) ? truth.proceduralAcceptance : wardAcceptance(truth);
  return here / truth.acceptance;
}

/**
 * The probability that a clinician accepts a card within the response window.
 *
 * Habit times fatigue times place, plus `cardEffect` if the card is the redesigned one: additive on
 * the scale of probability and never clipped, so that the truth is exactly what was set.
 *
 * @param firing who sees the card, where and when
 * @param summary the card's own text, by which the reader knows it
 */
export function acceptanceOf(
  clinic: Pick<Clinic, 'settings' | 'staff' | 'fatigue'>,
  firing: Pick<Firing, 'clinician' | 'day' | 'place'>,
  summary: string,
): number {
  const { settings, staff, fatigue } = clinic;
  const habit = staff.clinicians[firing.clinician]?.habit ?? 0;
  const effect = summary === settings.redesignedCard ? settings.truth.cardEffect : 0;
  return habit * (fatigue[firing.day] ?? 1) * placeFactor(settings.truth, firing.place) + effect;
}

/** Refuses settings under which a probability would have to be clipped, and the truth would be another. */
function requireProbabilities(
  clinic: Pick<Clinic, 'settings' | 'fatigue'>,
  clinicians: readonly Clinician[],
): void {
  const habits = clinicians.map(({ habit }) => habit);
  const { truth } = clinic.settings;
  const factors = placeKinds.map((place) => placeFactor(truth, place));
  const least =
    Math.min(...habits) * Math.min(...clinic.fatigue) * Math.min(...factors) +
    Math.min(0, truth.cardEffect);
  const most =
    Math.max(...habits) * Math.max(...clinic.fatigue) * Math.max(...factors) +
    Math.max(0, truth.cardEffect);
  if (least < 0 || most > 1 || wardAcceptance(truth) < 0) {
    throw new RangeError(
      `acceptance would run from ${least.toFixed(3)} to ${most.toFixed(3)} among these clinicians: ` +
        'set a smaller spread, fatigue, proceduralAcceptance or cardEffect',
    );
  }
}

/**
 * Makes a clinic around persons of your own, such as those read from bundles.
 *
 * @throws RangeError when a setting is out of range, or a probability would leave 0 … 1
 */
export function clinicWith(
  choices: ClinicChoices,
  persons: (parts: Pick<Clinic, 'settings' | 'window' | 'wards'>) => readonly Person[],
): Clinic {
  const settings = clinicSettings(choices);
  const window = windowOf(settings);
  const wards = makeWards(settings);
  const staff = makeStaff(settings, wards);
  const fatigue = fatigueOf(settings);
  requireProbabilities({ settings, fatigue }, staff.clinicians);
  return { settings, window, wards, staff, fatigue, persons: persons({ settings, window, wards }) };
}

/**
 * Makes a synthetic clinic: wards, clinicians, and persons with their stays.
 *
 * What is true of it is what was set, because nothing that depends on the arm acts on anything that
 * is counted in the denominator or in the other arm:
 *
 * - Stays, chart openings, their places and the clinicians come from streams of random numbers that
 *   know nothing of arms, cards or answers. An accepted order does not end the firing: the alert
 *   goes on until the vaccine is given, which is not simulated.
 * - Whether an opening happens in a procedural area is drawn for each opening with probability
 *   `quietShare`, apart from all else. An arm that is quiet there shows a binomial thinning of what
 *   it would have shown: the ratio of alerts per patient-day is exactly `1 - quietShare`.
 * - The clinicians' habits and the fatigue are the same for every card, and the redesigned card adds
 *   `cardEffect` to their probability. The place is independent of clinician and day, so that the
 *   cards of both arms are read by the same mix of readers on the same days.
 * - Habits are scaled to have the set acceptance as their mean over the expected firings, and
 *   fatigue is centred on the window, whose expected census is steady.
 *
 * @throws RangeError when a setting is out of range, or a probability would leave 0 … 1
 */
export function makeClinic(choices: ClinicChoices = {}): Clinic {
  return clinicWith(choices, ({ settings, window, wards }) => makePersons(settings, wards, window));
}

/** Every firing of the clinic in order of time; at the same instant, in order of persons. */
export function courseOf(clinic: Clinic): readonly Firing[] {
  return clinic.persons
    .flatMap((person) => firingsOf(person, clinic))
    .sort((a, b) => a.at - b.at || a.person.index - b.person.index);
}
