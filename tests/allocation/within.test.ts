import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { AssignedRow, AssignOptions, ReplayOptions } from '../../src/allocation/index.ts';
import { amend, assign, checkWithin, replay } from '../../src/allocation/index.ts';
import type { Subject, Trial, Within } from '../../src/index.ts';
import { ProtocolError } from '../../src/index.ts';
import { chiSquared } from '../../src/stats/index.ts';
import { during, protocol, trialWith } from '../trials.ts';
import { first, list, practicesOf, secondWith, within } from './two-step.ts';

const second = secondWith();
const [nursePractice = ''] = practicesOf('nurse');
const [physicianPractice = ''] = practicesOf('physician');
const [controlPractice = ''] = practicesOf('none');

const toFirst = (practice: string | undefined, options: AssignOptions = {}) =>
  assign(first, { practice } as unknown as Subject, { at: during, allocation: list, ...options });

/** The assignment of a patient of a practice. */
const both = (patient: string, practice: string | undefined, options: AssignOptions = {}) =>
  assign(second, { patient }, { at: during, within: toFirst(practice), ...options });

function problemsOf(run: () => unknown): readonly string[] {
  try {
    run();
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return error.problems.map(({ path, message }) => `${path}: ${message}`);
  }
  return [];
}

describe('The protocol of a second step', () => {
  test('keeps what it says of the first, and has another fingerprint without it', () => {
    expect(second.protocol.within).toEqual(within);
    expect(secondWith({ within: undefined }).protocol).not.toHaveProperty('within');
    expect(secondWith({ within: undefined }).fingerprint).not.toBe(second.fingerprint);
  });

  test.each(['patient', 'clinician', 'encounter'])('may randomise each %s', (unit) => {
    expect(secondWith({ unit }).unit).toBe(unit);
  });

  test.each<readonly [string, Readonly<Record<string, unknown>>, RegExp]>([
    ['practices', { unit: 'practice' }, /^unit: .*patient, clinician or encounter$/],
    ['itself', { id: 'delivery' }, /^within: .*cannot lie within itself/],
    ['no arm', { within: { ...within, arms: [] } }, /^within\.arms: name at least one arm/],
    [
      'an arm twice',
      { within: { ...within, arms: ['nurse', 'nurse'] } },
      /^within\.arms\[1\]: "nurse" is named twice/,
    ],
    [
      'an arm that can have no such name',
      { within: { ...within, arms: ['a b'] } },
      /^within\.arms\[0\]: the name of an arm/,
    ],
    [
      'a short fingerprint',
      { within: { ...within, fingerprint: first.fingerprint.slice(1) } },
      /^within\.fingerprint: .*64 lower-case hexadecimal digits/,
    ],
    [
      'a long fingerprint',
      { within: { ...within, fingerprint: `${first.fingerprint}0` } },
      /^within\.fingerprint: /,
    ],
    [
      'a fingerprint in capitals',
      { within: { ...within, fingerprint: 'A'.repeat(64) } },
      /^within\.fingerprint: /,
    ],
    ['a round of 0', { within: { ...within, round: 0 } }, /^within\.round: rounds count from 1/],
    ['a trial without a name', { within: { ...within, trial: '' } }, /^within\.trial: the id/],
    ['a misspelt field', { within: { ...within, arm: 'nurse' } }, /^within: .*"arm"/],
  ])('is refused with %s', (_, changes, reason) => {
    const problems = problemsOf(() => secondWith(changes));
    expect(problems).toEqual([expect.stringMatching(reason)]);
  });

  test('may name another round of its own trial, and its own round of another', () => {
    expect(secondWith({ id: 'delivery', round: 2 }).round).toBe(2);
    expect(secondWith({ round: 2, within: { ...within, round: 2 } }).round).toBe(2);
  });
});

