import { describe, expect, test } from '@jest/globals';
import type { Allocation } from '../../../src/allocation/index.ts';
import { amend, referenceSetOf } from '../../../src/allocation/index.ts';
import type { UnitRow } from '../../../src/analysis/index.ts';
import { acceptanceRate, analyze, sampleRatioOf } from '../../../src/analysis/index.ts';
import { designOf } from '../../../src/analysis/design.ts';
import type { Trial } from '../../../src/index.ts';
import { randomStream } from '../../../src/stats/index.ts';
import { memoryStore, openLog } from '../../../src/store/index.ts';
import { listedTrial, listOf, methods, practices, week } from '../../allocation/list/fixtures.ts';

const asOf = Date.UTC(2027, 0, 1);
const three = ['usual', 'short', 'long'].map((name) => ({ name, weight: 1, content: {} }));

/** Synthetic rows of the clusters of a list, whose rates follow the covariate `rate`. */
function rowsOf(
  { clusters }: Allocation,
  { effect = 1, seed = 'rows' }: { readonly effect?: number; readonly seed?: string } = {},
): readonly UnitRow[] {
  const stream = randomStream(seed);
  return clusters.map(({ id, arms, values }) => {
    const days = 80 + stream.integer(60);
    const rate = 1 + 8 * Number(values['rate']) + 0.3 * stream.normal();
    const alerts = Math.round(days * Math.max(0.2, rate) * (arms[0] === 'usual' ? 1 : effect));
    const accepted = Math.round(alerts * (0.15 + 0.1 * stream.next()));
    return {
      unitId: id,
      arm: arms[0] ?? '',
      stratum: '',
      alerts,
      accepted,
      dismissed: 0,
      acceptedAndDismissed: 0,
      silent: 0,
      alertsByOpening: alerts,
      acceptedByOpening: accepted,
      calendarDays: days,
      midnightDays: days,
      elapsedDays: days,
      patients: 10,
    };
  });
}

/** Mean-free oracle: Σ over arms of nothing but plain formulas, written apart from the code that is tested. */
function studentizedLogRatio(units: readonly { y: number; e: number; treated: boolean }[]): number {
  const part = (treated: boolean): readonly [number, number] => {
    const own = units.filter((unit) => unit.treated === treated && unit.e > 0);
    const e = own.reduce((sum, unit) => sum + unit.e, 0);
    const r = own.reduce((sum, unit) => sum + unit.y, 0) / e;
    const squares = own.reduce((sum, unit) => sum + (unit.y - r * unit.e) ** 2, 0);
    return [r, ((own.length / (own.length - 1)) * squares) / (e * e) / (r * r)];
  };
  const [one, v1] = part(true);
  const [zero, v0] = part(false);
  return Math.log(one / zero) / Math.sqrt(v1 + v0);
}

