import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  detectableProportion,
  powerOfProportions,
  sampleSizeOfProportions,
} from '../../../src/plan/power/index.ts';
import { close, made, reference } from './reference.ts';

const methods = ['pooled', 'unpooled', 'fleiss', 'arcsine'] as const;

describe('Two proportions of independent observations', () => {
  test.each(reference.proportions)('agree with R for $control and $arm', (of) => {
    const { control = 0, arm = 0, power = 0, pooled = 0, arcsine = 0, n = 0 } = of;
    const sizes = { arm: n, control: n };
    close(sampleSizeOfProportions({ arm, control }, { power }).control, pooled);
    close(sampleSizeOfProportions({ arm, control }, { power, method: 'arcsine' }).arm, arcsine);
    close(powerOfProportions({ arm, control }, { sizes }), of['power_pooled'] ?? 0);
    close(
      powerOfProportions({ arm, control }, { sizes, method: 'arcsine' }),
      of['power_arcsine'] ?? 0,
    );
    const direction = arm > control ? 'higher' : 'lower';
    const found = made(detectableProportion(control, { sizes, power, direction }));
    close(found.arm, of['detectable'] ?? 0);
    close(found.difference, (of['detectable'] ?? 0) - control);
    close(found.ratio, (of['detectable'] ?? 0) / control);
  });

  test.each(reference.unequal)('agree with closed forms for $ratio of arm to control', (of) => {
    const { control = 0, arm = 0, power = 0, ratio = 0, n0 = 0, n1 = 0 } = of;
    for (const method of methods) {
      const sizes = sampleSizeOfProportions({ arm, control }, { power, ratio, method });
      close(sizes.control, of[method] ?? 0, 1e-11);
      close(sizes.arm, ratio * (of[method] ?? 0), 1e-11);
    }
    const sizes = { arm: n1, control: n0 };
    close(
      powerOfProportions({ arm, control }, { sizes, method: 'arcsine' }),
      of['power_arcsine'] ?? 0,
    );
  });

  test('have by default the power of 0.8, equal sizes and the pooled test', () => {
    const [arm, control] = [0.3, 0.2];
    expect(sampleSizeOfProportions({ arm, control })).toEqual(
      sampleSizeOfProportions(
        { arm, control },
        { power: 0.8, ratio: 1, method: 'pooled', alpha: 0.05 },
      ),
    );
    // R: power.prop.test(p1 = 0.2, p2 = 0.3, power = 0.8, tol = 1e-13)$n
    close(sampleSizeOfProportions({ arm, control }).arm, 293.15128550648706);
  });

  test('have the power that their size was made for, whatever the method', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.02, max: 0.5, noNaN: true }),
        fc.double({ min: 0.02, max: 0.45, noNaN: true }),
        fc.double({ min: 0.3, max: 0.95, noNaN: true }),
        fc.constantFrom(...methods),
        (control, difference, power, method) => {
          const arm = control + difference;
          const needed = sampleSizeOfProportions({ arm, control }, { power, method });
          const up = { arm: Math.ceil(needed.arm), control: Math.ceil(needed.control) };
          const least = powerOfProportions({ arm, control }, { sizes: up, method });
          expect(least).toBeGreaterThanOrEqual(power - 1e-9);
          if (up.arm < 3) return;
          const fewer = { arm: up.arm - 1, control: up.control - 1 };
          expect(powerOfProportions({ arm, control }, { sizes: fewer, method })).toBeLessThan(
            power + 1e-9,
          );
        },
      ),
    );
  });

  test('are found where the power is as wanted, with the continuity correction too', () => {
    for (const method of methods) {
      const sizes = { arm: 400, control: 250 };
      const arm = made(detectableProportion(0.3, { sizes, power: 0.9, method })).arm;
      close(powerOfProportions({ arm, control: 0.3 }, { sizes, method }), 0.9);
    }
  });

  test('need a stricter level to be paid for', () => {
    const at = (alpha: number): number =>
      sampleSizeOfProportions({ arm: 0.3, control: 0.2 }, { alpha }).arm;
    expect(at(0.01)).toBeGreaterThan(at(0.05));
    const power = (alpha: number): number =>
      powerOfProportions({ arm: 0.3, control: 0.2 }, { sizes: { arm: 200, control: 200 }, alpha });
    expect(power(0.01)).toBeLessThan(power(0.05));
  });

  test('cannot be told apart by a handful', () => {
    const sizes = { arm: 2, control: 2 };
    expect(detectableProportion(0.6, { sizes, method: 'fleiss' })).toEqual({
      estimable: false,
      reason: 'not even a proportion of 1 can be told from control with this power',
      instead: 'observe more',
    });
    expect(detectableProportion(0.1, { sizes, direction: 'lower' })).toMatchObject({
      reason: expect.stringContaining('proportion of 0'),
    });
  });

  test('refuse what is not possible', () => {
    const sizes = { arm: 10, control: 10 };
    const good = { arm: 0.3, control: 0.2 };
    expect(() => sampleSizeOfProportions({ ...good, arm: 1 })).toThrow(
      /arm must be greater than 0/,
    );
    expect(() => sampleSizeOfProportions({ ...good, control: 0 })).toThrow(/control must/);
    expect(() => sampleSizeOfProportions({ arm: 0.2, control: 0.2 })).toThrow(/must differ/);
    expect(() => sampleSizeOfProportions(good, { power: 1 })).toThrow(/power must be above/);
    expect(() => sampleSizeOfProportions(good, { power: 0.025 })).toThrow(/power must be above/);
    expect(() => sampleSizeOfProportions(good, { ratio: 0 })).toThrow(/ratio must be/);
    expect(() => sampleSizeOfProportions(good, { alpha: 0 })).toThrow(/alpha must be/);
    expect(() => powerOfProportions(good, { sizes: { ...sizes, arm: 0 } })).toThrow(/sizes.arm/);
    expect(() => powerOfProportions(good, { sizes: { ...sizes, control: 1.5 } })).toThrow(
      /sizes.control/,
    );
    expect(() => powerOfProportions(good, { sizes, alpha: 1 })).toThrow(/alpha must be/);
    expect(() => powerOfProportions({ arm: 0.2, control: 0.2 }, { sizes })).toThrow(/must differ/);
    expect(() => detectableProportion(1, { sizes })).toThrow(/control must be/);
    expect(() => detectableProportion(0.2, { sizes, power: 0 })).toThrow(/power must be/);
    expect(() => detectableProportion(0.2, { sizes: { ...sizes, arm: -1 } })).toThrow(/sizes.arm/);
  });
});
