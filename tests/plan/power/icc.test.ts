import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { iccOf, iccOfKappa, iccPresets, kappaOfIcc } from '../../../src/plan/power/index.ts';
import { close } from './reference.ts';

describe('Presets of the intraclass correlation', () => {
  test.each([
    ['idocc-all', 0.056],
    ['idocc-process', 0.088],
    ['idocc-clinical', 0.035],
    ['thin-hba1c', 0.032],
    ['thin-hba1c-over-time', 0.035],
    ['p4h-smoking', 0.118],
    ['p4h-race', 0.265],
    ['southampton', 0.016],
    ['heart-failure-check', 0.22],
    ['hypertension-advice', 0.17],
  ])('%s is %f', (name, icc) => {
    expect(iccOf(name)).toBe(icc);
  });

  test('have one name each, a source, and values within their ranges', () => {
    expect(new Set(iccPresets.map(({ name }) => name)).size).toBe(iccPresets.length);
    for (const { source, of, value, lower, upper, ends } of iccPresets) {
      expect(source).toMatch(/\d{4}|BMJ/);
      expect(of.length).toBeGreaterThan(5);
      expect((lower === undefined) === (ends === undefined)).toBe(true);
      if (lower === undefined || upper === undefined) continue;
      expect(lower).toBeLessThan(upper);
      expect(value ?? lower).toBeGreaterThanOrEqual(lower);
      expect(value ?? lower).toBeLessThanOrEqual(upper);
    }
    const fading = iccPresets.find(({ name }) => name === 'thin-hba1c-over-time');
    close(fading?.clusterAutocorrelation, 0.019 / 0.035);
  });

  test('say what there is where the name or the number is not known', () => {
    expect(() => iccOf('idocc')).toThrow(/known as "idocc"; there are idocc-all, idocc-process/);
    expect(() => iccOf('idocc')).toThrow(RangeError);
    expect(() => iccOf('enphc-process')).toThrow(/range 0.01 to 0.48/);
    expect(() => iccOf('enphc-clinical')).toThrow(/range 0.01 to 0.09/);
  });
});

describe('The coefficient of variation between clusters', () => {
  test('follows from the intraclass correlation of a proportion, and back', () => {
    close(kappaOfIcc(0.05, 0.2), Math.sqrt(0.2));
    close(iccOfKappa(0.25, 0.2), 0.015625);
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        (icc, proportion) => close(iccOfKappa(kappaOfIcc(icc, proportion), proportion), icc, 1e-12),
      ),
    );
  });

  test('refuses what is not possible', () => {
    expect(() => kappaOfIcc(1.1, 0.2)).toThrow(/icc must be/);
    expect(() => kappaOfIcc(-0.1, 0.2)).toThrow(/icc must be/);
    expect(() => kappaOfIcc(0.1, 1)).toThrow(/proportion must be/);
    expect(() => iccOfKappa(-1, 0.2)).toThrow(/kappa must be/);
    expect(() => iccOfKappa(1, 0)).toThrow(/proportion must be/);
    expect(() => iccOfKappa(1.1, 0.5)).toThrow(/at most 1/);
    expect(iccOfKappa(1, 0.5)).toBe(1);
  });
});
