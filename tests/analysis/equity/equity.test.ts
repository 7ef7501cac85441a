import { describe, expect, test } from '@jest/globals';
import type { EquityReport } from '../../../src/analysis/equity/index.ts';
import { divisionsByStrata, equityReport } from '../../../src/analysis/equity/index.ts';
import { subgroupEffects } from '../../../src/analysis/methods/heterogeneity/index.ts';
import type { UnitRow } from '../../../src/analysis/rows.ts';
import { AnalysisRefusedError } from '../../../src/index.ts';
import { randomStream } from '../../../src/stats/index.ts';
import { trialWith } from '../../trials.ts';

const trial = trialWith({ unit: 'practice', strata: ['language', 'age'] });

/** Twenty seeded practices, each with patients of two languages and two ages. */
const rows: readonly UnitRow[] = Array.from({ length: 20 }, (_, practice) => {
  const stream = randomStream('equity', practice);
  const arm = practice % 2 === 0 ? 'usual' : 'redesign';
  return ['English', 'Spanish'].flatMap((language) =>
    ['<65', '65+'].map((age): UnitRow => {
      const patients = 20 + stream.integer(20);
      const calendarDays = 3 * patients + stream.integer(30);
      const alerts = Math.floor(calendarDays * (0.3 + 0.4 * stream.next()));
      const accepted = Math.floor(alerts * 0.3 * stream.next());
      const stratum = `language=${language};age=${age}`;
      return { unitId: `p${practice}`, arm, stratum, patients, calendarDays, alerts, accepted };
    }),
  );
}).flat();

const divisionOf = (report: EquityReport, name: string) => {
  const division = report.divisions.find((each) => each.name === name);
  if (division === undefined) throw new Error(`no division ${name}`);
  return division;
};

const patientsOf = (stratum: string): number =>
  rows.reduce((sum, row) => sum + (row.stratum?.includes(stratum) ? (row.patients ?? 0) : 0), 0);

