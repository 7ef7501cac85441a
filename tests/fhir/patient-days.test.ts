import { describe, expect, test } from '@jest/globals';
import { byLocation } from '../../src/fhir/by-location.ts';
import type { Encounter } from '../../src/fhir/index.ts';
import { inpatientClasses, patientDays } from '../../src/fhir/index.ts';
import { startOfDay } from '../../src/trial/calendar.ts';

const timeZone = 'America/New_York';
const from = startOfDay('2026-10-05', timeZone);
const to = startOfDay('2026-11-16', timeZone);

const encounter = (start: string | undefined, end?: string, rest: object = {}): Encounter => ({
  resourceType: 'Encounter',
  status: end === undefined ? 'in-progress' : 'finished',
  class: { code: 'IMP' },
  period: { ...(start === undefined ? {} : { start }), ...(end === undefined ? {} : { end }) },
  ...rest,
});

const count = (...encounters: readonly Encounter[]) =>
  patientDays(encounters, { timeZone, from, to });

const totals = (...encounters: readonly Encounter[]) => {
  const { days } = count(...encounters);
  return {
    calendar: days.reduce((sum, day) => sum + day.calendar, 0),
    midnight: days.reduce((sum, day) => sum + day.midnight, 0),
    elapsed: days.reduce((sum, day) => sum + day.elapsed, 0),
  };
};

