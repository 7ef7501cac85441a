import { allocate, clustersFrom, columnsNeeded, referenceSetOf } from '../allocation/index.ts';
import type { Allocation, ClusterList, ReferenceSet } from '../allocation/index.ts';
import { armIndices } from '../analysis/over-time.ts';
import type { Problem } from '../errors.ts';
import { PlanError } from '../errors.ts';
import type { Resolved, Trial } from '../trial/trial.ts';
import type { Outcome } from '../trial/protocol.ts';
import type { PlanAssumptions } from './assumptions.ts';
import { assumptionsFrom } from './assumptions-from.ts';
import type { ArmValues, Likeness } from './outcome.ts';
import { countedBy, likenessOf, valuesOf } from './outcome.ts';
import type { PlannedPeriod } from './periods.ts';
import { plannedPeriods } from './periods.ts';

/** A trial and what it is planned with, made ready. */
export interface PlanSetting {
  readonly trial: Trial;
  readonly assumptions: PlanAssumptions;
  readonly likeness: Likeness;
  /** Names of the arms, control first: `armIndices`. */
  readonly arms: readonly string[];
  /** Of each arm, control first. */
  readonly values: readonly ArmValues[];
  readonly units: number;
  /** How many units each arm has, control first: of a list its own, else as the weights have it; not over time. */
  readonly counts: readonly number[];
  /** Mean patient-days of a unit, in a period where there are some. */
  readonly size: number;
  readonly periods: readonly PlannedPeriod[];
  /** Of the patient-days of units. */
  readonly cv: number;
  /** Patient-days of each listed unit, where a file tells them apart; else they are drawn with `cv`. */
  readonly sizes: readonly number[] | undefined;
  /** A list as the trial would make it; `undefined` where it hashes. */
  readonly allocation: Allocation | undefined;
  readonly reference: ReferenceSet | undefined;
  /** The clusters of a file. */
  readonly clusters: ClusterList | undefined;
  /** Wanted power. */
  readonly power: number;
}

/**
 * Makes a plan ready to be computed.
 *
 * @throws PlanError for assumptions that are malformed or do not fit the trial
 * @throws AllocationError when the method of the trial cannot allocate the clusters
 */
export function settingOf(
  trial: Trial,
  document: PlanAssumptions,
  { clusters, seed }: { readonly clusters: ClusterList | undefined; readonly seed: string },
): PlanSetting {
  const assumptions = assumptionsFrom(document);
  const listed = clusters?.waves.flat();
  const problems = misfits(trial, assumptions, clusters);
  if (problems.length > 0) throw new PlanError(problems);
  const { patientDays } = assumptions;
  const units = listed?.length ?? assumptions.units ?? 0;
  const arms = armIndices(trial);
  const relative = listed?.map(({ size }) => size ?? 0) ?? [];
  const total = relative.reduce((sum, size) => sum + size, 0);
  const areSized = relative.length > 0 && relative.every((size) => size > 0);
  const size = 'mean' in patientDays ? patientDays.mean : (patientDays.perSize * total) / units;
  const sizes = areSized ? relative.map((own) => (own * size * units) / total) : undefined;
  const allocation =
    trial.allocation.kind === 'listed'
      ? allocate(trial, clusters ?? plainClusters(trial, units), { seed: `plan ${seed}` })
      : undefined;
  return {
    trial,
    assumptions,
    likeness: likenessOf(assumptions),
    arms,
    values: arms.map((arm) =>
      valuesOf(assumptions, arm === trial.control ? {} : assumptions.effects[arm]),
    ),
    units,
    counts: countsOf(trial, { arms, units, allocation }),
    size,
    periods: plannedPeriods(trial),
    cv: sizes === undefined ? ('cv' in patientDays ? (patientDays.cv ?? 0) : 0) : cvOf(sizes),
    sizes: allocation && sizes && inOrder(allocation, listed ?? [], sizes),
    allocation,
    reference: allocation && referenceSetOf(trial, allocation),
    clusters,
    power: assumptions.power ?? 0.8,
  };
}

/** The outcomes that decide. */
export function decidingOutcomes({
  primary,
  guardrails,
}: Pick<Trial, 'primary' | 'guardrails'>): readonly Resolved<Outcome>[] {
  return [primary, ...guardrails];
}

