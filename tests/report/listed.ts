import type { Allocation } from '../../src/allocation/index.ts';
import { allocate, amend, clustersFrom } from '../../src/allocation/index.ts';
import type { Ledger, TrialAnalysis } from '../../src/analysis/index.ts';
import { analyze } from '../../src/analysis/index.ts';
import type { Trial } from '../../src/index.ts';
import { randomStream } from '../../src/stats/index.ts';
import type { DaySums, FlowCount, Sums, UnitDaySums } from '../../src/store/port.ts';
import { noSums } from '../../src/store/sums.ts';
import { trialWith } from '../trials.ts';
import type { ArmTruth } from './clinic.ts';
import { daySums, ledgerOf, unitRow } from './clinic.ts';

const draws = 199;

/** After the last response window of the trials here. */
const over = Date.UTC(2027, 0, 20);

/** Day `number` of the trial, from 0. */
const dayOf = (number: number): string =>
  new Date(Date.UTC(2026, 9, 5 + number)).toISOString().slice(0, 10);

/** Synthetic clusters with a size, a rate before the trial, and a region. */
export function listedClusters(
  count: number,
  name = 'practice',
): readonly Readonly<Record<string, unknown>>[] {
  return Array.from({ length: count }, (_, i) => ({
    id: `${name}-${i + 1}`,
    size: 60 + ((i * 37) % 91),
    rate: 0.1 + ((i * 7) % 11) / 50,
    region: ['north', 'south', 'west'][i % 3],
  }));
}

/** What happened in a synthetic trial with a list. */
interface Course {
  readonly seed: string;
  readonly days: number;
  readonly truths: Readonly<Record<string, ArmTruth>>;
  /** Alerts of a day over those of the day before, whatever the arm. */
  readonly trend?: number;
  /** Clusters that were never seen. */
  readonly unseen?: readonly string[];
  readonly flow?: readonly FlowCount[];
}

/** A ledger of a list: every cluster has some patients each day, in the arm that it has on that day. */
function listedLedger(trial: Trial, allocation: Allocation, course: Course): Ledger {
  const { seed, days, truths, trend = 1, unseen = [], flow = [] } = course;
  const stream = randomStream(seed);
  const poisson = (mean: number): number => {
    let events = 0;
    for (let left = Math.exp(-mean), u = stream.next(); u > left; u *= stream.next()) events += 1;
    return events;
  };
  const starts = allocation.periods?.starts ?? [dayOf(0)];
  const unitDays: UnitDaySums[] = [];
  const withdrawn = new Map(
    allocation.amendments.flatMap((each) =>
      each.kind === 'withdraw' ? [[each.cluster, each.from] as const] : [],
    ),
  );
  for (const { id, arms } of allocation.clusters) {
    const habit = Math.exp(0.25 * stream.normal());
    for (let number = 0; number < days; number += 1) {
      const day = dayOf(number);
      const arm = arms[starts.findLastIndex((start) => start <= day)] ?? '';
      const truth = truths[arm] ?? { alertsPerDay: 1, acceptance: 0.2 };
      const calendarDays = 2 + stream.integer(3);
      const alerts = poisson(calendarDays * habit * truth.alertsPerDay * trend ** number);
      const accepted = poisson(alerts * truth.acceptance);
      if (unseen.includes(id) || day >= (withdrawn.get(id) ?? '9999')) continue;
      unitDays.push({
        ...noSums,
        unitId: id,
        arm,
        stratum: '',
        day,
        alerts,
        alertsByOpening: alerts,
        accepted: Math.min(accepted, alerts),
        dismissed: Math.floor((alerts - Math.min(accepted, alerts)) / 2),
        calendarDays,
        midnightDays: calendarDays,
        elapsedDays: calendarDays,
      });
    }
  }
  const summed = <T extends Pick<UnitDaySums, 'arm'>>(
    keyOf: (row: UnitDaySums) => string,
    make: (row: UnitDaySums, sums: Sums) => T,
  ): readonly T[] => {
    const groups = new Map<string, UnitDaySums[]>();
    for (const row of unitDays) {
      const key = keyOf(row);
      groups.set(key, [...(groups.get(key) ?? []), row]);
    }
    return [...groups.values()].flatMap((rows) => {
      const [first] = rows;
      if (first === undefined) return [];
      const sums = Object.fromEntries(
        Object.keys(noSums).map((column) => [
          column,
          // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the columns of the sums
          rows.reduce((total, row) => total + row[column as keyof Sums], 0),
        ]),
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each column was set above
      ) as unknown as Sums;
      return [make(first, sums)];
    });
  };
  const rows = summed(
    ({ unitId, arm }) => `${unitId}|${arm}`,
    ({ unitId, arm }, sums) => unitRow(unitId, arm, { ...sums, patients: 40 }),
  );
  const daily = summed<DaySums>(
    ({ day, arm }) => `${day}|${arm}`,
    ({ day, arm }, sums) => daySums(day, arm, sums),
  );
  return {
    ...ledgerOf(trial, {
      rows,
      days: [...daily].sort((a, b) => (a.day + a.arm < b.day + b.arm ? -1 : 1)),
      flow,
    }),
    unitDays: async () => unitDays,
    allocation: async () => allocation,
  };
}