describe('patient-days', () => {
  test('are counted in three ways, in the time zone of the trial', () => {
    // From 22:00 on the 6th to 02:00 on the 8th, New York time.
    const { days, faults } = count(encounter('2026-10-07T02:00:00Z', '2026-10-08T06:00:00Z'));
    expect(faults).toEqual([]);
    expect(days).toEqual([
      { day: '2026-10-06', calendar: 1, midnight: 1, elapsed: 2 / 24 },
      { day: '2026-10-07', calendar: 1, midnight: 1, elapsed: 1 },
      { day: '2026-10-08', calendar: 1, midnight: 0, elapsed: 2 / 24 },
    ]);
  });

  test('of a stay within one day are one calendar day and no midnight', () => {
    expect(totals(encounter('2026-10-07T12:00:00-04:00', '2026-10-07T18:00:00-04:00'))).toEqual({
      calendar: 1,
      midnight: 0,
      elapsed: 0.25,
    });
  });

  test('of a stay that ends at the stroke of midnight do not touch the next day', () => {
    const stay = encounter('2026-10-07T12:00:00-04:00', '2026-10-08T00:00:00-04:00');
    expect(count(stay).days).toEqual([
      { day: '2026-10-07', calendar: 1, midnight: 0, elapsed: 0.5 },
    ]);
  });

  test('have 25 hours on the day that summer time ends', () => {
    const { days } = count(encounter('2026-10-31T00:00:00-04:00', '2026-11-03T00:00:00-05:00'));
    expect(days.map(({ elapsed }) => elapsed)).toEqual([1, 25 / 24, 1]);
    expect(days.map(({ midnight }) => midnight)).toEqual([1, 1, 0]);
  });

  test('have 23 hours on the day that summer time begins', () => {
    const options = {
      timeZone,
      from: startOfDay('2026-03-01', timeZone),
      to: startOfDay('2026-04-01', timeZone),
    };
    const stay = encounter('2026-03-08T00:00:00-05:00', '2026-03-09T00:00:00-04:00');
    expect(patientDays([stay], options).days).toEqual([
      { day: '2026-03-08', calendar: 1, midnight: 0, elapsed: 23 / 24 },
    ]);
  });

  test('are clipped to the trial; who is still there at its end is there at its last midnight', () => {
    const { days } = count(encounter('2026-09-01T00:00:00Z', '2026-12-24T00:00:00Z'));
    expect(days).toHaveLength(42);
    expect(days[0]?.day).toBe('2026-10-05');
    expect(days.at(-1)).toEqual({ day: '2026-11-15', calendar: 1, midnight: 1, elapsed: 1 });
    const elapsed = days.reduce((sum, day) => sum + day.elapsed, 0);
    expect(elapsed).toBeCloseTo(42 + 1 / 24, 10);
  });

  test('without an end last until the cut-off, whose own midnight is not yet known', () => {
    const cutOff = Date.parse('2026-10-09T12:00:00-04:00');
    const stay = encounter('2026-10-08T12:00:00-04:00');
    expect(patientDays([stay], { timeZone, from, to: cutOff }).days).toEqual([
      { day: '2026-10-08', calendar: 1, midnight: 1, elapsed: 0.5 },
      { day: '2026-10-09', calendar: 1, midnight: 0, elapsed: 0.5 },
    ]);
  });

  describe('of a patient who has died', () => {
    const ofDead = (told: object, ...encounters: readonly Encounter[]) =>
      patientDays(encounters, {
        timeZone,
        from,
        to,
        patient: { resourceType: 'Patient', id: 'p', ...told },
      });
    const fault = 'without an end, of a patient who has died';

    test('end with the death where nobody closed the stay, and with the discharge where somebody did', () => {
      const died = { deceasedDateTime: '2026-10-08T18:00:00-04:00' };
      const stay = '2026-10-07T12:00:00-04:00';
      expect(ofDead(died, encounter(stay))).toEqual({
        days: [
          { day: '2026-10-07', calendar: 1, midnight: 1, elapsed: 0.5 },
          { day: '2026-10-08', calendar: 1, midnight: 0, elapsed: 0.75 },
        ],
        faults: [],
      });
      const closed = encounter(stay, '2026-10-09T02:00:00-04:00');
      expect(ofDead(died, closed)).toEqual(count(closed));
    });

    test.each([
      { deceasedDateTime: '2026-10-08' },
      { deceasedDateTime: '2026' },
      { deceasedDateTime: 'yesterday' },
      { deceasedBoolean: true },
      { deceasedDateTime: '2026-10-06T00:00:00Z' },
    ])('are not known of an open stay when the record says %j', (told) => {
      const open = encounter('2026-10-07T12:00:00Z');
      const past = encounter('2026-10-05T12:00:00Z', '2026-10-06T00:00:00Z');
      expect(ofDead(told, open, past)).toEqual({ days: count(past).days, faults: [fault] });
    });

    test('go on while the record says that the patient lives', () => {
      const open = encounter('2026-10-07T12:00:00Z');
      expect(ofDead({ deceasedBoolean: false }, open)).toEqual(count(open));
      const away = encounter('2026-10-07T12:00:00Z', undefined, { class: { code: 'AMB' } });
      expect(ofDead({ deceasedBoolean: true }, away)).toEqual({ days: [], faults: [] });
    });
  });

  test('of overlapping, nested and touching encounters are counted once', () => {
    const whole = totals(encounter('2026-10-07T12:00:00Z', '2026-10-12T12:00:00Z'));
    expect(
      totals(
        encounter('2026-10-09T00:00:00Z', '2026-10-12T12:00:00Z'),
        encounter('2026-10-07T12:00:00Z', '2026-10-08T12:00:00Z'),
        encounter('2026-10-08T12:00:00Z', '2026-10-10T00:00:00Z'),
        encounter('2026-10-09T06:00:00Z', '2026-10-09T09:00:00Z'),
      ),
    ).toEqual(whole);
  });

  test('of two stays on one day are one calendar day', () => {
    const { days } = count(
      encounter('2026-10-07T08:00:00-04:00', '2026-10-07T11:00:00-04:00'),
      encounter('2026-10-07T20:00:00-04:00', '2026-10-08T02:00:00-04:00'),
    );
    expect(days[0]).toEqual({ day: '2026-10-07', calendar: 1, midnight: 1, elapsed: 7 / 24 });
  });

  test.each(['planned', 'cancelled', 'entered-in-error', 'arrived', 'unknown'])(
    'are not made of an encounter that is %s',
    (status) => {
      const stay = encounter('2026-10-07T12:00:00Z', '2026-10-09T12:00:00Z', { status });
      expect(count(stay)).toEqual({ days: [], faults: [] });
    },
  );

  test('are of inpatient classes unless others are named', () => {
    const stay = encounter('2026-10-07T12:00:00Z', '2026-10-09T12:00:00Z', {
      class: { code: 'OBSENC' },
    });
    expect(count(stay).days).toEqual([]);
    const options = { timeZone, from, to, classes: ['OBSENC'] };
    expect(patientDays([stay], options).days).toHaveLength(3);
  });

  test('begin with the inpatient segment of a stay that began in the emergency department', () => {
    const classHistory = [
      {
        class: { code: 'EMER' },
        period: { start: '2026-10-07T12:00:00Z', end: '2026-10-08T12:00:00Z' },
      },
      { class: { code: 'IMP' }, period: { start: '2026-10-08T12:00:00Z' } },
    ];
    const stay = encounter('2026-10-07T12:00:00Z', '2026-10-10T12:00:00Z', { classHistory });
    expect(totals(stay).elapsed).toBeCloseTo(2, 12);
    const past = encounter('2026-10-07T12:00:00Z', '2026-10-10T12:00:00Z', {
      classHistory: classHistory.slice(0, 1),
    });
    expect(totals(past).elapsed).toBeCloseTo(2, 12);
  });

  test('are those of the inpatient segment when the encounter has become ambulatory', () => {
    const stay = encounter('2026-10-07T12:00:00Z', '2026-10-20T12:00:00Z', {
      class: { code: 'AMB' },
      classHistory: [
        {
          class: { code: 'IMP' },
          period: { start: '2026-10-07T12:00:00Z', end: '2026-10-09T12:00:00Z' },
        },
      ],
    });
    expect(totals(stay).elapsed).toBeCloseTo(2, 12);
  });

  test('are not known of a stay whose earlier class does not end', () => {
    const open = [{ class: { code: 'EMER' }, period: { start: '2026-10-07T12:00:00Z' } }];
    const inHouse = encounter('2026-10-07T12:00:00Z', '2026-10-10T12:00:00Z', {
      classHistory: open,
    });
    expect(count(inHouse)).toEqual({ days: [], faults: ['an earlier class without an end'] });
    const gone = encounter('2026-10-07T12:00:00Z', '2026-10-20T12:00:00Z', {
      class: { code: 'AMB' },
      classHistory: [{ class: { code: 'IMP' }, period: { start: '2026-10-07T12:00:00Z' } }],
    });
    expect(count(gone).faults).toEqual(['an earlier class without an end']);
  });

  test('do not include leave', () => {
    const statusHistory = [
      {
        status: 'in-progress',
        period: { start: '2026-10-07T12:00:00Z', end: '2026-10-08T12:00:00Z' },
      },
      {
        status: 'onleave',
        period: { start: '2026-10-08T12:00:00Z', end: '2026-10-10T12:00:00Z' },
      },
    ];
    const back = encounter('2026-10-07T12:00:00Z', '2026-10-11T12:00:00Z', { statusHistory });
    expect(totals(back).calendar).toBe(4);
    expect(totals(back).elapsed).toBeCloseTo(2, 12);
    const away = encounter('2026-10-07T12:00:00Z', undefined, {
      status: 'onleave',
      statusHistory: statusHistory.slice(0, 1),
    });
    expect(totals(away).elapsed).toBeCloseTo(1, 12);
  });

  test.each(['OBSENC', 'EMER'])('are of %s too where that is named', (code) => {
    const stay = encounter('2026-10-07T12:00:00Z', '2026-10-09T12:00:00Z', { class: { code } });
    const options = { timeZone, from, to, classes: [...inpatientClasses, code] };
    expect(patientDays([stay], options).days).toHaveLength(3);
    expect(count(stay).days).toEqual([]);
  });

  test('of a part of a stay are those of the stay, also when the part has no time of its own', () => {
    const stay = encounter('2026-10-07T12:00:00Z', '2026-10-09T12:00:00Z', { id: 'stay' });
    const part = (rest: Partial<Encounter>): Encounter => ({
      ...encounter('2026-10-08T12:00:00Z', '2026-10-08T18:00:00Z'),
      partOf: { reference: 'Encounter/stay' },
      ...rest,
    });
    expect(count(stay, part({}), part({ period: {} }))).toEqual(count(stay));
    // A part of what does not count has only its own time.
    const cancelled: Encounter = { ...stay, status: 'cancelled' };
    expect(count(cancelled, part({})).days).toHaveLength(1);
    expect(count(cancelled, part({ period: {} })).faults).toEqual(['no start']);
  });

  test.each([
    { statusHistory: 'none' },
    { statusHistory: [null, 'onleave'] },
    { classHistory: { class: { code: 'EMER' } } },
    { class: { code: 'IMP' }, classHistory: [null] },
    { partOf: 'Encounter/1', location: 'north' },
  ])('are counted beside what is malformed: %j', (rest) => {
    const sound = encounter('2026-10-07T12:00:00Z', '2026-10-09T12:00:00Z');
    expect(count({ ...sound, ...rest } as Encounter)).toEqual(count(sound));
  });

  test.each([
    [encounter(undefined), 'no start'],
    [{ resourceType: 'Encounter', status: 'finished', class: { code: 'IMP' } }, 'no start'],
    [encounter('2026-10-07', '2026-10-09T12:00:00Z'), 'a date without a time'],
    [encounter('2026-10-07T12:00:00', '2026-10-09T12:00:00Z'), 'an instant that cannot be read'],
    [encounter('2026-13-07T12:00:00Z', '2026-10-09T12:00:00Z'), 'an instant that cannot be read'],
    [encounter('2026-10-09T12:00:00Z', '2026-10-07T12:00:00Z'), 'ends before it starts'],
    [
      encounter('2026-10-07T12:00:00Z', undefined, { status: 'finished' }),
      'finished without an end',
    ],
    [
      encounter('2026-10-07T12:00:00Z', undefined, { status: 'onleave' }),
      'on leave since an unknown time',
    ],
  ] as const)('are reported, not guessed, for %j', (broken, fault) => {
    const sound = encounter('2026-10-20T12:00:00Z', '2026-10-21T12:00:00Z');
    const { days, faults } = count(broken, sound);
    expect(faults).toEqual([fault]);
    expect(days).toHaveLength(2);
  });
});

