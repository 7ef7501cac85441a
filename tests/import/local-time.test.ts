import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { timeReader } from '../../src/import/local-time.ts';

const zone = 'America/New_York';
const read = timeReader({ zone });
const utc = (text: string): number => Date.parse(text);
const at = (text: string): object => expect.objectContaining({ from: utc(text), to: utc(text) });

describe('A reader of local times', () => {
  test.each([
    ['2026-10-05 09:03:07', '2026-10-05T13:03:07Z'],
    ['2026-10-05T09:03', '2026-10-05T13:03:00Z'],
    [' 2026-10-05 09:03:07.123456 ', '2026-10-05T13:03:07.123Z'],
    ['2026-12-05 09:03:07', '2026-12-05T14:03:07Z'],
    ['2026-10-05T09:03:07Z', '2026-10-05T09:03:07Z'],
    ['2026-10-05 09:03:07+02:00', '2026-10-05T07:03:07Z'],
    ['2026-10-05 09:03:07 -0330', '2026-10-05T12:33:07Z'],
    ['2026-10-05 09:03:07+02', '2026-10-05T07:03:07Z'],
  ])('reads %s as %s', (text, instant) => {
    expect(read(text)).toEqual(at(instant));
  });

  test('takes a day for the whole of it, also where clocks are changed on it', () => {
    const hours = (text: string): number => {
      const span = read(text);
      return typeof span === 'string' ? Number.NaN : (span.to + 1 - span.from) / 3_600_000;
    };
    expect(read('2026-10-05')).toMatchObject({ from: utc('2026-10-05T04:00:00Z') });
    expect(['2026-10-05', '2026-11-01', '2027-03-14'].map(hours)).toEqual([24, 25, 23]);
  });

  test('gives both instants of a time that clocks showed twice', () => {
    expect(read('2026-11-01 01:30:00')).toMatchObject({
      from: utc('2026-11-01T05:30:00Z'),
      to: utc('2026-11-01T06:30:00Z'),
    });
    expect(read('2026-11-01 01:30:00-05:00')).toEqual(at('2026-11-01T06:30:00Z'));
  });

  test('refuses a time that clocks skipped', () => {
    expect(read('2027-03-14 02:30:00')).toBe('is a time that clocks in America/New_York skipped');
    expect(read('2027-03-14 03:00:00')).toEqual(at('2027-03-14T07:00:00Z'));
  });

  test('begins a day whose midnight was skipped when the clocks had been set', () => {
    const beirut = timeReader({ zone: 'Asia/Beirut' });
    const span = beirut('2026-03-29');
    expect(span).toMatchObject({ from: utc('2026-03-28T22:00:00Z') });
    expect(timeReader({ zone: 'Pacific/Apia' })('2011-12-30')).toMatch(/did not take place/);
  });

  test.each([
    ['', 'is empty'],
    ['yesterday', 'is not written as ISO 8601'],
    ['10/05/2026', 'is not written as ISO 8601'],
    ['2026-02-29', 'a day that does not exist'],
    ['2026-13-01', 'a day that does not exist'],
    ['2026-00-10', 'a day that does not exist'],
    ['0071-01-01', 'a day that does not exist'],
    ['2026-10-05 24:00', 'a time of day that does not exist'],
    ['2026-10-05 09:61', 'a time of day that does not exist'],
    ['2026-10-05Z', 'an offset from UTC that cannot be used'],
    ['1969-12-31 12:00:00', 'before 1970'],
  ])('refuses %j and says why, without the text', (text, reason) => {
    const result = read(text);
    expect(result).toContain(reason);
    if (text !== '') expect(result).not.toContain(text);
  });

  test.each([
    ['MM/DD/YYYY HH:mm:ss', '10/05/2026 09:03:07'],
    ['M/D/YYYY h:mm:ss A', '10/5/2026 9:03:07 am'],
    ['DD-MON-YYYY HH:mm:ss', '05-oct-2026 09:03:07'],
    ['DD.MM.YYYY[ HH:mm[:ss]]', '05.10.2026 09:03:07'],
    ['YYYYMMDDHHmmss', '20261005090307'],
  ])('reads times written as %s', (format, text) => {
    expect(timeReader({ zone, format })(text)).toEqual(at('2026-10-05T13:03:07Z'));
  });

  test.each([
    ['12:00:00 AM', '2026-10-05T04:00:00Z'],
    ['12:00:00 PM', '2026-10-05T16:00:00Z'],
    ['11:59:59 p.m.', '2026-10-06T03:59:59Z'],
  ])('knows that %s is %s', (text, instant) => {
    expect(timeReader({ zone, format: 'M/D/YYYY h:mm:ss A' })(`10/5/2026 ${text}`)).toEqual(
      at(instant),
    );
  });

  test("does not take a month for a day, and refuses 0 and 13 o'clock in halves of a day", () => {
    const american = timeReader({ zone, format: ['MM/DD/YYYY', 'DD/MM/YYYY'] });
    expect(american('25/12/2026')).toBe('is a day that does not exist');
    const halves = timeReader({ zone, format: 'MM/DD/YYYY hh:mm A' });
    expect(halves('10/05/2026 13:00 PM')).toMatch(/does not exist/);
    expect(halves('10/05/2026 00:30 AM')).toMatch(/does not exist/);
  });

  test('tries several formats in turn', () => {
    const both = timeReader({ zone, format: ['iso', 'MM/DD/YYYY HH:mm'] });
    expect(both('2026-10-05 09:03')).toEqual(both('10/05/2026 09:03'));
  });

  test.each([
    [{ zone: 'New York' }, /no IANA time zone/],
    [{ zone, format: [] }, /needs a format/],
    [{ zone, format: 'HH:mm' }, /needs a year/],
    [{ zone, format: 'YYYY-MM-DD hh:mm' }, /hh and A go together/],
    [{ zone, format: 'YYYY-MM-DD[ HH:mm' }, /bracket/],
  ])('refuses %j', (options, message) => {
    expect(() => timeReader(options)).toThrow(RangeError);
    expect(() => timeReader(options)).toThrow(message);
  });

  test('agrees with Temporal at every time, in zones whose clocks change by other than an hour too', () => {
    const zones = [
      zone,
      'Australia/Lord_Howe',
      'Asia/Kathmandu',
      'America/St_Johns',
      'Africa/Casablanca',
    ];
    const readers = zones.map((each) => timeReader({ zone: each }));
    const instants = { min: Date.UTC(1995, 0, 1), max: Date.UTC(2036, 0, 1) };
    fc.assert(
      fc.property(fc.integer(instants), fc.nat(zones.length - 1), (instant, index) => {
        const whole = Math.floor(instant / 1_000) * 1_000;
        const there = Temporal.Instant.fromEpochMilliseconds(whole).toZonedDateTimeISO(
          zones[index] ?? '',
        );
        const span = readers[index]?.(there.toPlainDateTime().toString());
        if (typeof span !== 'object') throw new Error('it was read from a clock');
        expect([span.from, span.to]).toContain(whole);
        const offsets = (span.to - span.from) / 60_000;
        expect([0, 30, 60]).toContain(offsets);
      }),
      { numRuns: 1_000 },
    );
  });

  test('finds every change of the clocks of a year to the minute', () => {
    const lordHowe = timeReader({ zone: 'Australia/Lord_Howe' });
    expect(lordHowe('2026-10-04 02:15:00')).toMatch(/skipped/);
    expect(lordHowe('2026-10-04 02:45:00')).toEqual(at('2026-10-03T15:45:00Z'));
    expect(lordHowe('2026-04-05 01:45:00')).toMatchObject({
      from: utc('2026-04-04T14:45:00Z'),
      to: utc('2026-04-04T15:15:00Z'),
    });
  });
});
