import { describe, expect, test } from '@jest/globals';
import type { Measure } from '../../../src/analysis/index.ts';
import { measureText } from '../../../src/analysis/text/measure-text.ts';
import { exchangeableText, exposureName } from '../../../src/analysis/text/over-time.ts';
import { analysisText } from '../../../src/analysis/text/summary.ts';
import { effectText, pText } from '../../../src/analysis/text/words.ts';
import { crossover, steppedWedge, threeFramings } from '../../report/listed.ts';

type OverTime = NonNullable<Measure['overTime']>[number];

function overTimeOf({ overTime }: Measure): OverTime {
  const [first] = overTime ?? [];
  if (first === undefined) throw new Error('no design over time');
  return first;
}

/** The measure with another first arm over time. */
function withOverTime(measure: Measure, changes: Partial<OverTime>): Measure {
  return { ...measure, overTime: [{ ...overTimeOf(measure), ...changes }] };
}

const none = { estimable: false as const, reason: 'no spread', instead: 'wait' };

describe('A measure of a stepped wedge as text', () => {
  test('says that its effects are adjusted for periods, and what they would be with correlated ones', async () => {
    const { primary } = await steppedWedge();
    const { exchangeable } = overTimeOf(primary);
    if (!exchangeable.estimable) throw new Error(exchangeable.reason);
    const lines = String(primary).split('\n');
    expect(lines[1]).toMatch(
      /, by practice; the arms over all their periods, adjusted for nothing$/,
    );
    expect(lines).toContain('  redesign v usual, adjusted for periods');
    expect(lines).toContain(
      `    with a common correlation of the periods of a practice (${exchangeable.correlation?.toFixed(3)}): ratio ${effectText(exchangeable, 'ratio', 0.95)}`,
    );
    expect(lines.filter((line) => line.length > 160)).toEqual([]);
  });

  test('gives the effect by exposure time with the test, the mean and the caution', async () => {
    const { primary } = await steppedWedge();
    const { exposureTime: check } = overTimeOf(primary);
    if (check?.estimable !== true || !check.test.estimable) throw new Error('no check');
    const text = String(primary);
    expect(text).toMatch(
      /\n {4}by number of periods with the arm: 1: 0\.\d+; 2: 0\.\d+; 3: 0\.\d+; 4 or more: 0\.\d+\n/,
    );
    expect(text).toContain(
      `      all alike: F = ${check.test.statistic.toPrecision(3)} on 3 and 8, ${pText(check.test.pValue)}\n`,
    );
    expect(text).toContain(
      `      mean over the times ${effectText(check.average, 'ratio', 0.95)}\n`,
    );
    expect(text).toContain('      Caution: Few clusters cannot show that an effect is constant;');
    expect(text).not.toContain('carry-over');
  });

  test('says why there is no check, no test, or no effect at some time', async () => {
    const { primary } = await steppedWedge();
    const { exposureTime: check } = overTimeOf(primary);
    if (check?.estimable !== true) throw new Error('no check');
    expect(measureText(withOverTime(primary, { exposureTime: none }))).toContain(
      'periods with the arm: not estimable, no spread; instead: wait\n',
    );
    const [first, ...others] = check.effects;
    if (first === undefined) throw new Error('no effects');
    const without = { ...check, test: none, effects: [{ ...first, effect: none }, ...others] };
    const text = measureText(withOverTime(primary, { exposureTime: without }));
    expect(text).toContain('with the arm: 1: none; 2: 0.');
    expect(text).toContain('all alike: cannot be tested: no spread; instead: wait\n');
    expect(measureText(withOverTime(primary, { exchangeable: none }))).toContain(
      'periods of a practice: not estimable: no spread; instead: wait\n',
    );
  });

  test('is on the scale of its measure: points of a proportion', async () => {
    const { guardrails } = await steppedWedge();
    const [share] = guardrails;
    if (share === undefined) throw new Error('no guardrail');
    expect(exchangeableText(share, overTimeOf(share))).toMatch(
      /^with a common correlation of the periods of a practice \(−?0\.\d{3}\): difference [+−]?\d+\.\d points \(95 % interval /,
    );
    expect(String(share)).toMatch(/with the arm: 1: [+−]\d+\.\d points; 2: /);
  });

  test('says of a longest time that it stands for longer ones', () => {
    expect(exposureName({ exposure: 2, isLongest: false })).toBe('2');
    expect(exposureName({ exposure: 3, isLongest: true })).toBe('3 or more');
  });
});

describe('A measure of a crossover as text', () => {
  test('gives the carry-over with its caution, and no exposure time', async () => {
    const { primary } = await crossover();
    const { carryOver: check } = overTimeOf(primary);
    if (check?.estimable !== true) throw new Error('no check');
    const text = String(primary);
    expect(text).toContain(
      [
        `    carry-over of the period before ${effectText(check.carryOver, 'ratio', 0.95)}`,
        `      first period alone ${effectText(check.first, 'ratio', 0.95)}`,
        `      later periods      ${effectText(check.later, 'ratio', 0.95)}`,
        '      Caution: Such a test has little power and must not choose the analysis: the one that was planned stays.',
      ].join('\n'),
    );
    expect(text).not.toContain('periods with the arm');
    expect(measureText(withOverTime(primary, { carryOver: none }))).toContain(
      '    carry-over not estimable: no spread; instead: wait\n',
    );
  });
});

describe('An analysis of a list as text', () => {
  test('names the design over time once, and does not print an identity that it has not', async () => {
    const text = String(await steppedWedge());
    expect(text).toContain(
      '\nAllocated from a list by the method "complete": 12 practices, seed "steps", checksum ',
    );
    expect(text).toContain(
      '\nStepped wedge: 5 periods, 4 sequences of arms; 4 days after each change of arm are not analysed\n',
    );
    expect(text).not.toMatch(/^Identity/m);
  });

  test('of arms that never change is as that of hashed ones', async () => {
    const analysis = await threeFramings();
    const text = String(analysis);
    expect(text).toMatch(/^Identity \(quality\): accepted per patient-day /m);
    expect(text).not.toMatch(/adjusted for|periods/);
    expect(analysis.primary.overTime).toBeNull();
    expect(analysis.primary.byPeriod).toBeNull();
  });

  test('shows what the list warned of when it was made', async () => {
    const analysis = await threeFramings();
    const { list } = analysis;
    if (list === null) throw new Error('no list');
    expect(String(analysis)).not.toContain('Warning: too strict');
    const diagnostics = { ...list.diagnostics, warnings: ['too strict'] };
    expect(analysisText({ ...analysis, list: { ...list, diagnostics } })).toContain(
      '\nWarning: too strict\n',
    );
  });
});
