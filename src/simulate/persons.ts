import { randomStream } from '../stats/index.ts';
import type { RandomStream } from '../stats/index.ts';
import { cumulate, drawFrailty, indexAt } from './draws.ts';
import type { JsonObject } from './json.ts';
import type { ClinicSettings } from './settings.ts';
import type { Ward } from './wards.ts';
import { day24 } from './window.ts';
import type { Window } from './window.ts';

/** One inpatient stay. Instants in milliseconds since 1970-01-01T00:00Z. */
export interface Stay {
  /** Id of its Encounter. */
  readonly id: string;
  /** Index of the ward. */
  readonly ward: number;
  /** When the patient came to the emergency department, if the stay began there. */
  readonly emergencyFrom: number | undefined;
  /** Admission as an inpatient. */
  readonly from: number;
  /** Discharge, which may lie after the window. */
  readonly to: number;
  /** The resource that it was read from, if any. */
  readonly record?: JsonObject | undefined;
}

/** A synthetic person. */
export interface Person {
  /** Such as `patient-0001`. */
  readonly id: string;
  readonly index: number;
  /** `YYYY-MM-DD`. */
  readonly birthDate: string;
  readonly gender: 'female' | 'male';
  /** How often the chart is opened, relative to the mean. */
  readonly frailty: number;
  /** In order of time, at least two days apart. */
  readonly stays: readonly Stay[];
  /** What was read of the person, if anything: the Patient, and Encounters that are not inpatient stays. */
  readonly record?:
    { readonly patient: JsonObject; readonly encounters: readonly JsonObject[] } | undefined;
}

/** The longest stay, days. Admissions begin so long before the window, so that its census is steady. */
const longestStay = 28;

/** Between two stays of a person lie at least two days, so that no calendar day belongs to both. */
const leastGap = 2 * day24;

/** A lognormal length of stay below the longest, milliseconds. */
function drawStay(random: RandomStream, settings: ClinicSettings): number {
  for (;;) {
    const days = settings.medianStay * Math.exp(settings.stayShape * random.normal());
    if (days < longestStay) return Math.max(1, Math.round(days * day24));
  }
}

interface Interval {
  readonly from: number;
  readonly to: number;
}

/**
 * One or two stays. Each admission is uniform from `longestStay` days before the window to its end
 * (the second is the first moved round that circle), so that the expected census is the same on
 * every day: fatigue can then be centred exactly.
 */
function drawStays(
  random: RandomStream,
  settings: ClinicSettings,
  window: Window,
): readonly Interval[] {
  const opens = window.from - longestStay * day24;
  const circle = window.to - opens;
  const offset = random.next() * circle;
  const length = drawStay(random, settings);
  const first = { from: opens + Math.floor(offset), to: opens + Math.floor(offset) + length };
  if (random.next() >= settings.readmission) return [first];
  const again = drawStay(random, settings);
  const least = length + leastGap;
  const room = circle - again - leastGap - least;
  if (room <= 0) return [first];
  const from = opens + Math.floor((offset + least + random.next() * room) % circle);
  return [first, { from, to: from + again }].sort((a, b) => a.from - b.from);
}

/** The day so many days before an instant, in UTC, which is near enough for a date of birth. */
function bornBefore(instant: number, days: number): string {
  return new Date(instant - Math.floor(days) * day24).toISOString().slice(0, 10);
}

/** How often a person's chart is opened, relative to the mean: gamma with mean 1. */
export function drawPersonFrailty(settings: ClinicSettings, index: number): number {
  return drawFrailty(randomStream([settings.seed, 'frailty'], index), settings.spread.patients);
}

/**
 * Makes the persons. Each has streams of random numbers of its own, numbered by its place, so that
 * nobody's course depends on how many others there are or on the order of computation.
 */
export function makePersons(
  settings: ClinicSettings,
  wards: readonly Ward[],
  window: Window,
): readonly Person[] {
  const sizes = cumulate(wards.map(({ share }) => share));
  return Array.from({ length: settings.patients }, (_, index) => {
    const random = randomStream([settings.seed, 'person'], index);
    const minor = random.next() < settings.minors;
    // Years; nobody comes of age during the window.
    const age = minor ? 16 * random.next() : 19 + 75 * Math.sqrt(random.next());
    const number = String(index + 1).padStart(4, '0');
    const gender = random.next() < 0.5 ? 'female' : 'male';
    const stays = drawStays(random, settings, window).map(({ from, to }, place): Stay => {
      const emergency = random.next() < 0.35;
      const hours = 2 + 8 * random.next();
      return {
        id: `encounter-${number}-${place + 1}`,
        ward: indexAt(sizes, random.next()),
        emergencyFrom: emergency ? from - Math.round(hours * 3_600_000) : undefined,
        from,
        to,
      };
    });
    return {
      id: `patient-${number}`,
      index,
      birthDate: bornBefore(window.from, age * 365.2425),
      gender,
      frailty: drawPersonFrailty(settings, index),
      stays,
    };
  });
}

/**
 * Whether a person is eligible at an instant: aged 18 or over. (All stays of a clinic are inpatient.)
 *
 * @param birthDate `YYYY-MM-DD`; nobody without a date of birth is eligible
 * @param at milliseconds
 */
export function isAdult(birthDate: string, at: number): boolean {
  if (!/^\d{4}(-\d{2}){0,2}$/.test(birthDate)) return false;
  const [year = '', ...rest] = birthDate.split('-');
  const eighteenth = `${String(Number(year) + 18).padStart(4, '0')}-${rest.join('-')}`;
  return new Date(at).toISOString().slice(0, 10) >= eighteenth;
}