describe('The equity report', () => {
  test('divides by the strata of the ledger, with effects and interaction as the method gives them', () => {
    const report = equityReport(trial, rows);
    expect(report).toMatchObject({
      metric: 'alertsPerPatientDay',
      unit: 'practice',
      level: 0.95,
      smallest: 11,
    });
    expect(report.divisions.map(({ name }) => name)).toEqual(['language', 'age']);
    const language = divisionOf(report, 'language');
    expect(language.subgroups).toEqual([
      {
        subgroup: 'English',
        participants: patientsOf('language=English'),
        eligible: null,
        reach: null,
        participation: null,
      },
      {
        subgroup: 'Spanish',
        participants: patientsOf('language=Spanish'),
        eligible: null,
        reach: null,
        participation: null,
      },
    ]);
    expect(language.distance).toBeNull();
    const expected = subgroupEffects(
      rows.map(({ unitId, arm, stratum = '', alerts = 0, calendarDays = 0, patients }) => ({
        unitId,
        arm,
        subgroup: stratum.includes('Spanish') ? 'Spanish' : 'English',
        numerator: alerts,
        denominator: calendarDays,
        patients,
      })),
      { arm: 'redesign', control: 'usual' },
    );
    const [comparison] = language.comparisons;
    expect(comparison).toMatchObject({ arm: 'redesign', control: 'usual' });
    expect(comparison?.effects).toEqual(expected);
    expect(comparison?.effects).toMatchObject({
      estimable: true,
      scale: 'ratio',
      interaction: { estimable: true, degreesOfFreedom: [1, 16] },
    });
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });

  test('adjusts the interaction tests over the divisions by Holm', () => {
    const { divisions } = equityReport(trial, rows);
    const found = divisions.map(({ comparisons: [comparison] }) => {
      const { effects, adjustedPValue } = comparison ?? {};
      if (effects?.estimable !== true || !effects.interaction.estimable) throw new Error('none');
      return { p: effects.interaction.pValue, adjusted: adjustedPValue };
    });
    const [small, large] = [...found].sort((a, b) => a.p - b.p);
    expect(small?.adjusted).toBeCloseTo(Math.min(1, 2 * (small?.p ?? 0)), 12);
    expect(large?.adjusted).toBeCloseTo(
      Math.max(large?.p ?? 0, Math.min(1, 2 * (small?.p ?? 0))),
      12,
    );
  });

  test('takes acceptance as a difference, and the level and outcome that are asked for', () => {
    const [guardrail] = trial.guardrails;
    const report = equityReport(trial, rows, {
      ...(guardrail && { outcome: guardrail }),
      level: 0.8,
    });
    expect(report).toMatchObject({ metric: 'acceptanceRate', level: 0.8 });
    const effects = divisionOf(report, 'age').comparisons[0]?.effects;
    expect(effects).toMatchObject({ scale: 'difference' });
    const strict = equityReport(trialWith({ unit: 'practice', decision: { alpha: 0.1 } }), rows);
    expect(strict.level).toBe(0.9);
    expect(strict.divisions).toEqual([]);
  });

  test('says whom the trial reached, of a population, without intervals for clusters', () => {
    const [english, spanish] = [patientsOf('=English'), patientsOf('=Spanish')];
    const population = { language: { English: 4_000, Spanish: 6_000 } };
    const language = divisionOf(equityReport(trial, rows, { population }), 'language');
    const all = english + spanish;
    expect(language.subgroups[0]).toMatchObject({
      subgroup: 'English',
      eligible: 4_000,
      reach: { estimable: true, share: english / 4_000 },
      participation: { share: english / all, prevalence: 0.4, representation: 'over' },
    });
    expect(language.subgroups[0]?.reach).not.toHaveProperty('lower');
    expect(language.subgroups[0]?.participation).not.toHaveProperty('lower');
    expect(language.distance).toMatchObject({ estimable: true });
    const patients = trialWith({ unit: 'patient', strata: ['language', 'age'] });
    const byPatient = divisionOf(equityReport(patients, rows, { population }), 'language');
    expect(byPatient.subgroups[0]?.reach).toHaveProperty('lower');
    expect(byPatient.subgroups[0]?.participation).toHaveProperty('upper');
  });

  test('names subgroups of the population that no one came from', () => {
    const population = { language: { English: 4_000, Spanish: 6_000, Bengali: 900 } };
    const language = divisionOf(equityReport(trial, rows, { population }), 'language');
    expect(language.subgroups[0]).toMatchObject({
      subgroup: 'Bengali',
      participants: 0,
      reach: { share: 0 },
      participation: { estimable: false },
    });
  });

  test('withholds small subgroups, and one more so that the total does not give them away', () => {
    const divisions = [
      {
        name: 'row',
        subgroupOf: (row: UnitRow) =>
          row.unitId === 'p0' && row.stratum === 'language=Spanish;age=65+'
            ? 'few'
            : row.stratum?.slice(9, 16),
      },
    ];
    const few = rows.map((row) =>
      row.unitId === 'p0' && row.stratum === 'language=Spanish;age=65+'
        ? { ...row, patients: 10 }
        : row,
    );
    const population = { row: { English: 4_000, Spanish: 6_000, few: 50 } };
    const report = equityReport(trial, few, { divisions, population });
    const division = divisionOf(report, 'row');
    const withheld = division.subgroups.filter(
      ({ participants }) => typeof participants === 'object',
    );
    expect(withheld).toHaveLength(2);
    for (const each of withheld) {
      expect(each).toMatchObject({
        participants: { suppressed: true },
        reach: { suppressed: true },
        participation: { suppressed: true },
      });
    }
    expect(division.distance).toBeNull();
    const open = divisionOf(
      equityReport(trial, few, { divisions, population, smallest: 0 }),
      'row',
    );
    expect(open.subgroups.find(({ subgroup }) => subgroup === 'few')).toMatchObject({
      participants: 10,
      reach: { share: 0.2 },
    });
    expect(open.distance).not.toBeNull();
    const unasked = divisionOf(equityReport(trial, few, { divisions }), 'row');
    expect(unasked.subgroups.find(({ subgroup }) => subgroup === 'few')).toEqual({
      subgroup: 'few',
      participants: { suppressed: true },
      eligible: null,
      reach: null,
      participation: null,
    });
  });

  test('counts units as persons where the rows count no patients, each once', () => {
    const plain = rows.map(({ unitId, arm, stratum = '', alerts = 0, calendarDays = 0 }) => ({
      unitId,
      arm,
      stratum,
      alerts,
      calendarDays,
    }));
    const language = divisionOf(equityReport(trial, plain), 'language');
    expect(language.subgroups.map(({ participants }) => participants)).toEqual([20, 20]);
  });

  test('estimates nothing where units stand in several arms', () => {
    const [first] = rows;
    if (first === undefined) throw new Error('no row');
    const report = equityReport(trial, [...rows, { ...first, arm: 'redesign' }]);
    expect(divisionOf(report, 'age').comparisons[0]).toEqual({
      arm: 'redesign',
      control: 'usual',
      effects: {
        estimable: false,
        reason: '1 unit(s) stand in more than one arm',
        instead: expect.stringMatching(/rapidcycle verify/),
      },
      adjustedPValue: null,
    });
  });

  test('refuses rows of another trial, twice the same division, and more participants than persons', () => {
    expect(() => equityReport(trial, [{ unitId: 'x', arm: 'other' }])).toThrow(
      AnalysisRefusedError,
    );
    const division = { name: 'sex', subgroupOf: () => 'female' };
    expect(() => equityReport(trial, rows, { divisions: [division, division] })).toThrow(
      /name of its own/,
    );
    expect(() =>
      equityReport(trial, rows, { population: { language: { English: 3, Spanish: 9_000 } } }),
    ).toThrow(/participants of 3 eligible persons/);
  });
});

