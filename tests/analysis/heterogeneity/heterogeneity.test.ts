import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type {
  SubgroupEffects,
  SubgroupOptions,
  SubgroupRow,
} from '../../../src/analysis/methods/heterogeneity/index.ts';
import {
  subgroupEffects,
  subgroupFamilies,
} from '../../../src/analysis/methods/heterogeneity/index.ts';
import { normal, studentT } from '../../../src/stats/index.ts';

interface Tested {
  readonly wald: number;
  readonly p: number;
  readonly se: readonly number[];
}

interface Trial {
  readonly rows: readonly {
    readonly unit: string;
    readonly arm: string;
    readonly subgroup: string;
    readonly y: number;
    readonly e: number;
    readonly patients: number;
  }[];
  readonly interaction: number | readonly number[];
  readonly df: number;
  readonly clubSandwich_se: readonly number[];
  readonly tests: Readonly<Record<'CR0' | 'KC' | 'MD', Tested>>;
  readonly own: readonly (Readonly<Record<string, number>> & { readonly subgroup: never })[];
  readonly difference: Tested & { readonly contrasts: readonly number[] };
}

const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8'));

// R 4.2.2, geepack 1.3.9, clubSandwich (oracle.R).
const { trials } = read('reference.json') as { readonly trials: Readonly<Record<string, Trial>> };

const epil = read('epil.json') as {
  readonly rows: readonly (readonly [number, string, string, number, number])[];
  readonly expected: Readonly<Record<string, number>>;
};

const close = (got: number | undefined, expected: number | undefined, relative = 1e-8): void => {
  expect(got).not.toBeUndefined();
  expect(expected).not.toBeUndefined();
  expect(Math.abs((got ?? 0) - (expected ?? 0))).toBeLessThanOrEqual(
    Math.max(1e-9, relative * Math.abs(expected ?? 0)),
  );
};

/** The estimate, or a failure that says why there is none. */
function made<T extends object>(
  result:
    | ({ readonly estimable: true } & T)
    | { readonly estimable: false; readonly reason: string }
    | { readonly suppressed: true }
    | null
    | undefined,
): T {
  if (result === null || result === undefined) throw new Error('nothing there');
  if ('suppressed' in result) throw new Error('suppressed');
  if (!result.estimable) throw new Error(result.reason);
  return result;
}

const rowsOf = ({ rows }: Trial): readonly SubgroupRow[] =>
  rows.map(({ unit, arm, subgroup, y, e, patients }) => ({
    unitId: unit,
    arm,
    subgroup,
    numerator: y,
    denominator: e,
    patients,
  }));

const arms = { arm: 'treatment', control: 'control', smallest: 0 } as const;

const effects = (rows: readonly SubgroupRow[], options: Partial<SubgroupOptions> = {}) =>
  made<SubgroupEffects>(subgroupEffects(rows, { ...arms, ...options }));

