import type { ClusterList } from '../../src/allocation/index.ts';
import { clustersFrom } from '../../src/allocation/index.ts';
import type { Trial } from '../../src/trial/trial.ts';
import type { PlanAssumptions } from '../../src/plan/index.ts';
import { trialWith } from '../trials.ts';
import { protocol } from '../trials.ts';

/** A list by a method, `complete` unless another is given. */
export function listed(
  method: Readonly<Record<string, unknown>> = { method: 'complete' },
  periods?: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  return { kind: 'listed', method, ...(periods === undefined ? {} : { periods }) };
}

/** A trial of practices from a list, with some fields changed. */
export function practices(changes: Readonly<Record<string, unknown>> = {}): Trial {
  return trialWith({ unit: 'practice', allocation: listed(), ...changes });
}

/** The arms of the protocol and one more. */
export const threeArms = [
  ...protocol.arms,
  { name: 'third', weight: 1, content: { summary: 'x' } },
];

export const acceptanceFirst = { metric: 'acceptanceRate', better: 'higher' } as const;

/** First days of the periods of a design over time. */
export const weeks = ['2026-10-05', '2026-10-12', '2026-10-19', '2026-10-26', '2026-11-02'];

/** Twenty practices whose rates and sizes vary; synthetic. */
export const assumed = {
  units: 20,
  patientDays: { mean: 400, cv: 0.4 },
  alerts: { control: 0.5, kappa: 0.25, overdispersion: 1.5 },
  acceptance: { control: 0.2, icc: 0.056 },
  effects: { redesign: { alertsRatio: 0.7 } },
} as const satisfies PlanAssumptions;

/** Clusters of sizes 100, 140, … 340 and again, in two regions. */
export function clustersOf(trial: Trial, count: number): ClusterList {
  return clustersFrom(
    trial,
    Array.from({ length: count }, (_, i) => ({
      id: `practice ${i + 1}`,
      size: 100 + 40 * (i % 7),
      region: i % 2 === 0 ? 'north' : 'south',
      staff: (i * 37) % 11,
    })),
  );
}
