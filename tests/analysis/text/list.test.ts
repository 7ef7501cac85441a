import { describe, expect, test } from '@jest/globals';
import type { ListState } from '../../../src/analysis/index.ts';
import { methodWords, scheduleWords } from '../../../src/analysis/text/list.ts';

type Part = Pick<ListState, 'settings' | 'schedule' | 'diagnostics'>;
type Constraint = NonNullable<ListState['diagnostics']['constraint']>;

const constrained: Constraint = {
  possible: { count: 12_870, log10: Math.log10(12_870) },
  candidates: 1_288,
  share: 1_288 / 12_870,
  cutoff: 0.4774,
  meanScore: { complete: 1.5, constrained: 0.3 },
};

const schedule: NonNullable<ListState['schedule']> = {
  design: 'crossover',
  washout: 0,
  periods: [
    { start: '2026-10-05', end: '2026-10-11' },
    { start: '2026-10-12', end: '2026-10-18' },
  ],
  sequences: [
    { arms: ['a', 'b'], clusters: 3 },
    { arms: ['b', 'a'], clusters: 3 },
  ],
};

function words(
  settings: ListState['settings'],
  {
    constraint = null,
    over = null,
  }: { constraint?: Constraint | null; over?: Part['schedule'] } = {},
): string {
  const diagnostics = { groups: [], balance: [], constraint, warnings: [] };
  return methodWords({ settings, schedule: over, diagnostics }, 'practice');
}

describe('How a list was made, in words', () => {
  test('by complete randomisation, to arms or to sequences', () => {
    expect(words({ method: 'complete' })).toBe(
      'complete randomisation: fixed numbers of practices for each arm, and every such list equally likely',
    );
    expect(words({ method: 'complete' }, { over: schedule })).toContain('for each sequence,');
  });

  test('by blocks of one size or several, within strata', () => {
    expect(words({ method: 'blocks', sizes: [4] })).toBe('permuted blocks of 4 practices');
    expect(words({ method: 'blocks', sizes: [2, 4], strata: ['region', 'size'] })).toBe(
      'permuted blocks of 2 or 4 practices, each size equally likely, within strata of region and size',
    );
  });

  test('by matched sets, named or found', () => {
    expect(words({ method: 'matched', set: 'pair' })).toBe(
      'matched sets as the column "pair" names them, each dealt out to the arms by lot',
    );
    expect(
      words({ method: 'matched', covariates: [{ name: 'size' }, { name: 'rate', weight: 2 }] }),
    ).toBe(
      'matched sets of practices alike in size and rate (weight 2), each dealt out to the arms by lot',
    );
  });

  test('by constraint, with how many lists it left', () => {
    const covariates = [{ name: 'size' }, { name: 'rate' }, { name: 'region' }];
    expect(words({ method: 'constrained', covariates }, { constraint: constrained })).toBe(
      'covariate-constrained randomisation: one list drawn by lot from the best 1,288 of 12,870 possible ones (10 %), ' +
        'those with the smallest sum of squared standardised differences between arms in size, rate and region',
    );
    const sampled: Constraint = {
      ...constrained,
      possible: { count: 9_465_511_770, log10: Math.log10(9_465_511_770) },
      candidates: null,
      share: 0.054,
    };
    expect(
      words(
        { method: 'constrained', covariates, score: 'l1', strata: ['region'], wave: 'wave' },
        { constraint: sampled },
      ),
    ).toBe(
      'covariate-constrained randomisation: one list drawn by lot from the best 5.4 % of about 9.5 × 10⁹ possible ones (cut-off from a sample), ' +
        'those with the smallest sum of absolute standardised differences between arms in size, rate and region, ' +
        'with fixed numbers within strata of region; later waves (column "wave") given the earlier ones',
    );
  });

  test.each([
    [{ count: null, log10: 320.5 }, 'about 3.2 × 10³²⁰'],
    // A mantissa that rounds to 10 is 1 of the next power.
    [{ count: 9_999_999_999, log10: Math.log10(9_999_999_999) }, 'about 1.0 × 10¹⁰'],
    [{ count: 999_999_999, log10: 9 }, '999,999,999'],
    [{ count: 1_000_000_000, log10: 9 }, 'about 1.0 × 10⁹'],
  ])('with large numbers short: %j', (possible, shown) => {
    const constraint = { ...constrained, possible, candidates: null };
    expect(words({ method: 'constrained', covariates: [] }, { constraint })).toContain(
      `best 10 % of ${shown} possible`,
    );
  });

  test('by minimisation, with its defaults or its own settings', () => {
    expect(words({ method: 'minimisation', factors: [{ name: 'region' }] })).toBe(
      'minimisation, one practice after another in the order of the file: the arm that leaves the least imbalance (range) in region with a chance of 80 %',
    );
    expect(
      words(
        {
          method: 'minimisation',
          factors: [{ name: 'region', weight: 3 }, { name: 'size' }],
          measure: 'variance',
          probability: 0.9,
        },
        { over: schedule },
      ),
    ).toContain(
      'the sequence that leaves the least imbalance (variance) in region (weight 3) and size with a chance of 90 %',
    );
  });
});

describe('A design over time, in words', () => {
  test('names its periods, its sequences and what is left out', () => {
    expect(scheduleWords(schedule)).toBe('Crossover: 2 periods, 2 sequences of arms');
    expect(scheduleWords({ ...schedule, washout: 1 })).toBe(
      'Crossover: 2 periods, 2 sequences of arms; 1 day after each change of arm is not analysed',
    );
    expect(
      scheduleWords({
        ...schedule,
        design: 'stepped-wedge',
        washout: 4,
        sequences: [{ arms: ['a', 'b'], clusters: 6 }],
      }),
    ).toBe(
      'Stepped wedge: 2 periods, 1 sequence of arms; 4 days after each change of arm are not analysed',
    );
    expect(scheduleWords({ ...schedule, design: 'switchback' })).toMatch(/^Switchback: /);
  });
});