describe('the parts of an encounter by place', () => {
  const at = (name: string, start?: string, end?: string, status?: string) => ({
    location: { reference: `Location/${name}` },
    ...(status !== undefined && { status }),
    ...(start !== undefined && { period: { start, ...(end !== undefined && { end }) } }),
  });
  const parts = (
    location: Encounter['location'],
    end: string | undefined = '2026-10-09T12:00:00Z',
  ) =>
    byLocation(encounter('2026-10-07T12:00:00Z', end, { location })).map((part) => [
      part.location?.[0]?.location?.reference,
      part.period?.start,
      part.period?.end,
    ]);
  const whole = ['2026-10-07T12:00:00.000Z', '2026-10-09T12:00:00.000Z'];

  test('last as long as the encounter where nothing else is said', () => {
    expect(parts([at('north')])).toEqual([['Location/north', ...whole]]);
  });

  test('are clipped to the encounter, and what is left of it has no place', () => {
    const entries = [
      at('north', '2026-10-06T12:00:00Z', '2026-10-07T18:00:00Z'),
      at('south', '2026-10-08T06:00:00Z', '2026-10-12T12:00:00Z'),
      at('west', '2026-10-10T06:00:00Z'),
      at('east', '2026-10-08T06:00:00Z', undefined, 'reserved'),
    ];
    expect(parts(entries)).toEqual([
      ['Location/north', '2026-10-07T12:00:00.000Z', '2026-10-07T18:00:00.000Z'],
      ['Location/south', '2026-10-08T06:00:00.000Z', '2026-10-09T12:00:00.000Z'],
      [undefined, '2026-10-07T18:00:00.000Z', '2026-10-08T06:00:00.000Z'],
    ]);
  });

  test('are the encounter itself where there is no place, or a time that cannot be read', () => {
    const stay = encounter('2026-10-07T12:00:00Z');
    expect(byLocation(stay)).toEqual([stay]);
    const unreadable = { ...stay, location: [at('north', 'yesterday')] };
    expect(byLocation(unreadable)).toEqual([unreadable]);
    const endless = { ...stay, location: [at('north', '2026-10-07T12:00:00Z')] };
    expect(byLocation(endless)).toMatchObject([{ period: { start: whole[0], end: undefined } }]);
  });

  test('together give the days of the encounter', () => {
    const stay = encounter('2026-10-30T12:00:00Z', '2026-11-03T12:00:00Z', {
      location: [
        at('north', '2026-10-30T12:00:00Z', '2026-10-31T20:00:00Z'),
        at('south', '2026-11-01T01:00:00Z', '2026-11-02T20:00:00Z'),
      ],
    });
    expect(count(...byLocation(stay))).toEqual(count(stay));
  });
});
