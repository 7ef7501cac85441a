import { describe, expect, test } from '@jest/globals';
import type { Outcome, TwoStepDesign } from '../../../src/plan/power/index.ts';
import { twoStepPower } from '../../../src/plan/power/index.ts';
import { close, made, reference } from './reference.ts';

const score: Outcome = { kind: 'mean', between: 1, within: 8 };
const design: TwoStepDesign = {
  standard: 1.5,
  enhanced: 2.25,
  providers: { control: 10, intervention: 20 },
  size: 30,
};

describe('A trial in two steps', () => {
  test.each(reference.twoStep)(
    'has the standard errors of generalised least squares by R with the share $q',
    ({ k0, k1, m, q, b, w, standard, enhanced }) => {
      const outcome: Outcome = { kind: 'mean', between: b[0], within: w[0] };
      const providers = { control: k0, intervention: k1 };
      const found = made(
        twoStepPower(outcome, { standard: 1, enhanced: 3, providers, size: m, share: q }),
      );
      close(found.standard.standardError, standard, 1e-12);
      close(found.enhanced.standardError, enhanced, 1e-12);
      expect(found.standard).toMatchObject({ effect: 1, degreesOfFreedom: k0 + k1 - 2 });
      expect(found.enhanced).toMatchObject({ effect: 2, degreesOfFreedom: k1 * (m - 1) - 1 });
    },
  );

  test('tests each comparison at half the level, unless told otherwise', () => {
    const half = made(twoStepPower(score, design));
    const whole = made(twoStepPower(score, { ...design, adjustment: 'none', alpha: 0.025 }));
    expect(half).toEqual(whole);
    const full = made(twoStepPower(score, { ...design, adjustment: 'none' }));
    expect(full.standard.power).toBeGreaterThan(half.standard.power);
  });

  test('counts effects that differ between providers', () => {
    const found = made(twoStepPower(score, { ...design, effectDeviation: 0.5 }));
    close(found.enhanced.standardError ** 2, (2 * 8) / 300 + 0.25 / 20, 1e-12);
    expect(found.enhanced.degreesOfFreedom).toBe(19);
    const alike = made(twoStepPower(score, { ...design, effectDeviation: 0 }));
    expect(alike.enhanced.degreesOfFreedom).toBe(579);
  });

  test('takes rates, where the law within providers is normal', () => {
    const burden: Outcome = { kind: 'rate', control: 0.2, kappa: 0.3 };
    const found = made(
      twoStepPower(burden, { ...design, standard: 0.15, enhanced: 0.1, size: 200, share: 0.4 }),
    );
    close(found.enhanced.effect, Math.log(2 / 3), 1e-12);
    close(found.enhanced.standardError ** 2, (1 / 0.09 + 1 / 0.04) / 4000, 1e-12);
    expect(found.enhanced.degreesOfFreedom).toBe(Infinity);
    const between = 0.09 / 20 + 1 / (0.15 * 4000 * 0.6) + 0.09 / 10 + 1 / (0.2 * 2000);
    close(found.standard.standardError ** 2, between, 1e-12);
  });

  test('takes proportions, each with its variance', () => {
    const acceptance: Outcome = { kind: 'proportion', control: 0.2, icc: 0.1 };
    const found = made(twoStepPower(acceptance, { ...design, standard: 0.3, enhanced: 0.4 }));
    close(found.enhanced.standardError ** 2, (0.9 * 2 * (0.21 + 0.24)) / 600, 1e-12);
    const between = 0.021 / 20 + (0.9 * 0.21) / 300 + 0.016 / 10 + (0.9 * 0.16) / 300;
    close(found.standard.standardError ** 2, between, 1e-12);
  });

  test('has no power to speak of without degrees of freedom', () => {
    const one = { ...design, providers: { control: 1, intervention: 1 } };
    expect(twoStepPower(score, one)).toMatchObject({ estimable: false });
    expect(twoStepPower(score, { ...one, test: 'z' }).estimable).toBe(true);
    const alone = { ...design, providers: { control: 5, intervention: 1 } };
    expect(twoStepPower(score, alone).estimable).toBe(true);
    expect(twoStepPower(score, { ...alone, effectDeviation: 0.1 }).estimable).toBe(false);
    expect(twoStepPower(score, { ...alone, size: 2 }).estimable).toBe(false);
    expect(twoStepPower(score, { ...alone, size: 3 }).estimable).toBe(true);
  });

  test('refuses what is not possible', () => {
    const bad = (change: Partial<TwoStepDesign>) => () =>
      twoStepPower(score, { ...design, ...change });
    expect(bad({ standard: Infinity })).toThrow(/the mean in an arm/);
    expect(bad({ enhanced: Number.NaN })).toThrow(/the mean in an arm/);
    expect(bad({ standard: 0 })).toThrow(/no difference to be found/);
    expect(bad({ enhanced: 1.5 })).toThrow(/no difference to be found/);
    expect(bad({ providers: { control: 0, intervention: 2 } })).toThrow(/providers.control/);
    expect(bad({ providers: { control: 2, intervention: 0.5 } })).toThrow(/providers.intervention/);
    expect(bad({ size: Infinity })).toThrow(/size must be/);
    expect(bad({ share: 1 })).toThrow(/share must be/);
    expect(bad({ share: 0 })).toThrow(/share must be/);
    expect(bad({ effectDeviation: -1 })).toThrow(/effectDeviation must be/);
    expect(bad({ alpha: 1.5 })).toThrow(/alpha must be/);
    expect(() => twoStepPower({ kind: 'mean', between: 1, within: 0 }, design)).toThrow(/within/);
  });
});
