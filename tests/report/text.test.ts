import { describe, expect, test } from '@jest/globals';
import type { Measure } from '../../src/analysis/index.ts';
import {
  assignmentsText,
  clusteringText,
  comparedOn,
  effectText,
  rerandomizedRange,
  whyNot,
} from '../../src/analysis/text/words.ts';
import { tenPractices } from './analyses.ts';

describe('Words for results', () => {
  test('say why there is none and what to do instead, with one full stop at most', () => {
    expect(whyNot({ reason: 'no events' })).toBe('no events');
    expect(whyNot({ reason: 'No events.', instead: 'Wait.' })).toBe('No events; instead: Wait');
    expect(
      effectText({ estimable: false, reason: 'no spread', instead: 'more units' }, 'ratio', 0.95),
    ).toBe('not estimable: no spread; instead: more units');
  });

  test('say whether assignments were drawn or all gone through', () => {
    const drawn = { method: 'monte-carlo', assignments: null, draws: 9_999 } as const;
    expect(assignmentsText({ ...drawn, monteCarloError: 0.00123 })).toBe(
      '9,999 draws, Monte Carlo error 0.0012',
    );
    const all = { method: 'enumeration', assignments: 1_024, monteCarloError: 0 } as const;
    expect(assignmentsText({ ...all, draws: 1_024 })).toBe('all 1,024 assignments');
    expect(assignmentsText({ ...all, draws: 1_002 })).toBe(
      'all 1,002 assignments that can be compared',
    );
  });

  test('say which end of an interval has no limit', () => {
    expect(rerandomizedRange({ lower: 0.5, upper: 2 }, 'ratio')).toBe('0.500 to 2.00');
    expect(rerandomizedRange({ lower: null, upper: 2 }, 'ratio')).toBe(
      'up to 2.00 (no lower limit)',
    );
    expect(rerandomizedRange({ lower: 0.05, upper: null }, 'points')).toBe(
      'from +5.0 (no upper limit)',
    );
    expect(rerandomizedRange({ lower: null, upper: null }, 'ratio')).toBe('no limits');
  });

  test('compare by ratio only where every arm has events', () => {
    const arm = (name: string, ratio: number | null): Measure['arms'][number] => ({
      arm: name,
      units: 2,
      unitsWithoutDenominator: 0,
      numerator: 0,
      denominator: 1,
      ratio,
      rate: { estimable: false, reason: '' },
    });
    const arms = [arm('a', 1), arm('b', 2), arm('c', 0)];
    expect(comparedOn({ kind: 'rate', arms })).toBe('difference');
    expect(comparedOn({ kind: 'rate', arms }, ['a', 'b'])).toBe('ratio');
    expect(comparedOn({ kind: 'rate', arms: [arm('a', null)] })).toBe('difference');
    expect(comparedOn({ kind: 'proportion', arms })).toBe('points');
  });

  test('tell how alike units are, below 0 and where it cannot be told', async () => {
    const { primary, guardrails } = await tenPractices();
    const [share] = guardrails;
    if (share?.clustering.icc?.estimable !== true) throw new Error('no correlation');
    const icc = { ...share.clustering.icc, observations: 1_810, clusters: 10 };
    const given = (changes: Partial<typeof icc>): string =>
      clusteringText({ ...share, clustering: { icc: { ...icc, ...changes }, variation: null } });
    expect(given({ icc: 0.0312, lower: -0.0001, upper: 0.1 })).toBe(
      'Likeness within practices: intraclass correlation 0.031 (95 % interval 0.000 to 0.100; 1,810 alerts, 10 practices).',
    );
    expect(given({ icc: -0.012 })).toContain(
      'intraclass correlation −0.012, no more alike than by chance (',
    );
    const none = { estimable: false as const, reason: 'no units', instead: 'wait' };
    expect(clusteringText({ ...share, clustering: { icc: none, variation: null } })).toBe(
      'Likeness within practices: not estimable, no units; instead: wait.',
    );
    expect(clusteringText({ ...primary, clustering: { icc: null, variation: none } })).toBe(
      'Variation between practices of the control arm: not estimable, no units; instead: wait.',
    );
    const { variation } = primary.clustering;
    if (variation?.estimable !== true) throw new Error('no variation');
    expect(
      clusteringText({
        ...primary,
        clustering: {
          icc: null,
          variation: { ...variation, kappaSquared: -0.1, lower: 0, upper: 0.5, clusters: 7 },
        },
      }),
    ).toBe(
      'Variation between practices of the control arm: their rates differ no more than by chance (coefficient 0, 95 % interval 0 to 0.500; 7 practices).',
    );
  });

  test('keep the summary to lines that a terminal holds', async () => {
    const lines = String(await tenPractices()).split('\n');
    const long = lines.filter((line) => line.length > 160 && !/Warning:/.test(line));
    expect(long).toEqual([]);
  });
});
