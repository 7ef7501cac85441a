import { describe, expect, test } from '@jest/globals';
import { ImportError } from '../../src/errors.ts';
import {
  categories,
  isNonAdherenceCode,
  nonAdherence,
  nonAdherenceCategory,
  nonAdherenceSystem,
  nonAdherenceTitle,
} from '../../src/events/non-adherence.ts';
import { meaningsIn, overrideMapFrom } from '../../src/events/override-map.ts';

/** What is wrong with a map. */
function problemsOf(document: unknown): readonly string[] {
  try {
    overrideMapFrom(document);
  } catch (error) {
    if (error instanceof ImportError) {
      return error.problems.map(({ path, message }) => `${path}: ${message}`);
    }
    throw error;
  }
  return [];
}

describe("HL7's codes of non-adherence", () => {
  test('are 29 reasons below six categories, each code once', () => {
    const codes = categories().flatMap((category) => Object.keys(nonAdherence[category].reasons));
    expect(categories()).toHaveLength(6);
    expect(codes).toHaveLength(29);
    expect(new Set([...codes, ...categories()]).size).toBe(35);
    for (const code of codes) expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
  });

  test('know their category and what they say', () => {
    expect(nonAdherenceCategory('patient-refuses')).toBe('does-not-align-preferences');
    expect(nonAdherenceCategory('not-convenient-feasible')).toBe('not-convenient-feasible');
    expect(nonAdherenceTitle('action-completed')).toBe('Already done');
    expect(nonAdherenceTitle('cds-not-applicable')).toBe('The advice does not apply');
  });

  test('are told from other texts', () => {
    expect(isNonAdherenceCode('limited-time')).toBe(true);
    for (const text of ['', 'Limited-time', 'toString', '__proto__', 'limited-time ']) {
      expect(isNonAdherenceCode(text)).toBe(false);
    }
  });
});

describe('A map of override reasons', () => {
  test('is read from JSON, and from the rows of a CSV file', () => {
    const map = overrideMapFrom([
      { system: 'https://site.example/reasons', code: '3', means: 'action-completed' },
      { system: '', code: '3', means: 'cds-suboptimal-context', display: 'Other unit' },
    ]);
    expect(map).toEqual([
      { system: 'https://site.example/reasons', code: '3', means: 'action-completed' },
      { code: '3', means: 'cds-suboptimal-context' },
    ]);
    expect(overrideMapFrom([])).toEqual([]);
  });

  test('says what is wrong with it, and all of it', () => {
    const problems = problemsOf([
      { code: 'a', means: 'no-time' },
      { code: '', means: 'limited-time' },
      { means: 'limited-time' },
      { code: 7, means: 'limited-time' },
      { code: 'b', means: 'limited-time', reason: 'x' },
      'c',
    ]);
    expect(problems.map((each) => each.slice(0, each.indexOf(':')))).toEqual([
      'overrides[0].means',
      'overrides[1].code',
      'overrides[2].code',
      'overrides[3].code',
      'overrides[4]',
      'overrides[5]',
    ]);
    expect(problems[0]).toMatch(
      /must be one of HL7's codes: cds-not-applicable, patient-ineligible/,
    );
    expect(problemsOf({ a: 'limited-time' })[0]).toMatch(/must be a list of/);
    expect(problemsOf(null)[0]).toMatch(/must be a list of/);
  });

  test('is refused where a reason stands twice, or is of HL7 already', () => {
    const problems = problemsOf([
      { code: 'a', means: 'limited-time' },
      { code: 'a', means: 'need-more-info' },
      { system: '', code: 'a', means: 'limited-time' },
      { system: 's', code: 'a', means: 'limited-time' },
      { system: nonAdherenceSystem, code: 'limited-time', means: 'need-more-info' },
    ]);
    expect(problems).toEqual([
      'overrides[1].code: stands at overrides[0] already, meaning limited-time: keep one of them',
      'overrides[2].code: stands at overrides[0] already, meaning the same: leave one out',
      'overrides[4].code: is one of the system of HL7, which means itself: leave it out',
    ]);
  });
});

describe('What a reason means', () => {
  const meaningOf = meaningsIn(
    overrideMapFrom([
      { system: 's', code: 'a', means: 'limited-time' },
      { code: 'b', means: 'cds-not-applicable' },
    ]),
  );

  test.each([
    [{ system: 's', code: 'a' }, 'limited-time'],
    [{ system: 's', code: 'a', display: 'whatever' }, 'limited-time'],
    [{ code: 'b' }, 'cds-not-applicable'],
    [{ system: nonAdherenceSystem, code: 'prefers-alternative' }, 'prefers-alternative'],
    [
      { system: nonAdherenceSystem, code: 'does-not-align-preferences' },
      'does-not-align-preferences',
    ],
    [{ code: 'a' }, undefined],
    [{ system: 's', code: 'b' }, undefined],
    [{ system: 's', code: 'A' }, undefined],
    [{ code: 'limited-time' }, undefined],
    [{ system: nonAdherenceSystem, code: 'no-such-reason' }, undefined],
  ])('%j is %s', (reason, means) => {
    expect(meaningOf(reason)).toBe(means);
  });

  test('is known of HL7’s own reasons without a map', () => {
    const reason = { system: nonAdherenceSystem, code: 'limited-time' };
    expect(meaningsIn()(reason)).toBe('limited-time');
  });
});