describe('An analysis of a trial with a list', () => {
  test('goes through the very allocations that the constraint allowed, and through nothing else', async () => {
    const trial = listedTrial(methods[4]);
    const allocation = listOf(trial, 12);
    const rows = rowsOf(allocation, { effect: 0.7 });
    const { primary } = await analyze(trial, rows, { allocation, asOf });
    const found = primary.comparisons[0]?.rerandomization;
    if (found?.estimable !== true) throw new Error('no test');

    const reference = referenceSetOf(trial, allocation);
    const [redraw] = reference.redraw();
    if (redraw?.kind !== 'listed') throw new Error('no candidates');
    const statistics = redraw.allocations.map((groups) =>
      studentizedLogRatio(
        allocation.clusters.map(({ id }, i) => {
          const row = rows.find(({ unitId }) => unitId === id);
          return { y: row?.alerts ?? 0, e: row?.calendarDays ?? 0, treated: groups[i] === 1 };
        }),
      ),
    );
    const actual = statistics[
      redraw.allocations.findIndex((groups) =>
        groups.every((group, i) => group === reference.actual[0]?.[i]),
      )
    ] as number;
    const extreme = statistics.filter((t) => Math.abs(t) >= Math.abs(actual) - 1e-9).length;
    expect(found).toMatchObject({ method: 'enumeration', draws: redraw.allocations.length });
    expect(found.observed).toBeCloseTo(actual, 9);
    expect(found.pValue).toBeCloseTo(extreme / statistics.length, 12);
    expect(redraw.allocations.length).toBeLessThan(200);
  });

  test('is another when the same arms came from another method', async () => {
    const complete = listedTrial({ method: 'complete' });
    const allocation = listOf(complete, 12);
    const { primary } = await analyze(complete, rowsOf(allocation), { allocation, asOf });
    expect(primary.comparisons[0]?.rerandomization).toMatchObject({
      method: 'enumeration',
      assignments: 924,
    });
    const blocked = listedTrial({ method: 'matched', set: 'pair' });
    const pairs = listOf(blocked, 12);
    const paired = await analyze(blocked, rowsOf(pairs), { allocation: pairs, asOf });
    expect(paired.primary.comparisons[0]?.rerandomization).toMatchObject({
      method: 'enumeration',
      assignments: 64,
      smallestPValue: expect.closeTo(1 / 64, 12),
    });
    // Six pairs cannot reach 0.025 one-sided with a margin to spare, but they can reach it.
    expect(paired.verdicts[0]?.reasons.join(' ')).not.toMatch(/No claim can be made/);
    const four = listOf(blocked, 8);
    const fewer = await analyze(blocked, rowsOf(four), { allocation: four, asOf });
    expect(fewer.verdicts[0]?.reasons.join(' ')).toMatch(
      /No claim can be made with this list \(.*\): it is one of 16 that its method could have made and that can be compared, so no one-sided p value below 0\.06/,
    );
  });

  test('of several arms holds the clusters of the others, and tests all arms by the whole procedure', async () => {
    const trial = listedTrial({ method: 'complete' }, { arms: three });
    const allocation = listOf(trial, 9);
    const { primary } = await analyze(trial, rowsOf(allocation), { allocation, asOf });
    for (const { rerandomization } of primary.comparisons) {
      expect(rerandomization).toMatchObject({ method: 'enumeration', assignments: 20 });
    }
    expect(primary.together?.rerandomization).toMatchObject({
      estimable: true,
      method: 'enumeration',
      assignments: 1_680,
    });
  });

  test('lets the model decide where two of several arms cannot be drawn again alone', async () => {
    const trial = listedTrial(methods[5], { arms: three });
    const allocation = listOf(trial, 12);
    const { primary, verdicts } = await analyze(trial, rowsOf(allocation), { allocation, asOf });
    for (const { rerandomization, rerandomizationInterval } of primary.comparisons) {
      expect(rerandomization).toMatchObject({ estimable: false });
      expect(rerandomizationInterval).toBeNull();
    }
    expect(primary.together?.rerandomization).toMatchObject({
      estimable: true,
      method: 'monte-carlo',
    });
    expect(verdicts.map(({ primary: answer }) => answer.estimable && answer.method)).toEqual([
      'model',
      'model',
    ]);
    for (const { reasons } of verdicts) {
      expect(reasons.filter((reason) => reason.startsWith('The t test decided'))).toEqual([
        expect.stringMatching(/as re-randomisation could not: minimisation cannot be drawn again/),
      ]);
    }
  });

  test('goes by the list, not by the sizes of the arms, in what p values it says are possible', async () => {
    const trial = listedTrial({ method: 'blocks', sizes: [8] }, { guardrails: [] });
    const allocation = listOf(trial, 7);
    const rows = rowsOf(allocation, { effect: 0.1 });
    const { primary, verdicts } = await analyze(trial, rows, { allocation, asOf });
    // The eighth place was left to chance as well: 1 of 70 orders, and not 1 of the 35 with these sizes.
    expect(primary.comparisons[0]?.rerandomization).toMatchObject({
      assignments: 70,
      pLess: expect.closeTo(1 / 70, 12),
      smallestPValue: expect.closeTo(1 / 70, 12),
    });
    expect(verdicts[0]).toMatchObject({ verdict: 'adopt', pValue: expect.closeTo(1 / 70, 12) });
    expect(verdicts[0]?.reasons.join(' ')).not.toMatch(/No claim can be made/);
  });

  test('counts clusters without data into the randomisation, and says how many there are', async () => {
    const trial = listedTrial({ method: 'complete' });
    const allocation = listOf(trial, 12);
    const some = rowsOf(allocation).slice(2);
    const { primary, list, sampleRatio } = await analyze(trial, some, { allocation, asOf });
    expect(primary.comparisons[0]?.rerandomization).toMatchObject({ assignments: 924 });
    expect(list).toMatchObject({
      method: 'complete',
      clusters: 12,
      withoutData: 2,
      amendments: [],
    });
    expect(sampleRatio).toMatchObject({ estimable: true, method: 'procedure', mismatch: false });
  });

  test('sees arms that lose their clusters', () => {
    const trial = listedTrial({ method: 'complete' });
    const allocation = listOf(trial, 60);
    const lost = rowsOf(allocation).filter(({ arm }, i) => arm === 'usual' || i % 3 === 0);
    const found = sampleRatioOf(trial, lost, allocation);
    expect(found).toMatchObject({ estimable: true, mismatch: true, method: 'procedure' });
    // Nobody is lost: fixed sizes are no accident, and the p value says so.
    expect(sampleRatioOf(trial, rowsOf(allocation), allocation)).toMatchObject({
      pValue: 1,
      arms: [
        { units: 30, expected: 30 },
        { units: 30, expected: 30 },
      ],
    });
  });

  test('replays late clusters as they were added', async () => {
    const trial = listedTrial({ method: 'complete' });
    const first = listOf(trial, 8);
    const { clustersFrom } = await import('../../../src/allocation/index.ts');
    const allocation = amend(trial, first, {
      from: week(1),
      reason: 'opened',
      change: {
        kind: 'add',
        seed: 'late',
        clusters: clustersFrom(trial, practices(12).slice(8), { late: true }),
      },
    });
    const rows = rowsOf({
      ...allocation,
      clusters: [
        ...allocation.clusters,
        ...allocation.amendments.flatMap((each) => (each.kind === 'add' ? each.clusters : [])),
      ],
    });
    const { primary, list } = await analyze(trial, rows, { allocation, asOf });
    // 8 of which 4, and 4 of which 2: not 12 of which 6.
    expect(primary.comparisons[0]?.rerandomization).toMatchObject({ assignments: 70 * 6 });
    expect(list?.amendments).toEqual([
      { from: week(1), kind: 'add', clusters: 4, reason: 'opened' },
    ]);
  });

  test('takes the list from the ledger by itself', async () => {
    const trial = listedTrial({ method: 'complete' });
    const allocation = listOf(trial, 8);
    await using store = memoryStore();
    const now = trial.startsAt + 3_600_000;
    await using log = await openLog(trial, store, { allocation, now: () => now });
    for (const { id } of [...allocation.clusters, { id: 'stranger' }]) {
      const subject = { practice: id, patient: `p-${id}` } as never;
      log.patientDays(subject, { day: week(0), calendar: 1, midnight: 1, elapsed: 1 });
      for (let i = 0; i < 3; i += 1) {
        log.impression(log.assign(subject), { stage: 'displayed', alert: 'a' });
      }
    }
    await log.flush();
    const { primary, list, notRandomized } = await analyze(trial, store, { asOf });
    expect(list?.checksum).toBe(allocation.checksum);
    expect(primary.arms.map(({ units }) => units)).toEqual([4, 4]);
    expect(notRandomized).toEqual([{ reason: 'not-listed', alerts: 3 }]);
    expect((await acceptanceRate(trial, store)).arms.map(({ units }) => units)).toEqual([4, 4]);
    const text = String(await analyze(trial, store, { asOf }));
    expect(text).toMatch(/Allocated from a list by the method "complete": 8 practices/);
    expect(text).toMatch(/not on the list: 3, which were served the control arm/);
  });
});