describe('The check of two steps', () => {
  const withinOf = (trial: Trial, arms: readonly string[]): Within => ({
    trial: trial.id,
    round: trial.round,
    fingerprint: trial.fingerprint,
    arms,
  });

  test('accepts the trial that the second names', () => {
    expect(() => checkWithin(second, first)).not.toThrow();
    expect(() =>
      checkWithin(secondWith({ within: { ...within, arms: ['none'] } }), first),
    ).not.toThrow();
  });

  test.each<readonly [string, () => Trial, () => Trial, readonly RegExp[]]>([
    [
      'a trial that lies within none',
      () => secondWith({ within: undefined }),
      () => first,
      [/^within: wording, round 1 lies within no other trial, so it takes no delivery, round 1$/],
    ],
    [
      'a first step of another id',
      () => second,
      () => trialWith({ id: 'other', unit: 'practice' }),
      [/^within: .* lies within delivery, round 1, not within other, round 1$/],
    ],
    [
      'a first step of another round',
      () => second,
      () => trialWith({ ...first.protocol, round: 2 }),
      [/not within delivery, round 2$/],
    ],
    [
      'a first step of another fingerprint',
      () => second,
      () => trialWith({ ...first.protocol, title: 'Another title' }),
      [
        /^within\.fingerprint: .*another protocol of delivery, round 1: its fingerprint is [0-9a-f]{64}$/,
      ],
    ],
    [
      'arms that are none of its arms',
      () => secondWith({ within: { ...within, arms: ['nurse', 'nobody', 'noone'] } }),
      () => first,
      [
        /^within\.arms\[1\]: "nobody" is no arm of delivery, round 1: its arms are none, nurse, physician$/,
        /^within\.arms\[2\]: "noone" is no arm/,
      ],
    ],
    [
      'all of its arms',
      () => secondWith({ within: { ...within, arms: ['physician', 'none', 'nurse'] } }),
      () => first,
      [/^within\.arms: these are all arms of delivery, round 1/],
    ],
  ])('refuses %s', (_, one, other, reasons) => {
    expect(problemsOf(() => checkWithin(one(), other()))).toEqual(
      reasons.map((reason) => expect.stringMatching(reason)),
    );
  });

  test.each([
    ['clinician', 'practice', true],
    ['patient', 'practice', true],
    ['encounter', 'practice', true],
    ['patient', 'clinician', true],
    ['encounter', 'clinician', true],
    ['encounter', 'patient', true],
    ['clinician', 'clinician', false],
    ['patient', 'patient', false],
    ['encounter', 'encounter', false],
    ['clinician', 'patient', false],
    ['clinician', 'encounter', false],
    ['patient', 'encounter', false],
  ])('of each %s within each %s: %p', (unit, larger, fits) => {
    const outer = trialWith({ id: 'outer', unit: larger });
    const inner = secondWith({ unit, within: withinOf(outer, ['redesign']) });
    expect(problemsOf(() => checkWithin(inner, outer))).toEqual(
      fits
        ? []
        : [
            `unit: outer, round 1 randomises each ${larger}, so wording, round 1 must randomise a smaller unit, not each ${unit}`,
          ],
    );
  });

  test.each([
    ['2026-09-01', '2026-10-04', false],
    ['2026-09-01', '2026-10-05', true],
    ['2026-11-15', '2026-12-01', true],
    ['2026-11-16', '2026-12-01', false],
  ])(
    'of a second from %s to %s, beside a first from 2026-10-05 to 2026-11-15: %p',
    (start, end, fits) => {
      expect(problemsOf(() => checkWithin(secondWith({ start, end }), first))).toEqual(
        fits ? [] : [expect.stringMatching(/^within: .* no day of delivery, round 1/)],
      );
    },
  );
});