describe.each(Object.entries(trials))('In the %s trial, against R', (_, trial) => {
  const rows = rowsOf(trial);
  const interactions = [trial.interaction].flat();

  test.each(['CR0', 'KC', 'MD'] as const)('the interaction test with %s', (correction) => {
    const { interaction, subgroups } = effects(rows, { correction });
    const got = made(interaction);
    const expected = trial.tests[correction];
    close(got.wald, expected.wald, 1e-6);
    close(got.pValue, expected.p, 1e-5);
    expect(got.degreesOfFreedom).toEqual([interactions.length, trial.df]);
    close(got.statistic, expected.wald / interactions.length, 1e-6);
    interactions.forEach((log, i) => {
      const effect = made(subgroups[i + 1]?.againstReference);
      close(Math.log(effect.estimate), log, 1e-7);
      close(effect.standardError, expected.se[i], 1e-6);
      expect(effect.degreesOfFreedom).toBe(trial.df);
      const reach = studentT.quantile(0.025, trial.df, 'upper') * (expected.se[i] ?? 0);
      close(effect.lower, Math.exp(log - reach), 1e-6);
      close(effect.upper, Math.exp(log + reach), 1e-6);
      if (correction === 'MD') close(effect.standardError, trial.clubSandwich_se[i], 1e-6);
    });
    expect(subgroups[0]?.againstReference).toBeNull();
  });

  test('each subgroup has the effect of its own fit', () => {
    trial.own.forEach((own, i) => {
      const subgroup = effects(rows).subgroups[i];
      expect(subgroup?.subgroup).toBe(own.subgroup);
      const effect = made(subgroup?.effect);
      close(effect.estimate, own['ratio'], 1e-7);
      close(effect.standardError, own['se'], 1e-6);
      close(effect.lower, own['lower'], 1e-6);
      close(effect.upper, own['upper'], 1e-6);
      close(effect.pValue, own['p'], 1e-5);
      expect(effect.degreesOfFreedom).toBe(own['df']);
    });
  });

  test('differences of rates too', () => {
    const { interaction, subgroups } = effects(rows, { scale: 'difference' });
    const got = made(interaction);
    close(got.wald, trial.difference.wald);
    close(got.pValue, trial.difference.p);
    trial.difference.contrasts.forEach((contrast, i) => {
      const effect = made(subgroups[i + 1]?.againstReference);
      close(effect.estimate, contrast);
      close(effect.standardError, trial.difference.se[i]);
      close((effect.lower + effect.upper) / 2, contrast);
    });
  });

  test('the test does not depend on the reference or on the order of the rows', () => {
    const one = effects(rows);
    const other = effects([...rows].reverse(), { reference: 'B' });
    expect(other.reference).toBe('B');
    close(made(other.interaction).wald, made(one.interaction).wald);
    const there = made(one.subgroups[1]?.againstReference);
    const back = made(other.subgroups[0]?.againstReference);
    close(there.estimate * back.estimate, 1);
    close(there.standardError, back.standardError);
  });
});

test('The interaction of age and treatment in epil agrees with the reference (geepack)', () => {
  const rows = epil.rows.map(([subject, arm, subgroup, numerator, denominator]) => ({
    unitId: `s${subject}`,
    arm,
    subgroup,
    numerator,
    denominator,
  }));
  const options = { arm: 'progabide', control: 'placebo', reference: 'young', smallest: 0 };
  const old = (correction: 'CR0' | 'KC') =>
    made(effects(rows, { ...options, correction }).subgroups[0]?.againstReference);
  close(Math.log(old('CR0').estimate), epil.expected['interaction'], 1e-6);
  close(old('CR0').standardError, epil.expected['se_CR0'], 1e-6);
  close(old('KC').standardError, epil.expected['se_KC'], 1e-6);
  const { statistic } = old('KC');
  close(2 * normal.cdf(Math.abs(statistic)).upper, epil.expected['p_KC_z'], 1e-6);
});

