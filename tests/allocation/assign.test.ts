import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import murmurhash from 'murmurhash';
import type { AssignedRow } from '../../src/allocation/index.ts';
import {
  assign,
  assignControl,
  checkLayers,
  hashKey,
  joinKey,
  replay,
} from '../../src/allocation/index.ts';
import type { Protocol, Subject, Trial } from '../../src/index.ts';
import { defineTrial, ProtocolError, trialFrom } from '../../src/index.ts';
import { chiSquared } from '../../src/stats/index.ts';
import { during, protocol, trialWith } from '../trials.ts';

interface Vectors {
  readonly at: number;
  readonly vectors: readonly {
    readonly protocol: Protocol;
    readonly fingerprint: string;
    readonly assignments: readonly {
      readonly unitId: string;
      readonly key: string;
      readonly hash: number;
      readonly arm: string;
      readonly reason: string;
    }[];
  }[];
}

const json = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8'));

const subject = (trial: Trial, unitId: string): Subject =>
  ({ [trial.unit]: unitId }) as unknown as Subject;
const armOf = (trial: Trial, unitId: string): string =>
  assign(trial, subject(trial, unitId), { at: during }).arm;
const ids = (n: number): readonly string[] => Array.from({ length: n }, (_, i) => `patient-${i}`);

/** The p value of Pearson's test that two labellings of the same units are independent. */
function independence(one: readonly string[], other: readonly string[]): number {
  const tally = new Map<string, number>();
  one.forEach((label, i) =>
    tally.set(`${label}/${other[i]}`, (tally.get(`${label}/${other[i]}`) ?? 0) + 1),
  );
  const margin = (labels: readonly string[], label: string) =>
    labels.filter((each) => each === label).length;
  const [rows, columns] = [[...new Set(one)], [...new Set(other)]];
  let statistic = 0;
  for (const row of rows) {
    for (const column of columns) {
      const expected = (margin(one, row) * margin(other, column)) / one.length;
      statistic += ((tally.get(`${row}/${column}`) ?? 0) - expected) ** 2 / expected;
    }
  }
  return chiSquared.cdf(statistic, (rows.length - 1) * (columns.length - 1)).upper;
}