describe('Assignment in two steps', () => {
  const plain = secondWith({ within: undefined });

  test('gives patients of the named arms what the trial alone would give, and nobody else', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', minLength: 1 }),
        fc.constantFrom(...list.clusters.map(({ id }) => id), 'not on the list', undefined),
        (patient, practice) => {
          const { arm, reason, randomized } = both(patient, practice);
          const isInside = practicesOf('nurse', 'physician').includes(practice ?? '');
          const alone = assign(plain, { patient }, { at: during });
          expect({ arm, reason, randomized }).toEqual(
            isInside
              ? { arm: alone.arm, reason: alone.reason, randomized: alone.randomized }
              : { arm: 'usual', reason: 'not-enrolled', randomized: false },
          );
        },
      ),
    );
  });

  test('takes in the practices of one arm where only that is named', () => {
    const nurses = secondWith({ within: { ...within, arms: ['nurse'] } });
    const reasonAt = (practice: string) =>
      assign(nurses, { patient: 'p' }, { at: during, within: toFirst(practice) }).reason;
    expect([nursePractice, physicianPractice, controlPractice].map(reasonAt)).toEqual([
      'hashed',
      'not-enrolled',
      'not-enrolled',
    ]);
  });

  test('divides the patients of intervention practices by the weights, in each practice', () => {
    const weights = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 2, maxLength: 4 });
    fc.assert(
      fc.property(weights, fc.string(), (shares, salt) => {
        const arms = shares.map((weight, i) => ({ name: `a${i}`, weight, content: null }));
        const trial = secondWith({ arms, control: 'a0', salt });
        const total = shares.reduce((sum, share) => sum + share, 0);
        const inside = practicesOf('nurse', 'physician');
        let statistic = 0;
        for (const practice of inside) {
          const counts = new Map<string, number>();
          const n = 500;
          for (let i = 0; i < n; i += 1) {
            const subject = { patient: `${practice}/${i}`, practice };
            const assignment = assign(trial, subject, { at: during, within: toFirst(practice) });
            expect(assignment.randomized).toBe(true);
            counts.set(assignment.arm, (counts.get(assignment.arm) ?? 0) + 1);
          }
          shares.forEach((share, i) => {
            const expected = (n * share) / total;
            statistic += ((counts.get(`a${i}`) ?? 0) - expected) ** 2 / expected;
          });
        }
        const freedom = inside.length * (shares.length - 1);
        expect(chiSquared.cdf(statistic, freedom).upper).toBeGreaterThan(1e-4);
      }),
      { numRuns: 20, seed: 4 },
    );
  });

  test('needs the assignment of the first trial itself', () => {
    expect(assign(second, { patient: 'p' }, { at: during })).toMatchObject({
      arm: 'usual',
      reason: 'not-enrolled',
      randomized: false,
      unitId: 'p',
    });
    const foreign = { ...toFirst(nursePractice), fingerprint: 'f'.repeat(64) };
    expect(both('p', nursePractice, { within: foreign })).toMatchObject({
      arm: 'usual',
      reason: 'fault',
      randomized: false,
    });
  });

  test.each<readonly [string, AssignOptions]>([
    ['not-enrolled', { at: first.startsAt - 1 }],
    ['not-enrolled', { at: first.endsAt }],
    ['not-enrolled', { stoppedAt: during }],
    ['not-enrolled', { allocation: undefined }],
    ['opted-out', { optedOut: new Set([nursePractice]) }],
    ['forced', { forced: new Map([[nursePractice, 'physician']]) }],
    ['fault', { allocation: { ...list, trial: 'f'.repeat(64) } }],
  ])('is %s where the first step is not random: %j', (reason, options) => {
    const longer = secondWith({ start: '2026-09-01', end: '2026-12-31' });
    const inFirst = toFirst(nursePractice, options);
    expect(inFirst.randomized).toBe(false);
    const at = options.at ?? during;
    expect(assign(longer, { patient: 'p' }, { at, within: inFirst })).toMatchObject({
      arm: 'usual',
      reason,
      randomized: false,
    });
  });

  test('asks for the first step after opt-out, dates and stop, and before enrolment and layer', () => {
    const outside = toFirst(controlPractice);
    const inside = toFirst(nursePractice);
    const reasonOf = (options: AssignOptions, patient = 'p') =>
      assign(second, { patient }, { at: during, within: outside, ...options }).reason;
    expect(reasonOf({}, '')).toBe('unit-missing');
    expect(reasonOf({ forced: new Map([['p', 'redesign']]) })).toBe('forced');
    expect(reasonOf({ optedOut: new Set(['p']) })).toBe('opted-out');
    expect(reasonOf({ at: second.startsAt - 1 })).toBe('before-start');
    expect(reasonOf({ at: second.endsAt })).toBe('after-end');
    expect(reasonOf({ stoppedAt: during })).toBe('stopped');
    const foreign = { ...inside, fingerprint: 'f'.repeat(64) };
    const closed = secondWith({ enrolment: 0, layer: { id: 'flu', from: 0, to: 1 } });
    expect(assign(closed, { patient: 'p' }, { at: during, within: foreign }).reason).toBe('fault');
    expect(assign(closed, { patient: 'p' }, { at: during, within: inside }).reason).toBe(
      'not-enrolled',
    );
  });

  test('comes before the list of a second step that has one', () => {
    const allocation = { kind: 'listed', method: { method: 'complete' } };
    const listed = secondWith({ unit: 'clinician', allocation });
    const subject = { clinician: 'c' };
    const reasonAt = (practice: string) =>
      assign(listed, subject, { at: during, within: toFirst(practice) }).reason;
    expect(reasonAt(nursePractice)).toBe('not-listed');
    expect(reasonAt(controlPractice)).toBe('not-enrolled');
  });

  test('is not asked for in a trial that lies within none', () => {
    const outside = toFirst(controlPractice);
    expect(assign(plain, { patient: 'p' }, { at: during, within: outside }).reason).toBe('hashed');
  });
});

