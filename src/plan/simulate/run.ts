import type { Design } from '../../analysis/design.ts';
import { designFrom } from '../../analysis/design.ts';
import { notEstimable } from '../../analysis/estimable.ts';
import type { Estimable } from '../../analysis/index.ts';
import { judge } from '../../analysis/judge.ts';
import { isOverTime } from '../../analysis/over-time.ts';
import type { RandomStream } from '../../stats/index.ts';
import { randomStream } from '../../stats/index.ts';
import type { Trial } from '../../trial/trial.ts';
import { questionsOf } from '../questions.ts';
import type { ArmValues } from '../outcome.ts';
import type { PlanSetting } from '../setting.ts';
import { armsByWeight, lighter, lighterHashedDesign } from './lighter.ts';
import { drawRows } from './model.ts';
import type { SimulatedUnit } from './model.ts';
import { nullValues } from './null-values.ts';
import type { SimulatedArm, SimulatedShare } from './tally.ts';
import { tally } from './tally.ts';

/** Simulated trials, judged as the trial will be. */
export interface SimulatedPower {
  /** Trials with the assumed effects, and as many with none. */
  readonly simulations: number;
  /** Re-randomisations drawn in each test; the trial itself draws `decision.draws`. */
  readonly draws: number;
  /** With the assumed effects. */
  readonly arms: readonly SimulatedArm[];
  /** At least one arm was adopted. */
  readonly anyAdopted: SimulatedShare;
  /** All arms were adopted. */
  readonly allAdopted: SimulatedShare;
  /**
   * With the primary outcome of every arm at what is to be ruled out (for superiority: no effect) and
   * all else as in the control arm. `primary` is then the type I error of an arm, at most half of
   * alpha where the test keeps its level.
   */
  readonly withoutEffect: {
    readonly arms: readonly SimulatedArm[];
    /** At least one arm was adopted, wrongly. */
    readonly anyAdopted: SimulatedShare;
  };
}

/** How many trials are simulated, and from which random numbers. */
export interface SimulateOptions {
  readonly simulations: number;
  readonly seed: string;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** Expected units of two arms with an alert from which on the t test is sure to decide (40 decide). */
const surely = 60;

/**
 * The least number of draws from 499 on with which a p value can be exactly the level of each of
 * Holm's steps, so that drawing fewer than the trial will loses no power to rounding; where the t
 * test is sure to decide 99.
 */
function drawsFor({ trial, units, counts, size, values, arms }: PlanSetting): number {
  const { test, draws, alpha } = trial.decision;
  const [control = 0, ...others] = counts;
  const compared = isOverTime(trial) ? units : control + Math.min(...others);
  const fewest = Math.min(...values.map(({ alerts }) => alerts * size));
  const withAlert = compared * (1 - Math.exp(-fewest));
  if (test === 'model' || (test === 'auto' && withAlert >= surely)) return Math.min(draws, 99);
  const steps = arms.slice(1).map((_, step) => alpha / 2 / (step + 1));
  let found = 499;
  const isWhole = (level: number): boolean =>
    Math.abs((found + 1) * level - Math.round((found + 1) * level)) < 1e-9;
  while (found < draws && found < 1_999 && !steps.every(isWhole)) found += 1;
  return Math.min(found, draws);
}

/**
 * The chances that a trial has, by simulation: each simulated trial draws its list by the procedure of
 * the trial (units that hash each by themselves), its counts as `drawRows` has them, and is judged by
 * the same analysis at its end, with every unit observed to the end. Re-randomisation draws are fewer
 * than in the trial (see `draws`), and sets of more than 2,000 allocations are drawn from.
 *
 * Each trial has random numbers of its own, the same with the effects and without, so that the result
 * depends on the seed alone.
 *
 * @returns not estimable where assumptions say nothing of an outcome that decides
 */
export function simulatePower(
  setting: PlanSetting,
  { simulations, seed, onProgress }: SimulateOptions,
): Estimable<SimulatedPower> {
  const { trial, arms, values } = setting;
  const unknown = questionsOf(setting).find(({ counted }) => counted === undefined);
  if (unknown !== undefined) {
    return notEstimable(
      `nothing is assumed of an outcome that decides: ${unknown.title}`,
      'a simulation of your own, judged by `analyze`',
    );
  }
  const draws = drawsFor(setting);
  const trialOf = (name: string): Trial => ({
    ...trial,
    // Names the re-randomisations, so that each simulated trial has its own.
    fingerprint: name,
    decision: { ...trial.decision, draws },
  });
  const assign = assigning(setting);
  const total = 2 * simulations;
  const run = (own: readonly ArmValues[], done: number): ReturnType<typeof tally> => {
    const counts = tally(arms.slice(1), trial.guardrails.length);
    for (let i = 0; i < simulations; i += 1) {
      const stream = randomStream(['plan', trial.fingerprint, seed], i);
      const { units, design } = assign(stream);
      const simulated = trialOf(`${seed} ${i}`);
      const rows = drawRows(setting, units, { values: own, stream });
      const { verdicts } = judge(simulated, rows, {
        design: design(simulated),
        final: true,
        obstacles: () => [],
      });
      counts.add(verdicts);
      onProgress?.(done + i + 1, total);
    }
    return counts;
  };
  const withEffect = run(values, 0);
  const without = run(nullValues(setting), simulations);
  return {
    estimable: true,
    simulations,
    draws,
    arms: withEffect.arms(),
    anyAdopted: withEffect.any(),
    allAdopted: withEffect.all(),
    withoutEffect: { arms: without.arms(), anyAdopted: without.any() },
  };
}

/** Draws who gets which arm, as the trial does. */
function assigning(setting: PlanSetting): (stream: RandomStream) => {
  readonly units: readonly SimulatedUnit[];
  readonly design: (trial: Trial) => Design;
} {
  const { trial, reference, units } = setting;
  if (reference !== undefined) {
    const light = lighter(reference);
    return (stream) => {
      const own = light.from(light.draw(stream));
      return { units: own.clusters, design: (simulated) => designFrom(simulated, own) };
    };
  }
  const weights = trial.arms.map(({ weight }) => weight);
  return (stream) => {
    const arms = armsByWeight(stream, { weights, length: units });
    return {
      units: Array.from(arms, (arm, i) => ({
        id: `${trial.unit} ${i + 1}`,
        arms: [trial.arms[arm]?.name ?? ''],
      })),
      design: lighterHashedDesign,
    };
  };
}