describe('The hash', () => {
  test('reproduces the published verification value of MurmurHash3 x86_32', () => {
    // SMHasher: hash the keys {}, {0}, {0, 1}, ... with seeds 256, 255, ..., then the hashes with seed 0.
    const hashes = new Uint8Array(1024);
    const view = new DataView(hashes.buffer);
    for (let i = 0; i < 256; i += 1) {
      view.setUint32(
        4 * i,
        murmurhash.v3(
          Uint8Array.from({ length: i }, (_, k) => k),
          256 - i,
        ),
        true,
      );
    }
    expect(murmurhash.v3(hashes, 0)).toBe(0xb0f57ee3);
  });

  test('agrees with a port of the reference implementation, beyond ASCII too', () => {
    const { vectors } = json('murmurhash3.json') as { vectors: { key: string; hash: number }[] };
    expect(vectors.length).toBeGreaterThan(100);
    expect(vectors.map(({ key }) => hashKey(key))).toEqual(vectors.map(({ hash }) => hash));
  });

  test('gets a different key for every different list of parts', () => {
    const part = fc.string({ unit: fc.constantFrom('|', '\\', 'a', '1') });
    fc.assert(
      fc.property(
        fc.array(part, { minLength: 1 }),
        fc.array(part, { minLength: 1 }),
        (one, other) => {
          expect(joinKey(one) === joinKey(other)).toBe(
            JSON.stringify(one) === JSON.stringify(other),
          );
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

describe('Assignment', () => {
  const trial = trialWith();

  test('gives the arms of the test vectors', () => {
    const { at, vectors } = json('vectors.json') as Vectors;
    for (const { protocol: written, fingerprint, assignments } of vectors) {
      const vector = trialFrom(written);
      expect(vector.fingerprint).toBe(fingerprint);
      for (const { unitId, key, hash, arm, reason } of assignments) {
        expect(hashKey(key)).toBe(hash);
        expect(assign(vector, subject(vector, unitId), { at })).toMatchObject({
          arm,
          reason,
          unitId,
        });
      }
    }
  });

  test("does not change with calls in between, long ids, or the order of the subject's keys", () => {
    const before = armOf(trial, 'p-1');
    armOf(trial, 'x'.repeat(5_000));
    armOf(trialWith({ id: 'other' }), 'p-1');
    expect(armOf(trial, 'p-1')).toBe(before);
    const keys = { patient: 'p-1', clinician: 'c', encounter: 'e', practice: 'q' };
    const backwards = Object.fromEntries(Object.entries(keys).reverse()) as typeof keys;
    expect(assign(trial, backwards, { at: during })).toEqual(assign(trial, keys, { at: during }));
  });

  test.each([
    ['evenly', [1, 1]],
    ['by weight', [3, 1]],
    ['over many arms', [5, 1, 2, 2]],
  ])('divides units %s', (_, weights) => {
    const arms = weights.map((weight, i) => ({ name: `a${i}`, weight, content: null }));
    const weighted = trialWith({ arms, control: 'a0' });
    const n = 100_000;
    const counts = new Map<string, number>();
    for (const id of ids(n))
      counts.set(armOf(weighted, id), (counts.get(armOf(weighted, id)) ?? 0) + 1);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const statistic = weights.reduce((sum, weight, i) => {
      const expected = (n * weight) / total;
      return sum + ((counts.get(`a${i}`) ?? 0) - expected) ** 2 / expected;
    }, 0);
    expect(chiSquared.cdf(statistic, weights.length - 1).upper).toBeGreaterThan(0.001);
  });

  test.each([
    ['trials', { id: 'another' }],
    ['rounds', { round: 2 }],
    ['salts', { salt: 'pepper' }],
  ])('of one unit in two %s is independent', (_, changes) => {
    const other = trialWith(changes);
    const units = ids(20_000);
    expect(
      independence(
        units.map((id) => armOf(trial, id)),
        units.map((id) => armOf(other, id)),
      ),
    ).toBeGreaterThan(0.001);
  });

  test('is independent of enrolment and of the place in a layer', () => {
    const units = ids(20_000);
    const half = trialWith({ enrolment: 0.5 });
    const layered = trialWith({ layer: { id: 'flu', from: 0, to: 5_000 } });
    for (const limited of [half, layered]) {
      const enrolled = units.map(
        (id) => assign(limited, subject(limited, id), { at: during }).reason,
      );
      expect(
        independence(
          units.map((id) => armOf(trial, id)),
          enrolled,
        ),
      ).toBeGreaterThan(0.001);
    }
  });

  test('is the same for all four units only by chance', () => {
    const units = ids(20_000);
    const arms = (unit: string) => {
      const by = trialWith({ unit });
      return units.map((id) => armOf(by, id));
    };
    expect(independence(arms('patient'), arms('practice'))).toBeGreaterThan(0.001);
    expect(independence(arms('clinician'), arms('encounter'))).toBeGreaterThan(0.001);
  });

  test('is never moved by a ramp: a unit that is in keeps its arm', () => {
    const ramp = trialWith({
      enrolment: [
        { from: '2026-10-05', fraction: 0.1 },
        { from: '2026-10-19', fraction: 0.5 },
        { from: '2026-11-02', fraction: 1 },
      ],
    });
    const weeks = [7, 20, 34].map((day) => Date.UTC(2026, 9, day, 17));
    const enrolled = [0, 0, 0];
    for (const patient of ids(5_000)) {
      let arm: string | undefined;
      weeks.forEach((at, week) => {
        const assignment = assign(ramp, { patient }, { at });
        if (!assignment.randomized) {
          expect(arm).toBeUndefined();
          expect(assignment).toMatchObject({ reason: 'not-enrolled', arm: 'usual' });
          return;
        }
        enrolled[week] = (enrolled[week] ?? 0) + 1;
        expect(assignment.arm).toBe(arm ?? assignment.arm);
        arm = assignment.arm;
      });
    }
    expect((enrolled[0] ?? 0) / 5_000).toBeCloseTo(0.1, 1);
    expect((enrolled[1] ?? 0) / 5_000).toBeCloseTo(0.5, 1);
    expect(enrolled[2]).toBe(5_000);
  });

  test('of trials that share a layer excludes each other', () => {
    const one = trialWith({ id: 'one', layer: { id: 'flu', from: 0, to: 4_000 } });
    const other = trialWith({ id: 'other', layer: { id: 'flu', from: 4_000, to: 10_000 } });
    expect(() => checkLayers([one, other])).not.toThrow();
    const counts = { one: 0, other: 0 };
    for (const patient of ids(5_000)) {
      const inOne = assign(one, { patient }, { at: during }).randomized;
      const inOther = assign(other, { patient }, { at: during }).randomized;
      expect(inOne).not.toBe(inOther);
      counts[inOne ? 'one' : 'other'] += 1;
    }
    expect(counts.one / 5_000).toBeCloseTo(0.4, 1);
  });

  test('of trials whose shares of a layer overlap, or whose units differ, is refused', () => {
    const one = trialWith({ id: 'one', layer: { id: 'flu', from: 0, to: 5_000 } });
    expect(() =>
      checkLayers([one, trialWith({ id: 'two', layer: { id: 'flu', from: 4_999, to: 9_000 } })]),
    ).toThrow(/slots 4999 to 5000/);
    expect(() =>
      checkLayers([
        one,
        trialWith({ unit: 'practice', layer: { id: 'flu', from: 6_000, to: 9_000 } }),
      ]),
    ).toThrow(ProtocolError);
  });

  test('gives the control arm, not random, with the reason, whenever it must', () => {
    const patient = 'p-1';
    const reasons: readonly (readonly [string, Parameters<typeof assign>[2]])[] = [
      ['before-start', { at: trial.startsAt - 1 }],
      ['hashed', { at: trial.startsAt }],
      ['hashed', { at: trial.endsAt - 1 }],
      ['after-end', { at: trial.endsAt }],
      ['stopped', { at: during, stoppedAt: during }],
      ['hashed', { at: during, stoppedAt: during + 1 }],
      ['opted-out', { at: during, optedOut: new Set([patient]) }],
      ['before-start', { at: Number.NaN }],
    ];
    for (const [reason, options] of reasons) {
      const assignment = assign(trial, { patient }, options);
      expect(assignment.reason).toBe(reason);
      expect(assignment.randomized).toBe(reason === 'hashed');
      if (!assignment.randomized) expect(assignment.arm).toBe('usual');
    }
  });

  test('honours the opt-out of a patient in a trial of practices', () => {
    const practices = trialWith({ unit: 'practice' });
    const options = { at: during, optedOut: new Set(['p-1']) };
    expect(assign(practices, { practice: 'q', patient: 'p-1' }, options).reason).toBe('opted-out');
    expect(assign(practices, { practice: 'q', patient: 'p-2' }, options).reason).toBe('hashed');
  });

  test('forces an arm for testing, even before the start, and never counts it', () => {
    const forced = new Map([
      ['tester', 'redesign'],
      ['typo', 'redesing'],
    ]);
    expect(assign(trial, { patient: 'tester' }, { at: 0, forced })).toMatchObject({
      arm: 'redesign',
      reason: 'forced',
      randomized: false,
    });
    expect(assign(trial, { patient: 'typo' }, { at: during, forced }).reason).toBe('hashed');
  });

  test.each([
    [''],
    [undefined],
    [null],
    [42],
    [{}],
    [['p']],
    ['lone \ud800 surrogate'],
    ['\udc00'],
  ])('of the id %p is the control arm, because the unit is missing', (patient) => {
    const assignment = assign(trial, { patient } as unknown as { patient: string }, { at: during });
    expect(assignment).toMatchObject({
      reason: 'unit-missing',
      arm: 'usual',
      unitId: null,
      randomized: false,
    });
  });

  test.each([[null], [undefined], ['text'], [7]])('of the subject %p does not throw', (broken) => {
    expect(assign(trial, broken as unknown as { patient: string }).reason).toBe('unit-missing');
  });

  test('does not throw for any id, and depends on nothing else', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (patient) => {
        expect(armOf(trial, patient)).toBe(
          armOf(trialFrom(JSON.parse(JSON.stringify(protocol))), patient),
        );
      }),
    );
  });

  test('serves a silent arm its content without showing it', () => {
    const silent = trialWith({
      arms: [{ name: 'quiet', weight: 1, silent: true }, protocol.arms[1]],
      control: 'quiet',
    });
    expect(assignControl(silent, 'fault')).toMatchObject({
      arm: 'quiet',
      silent: true,
      content: null,
      reason: 'fault',
    });
  });

  test('refuses a subject without its unit (checked by the compiler)', () => {
    const typed = defineTrial(protocol);
    // @ts-expect-error a subject without its patient
    expect(assign(typed, { practice: 'q' }).reason).toBe('unit-missing');
    const arm: 'usual' | 'redesign' = assign(typed, { patient: 'p' }).arm;
    expect(['usual', 'redesign']).toContain(arm);
  });
});

describe('Replay', () => {
  const trial = trialWith();
  const row = (unitId: string, changes: Partial<AssignedRow> = {}): AssignedRow => {
    const { arm, reason, randomized } = assign(trial, { patient: unitId }, { at: during });
    return {
      id: unitId,
      trial: trial.fingerprint,
      unitId,
      arm,
      reason,
      randomized,
      assignedAt: during,
      ...changes,
    };
  };
  const rows = ids(200).map((id) => row(id));

  test('finds nothing in an honest ledger', async () => {
    expect(await replay(trial, rows)).toEqual({
      rows: 200,
      replayed: 200,
      notReplayable: {},
      disagreements: [],
    });
  });

  test('finds a row whose arm was changed', async () => {
    const other = { usual: 'redesign', redesign: 'usual' }[rows[7]?.arm ?? ''] ?? '';
    const report = await replay(
      trial,
      rows.map((each, i) => (i === 7 ? { ...each, arm: other } : each)),
    );
    expect(report.disagreements).toEqual([
      {
        id: 'patient-7',
        unitId: 'patient-7',
        field: 'arm',
        recorded: other,
        expected: rows[7]?.arm,
      },
    ]);
  });

  test('finds rows of another protocol, outside the dates, after a stop, or counted though not random', async () => {
    const wrong = [
      row('a', { trial: 'f'.repeat(64) }),
      row('b', { assignedAt: trial.endsAt }),
      row('c', { reason: 'forced', arm: 'redesign' }),
    ];
    const { disagreements, notReplayable } = await replay(trial, wrong);
    expect(disagreements.map(({ id, field }) => `${id} ${field}`)).toEqual(
      expect.arrayContaining(['a trial', 'b reason', 'c randomized']),
    );
    expect(notReplayable).toEqual({ forced: 1 });
    expect(
      (await replay(trial, [row('d')], { stoppedAt: during - 10_000 })).disagreements,
    ).toContainEqual(
      expect.objectContaining({ field: 'reason', recorded: 'hashed', expected: 'stopped' }),
    );
  });
});
