import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { ComparedPeriod, PeriodCounts } from '../../../src/analysis/methods/drift/index.ts';
import { rateBreak, triggerDrift } from '../../../src/analysis/methods/drift/index.ts';
import { poisson, randomStream, studentT } from '../../../src/stats/index.ts';

type Numbers = Readonly<Record<string, number>>;

// R 4.2.2, sandwich (oracle.R).
const reference = JSON.parse(readFileSync(new URL('reference.json', import.meta.url), 'utf8')) as {
  readonly drift: readonly (Numbers & { readonly days: never })[];
  readonly breaks: readonly (Numbers & { readonly y: never; readonly e: never })[];
};

const close = (got: number, expected: number | undefined, relative = 1e-8): void => {
  expect(expected).not.toBeUndefined();
  expect(Math.abs(got - (expected ?? 0))).toBeLessThanOrEqual(
    Math.max(1e-11, relative * Math.abs(expected ?? 0)),
  );
};

function made<T extends object>(
  result:
    ({ readonly estimable: true } & T) | { readonly estimable: false; readonly reason: string },
): T {
  if (!result.estimable) throw new Error(result.reason);
  return result;
}

const periodsOf = (days: readonly Numbers[]): readonly ComparedPeriod[] =>
  days.map(({ t = 0, y1 = 0, y0 = 0, e1 = 0, e0 = 0 }) => ({
    time: t,
    arm: { events: y1, exposure: e1 },
    control: { events: y0, exposure: e0 },
  }));

/** A seeded course of days with a common wave and, in the arm, a drift a week. */
function course(seed: number, { days = 42, drift = 0, noise = 0 } = {}): readonly ComparedPeriod[] {
  const stream = randomStream(['drift', seed]);
  const draw = (mean: number) => poisson.quantile(stream.next(), mean);
  return Array.from({ length: days }, (_, day) => {
    const time = day / 7;
    const common = Math.exp(0.4 * Math.sin(2 * Math.PI * time) + 0.3 * stream.normal());
    const own = Math.exp(noise * stream.normal());
    return {
      time,
      arm: { events: draw(80 * common * own * Math.exp(drift * time)), exposure: 200 },
      control: { events: draw(60 * common), exposure: 150 },
    };
  });
}

describe('Trigger drift between arms', () => {
  test.each(reference.drift)('agrees with R (lag $lag)', (expected) => {
    const { given_lag: given = -1 } = expected;
    const got = made(triggerDrift(periodsOf(expected.days), given < 0 ? {} : { lag: given }));
    close(got.effect.estimate, expected['ratio']);
    close(got.effect.standardError, expected['se'], 1e-6);
    close(got.effect.lower, expected['lower'], 1e-6);
    close(got.effect.upper, expected['upper'], 1e-6);
    close(got.effect.pValue, expected['p'], 1e-5);
    close(got.effect.degreesOfFreedom, expected['df'], 1e-7);
    close(got.autocorrelation, expected['rho'], 1e-7);
    close(got.dispersion, expected['dispersion']);
    expect(got.lag).toBe(expected['lag']);
    expect(got.periods).toBe(expected['periods']);
    expect(Object.keys(got.effect)).not.toContain('estimable');
  });

  test('is the same whenever the clock started, and turns round with the arms', () => {
    const periods = course(1, { drift: 0.1 });
    const one = made(triggerDrift(periods)).effect;
    const later = periods.map((each) => ({ ...each, time: each.time + 5_000 }));
    close(made(triggerDrift(later)).effect.estimate, one.estimate, 1e-9);
    const turned = periods.map(({ time, arm, control }) => ({ time, arm: control, control: arm }));
    const back = made(triggerDrift(turned)).effect;
    close(back.estimate * one.estimate, 1);
    close(back.pValue, one.pValue, 1e-6);
    expect(one.estimate).toBeGreaterThan(1.05);
    expect(one.pValue).toBeLessThan(0.001);
  });

  test('does not mind what moves both arms', () => {
    const periods = course(2);
    const jumped = periods.map(({ time, arm, control }, i) => ({
      time,
      arm: { ...arm, events: arm.events * (i > 20 ? 3 : 1) },
      control: { ...control, events: control.events * (i > 20 ? 3 : 1) },
    }));
    expect(made(triggerDrift(jumped)).effect.pValue).toBeGreaterThan(0.05);
  });

  test.each([0, 0.3])('rejects about one null in twenty, with noise %p of the days', (noise) => {
    let rejected = 0;
    for (let seed = 0; seed < 200; seed += 1) {
      if (made(triggerDrift(course(100 + seed, { noise }))).effect.pValue <= 0.05) rejected += 1;
    }
    expect(rejected).toBeGreaterThan(2);
    expect(rejected).toBeLessThan(200 * 0.05 + 4 * Math.sqrt(200 * 0.05 * 0.95));
  });

  test('takes the level that is asked for', () => {
    const { effect } = made(triggerDrift(course(3), { level: 0.5 }));
    const reach = studentT.quantile(0.25, effect.degreesOfFreedom, 'upper');
    close(Math.log(effect.upper / effect.estimate), reach * effect.standardError);
  });

  test('leaves out periods without exposure in an arm or without events', () => {
    const periods = course(4);
    const empty = { events: 0, exposure: 10 };
    const absent = { events: 3, exposure: 0 };
    const some = { events: 2, exposure: 9 };
    const more = [
      ...periods,
      { time: 7, arm: empty, control: empty },
      { time: 8, arm: absent, control: some },
      { time: 9, arm: some, control: absent },
    ];
    expect(triggerDrift(more)).toEqual(triggerDrift(periods));
  });

  const reasonOf = (periods: readonly ComparedPeriod[]) => {
    const result = triggerDrift(periods);
    return result.estimable ? 'estimated' : result.reason;
  };

  test('of too short or too empty a course is not estimated', () => {
    expect(reasonOf(course(5, { days: 9 }))).toMatch(/fewer than 10 periods/);
    expect(reasonOf(course(5, { days: 10 }))).toBe('estimated');
    const silent = { events: 0, exposure: 100 };
    expect(reasonOf(course(6).map((each) => ({ ...each, arm: silent })))).toMatch(/no events/);
    expect(reasonOf(course(6).map((each) => ({ ...each, control: silent })))).toMatch(/no events/);
    const split = course(7).map((each, i) =>
      i < 20 ? { ...each, arm: silent } : { ...each, control: silent },
    );
    expect(reasonOf(split)).toMatch(/change places so sharply/);
    const exact = { events: 20, exposure: 100 };
    const same = course(8).map(({ time }) => ({ time, arm: exact, control: exact }));
    expect(reasonOf(same)).toMatch(/move together exactly/);
  });

  test.each([
    ['a negative count', { arm: { events: -1, exposure: 1 } }, /at least 0/],
    ['no exposure', { control: { events: 1, exposure: Number.NaN } }, /at least 0/],
    ['a time that stands still', { time: 0 }, /rise/],
    ['no time', { time: Number.NaN }, /rise/],
  ])('refuses %s', (_, change, message) => {
    const periods = course(9).map((each, i) => (i === 1 ? { ...each, ...change } : each));
    expect(() => triggerDrift(periods)).toThrow(RangeError);
    expect(() => triggerDrift(periods)).toThrow(message);
  });

  test('refuses no level and no lag', () => {
    for (const level of [0, 1, Number.NaN]) {
      expect(() => triggerDrift(course(9), { level })).toThrow(/level/);
    }
    for (const lag of [-1, 0.5]) {
      expect(() => triggerDrift(course(9), { lag })).toThrow(/lag/);
      expect(() => rateBreak([], { lag })).toThrow(/lag/);
    }
  });
});