describe('Effects by subgroup', () => {
  const cell = (
    arm: string,
    subgroup: string,
    counts: readonly (readonly [number, number])[],
  ): readonly SubgroupRow[] =>
    counts.map(([numerator, denominator], i) => ({
      unitId: `${arm}-${i}`,
      arm,
      subgroup,
      numerator,
      denominator,
    }));
  const plain = [
    ...cell('treatment', 'A', [
      [20, 40],
      [35, 50],
      [18, 60],
    ]),
    ...cell('treatment', 'B', [
      [30, 40],
      [15, 50],
      [28, 60],
    ]),
    ...cell('control', 'A', [
      [22, 40],
      [45, 50],
      [28, 60],
    ]),
    ...cell('control', 'B', [
      [13, 40],
      [35, 50],
      [19, 60],
    ]),
  ];

  test('show counts, units and the ratio of each cell', () => {
    const { subgroups, scale, reference, arm, control } = effects(plain);
    expect({ scale, reference, arm, control }).toEqual({
      scale: 'ratio',
      reference: 'A',
      arm: 'treatment',
      control: 'control',
    });
    expect(subgroups[1]?.arm).toEqual({
      arm: 'treatment',
      units: 3,
      persons: 3,
      numerator: 73,
      denominator: 150,
      ratio: 73 / 150,
    });
    expect(subgroups[1]?.control).toMatchObject({ arm: 'control', numerator: 67 });
  });

  test('leave rows of other arms out and add up rows of the same unit and subgroup', () => {
    const [first, ...rest] = plain;
    if (first === undefined) throw new Error('no row');
    const split = [
      { ...first, numerator: 5, denominator: 15 },
      { ...first, numerator: 15, denominator: 25 },
      ...rest,
      { ...first, unitId: 'other', arm: 'third', subgroup: 'C' },
    ];
    expect(effects(split)).toEqual(effects(plain));
  });

  test('ignore units without a denominator, in units and in degrees of freedom', () => {
    const idle = { unitId: 'idle', arm: 'control', subgroup: 'A', numerator: 0, denominator: 0 };
    const { subgroups, interaction } = effects([...plain, idle]);
    expect(subgroups[0]?.control.units).toBe(3);
    // Three practices an arm in both subgroups: 6 units less 4 parameters.
    expect(made(interaction).degreesOfFreedom).toEqual([1, 2]);
  });

  test('take the level that is asked for', () => {
    const width = (level: number) => {
      const { lower, upper } = made(
        effects(plain, { level, scale: 'difference' }).subgroups[1]?.effect,
      );
      return upper - lower;
    };
    close(
      width(0.5) / width(0.95),
      studentT.quantile(0.25, 4, 'upper') / studentT.quantile(0.025, 4, 'upper'),
    );
  });

  const reasonOf = (rows: readonly SubgroupRow[], options: Partial<SubgroupOptions> = {}) => {
    const { interaction } = effects(rows, options);
    return interaction.estimable ? 'estimated' : `${interaction.reason}; ${interaction.instead}`;
  };

  test('without events have differences and no ratio', () => {
    const rows = plain.map((row) =>
      row.arm === 'control' && row.subgroup === 'B' ? { ...row, numerator: 0 } : row,
    );
    expect(reasonOf(rows)).toMatch(
      /arm control of subgroup B: no events, so a ratio has no logarithm; test the differences/,
    );
    expect(effects(rows).subgroups[1]?.effect).toMatchObject({ estimable: false });
    expect(effects(rows).subgroups[0]?.effect).toMatchObject({ estimable: true });
    expect(reasonOf(rows, { scale: 'difference' })).toBe('estimated');
  });

  test('say which cell has too few units', () => {
    const one = plain.filter(
      ({ arm, subgroup, unitId }) =>
        arm === 'control' || subgroup === 'A' || unitId === 'treatment-0',
    );
    expect(reasonOf(one)).toMatch(/arm treatment of subgroup B: one unit alone.*; merge/);
    const [, b] = effects(one).subgroups;
    expect(b?.effect).toMatchObject({ reason: expect.stringMatching(/^arm treatment: one unit/) });
    expect(b?.againstReference).toMatchObject({ estimable: false });
    const none = plain.filter(({ arm, subgroup }) => arm === 'treatment' || subgroup === 'A');
    expect(reasonOf(none)).toMatch(/arm control of subgroup B: no unit/);
    expect(effects(none).subgroups[1]).toMatchObject({
      control: { units: 0, ratio: null },
      effect: { reason: expect.stringMatching(/^arm control: no unit/) },
    });
    expect(reasonOf(plain.filter(({ subgroup }) => subgroup === 'A'))).toMatch(/one subgroup/);
  });

  test('have no interaction test where units are not more than parameters', () => {
    const two = plain.filter(({ unitId }) => !unitId.endsWith('2'));
    expect(reasonOf(two)).toMatch(/no more units than arms times subgroups.*; merge subgroups/);
    expect(effects(two).subgroups[1]?.againstReference).toMatchObject({
      reason: expect.stringContaining('no more units'),
    });
    expect(effects(two).subgroups[1]?.effect).toMatchObject({ estimable: true });
  });

  test('has no interaction where one unit holds all of a subgroup', () => {
    const rows = ['x', 'y'].flatMap((subgroup) =>
      [arms.arm, arms.control].flatMap((arm) =>
        [1, 2, 3].map((unit) => ({
          unitId: `${arm} ${unit}`,
          arm,
          subgroup,
          numerator: 20 + unit,
          denominator: subgroup === 'y' && unit === 1 ? 1e15 : 30,
        })),
      ),
    );
    const { interaction } = made<SubgroupEffects>(subgroupEffects(rows, arms));
    expect(interaction).toEqual({
      estimable: false,
      reason: expect.stringMatching(/subgroup y: one unit holds all of it/),
      instead: expect.any(String),
    });
  });

  test('do not divide by a variance that is not there', () => {
    const alike = plain.map((row) => ({ ...row, numerator: row.denominator / 2 }));
    expect(effects(alike).subgroups[0]?.effect).toMatchObject({ estimable: false });
    expect(effects(alike).subgroups[1]?.againstReference).toMatchObject({ estimable: false });
    expect(reasonOf(alike)).toMatch(/singular/);
    expect(subgroupEffects([], arms)).toMatchObject({ reason: 'neither arm has a row' });
  });

  test.each([
    ['a negative numerator', { numerator: -1 }, /`numerator` must be a number of at least 0/],
    ['an endless denominator', { denominator: Infinity }, /`denominator`/],
    ['no number of patients', { patients: Number.NaN }, /`patients`/],
    ['no unit', { unitId: '' }, /`unitId`/],
    ['no subgroup', { subgroup: '' }, /`subgroup`/],
    ['a unit in both arms', { arm: 'control', unitId: 'treatment-1' }, /both arms/],
  ])('refuse %s', (_, change, message) => {
    const rows = plain.map((row, i) => (i === 2 ? { ...row, ...change } : row));
    expect(() => effects(rows)).toThrow(RangeError);
    expect(() => effects(rows)).toThrow(message);
  });

  test('refuse a reference that is not there, an arm against itself, and no level', () => {
    expect(() => effects(plain, { reference: 'Z' })).toThrow(/reference subgroup "Z"/);
    expect(() => effects(plain, { control: 'treatment' })).toThrow(/compared with itself/);
    for (const level of [0, 1, Number.NaN]) {
      expect(() => effects(plain, { level })).toThrow(/level/);
    }
  });
});