/** The trial of a list, changed as a test needs it. */
export function listedTrial(
  method: unknown,
  { periods, ...changes }: { readonly periods?: unknown } & Readonly<Record<string, unknown>> = {},
): Trial {
  return trialWith({
    unit: 'practice',
    allocation: { kind: 'listed', method, ...(periods !== undefined && { periods }) },
    decision: { draws },
    ...changes,
  });
}

/** Makes an analysis once for all tests of a file that want it as it is. */
function shared(
  make: (changes: Readonly<Record<string, unknown>>) => Promise<TrialAnalysis>,
): (changes?: Readonly<Record<string, unknown>>) => Promise<TrialAnalysis> {
  let made: Promise<TrialAnalysis> | undefined;
  return (changes) => (changes === undefined ? (made ??= make({})) : make(changes));
}

/** Three arms over 24 practices, constrained, with an amendment, a practice without data and strangers. */
export const threeFramings = shared(async (changes) => {
  const trial = listedTrial(
    {
      method: 'constrained',
      covariates: [
        { name: 'size' },
        { name: 'rate', weight: 2 },
        { name: 'region', kind: 'categorical' },
      ],
      sample: 1_000,
    },
    {
      arms: [
        { name: 'usual', weight: 1, content: {} },
        { name: 'quality', weight: 1, content: {} },
        { name: 'financial', weight: 1, content: {} },
      ],
      ...changes,
    },
  );
  const made = allocate(trial, clustersFrom(trial, listedClusters(24)), { seed: 'public lot' });
  const allocation = amend(trial, made, {
    from: dayOf(14),
    reason: 'left the network <for good>',
    change: { kind: 'withdraw', cluster: 'practice-3' },
  });
  const ledger = listedLedger(trial, allocation, {
    seed: 'framings',
    days: 42,
    unseen: ['practice-9'],
    truths: {
      usual: { alertsPerDay: 0.8, acceptance: 0.15 },
      quality: { alertsPerDay: 0.7, acceptance: 0.2 },
      financial: { alertsPerDay: 0.5, acceptance: 0.2 },
    },
    flow: [
      { type: 'impression', kind: 'returned', arm: 'usual', reason: 'not-listed', events: 31 },
    ],
  });
  return analyze(trial, ledger, { asOf: over });
});

const weeks = (every: number, count: number): readonly string[] =>
  Array.from({ length: count }, (_, i) => dayOf(7 * every * i));

/** Twelve clinics step to a quieter alert over five periods, with a washout, while alerts get fewer by themselves. */
export const steppedWedge = shared(async (changes) => {
  const trial = listedTrial(
    { method: 'complete' },
    {
      periods: { design: 'stepped-wedge', starts: weeks(2, 5), washout: 4 },
      end: dayOf(69),
      ...changes,
    },
  );
  const allocation = allocate(trial, clustersFrom(trial, listedClusters(12, 'clinic')), {
    seed: 'steps',
  });
  const ledger = listedLedger(trial, allocation, {
    seed: 'wedge',
    days: 70,
    trend: 0.99,
    truths: {
      usual: { alertsPerDay: 1.2, acceptance: 0.2 },
      redesign: { alertsPerDay: 0.85, acceptance: 0.2 },
    },
  });
  return analyze(trial, ledger, { asOf: over });
});

/** Twelve practices in a crossover of two periods. */
export const crossover = shared(async (changes) => {
  const trial = listedTrial(
    { method: 'matched', covariates: [{ name: 'size' }, { name: 'rate' }] },
    { periods: { design: 'crossover', starts: weeks(3, 2) }, ...changes },
  );
  const allocation = allocate(trial, clustersFrom(trial, listedClusters(12)), { seed: 'cross' });
  const ledger = listedLedger(trial, allocation, {
    seed: 'crossover',
    days: 42,
    truths: {
      usual: { alertsPerDay: 1, acceptance: 0.2 },
      redesign: { alertsPerDay: 0.8, acceptance: 0.2 },
    },
  });
  return analyze(trial, ledger, { asOf: over });
});

/** Three arms that every practice has in an order drawn anew for each of four blocks of three periods. */
export const switchback = shared(async (changes) => {
  const long = `financial-${'x'.repeat(40)}`;
  const trial = listedTrial(
    { method: 'complete' },
    {
      arms: [
        { name: 'usual', weight: 1, content: {} },
        { name: 'quality', weight: 1, content: {} },
        { name: long, weight: 1, content: {} },
      ],
      periods: { design: 'switchback', starts: weeks(1, 12), washout: 1 },
      end: dayOf(83),
      guardrails: [],
      secondary: [],
      ...changes,
    },
  );
  const allocation = allocate(trial, clustersFrom(trial, listedClusters(30)), { seed: 'switch' });
  const ledger = listedLedger(trial, allocation, {
    seed: 'switchback',
    days: 84,
    truths: {
      usual: { alertsPerDay: 1, acceptance: 0.2 },
      quality: { alertsPerDay: 0.9, acceptance: 0.2 },
      [long]: { alertsPerDay: 0.8, acceptance: 0.2 },
    },
  });
  return analyze(trial, ledger, { asOf: over });
});
