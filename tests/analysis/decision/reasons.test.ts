import { describe, expect, test } from '@jest/globals';
import type { Answer } from '../../../src/analysis/index.ts';
import { reasonOf } from '../../../src/analysis/decision/reasons.ts';
import type { Measure } from '../../../src/analysis/index.ts';

const answer: Answer & { readonly estimable: true } = {
  estimable: true,
  metric: 'm',
  question: 'superiority',
  scale: 'ratio',
  null: 1,
  estimate: 0.8,
  lower: 0.7,
  upper: 0.91,
  method: 'model',
  pValue: 0.004,
  pOpposite: 0.996,
  passed: true,
  reversed: false,
};
const rate = { title: 'Alerts', kind: 'rate', level: 0.95 } as Measure;
const share = { title: 'Acceptance', kind: 'proportion', level: 0.9 } as Measure;
const say = (changes: Partial<Answer>, measure = rate): string =>
  reasonOf({ ...answer, ...changes }, measure);

describe('A reason in words', () => {
  test('gives the change, its interval, the finding and its p value', () => {
    expect(say({})).toBe(
      'Alerts changed by −20 % (95 % interval −30 % to −9 %): better than the control arm (one-sided p = 0.004).',
    );
  });

  test('gives the p value of the other side where the arm is worse', () => {
    expect(say({ passed: false, reversed: true, pValue: 0.99, pOpposite: 0.01 })).toMatch(
      /: worse than the control arm \(one-sided p = 0\.010\)\.$/,
    );
    expect(say({ passed: false, pValue: 0.4, pOpposite: 0.6 })).toMatch(
      /: not shown to be better than the control arm \(one-sided p = 0\.400\)\.$/,
    );
  });

  test('gives percentage points of a difference of proportions, and plain numbers of rates', () => {
    const difference = {
      scale: 'difference',
      estimate: -0.021,
      lower: -0.05,
      upper: 0.008,
    } as const;
    expect(say(difference, share)).toMatch(
      /^Acceptance changed by −2\.1 percentage points \(90 % interval −5\.0 to \+0\.8\)/,
    );
    expect(say({ ...difference, estimate: -1.25 })).toMatch(
      /changed by −1\.25 \(95 % interval −0\.0500 to 0\.00800\)/,
    );
    expect(say({ estimate: 1.001, lower: 0.9, upper: 1.3 })).toMatch(
      /changed by 0 % \(95 % interval −10 % to \+30 %\)/,
    );
  });

  test('says where an interval has one end, or why it has none', () => {
    expect(say({ lower: null })).toMatch(/\(95 % interval up to −9 %\)/);
    expect(say({ upper: null })).toMatch(/\(95 % interval from −30 % on\)/);
    expect(say({ lower: null, upper: null, withoutInterval: 'an arm has no events' })).toMatch(
      /changed by −20 % \(no interval: an arm has no events\): /,
    );
    expect(say({ lower: null, upper: null })).toMatch(/\(no interval: no effect can be excluded\)/);
    expect(say({ estimate: null, lower: null, upper: null })).toMatch(
      /^Alerts went from nothing to something: better/,
    );
  });

  test.each([
    [{ passed: true }, 'within the tolerated ratio of 1.20'],
    [{ passed: false, reversed: true }, 'worse than the tolerated ratio of 1.20'],
    [{ passed: false }, 'not shown to be within the tolerated ratio of 1.20'],
  ])('of non-inferiority names the margin: %j', (state, words) => {
    expect(say({ question: 'non-inferiority', null: 1.2, ...state })).toContain(`: ${words} (`);
  });

  test('of non-inferiority names the margin on its scale', () => {
    const margin = { question: 'non-inferiority', scale: 'difference', null: -0.03 } as const;
    expect(say(margin, share)).toContain('within the tolerated −3.0 points');
    expect(say({ ...margin, null: 0.5 })).toContain('within the tolerated 0.500');
  });

  test.each([
    [{ passed: true }, 'within the range'],
    [{ passed: false, reversed: true }, 'outside the range'],
    [{ passed: false }, 'not shown to be within the range'],
  ])('of equivalence names both bounds: %j', (state, words) => {
    const asked = { question: 'equivalence', null: 0.8, bounds: [0.8, 1.25] } as const;
    expect(say({ ...asked, ...state })).toContain(
      `: ${words} that counts as equal (ratio of 0.800 to ratio of 1.25) (`,
    );
  });

  test('says why there is none, and what to do instead', () => {
    expect(reasonOf({ estimable: false, reason: 'no units', instead: 'wait' }, rate)).toBe(
      'Alerts: cannot be judged, no units; instead: wait.',
    );
    expect(reasonOf({ estimable: false, reason: 'no units' }, rate)).toBe(
      'Alerts: cannot be judged, no units.',
    );
  });
});
