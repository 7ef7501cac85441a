import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { intersect, merge, subtract } from '../../src/intake/intervals.ts';
import type { Interval } from '../../src/intake/intervals.ts';
import { stayDays } from '../../src/intake/stay-days.ts';
import { addDays, startOfDay } from '../../src/trial/calendar.ts';

const interval = fc
  .record({ from: fc.integer({ min: 0, max: 60 }), lasts: fc.integer({ min: -2, max: 20 }) })
  .map(({ from, lasts }): Interval => ({ from, to: from + lasts }));
const intervals = fc.array(interval, { maxLength: 8 });
const covers = (all: readonly Interval[], at: number): boolean =>
  all.some(({ from, to }) => from <= at && at < to);
const moments = Array.from({ length: 90 }, (_, at) => at - 3);

describe('Intervals', () => {
  test('merge, subtract and intersect as their moments do', () => {
    fc.assert(
      fc.property(intervals, intervals, (left, right) => {
        const merged = merge(left);
        const rest = subtract(left, right);
        const both = intersect(left, right);
        for (const at of moments) {
          expect(covers(merged, at)).toBe(covers(left, at));
          expect(covers(rest, at)).toBe(covers(left, at) && !covers(right, at));
          expect(covers(both, at)).toBe(covers(left, at) && covers(right, at));
        }
        merged.forEach(({ from, to }, index) => {
          expect(from).toBeLessThan(to);
          expect(from).toBeGreaterThan(merged[index - 1]?.to ?? -Infinity);
        });
      }),
    );
  });

  test('that last are merged, and taken away, to the end of time', () => {
    expect(
      merge([
        { from: 5, to: Infinity },
        { from: 1, to: 7 },
      ]),
    ).toEqual([{ from: 1, to: Infinity }]);
    expect(subtract([{ from: 0, to: 9 }], [{ from: 4, to: Infinity }])).toEqual([
      { from: 0, to: 4 },
    ]);
  });
});

describe('The days of stays', () => {
  const hour = 3_600_000;

  test.each([
    ['America/New_York', '2026-10-30'],
    ['America/New_York', '2026-03-06'],
    ['Europe/Berlin', '2026-03-27'],
    ['America/Santiago', '2026-09-04'],
    ['Australia/Lord_Howe', '2026-04-03'],
    ['Asia/Kathmandu', '2026-05-01'],
  ])('in %s from %s are those of each hour on its own', (timeZone, first) => {
    const from = startOfDay(first, timeZone);
    const to = startOfDay(addDays(first, 6), timeZone);
    const stay = fc
      .record({ from: fc.integer({ min: -30, max: 150 }), lasts: fc.integer({ min: 0, max: 80 }) })
      .map((each) => ({
        from: from + each.from * hour,
        to: from + (each.from + each.lasts) * hour,
      }));
    fc.assert(
      fc.property(fc.array(stay, { maxLength: 4 }), (stays) => {
        const expected = [];
        for (let day = first; startOfDay(day, timeZone) < to; day = addDays(day, 1)) {
          const begins = startOfDay(day, timeZone);
          const ends = startOfDay(addDays(day, 1), timeZone);
          let halves = 0;
          for (let at = begins; at < ends; at += hour / 2) {
            if (covers(stays, at)) halves += 1;
          }
          const isThere = covers(stays, ends) && covers(stays, ends - 1);
          if (halves > 0) {
            expected.push({ day, calendar: 1, midnight: isThere ? 1 : 0, elapsed: halves / 48 });
          }
        }
        expect(stayDays(stays, { timeZone, from, to })).toEqual(expected);
      }),
      { numRuns: 40 },
    );
  });

  test('of a stay that began before and lasts are those of all the time that counts', () => {
    const timeZone = 'UTC';
    const [from, to] = [startOfDay('2026-01-01', timeZone), startOfDay('2026-01-04', timeZone)];
    expect(stayDays([{ from: -Infinity, to: Infinity }], { timeZone, from, to })).toEqual(
      ['2026-01-01', '2026-01-02', '2026-01-03'].map((day) => ({
        day,
        calendar: 1,
        midnight: 1,
        elapsed: 1,
      })),
    );
    expect(stayDays([{ from, to }], { timeZone, from: to, to: from })).toEqual([]);
  });

  test('leave out a day that did not take place', () => {
    // Samoa went from the 29th of December 2011 to the 31st.
    const timeZone = 'Pacific/Apia';
    const [from, to] = [startOfDay('2011-12-29', timeZone), startOfDay('2012-01-01', timeZone)];
    expect(stayDays([{ from, to: Infinity }], { timeZone, from, to })).toEqual(
      ['2011-12-29', '2011-12-31'].map((day) => ({ day, calendar: 1, midnight: 1, elapsed: 1 })),
    );
  });
});
