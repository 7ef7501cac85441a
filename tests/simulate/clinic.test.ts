import { describe, expect, test } from '@jest/globals';
import { acceptanceOf } from '../../src/simulate/clinic.ts';
import { firingsOf } from '../../src/simulate/firings.ts';
import { courseOf, isAdult, makeClinic, placeKinds } from '../../src/simulate/index.ts';
import { calendarDay } from '../../src/trial/calendar.ts';

const day24 = 86_400_000;
const clinic = makeClinic();
const course = courseOf(clinic);

function quantile(values: readonly number[], place: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(place * sorted.length)] ?? Number.NaN;
}

describe('a synthetic clinic', () => {
  test('is the same each time it is made of the same seed, and another with another seed', () => {
    const small = { patients: 60 };
    const first = courseOf(makeClinic(small));
    expect(courseOf(makeClinic(small))).toEqual(first);
    expect(courseOf(makeClinic({ ...small, seed: 'another' }))[0]).not.toEqual(first[0]);
  });

  test('gives the first patients the same course however many there are', () => {
    const small = makeClinic({ patients: 50 });
    const first = clinic.persons.slice(0, 50);
    expect(small.persons).toEqual(first);
    expect(small.persons.map((person) => firingsOf(person, small))).toEqual(
      first.map((person) => firingsOf(person, clinic)),
    );
  });

  test('gives a patient the same firings whether others were computed before or not', () => {
    const person = clinic.persons[200];
    if (person === undefined) throw new Error('there are 1,320 persons');
    expect(firingsOf(person, makeClinic())).toEqual(
      course.filter((firing) => firing.person.id === person.id),
    );
  });

  test('has about a thousand stays, with right-skewed lengths of a plausible size', () => {
    const stays = clinic.persons
      .flatMap((person) => person.stays)
      .filter(({ from, to }) => to > clinic.window.from && from < clinic.window.to);
    expect(stays.length).toBeGreaterThan(900);
    expect(stays.length).toBeLessThan(1_100);
    const all = clinic.persons.flatMap((person) => person.stays);
    const lengths = all.map(({ from, to }) => (to - from) / day24);
    const mean = lengths.reduce((sum, length) => sum + length, 0) / lengths.length;
    expect(quantile(lengths, 0.5)).toBeGreaterThan(3);
    expect(quantile(lengths, 0.5)).toBeLessThan(4);
    expect(mean).toBeGreaterThan(1.1 * quantile(lengths, 0.5));
    expect(Math.max(...lengths)).toBeLessThan(28);
    expect(stays.some(({ from }) => from < clinic.window.from)).toBe(true);
    expect(stays.some(({ to }) => to > clinic.window.to)).toBe(true);
  });

  test('has patients who come back, two days later at least', () => {
    const twice = clinic.persons.filter(({ stays }) => stays.length === 2);
    expect(twice.length).toBeGreaterThan(80);
    for (const { stays } of twice) {
      expect((stays[1]?.from ?? 0) - (stays[0]?.to ?? Infinity)).toBeGreaterThanOrEqual(2 * day24);
    }
  });

  test('has a steady census from the first day to the last', () => {
    const bySeed = Array.from({ length: 20 }, (_, seed) => makeClinic({ seed }));
    const present = (at: number): number =>
      bySeed
        .flatMap(({ persons }) => persons)
        .flatMap(({ stays }) => stays)
        .filter(({ from, to }) => from <= at && to > at).length;
    const { from, to } = clinic.window;
    const counts = [from, (from + to) / 2, to - 1].map(present);
    // Poisson: about 2,000 each, standard deviation about 45.
    for (const count of counts) expect(Math.abs(count - (counts[0] ?? 0))).toBeLessThan(4 * 64);
  });

  test('opens charts only of patients who are there, in order of time', () => {
    course.forEach(({ at, stay, day }, index) => {
      expect(at >= stay.from && at < stay.to).toBe(true);
      expect(at).toBeGreaterThanOrEqual(course[index - 1]?.at ?? 0);
      expect(day).toBeGreaterThanOrEqual(0);
    });
  });

  test('puts each firing on its calendar day, also on the day of 25 hours', () => {
    const autumn = clinic.window.days.indexOf('2026-11-01');
    const starts = clinic.window.starts;
    expect((starts[autumn + 1] ?? 0) - (starts[autumn] ?? 0)).toBe(25 * 3_600_000);
    for (const { at, day } of course.filter((_, index) => index % 7 === 0)) {
      expect(clinic.window.days[day]).toBe(calendarDay(at, 'America/New_York'));
    }
  });

  test('repeats some calls within minutes, by the same clinician about the same patient', () => {
    const repeats = course.filter(({ at, person, clinician }, index) =>
      course
        .slice(Math.max(0, index - 40), index)
        .some(
          (before) =>
            before.person === person && before.clinician === clinician && at - before.at < 400_000,
        ),
    );
    // 0.26 more calls for each opening, or 0.206 of all calls.
    expect(repeats.length / course.length).toBeGreaterThan(0.18);
    expect(repeats.length / course.length).toBeLessThan(0.26);
  });

  test('has minors, who are not eligible', () => {
    const minors = clinic.persons.filter(
      ({ birthDate }) => !isAdult(birthDate, clinic.window.from),
    );
    expect(minors.length / clinic.persons.length).toBeGreaterThan(0.05);
    expect(minors.length / clinic.persons.length).toBeLessThan(0.11);
    expect(minors.every(({ birthDate }) => !isAdult(birthDate, clinic.window.to))).toBe(true);
  });

  test('adds the difference that was set to every probability, without clipping', () => {
    const { redesignedCard, truth } = clinic.settings;
    for (let clinician = 0; clinician < 60; clinician += 1) {
      const place = placeKinds[clinician % placeKinds.length] ?? 'HU';
      const usual = acceptanceOf(clinic, { clinician, day: 20, place }, 'another text');
      const redesign = acceptanceOf(clinic, { clinician, day: 20, place }, redesignedCard);
      expect(redesign - usual).toBeCloseTo(truth.cardEffect, 12);
      expect(usual).toBeGreaterThan(0);
      expect(redesign).toBeLessThan(1);
    }
  });

  test('tires: acceptance falls by 2.7 % in two weeks and is as set on average', () => {
    const { fatigue } = clinic;
    expect((fatigue[14] ?? 0) / (fatigue[0] ?? 1)).toBeCloseTo(0.973, 12);
    expect(fatigue.reduce((sum, value) => sum + value, 0) / fatigue.length).toBeCloseTo(1, 12);
  });

  test('refuses a truth that would need clipping, and settings out of range', () => {
    expect(() => makeClinic({ truth: { acceptance: 0.02, cardEffect: -0.03 } })).toThrow(
      RangeError,
    );
    expect(() => makeClinic({ truth: { quietShare: 1 } })).toThrow(/quietShare/);
    expect(() => makeClinic({ patients: 0 })).toThrow(/patients/);
    expect(() => makeClinic({ clinicians: 3, wards: 5 })).toThrow(/every ward/);
    expect(() => makeClinic({ start: '2026-11-15', end: '2026-10-05' })).toThrow(RangeError);
    expect(() => makeClinic({ spread: { clinicians: 1.9 } })).toThrow(/does not fit/);
  });
});

describe('isAdult', () => {
  test.each([
    ['2008-11-01', '2026-10-31', false],
    ['2008-11-01', '2026-11-01', true],
    ['2008', '2026-11-01', true],
    ['', '2026-11-01', false],
    ['unknown', '2026-11-01', false],
  ])('born %s, on %s: %s', (birthDate, day, adult) => {
    expect(isAdult(birthDate, Date.parse(`${day}T12:00:00Z`))).toBe(adult);
  });
});
