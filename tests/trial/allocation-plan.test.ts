import { describe, expect, test } from '@jest/globals';
import { ProtocolError } from '../../src/errors.ts';
import { blocksOf, groupsOf } from '../../src/trial/groups.ts';
import { during, trialWith } from '../trials.ts';

const day = (week: number): string =>
  new Date(Date.UTC(2026, 9, 5 + 7 * week)).toISOString().slice(0, 10);
const weeks = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => day(i));

const arms = (...names: readonly string[]): unknown =>
  names.map((name) => ({ name, weight: 1, content: {} }));

const listed = (
  method: unknown,
  periods?: unknown,
  changes: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> => ({
  unit: 'practice',
  allocation: { kind: 'listed', method, ...(periods !== undefined && { periods }) },
  ...changes,
});

const complete = { method: 'complete' };

function faultsOf(changes: Readonly<Record<string, unknown>>): readonly string[] {
  try {
    trialWith(changes);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return error.problems.map(({ path, message }) => `${path}: ${message}`);
  }
  return [];
}

describe('A protocol says how units get their arms', () => {
  test('by hash unless it says otherwise, in one period', () => {
    const trial = trialWith();
    expect(trial.allocation).toEqual({ kind: 'hashed' });
    expect(trial.periods).toEqual([trial.startsAt]);
    expect(trialWith({ allocation: { kind: 'hashed' } }).allocation).toEqual({ kind: 'hashed' });
  });

  test.each([
    complete,
    { method: 'blocks', sizes: [2, 4], strata: ['region'] },
    { method: 'matched', set: 'pair' },
    { method: 'matched', covariates: [{ name: 'size', weight: 2 }] },
    {
      method: 'constrained',
      covariates: [{ name: 'size' }, { name: 'region', kind: 'categorical' }],
      score: 'l1',
      cutoff: { count: 500 },
      enumerateUpTo: 1_000,
      sample: 20_000,
      strata: ['owner'],
      wave: 'wave',
    },
    {
      method: 'minimisation',
      factors: [{ name: 'region', weight: 2 }],
      measure: 'variance',
      probability: 0.9,
    },
  ])('from a list by $method', (method) => {
    expect(trialWith(listed(method)).allocation).toEqual({ kind: 'listed', method });
  });

  test('and may say which values a column of the clusters can have', () => {
    const levels = { region: ['north', 'south'] };
    const allocation = { kind: 'listed', method: complete, levels };
    expect(trialWith({ unit: 'practice', allocation }).allocation).toEqual(allocation);
    expect(
      faultsOf({ unit: 'practice', allocation: { ...allocation, levels: { region: [] } } }).join(),
    ).toMatch(/levels\.region: name at least one value/);
  });

  test('and the list changes its fingerprint', () => {
    expect(trialWith(listed(complete)).fingerprint).not.toBe(
      trialWith({ unit: 'practice' }).fingerprint,
    );
  });

  test.each([
    [{ method: 'dice' }, /^allocation\.method\.method: /],
    [{ method: 'blocks', sizes: [] }, /sizes/],
    [
      { method: 'blocks', sizes: [4, 5] },
      /sizes\[1\]: a block of 5 cannot hold every arm by its share: use a multiple of 2, the sum of the weights of the arms in lowest terms/,
    ],
    [{ method: 'blocks', sizes: [2], strata: ['a', 'a'] }, /strata\[1\]: "a" is named twice/],
    [{ method: 'matched' }, /give either `set`/],
    [{ method: 'matched', set: 'pair', covariates: [{ name: 'size' }] }, /give either `set`/],
    [{ method: 'constrained', covariates: [] }, /name at least one covariate/],
    [
      { method: 'constrained', covariates: [{ name: 'size' }, { name: 'size' }] },
      /covariates\[1\]: "size" is named twice/,
    ],
    [
      { method: 'constrained', covariates: [{ name: 'size', weight: 0 }] },
      /covariates\[0\]\.weight: a weight is above 0/,
    ],
    [
      { method: 'constrained', covariates: [{ name: 'size' }], cutoff: { quantile: 0 } },
      /a quantile is above 0/,
    ],
    [{ method: 'minimisation', factors: [] }, /name at least one factor/],
    [
      { method: 'minimisation', factors: [{ name: 'a' }], probability: 1 },
      /leaves nothing to randomise/,
    ],
    [
      { method: 'minimisation', factors: [{ name: 'a' }], probability: 0.4 },
      /must not be less likely than by lot: give at least 0\.5/,
    ],
    [{ method: 'complete', seed: 'x' }, /seed/],
    [{ method: 'blocks', sizes: [2], strata: [' region'] }, /none of them a space at an end/],
  ])('and %j is refused', (method, message) => {
    expect(faultsOf(listed(method)).join('\n')).toMatch(message);
  });

  test('and a list goes without what belongs to a hash', () => {
    const faults = faultsOf(
      listed(complete, undefined, {
        enrolment: 0.5,
        salt: 'x',
        layer: { id: 'a', from: 0, to: 10 },
      }),
    );
    expect(faults.map((fault) => fault.slice(0, fault.indexOf(':')))).toEqual([
      'enrolment',
      'layer',
      'salt',
    ]);
    expect(faults.join()).toContain('hashed allocation only');
  });
});

describe('The periods of a design over time', () => {
  test('of a stepped wedge make one sequence for each step', () => {
    const trial = trialWith(listed(complete, { design: 'stepped-wedge', starts: weeks(4) }));
    expect(groupsOf(trial.protocol)).toEqual([
      {
        name: 'redesign from period 2',
        weight: 1,
        arms: ['usual', 'redesign', 'redesign', 'redesign'],
      },
      {
        name: 'redesign from period 3',
        weight: 1,
        arms: ['usual', 'usual', 'redesign', 'redesign'],
      },
      { name: 'redesign from period 4', weight: 1, arms: ['usual', 'usual', 'usual', 'redesign'] },
    ]);
    expect(trial.periods).toHaveLength(4);
    expect(trial.periods[0]).toBe(trial.startsAt);
    // Week 5 begins the day after the clocks went back: a day of 25 hours is within week 4.
    const later = trialWith(listed(complete, { design: 'stepped-wedge', starts: weeks(5) }));
    expect((later.periods[4] ?? 0) - (later.periods[3] ?? 0)).toBe((7 * 24 + 1) * 3_600_000);
    expect(later.periods[3]).toBeLessThan(during);
  });

  test('of a stepped wedge may name the steps, and is the same for a control arm that stands last', () => {
    const periods = { design: 'stepped-wedge', starts: weeks(5), steps: [3, 5] };
    const trial = trialWith(listed(complete, periods, { control: 'redesign' }));
    expect(groupsOf(trial.protocol).map((group) => group.arms)).toEqual([
      ['redesign', 'redesign', 'usual', 'usual', 'usual'],
      ['redesign', 'redesign', 'redesign', 'redesign', 'usual'],
    ]);
  });

  test('of a crossover rotate the arms unless the orders are given', () => {
    const three = { arms: arms('a', 'b', 'c'), control: 'a' };
    const rotated = trialWith(listed(complete, { design: 'crossover', starts: weeks(3) }, three));
    expect(groupsOf(rotated.protocol).map(({ name }) => name)).toEqual([
      'a, b, c',
      'b, c, a',
      'c, a, b',
    ]);
    const given = {
      design: 'crossover',
      starts: weeks(2),
      sequences: [
        ['usual', 'redesign'],
        ['redesign', 'usual'],
      ],
    };
    expect(
      groupsOf(trialWith(listed(complete, given)).protocol).map(({ arms: own }) => own),
    ).toEqual(given.sequences);
  });

  test('of a switchback come in blocks with all orders of the arms', () => {
    const trial = trialWith(listed(complete, { design: 'switchback', starts: weeks(6) }));
    expect(groupsOf(trial.protocol).map((group) => group.arms)).toEqual([
      ['usual', 'redesign'],
      ['redesign', 'usual'],
    ]);
    expect(blocksOf(trial.protocol)).toBe(3);
    expect(blocksOf(trialWith(listed(complete)).protocol)).toBe(1);
  });

  const wedge = { design: 'stepped-wedge', starts: weeks(4) };
  test.each([
    [{ ...wedge, starts: weeks(1) }, {}, /at least two periods/],
    [
      { ...wedge, starts: [day(1), day(2)] },
      {},
      /starts\[0\]: the first period begins with the trial, on 2026-10-05/,
    ],
    [{ ...wedge, starts: [day(0), day(2), day(1)] }, {}, /starts\[2\]: periods must be in order/],
    [{ ...wedge, starts: [day(0), day(0)] }, {}, /starts\[1\]: periods must be in order/],
    [
      { ...wedge, starts: [day(0), day(6)] },
      {},
      /starts\[1\]: the last period begins after the trial's last day, 2026-11-15/,
    ],
    [{ ...wedge, washout: 7 }, {}, /washout: 7 days leave nothing of a period of 7 days/],
    [{ ...wedge, washout: -1 }, {}, /washout/],
    [{ ...wedge, steps: [1] }, {}, /steps\[0\]: .* from 2 to 4/],
    [{ ...wedge, steps: [5] }, {}, /steps\[0\]: .* from 2 to 4/],
    [{ ...wedge, steps: [3, 3] }, {}, /steps\[1\]: steps must rise/],
    [wedge, { arms: arms('usual', 'b', 'c') }, /a stepped wedge has two arms/],
    [
      wedge,
      {
        arms: [
          { name: 'usual', weight: 2, content: {} },
          { name: 'b', weight: 1, content: {} },
        ],
      },
      /arms\[0\]\.weight: .* give each arm the weight 1/,
    ],
    [{ design: 'switchback', starts: weeks(3) }, {}, /a multiple of 2, not 3/],
    [
      { design: 'switchback', starts: weeks(5) },
      { arms: arms('usual', 'b', 'c', 'd', 'e') },
      /at most 4 arms/,
    ],
    [
      {
        design: 'crossover',
        starts: weeks(2),
        sequences: [
          ['usual', 'redesign'],
          ['usual', 'x'],
        ],
      },
      {},
      /sequences\[1\]: "x" is not an arm/,
    ],
    [
      {
        design: 'crossover',
        starts: weeks(2),
        sequences: [
          ['usual', 'redesign'],
          ['usual', 'usual'],
        ],
      },
      {},
      /sequences\[1\]: holds one arm only/,
    ],
    [
      { design: 'crossover', starts: weeks(2), sequences: [['usual', 'redesign'], ['usual']] },
      {},
      /sequences\[1\]: names 1 arms for 2 periods/,
    ],
    [
      {
        design: 'crossover',
        starts: weeks(2),
        sequences: [
          ['usual', 'redesign'],
          ['usual', 'redesign'],
        ],
      },
      {},
      /sequences\[1\]: stands there twice/,
    ],
  ])('are refused: %j', (periods, changes, message) => {
    expect(faultsOf(listed(complete, periods, changes)).join('\n')).toMatch(message);
  });

  test('of blocks count weights in lowest terms', () => {
    const half = ['usual', 'redesign'].map((name) => ({ name, weight: 50, content: {} }));
    expect(faultsOf(listed({ method: 'blocks', sizes: [4] }, undefined, { arms: half }))).toEqual(
      [],
    );
  });

  test('need blocks of as many as there are sequences', () => {
    const blocks = { method: 'blocks', sizes: [4] };
    expect(faultsOf(listed(blocks, wedge)).join()).toMatch(
      /a multiple of 3, the number of sequences/,
    );
    expect(faultsOf(listed({ method: 'blocks', sizes: [6] }, wedge))).toEqual([]);
  });

  test('take no factors', () => {
    const cells = ['usual', 'b', 'c', 'd'].map((name, i) => ({
      name,
      weight: 1,
      content: {},
      factors: { image: i % 2 === 0 ? 'with' : 'without', text: i < 2 ? 'short' : 'long' },
    }));
    const periods = { design: 'crossover', starts: weeks(4) };
    expect(faultsOf(listed(complete, periods, { arms: cells })).join()).toMatch(
      /arms\[0\]\.factors: a design over time takes no factors/,
    );
  });
});