describe('What is not the list of the trial is refused', () => {
  const trial = listedTrial({ method: 'complete' });
  const allocation = listOf(trial, 8);
  const rows = rowsOf(allocation);
  const analysed = (changed: readonly UnitRow[], list: Allocation | undefined, of: Trial = trial) =>
    analyze(of, changed, { allocation: list, asOf });

  test('no list at all', async () => {
    await expect(analysed(rows, undefined)).rejects.toMatchObject({
      code: 'ERR_ANALYSIS_REFUSED',
      message: expect.stringMatching(/allocates from a list.*give it as `allocation`/),
    });
    expect(() => designOf(trial, undefined)).toThrow(/allocates from a list/);
  });

  test('the list of another protocol, or one whose arms its seed does not give', async () => {
    const other = listedTrial({ method: 'complete' }, { round: 2 });
    await expect(analysed(rows, allocation, other)).rejects.toMatchObject({
      code: 'ERR_ALLOCATION_INVALID',
    });
    const forged = { ...allocation, seed: 'another' };
    await expect(analysed(rows, forged)).rejects.toMatchObject({
      message: expect.stringMatching(/this list was not made by the method it names/),
    });
  });

  test('units that are not on it, or stand in another arm', async () => {
    const [first, ...rest] = rows;
    if (first === undefined) throw new Error('no row');
    await expect(analysed([{ ...first, unitId: 'x' }, ...rest], allocation)).rejects.toThrow(
      /Unit "x" is not on the list/,
    );
    const arm = first.arm === 'usual' ? 'redesign' : 'usual';
    await expect(analysed([{ ...first, arm }, ...rest], allocation)).rejects.toThrow(
      /stands in arm .*, and its list says/,
    );
  });
});