/** How assumptions do not fit a trial and its clusters. */
function misfits(
  trial: Trial,
  assumptions: PlanAssumptions,
  clusters: ClusterList | undefined,
): readonly Problem[] {
  const problems: Problem[] = [];
  const fault = (path: string, message: string): void => {
    problems.push({ path: `assumptions.${path}`, message });
  };
  const { units, effects, patientDays, acceptance, overTime, power } = assumptions;
  const others = armIndices(trial).slice(1);
  for (const arm of others) {
    if (effects[arm] === undefined) {
      fault('effects', `arm "${arm}" is missing: give {} where it is thought to change nothing`);
    }
  }
  for (const arm of Object.keys(effects).filter((name) => !others.includes(name))) {
    const what = arm === trial.control ? 'is the control arm' : 'is not an arm of the trial';
    fault(`effects.${arm}`, `${what}: name ${others.join(', ')}`);
  }
  const listed = clusters?.waves.flat();
  if (listed === undefined && units === undefined) {
    fault('units', 'is missing: give the number of units, or a file of clusters');
  }
  if (listed !== undefined && units !== undefined && listed.length !== units) {
    fault('units', `says ${units}, and the file has ${listed.length} clusters: leave it out`);
  }
  if ('perSize' in patientDays && (listed?.some(({ size }) => size === undefined) ?? true)) {
    fault('patientDays.perSize', 'needs a file of clusters with the size of each: or give `mean`');
  }
  const { length: comparisons } = others;
  const level = trial.decision.alpha / 2 / comparisons;
  if (power !== undefined && power <= level) {
    fault('power', `must be above ${level}, which is how often chance alone shows an effect`);
  }
  const expected = mostAlerts(trial, assumptions, listed);
  if (expected > mostAlertsOfUnit) {
    fault(
      'alerts',
      `with these patient-days and effects, and this trend, a ${trial.unit} would have ${expected.toPrecision(2)} alerts${trial.periods.length > 1 ? ' in a period' : ''}: at most ${mostAlertsOfUnit.toLocaleString('en-GB')} can be planned with`,
    );
  }
  const counted = decidingOutcomes(trial).map((outcome) => countedBy(trial, outcome));
  if (acceptance === undefined && counted.some((of) => of !== undefined && of !== 'alerts')) {
    fault('acceptance', 'is missing, and an outcome of the trial counts accepted alerts');
  }
  if (overTime !== undefined && trial.periods.length === 1) {
    fault('overTime', 'is for designs over time, and the arms of this trial never change');
  }
  if (clusters === undefined && trial.allocation.kind === 'listed') {
    const names = columnsNeeded(trial.allocation.method).map(({ name }) => name);
    if (names.length > 0) {
      problems.push({
        path: 'clusters',
        message: `the method of the trial needs the clusters themselves, with ${names.join(', ')}: give their file`,
      });
    }
  }
  return problems;
}

/** Counts of more cannot be drawn. */
const mostAlertsOfUnit = 100_000_000;

/** The alerts of the largest unit in the arm and the period with most. */
function mostAlerts(
  { periods }: Pick<Trial, 'periods'>,
  { patientDays, alerts, effects, overTime }: PlanAssumptions,
  listed: readonly { readonly size?: number | undefined }[] = [],
): number {
  const sizes = listed.map(({ size = 0 }) => size);
  const mean = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
  const largest = Math.max(0, ...sizes);
  const days =
    'mean' in patientDays
      ? patientDays.mean * (mean > 0 ? largest / mean : 1)
      : patientDays.perSize * largest;
  const ratios = Object.values(effects).map(({ alertsRatio = 1 }) => alertsRatio);
  const trend = Math.max(1, (overTime?.trend ?? 1) ** (periods.length - 1));
  return days * alerts.control * Math.max(1, ...ratios) * trend;
}

/** Clusters of which nothing is known but their number. */
function plainClusters(trial: Trial, units: number): ClusterList {
  return clustersFrom(
    trial,
    Array.from({ length: units }, (_, i) => ({ id: `${trial.unit} ${i + 1}` })),
  );
}

function countsOf(
  trial: Trial,
  {
    arms,
    units,
    allocation,
  }: {
    readonly arms: readonly string[];
    readonly units: number;
    readonly allocation: Allocation | undefined;
  },
): readonly number[] {
  if (allocation !== undefined) {
    return arms.map((arm) => allocation.clusters.filter((own) => own.arms[0] === arm).length);
  }
  const whole = trial.arms.reduce((sum, { weight }) => sum + weight, 0);
  return arms.map((arm) => {
    const weight = trial.arms.find(({ name }) => name === arm)?.weight ?? 0;
    return Math.max(1, Math.round((units * weight) / whole));
  });
}

/** Sizes in the order of a list, which is by wave. */
function inOrder(
  { clusters }: Allocation,
  listed: readonly { readonly id: string }[],
  sizes: readonly number[],
): readonly number[] {
  const own = new Map(listed.map(({ id }, i) => [id, sizes[i] ?? 0]));
  return clusters.map(({ id }) => own.get(id) ?? 0);
}

/** Standard deviation over mean, with the divisor k that the design effect takes. */
function cvOf(sizes: readonly number[]): number {
  const mean = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
  return Math.sqrt(sizes.reduce((sum, size) => sum + (size / mean - 1) ** 2, 0) / sizes.length);
}
