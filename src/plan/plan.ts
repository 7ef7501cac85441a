import { withText, notEstimable } from '../analysis/estimable.ts';
import type { ClusterList } from '../allocation/index.ts';
import type { Trial } from '../trial/trial.ts';
import { periodsOf } from '../trial/groups.ts';
import type { PlanAssumptions } from './assumptions.ts';
import { curveOf } from './curves.ts';
import { floorsOf } from './floors.ts';
import { isFavourable, limitsOf } from './limits.ts';
import { questionPlan } from './question-plan.ts';
import { isCounted, questionsOf } from './questions.ts';
import type { PlanReport } from './report.ts';
import { schemeOf } from './scheme.ts';
import { settingOf } from './setting.ts';
import { simulatePower } from './simulate/run.ts';
import { planText } from './text.ts';

/** How a trial is planned. */
export interface PlanOptions {
  /** The clusters, as `parseClusters` or `clustersFrom` give them, where they are known. */
  readonly clusters?: ClusterList | undefined;
  /** Simulated trials with the assumed effects, and as many without; default 400. 0 for none. */
  readonly simulations?: number | undefined;
  /** The same seed gives the same report. It is no seed of the trial's own list. */
  readonly seed: string;
  /** Told after each simulated trial. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/**
 * What a trial can and cannot do, before it starts: whether it is feasible, its power and the effects
 * it can detect by formula and by simulation with the analysis that it will run, power against the
 * number and the size of its units, how balanced and how free its allocation is, and plainly what it
 * cannot do.
 *
 * @example
 * const report = plan(trial, {
 *   patientDays: { perSize: 1.5 },
 *   alerts: { control: 0.4, kappa: 0.25 },
 *   acceptance: { control: 0.2, icc: 'idocc-process' },
 *   effects: { redesign: { alertsRatio: 0.7 } },
 * }, { clusters, seed: 'first plan' });
 * console.log(`${report}`);
 *
 * In R: none for the whole; each number of a question is that of `clusterPower` or `varianceWithinPeriods`.
 *
 * @throws PlanError for assumptions that are malformed or do not fit the trial
 * @throws AllocationError when the method of the trial cannot allocate the clusters
 * @throws RangeError when the number of simulations is none
 */
export function plan(trial: Trial, assumptions: PlanAssumptions, options: PlanOptions): PlanReport {
  const { clusters, simulations = 400, seed, onProgress } = options;
  if (!(Number.isSafeInteger(simulations) && simulations >= 0)) {
    throw new RangeError(`simulations must be a whole number of at least 0, got ${simulations}`);
  }
  const setting = settingOf(trial, assumptions, { clusters, seed });
  const planned = questionsOf(setting);
  const questions = planned.map((question) => questionPlan(setting, question));
  const floors = floorsOf(setting);
  const scheme = schemeOf(setting);
  const simulation =
    simulations === 0
      ? notEstimable('no simulated trials were asked for')
      : simulatePower(setting, { simulations, seed, onProgress });
  const { id, round, title, fingerprint, unit, control, decision } = trial;
  const body: Omit<PlanReport, 'reaches' | 'limits' | 'toString'> = {
    trial: {
      id,
      round,
      title,
      fingerprint,
      unit,
      control,
      allocation: allocationWords(trial),
      alpha: decision.alpha,
    },
    seed,
    assumptions: setting.assumptions,
    likeness: setting.likeness,
    units: {
      total: setting.units,
      byArm: setting.arms.map((arm, i) => ({ arm, units: setting.counts[i] ?? 0 })),
      size: setting.size,
      cv: setting.cv,
      cvFrom: setting.sizes === undefined ? 'assumptions' : 'clusters',
      periods: trial.periods.length,
    },
    wantedPower: setting.power,
    questions,
    floors,
    scheme,
    curves: planned
      .filter(({ role }) => role === 'primary')
      .filter(isCounted)
      .map((question) => curveOf(setting, question)),
    simulation,
  };
  const reaches = {
    level: floors.every(({ reachable }) => reachable),
    power: reachesPower(body),
  };
  const report: PlanReport = {
    ...body,
    reaches,
    limits: limitsOf({ ...body, reaches }, setting),
  };
  return withText(report, () => planText(report));
}

/** Whether every arm that is thought to be better has the wanted power; with none there is nothing to show. */
function reachesPower({
  simulation,
  questions,
  wantedPower,
}: Pick<PlanReport, 'simulation' | 'questions' | 'wantedPower'>): boolean {
  const arms = questions
    .filter((own) => own.role === 'primary' && isFavourable(own))
    .map(({ arm }) => arm);
  if (arms.length === 0) return false;
  return simulation.estimable
    ? simulation.arms
        .filter(({ arm }) => arms.includes(arm))
        .every(({ adopt }) => adopt.share + 2 * adopt.standardError >= wantedPower)
    : questions
        .filter(({ arm }) => arms.includes(arm))
        .every(({ power }) => power.estimable && power.power >= wantedPower);
}

/** How units get their arms, in words. */
function allocationWords(trial: Trial): string {
  if (trial.allocation.kind === 'hashed') return 'each by the hash of its id';
  const periods = periodsOf(trial.protocol);
  const { method } = trial.allocation.method;
  return periods === undefined
    ? `a list by the method "${method}"`
    : `a ${periods.design} over ${periods.starts.length} periods, its list by the method "${method}"`;
}