const isSuppressed = (value: unknown): boolean => typeof value === 'object';

describe('Small cells', () => {
  const crossed = rowsOf(trials['crossed'] as Trial);

  test('are withheld with their effect, and the others around them without theirs', () => {
    const rows = crossed.map((row) =>
      row.arm === 'control' && row.subgroup === 'C' ? { ...row, patients: 1 } : row,
    );
    const all = effects(rows);
    const { subgroups, interaction } = effects(rows, { smallest: 11 });
    expect(interaction).toEqual(all.interaction);
    const [a, b, c] = subgroups;
    expect(c?.effect).toEqual({ suppressed: true });
    expect(c?.againstReference).toEqual({ suppressed: true });
    expect(c?.control).toMatchObject({
      arm: 'control',
      units: all.subgroups[2]?.control.units,
      persons: { suppressed: true },
      numerator: { suppressed: true },
      denominator: { suppressed: true },
      ratio: { suppressed: true },
    });
    expect(isSuppressed(c?.arm.persons)).toBe(true);
    // One of A and B is withheld to hide C in the totals; both keep their effects.
    expect(isSuppressed(a?.control.persons)).not.toBe(isSuppressed(b?.control.persons));
    expect(a?.effect).toEqual(all.subgroups[0]?.effect);
    expect(b?.againstReference).toEqual(all.subgroups[1]?.againstReference);
    expect(JSON.stringify(subgroups)).not.toContain('undefined');
  });

  test('that the others are compared with withhold the comparison', () => {
    const rows = crossed.map((row) =>
      row.arm === 'control' && row.subgroup === 'A' ? { ...row, patients: 1 } : row,
    );
    const { subgroups } = effects(rows, { smallest: 11 });
    expect(subgroups.map(({ againstReference }) => againstReference)).toEqual([
      null,
      { suppressed: true },
      { suppressed: true },
    ]);
    expect(made(subgroups[1]?.effect).estimate).toBeGreaterThan(0);
  });

  test('are counted in units where no row has patients, and those are withheld then', () => {
    const { subgroups } = effects(
      crossed.map((row) => ({ ...row, patients: undefined })),
      { smallest: 11 },
    );
    expect(subgroups[0]?.arm.units).toEqual({ suppressed: true });
    expect(subgroups[0]?.effect).toEqual({ suppressed: true });
  });

  test('are withheld by default, for few events too', () => {
    const rows = crossed.map((row) =>
      row.subgroup === 'B' ? { ...row, numerator: row.arm === 'control' ? 0 : 1 } : row,
    );
    const [, b] = made<SubgroupEffects>(
      subgroupEffects(rows, { arm: 'treatment', control: 'control' }),
    ).subgroups;
    expect(b?.effect).toEqual({ suppressed: true });
    expect(isSuppressed(b?.arm.numerator)).toBe(true);
  });
});