describe('The divisions of a ledger', () => {
  const [language, age] = divisionsByStrata(trial);

  test.each([
    ['language=English;age=65+', 'English', '65+'],
    ['language=a;b=c;age=;', 'a;b=c', ';'],
    ['language=;age=<65', undefined, '<65'],
    ['', undefined, undefined],
    ['language=English', 'English', undefined],
  ])('read %p', (stratum, first, second) => {
    const row = { unitId: 'u', arm: 'usual', stratum };
    expect(language?.subgroupOf(row)).toBe(first);
    expect(age?.subgroupOf(row)).toBe(second);
  });

  test('call what they do not know unknown', () => {
    expect(language?.subgroupOf({ unitId: 'u', arm: 'usual' })).toBeUndefined();
    const bare = rows.map((row) => ({ ...row, stratum: '' }));
    expect(divisionOf(equityReport(trial, bare), 'age').subgroups).toMatchObject([
      { subgroup: 'unknown' },
    ]);
  });
});

describe('Subgroups of few persons, each of them a unit', () => {
  const byPatient = trialWith({ strata: ['language'] });
  const persons: readonly UnitRow[] = Array.from({ length: 60 }, (_, i) => ({
    unitId: `p${i}`,
    arm: i % 2 === 0 ? 'usual' : 'redesign',
    stratum: `language=${i < 3 ? 'Welsh' : i < 30 ? 'Spanish' : 'English'}`,
    patients: 1,
    calendarDays: 3,
    alerts: (i * 7) % 5,
  }));

  test('are not given away by units, degrees of freedom or reasons', () => {
    const [comparison] = divisionOf(equityReport(byPatient, persons), 'language').comparisons;
    if (comparison?.effects.estimable !== true) throw new Error('not compared');
    const { subgroups, interaction } = comparison.effects;
    expect(subgroups.map(({ subgroup }) => subgroup)).toEqual(['English', 'Spanish', 'Welsh']);
    expect(subgroups[0]?.arm.units).toBe(15);
    // Spanish is withheld as well: 60 less English less Spanish would be Welsh.
    for (const { arm, control, effect } of subgroups.slice(1)) {
      for (const cell of [arm, control]) expect(cell.units).toEqual({ suppressed: true });
      expect(effect).toEqual({ suppressed: true });
    }
    expect(interaction).toEqual({
      estimable: false,
      reason: 'a subgroup is too small to be judged',
      instead: expect.stringMatching(/merge/),
    });
  });

  test('are shown where nothing is to be withheld', () => {
    const [comparison] = divisionOf(
      equityReport(byPatient, persons, { smallest: 0 }),
      'language',
    ).comparisons;
    if (comparison?.effects.estimable !== true) throw new Error('not compared');
    expect(comparison.effects.subgroups[2]?.arm.units).toBe(1);
  });
});