describe('A break in a rate', () => {
  test.each(reference.breaks)('agrees with R', (expected) => {
    const exposures = expected.e as readonly number[];
    const series = (expected.y as readonly number[]).map((events, i) => ({
      events,
      exposure: exposures[i] ?? 0,
    }));
    const got = made(rateBreak(series));
    expect(got.lag).toBe(expected['lag']);
    expect(got.period).toBe(expected['period']);
    close(got.statistic, expected['statistic']);
    close(got.rateBefore, expected['before']);
    close(got.rateAfter, expected['after']);
    close(got.pValue, expected['p']);
    // Days on which no one was at risk move the place and nothing else.
    const none = { events: 0, exposure: 0 };
    expect(rateBreak([none, none, ...series])).toEqual({
      estimable: true,
      ...got,
      period: got.period + 2,
    });
  });

  test('finds the day on which a trigger was changed', () => {
    const stream = randomStream('break');
    const series = Array.from({ length: 42 }, (_, i) => ({
      events: poisson.quantile(stream.next(), i < 17 ? 100 : 60),
      exposure: 300,
    }));
    const { period, rateBefore, rateAfter, pValue } = made(rateBreak(series));
    expect(period).toBe(17);
    expect(rateBefore).toBeGreaterThan(0.3);
    expect(rateAfter).toBeLessThan(0.25);
    expect(pValue).toBeLessThan(0.02);
  });

  test('is rarely seen where there is none, and days may hang together a little', () => {
    let rejected = 0;
    for (let seed = 0; seed < 200; seed += 1) {
      const stream = randomStream(['level', seed]);
      let wave = 0;
      const series = Array.from({ length: 60 }, () => {
        wave = 0.3 * wave + 0.1 * stream.normal();
        return { events: poisson.quantile(stream.next(), 100 * Math.exp(wave)), exposure: 300 };
      });
      if (made(rateBreak(series)).pValue <= 0.05) rejected += 1;
    }
    expect(rejected).toBeLessThan(200 * 0.05 + 4 * Math.sqrt(200 * 0.05 * 0.95));
  });

  test('is not looked for in short, empty or perfectly even series', () => {
    const one = { events: 5, exposure: 10 };
    const reason = (series: readonly PeriodCounts[]) => {
      const result = rateBreak(series);
      return result.estimable ? 'estimated' : result.reason;
    };
    expect(reason(Array.from({ length: 9 }, () => one))).toMatch(/fewer than 10/);
    expect(reason(Array.from({ length: 12 }, () => one))).toMatch(/does not vary/);
    const uneven = Array.from({ length: 12 }, (_, i) => (i === 5 ? { ...one, events: 6 } : one));
    expect(reason(uneven)).toBe('estimated');
    expect(reason(Array.from({ length: 12 }, () => ({ events: 0, exposure: 3 })))).toMatch(
      /does not vary/,
    );
    expect(() => rateBreak([{ events: -1, exposure: 1 }])).toThrow(/at least 0/);
  });
});