describe('Families of subgroups', () => {
  test('adjust the interaction tests by Holm', () => {
    const families = Object.entries(trials).map(([name, trial]) => ({ name, rows: rowsOf(trial) }));
    const empty = { name: 'empty', rows: [] };
    const results = subgroupFamilies([...families.slice(0, 1), empty, ...families.slice(1)], arms);
    const p = (name: string) => trials[name]?.tests.MD.p ?? Number.NaN;
    expect(results.map(({ name }) => name)).toEqual(['crossed', 'empty', 'nested', 'large']);
    expect(results[1]).toMatchObject({ adjustedPValue: null, effects: { estimable: false } });
    close(results[0]?.adjustedPValue ?? undefined, p('crossed'), 1e-5);
    close(results[2]?.adjustedPValue ?? undefined, 2 * p('nested'), 1e-5);
    close(results[3]?.adjustedPValue ?? undefined, 3 * p('large'), 1e-5);
  });

  test('need names of their own', () => {
    const family = { name: 'sex', rows: [] };
    expect(() => subgroupFamilies([family, family], arms)).toThrow(/name of its own/);
  });
});

test('The interaction test holds its level with ten practices an arm, all in both subgroups', () => {
  let rejected = 0;
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 20, max: 60 }), { minLength: 40, maxLength: 40 }),
      (counts) => {
        const rows = counts.map((numerator, i) => ({
          unitId: `p${i % 20}`,
          arm: i % 2 === 0 ? 'treatment' : 'control',
          subgroup: i < 20 ? 'A' : 'B',
          numerator,
          denominator: 100,
        }));
        const { pValue } = made(effects(rows).interaction);
        expect(pValue).toBeGreaterThan(0);
        expect(pValue).toBeLessThanOrEqual(1);
        if (pValue <= 0.05) rejected += 1;
      },
    ),
    { numRuns: 400, seed: 7, endOnFailure: true },
  );
  expect(rejected).toBeLessThan(400 * 0.05 + 4 * Math.sqrt(400 * 0.05 * 0.95));
});

describe('Subgroups whose rows repeat each other in another scale', () => {
  test('leave no variance to test their difference by, and rounding does not pass for one', () => {
    const counts = fc.array(
      fc.tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 3, max: 40 })),
      {
        minLength: 12,
        maxLength: 20,
      },
    );
    const factor = fc.double({ min: 0.1, max: 5, noNaN: true });
    const factors = fc.array(fc.tuple(factor, factor), { minLength: 2, maxLength: 4 });
    fc.assert(
      fc.property(counts, factors, (units, scales) => {
        const rows = units.flatMap(([y, e], i) =>
          scales.map(([toNumerator, toDenominator], s) => ({
            unitId: String(i),
            arm: i % 2 === 0 ? 'A' : 'B',
            subgroup: String(s),
            numerator: y * toNumerator,
            denominator: e * toDenominator,
          })),
        );
        const found = subgroupEffects(rows, { arm: 'A', control: 'B', smallest: 0 });
        if (!found.estimable) throw new Error(found.reason);
        expect(found.interaction.estimable).toBe(false);
        for (const { againstReference } of found.subgroups) {
          expect(againstReference ?? { estimable: false }).toMatchObject({ estimable: false });
        }
      }),
      { numRuns: 60 },
    );
  });
});