describe('Replay in two steps', () => {
  const places = [...list.clusters.map(({ id }) => id), 'not on the list', undefined];
  const rowOf = (i: number, changes: Partial<AssignedRow> = {}): AssignedRow => {
    const practice = places[i % places.length];
    const { unitId, arm, reason, randomized } = both(`p-${i}`, practice);
    const fingerprint = second.fingerprint;
    const patient = unitId ?? undefined;
    const recorded = { unitId, arm, reason, randomized, assignedAt: during, patient, practice };
    return { id: `row-${i}`, trial: fingerprint, ...recorded, ...changes };
  };
  const rows = Array.from({ length: 140 }, (_, i) => rowOf(i));
  const step = { trial: first, allocation: list };
  const replayed = async (changed: readonly AssignedRow[], options: ReplayOptions = {}) =>
    replay(second, changed, { within: step, ...options });

  test('finds nothing in an honest ledger, whose rows are of both kinds', async () => {
    expect(rows.filter(({ randomized }) => randomized)).toHaveLength(80);
    expect(await replayed(rows)).toEqual({
      rows: 140,
      replayed: 140,
      notReplayable: {},
      disagreements: [],
    });
  });

  test('finds a row that was let in, one that was kept out, and one whose practice was changed', async () => {
    const at = (practice: string | undefined): number => places.indexOf(practice);
    const random = { reason: 'hashed', randomized: true } as const;
    const { disagreements } = await replayed([
      rowOf(at(controlPractice), { ...random, arm: 'redesign' }),
      rowOf(at(nursePractice), { reason: 'not-enrolled', randomized: false, arm: 'usual' }),
      rowOf(at(physicianPractice), { practice: controlPractice }),
      rowOf(at(undefined), random),
    ]);
    const found = disagreements.map(
      ({ id, field, recorded, expected }) => `${id} ${field} ${recorded} ${expected}`,
    );
    const [letIn, kept, moved, nowhere] = [
      controlPractice,
      nursePractice,
      physicianPractice,
      undefined,
    ].map((practice) => `row-${at(practice)}`);
    expect(found).toEqual(
      expect.arrayContaining([
        `${letIn} arm redesign usual`,
        `${letIn} reason hashed not-enrolled`,
        `${kept} reason not-enrolled hashed`,
        `${moved} reason hashed not-enrolled`,
        `${nowhere} reason hashed not-enrolled`,
      ]),
    );
  });

  test('takes the list of the first step with its amendments', async () => {
    const amended = amend(first, list, {
      change: { kind: 'withdraw', cluster: nursePractice },
      from: '2026-10-20',
      reason: 'closed',
    });
    const row = rowOf(places.indexOf(nursePractice));
    const { disagreements } = await replayed([row], {
      within: { trial: first, allocation: amended },
    });
    expect(disagreements).toContainEqual(
      expect.objectContaining({ field: 'reason', recorded: 'hashed', expected: 'not-enrolled' }),
    );
  });

  test('counts every row as not replayable without the first trial, and says which is missing', async () => {
    const report = await replay(second, [...rows, rowOf(0, { reason: 'forced' })]);
    expect(report).toMatchObject({ rows: 141, replayed: 0, missing: within });
    expect(report.notReplayable).toEqual({ hashed: 80, 'not-enrolled': 60, forced: 1 });
    expect(report.disagreements.map(({ field }) => field)).toEqual(['randomized']);
  });

  test('finds without the first trial what contradicts itself all the same', async () => {
    const { disagreements } = await replay(second, [
      rowOf(0, { trial: first.fingerprint }),
      rowOf(1, { reason: 'not-enrolled', randomized: false, arm: 'redesign' }),
      rowOf(2, { reason: 'hashed', randomized: true, arm: 'redesign' }),
    ]);
    expect(disagreements.map(({ id, field }) => `${id} ${field}`)).toEqual([
      'row-0 trial',
      'row-1 arm',
    ]);
  });

  test('refuses a first trial that is another, and one for a trial that lies within none', async () => {
    const other = { trial: trialWith({ id: 'other', unit: 'practice' }) };
    await expect(replayed(rows, { within: other })).rejects.toThrow(/not within other/);
    await expect(replay(trialWith(), [], { within: step })).rejects.toThrow(ProtocolError);
  });

  describe('after a stop', () => {
    const inside = rowOf(places.indexOf(nursePractice));
    const kept = { ...inside, reason: 'not-enrolled', randomized: false, arm: 'usual' } as const;
    const outside = rowOf(places.indexOf(controlPractice));
    const wrong = async (row: AssignedRow, options: ReplayOptions): Promise<number> =>
      (await replayed([row], options)).disagreements.length;

    test('of the first step, patients are kept out, but for what was served until services knew', async () => {
      const stopped = (stoppedAt: number): ReplayOptions => ({ within: { ...step, stoppedAt } });
      expect(await wrong(inside, stopped(during - 9_999))).toBe(0);
      expect(await wrong(inside, stopped(during - 10_000))).toBeGreaterThan(0);
      expect(await wrong(inside, stopped(during + 1))).toBe(0);
      expect(await wrong(kept, stopped(during))).toBe(0);
      expect(await wrong(kept, stopped(during - 20_000))).toBe(0);
      expect(await wrong(kept, stopped(during + 1))).toBeGreaterThan(0);
    });

    test('of the second, whoever was kept out until services knew is no disagreement', async () => {
      expect(await wrong(outside, { stoppedAt: during - 9_999 })).toBe(0);
      expect(await wrong(outside, { stoppedAt: during - 10_000 })).toBe(1);
      const stopped = { ...outside, reason: 'stopped' } as const;
      expect(await wrong(stopped, { stoppedAt: during })).toBe(0);
      expect(await wrong(stopped, { stoppedAt: during + 1 })).toBe(1);
    });
  });

  describe('of three steps', () => {
    const middle = trialWith({ ...protocol, id: 'middle', unit: 'clinician', within });
    const third = trialWith({
      id: 'third',
      unit: 'encounter',
      within: {
        trial: 'middle',
        round: 1,
        fingerprint: middle.fingerprint,
        arms: ['redesign'],
      },
    });
    const row = (i: number): AssignedRow => {
      const practice = places[i % places.length];
      const clinician = `c-${i % 20}`;
      const options = { at: during, within: toFirst(practice) };
      const inMiddle = assign(middle, { clinician }, options);
      const { arm, reason, randomized, unitId } = assign(
        third,
        { encounter: `e-${i}` },
        { at: during, within: inMiddle },
      );
      const trial = third.fingerprint;
      const ids = { practice, clinician };
      return { id: `${i}`, trial, unitId, arm, reason, randomized, assignedAt: during, ...ids };
    };
    const nested = Array.from({ length: 280 }, (_, i) => row(i));

    test('goes through all of them', async () => {
      const random = nested.filter(({ randomized }) => randomized);
      expect(random.length).toBeGreaterThan(40);
      expect(random.length).toBeLessThan(120);
      const report = await replay(third, nested, { within: { trial: middle, within: step } });
      expect(report).toMatchObject({ replayed: 280, disagreements: [] });
    });

    test('is not possible without the first of them', async () => {
      const report = await replay(third, nested, { within: { trial: middle } });
      expect(report).toMatchObject({ replayed: 0, missing: within });
      expect(await replay(third, nested)).toMatchObject({ missing: { trial: 'middle' } });
    });
  });
});
