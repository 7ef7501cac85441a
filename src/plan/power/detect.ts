import type { Estimable } from '../../analysis/estimable.ts';
import { notEstimable } from '../../analysis/estimable.ts';
import { findRoot } from '../../stats/index.ts';
import type { Outcome } from './outcome.ts';
import { controlOf } from './outcome.ts';

/** The side of control on which an effect is looked for. */
export type Direction = 'higher' | 'lower';

/** The least effect that a trial finds with the wanted power. */
export interface DetectableEffect {
  /** The proportion, rate or mean in the arm. */
  readonly arm: number;
  /** Arm minus control. */
  readonly difference: number;
  /** Arm over control; not given for a mean. */
  readonly ratio?: number | undefined;
}

/** Ratios beyond e to this are not looked for. */
const MOST_LOG_RATIO = 300;

/** How far from control the search goes by steps of a quarter. */
const STEPS = 80;

/**
 * The value nearest to control at which |effect| = `shift` · SE, where SE depends on the value.
 *
 * @param standardError of the effect where the arm has this value
 */
export function detectEffect(
  outcome: Outcome,
  {
    direction,
    shift,
    standardError,
  }: {
    readonly direction: Direction;
    readonly shift: number;
    readonly standardError: (value: number) => number;
  },
): Estimable<DetectableEffect> {
  const control = controlOf(outcome);
  const sign = direction === 'higher' ? 1 : -1;
  const onLog = outcome.kind === 'rate' && outcome.scale !== 'difference';
  const valueAt = (effect: number): number =>
    onLog ? control * Math.exp(sign * effect) : control + sign * effect;
  const excess = (effect: number): number => effect - shift * standardError(valueAt(effect));
  const end = furthest(outcome, direction);
  const first = shift * standardError(control);
  // SE seldom grows faster than the effect: then a step from its value under no effect finds it.
  const steps = Array.from({ length: STEPS }, (_, i) => Math.min(first * 1.25 ** (i - 20), end));
  let at = steps.findIndex((effect) => excess(effect) >= 0);
  if (at < 0) {
    // As the effect grows, a rate that falls has ever fewer events: the best place is in between.
    at = steps.reduce((best, x, i) => (excess(x) > excess(steps[best] ?? 0) ? i : best), 0);
    const [left, right] = [steps[at - 1] ?? 0, steps[at + 1] ?? steps[at] ?? 0];
    steps[at] = highest(excess, left, right);
    if (!(excess(steps[at] ?? 0) >= 0)) {
      return notEstimable(
        `no ${direction} value of the arm can be told from control with this power`,
        'randomise more clusters, or observe them for longer',
      );
    }
  }
  const effect = findRoot(excess, { lower: steps[at - 1] ?? 0, upper: steps[at] ?? 0 });
  const arm = valueAt(effect);
  return {
    estimable: true,
    arm,
    difference: arm - control,
    ...(outcome.kind === 'mean' ? {} : { ratio: arm / control }),
  };
}

/** The largest effect there can be. */
function furthest(outcome: Outcome, direction: Direction): number {
  if (outcome.kind === 'proportion') {
    return direction === 'higher' ? 1 - outcome.control : outcome.control;
  }
  if (outcome.kind === 'mean') return Infinity;
  if (outcome.scale === 'difference') return direction === 'lower' ? outcome.control : Infinity;
  return MOST_LOG_RATIO;
}

/** Where a function with one peak between two ends has it, by golden sections. */
function highest(f: (x: number) => number, left: number, right: number): number {
  const section = (Math.sqrt(5) - 1) / 2;
  let [a, b] = [left, right];
  for (let turn = 0; turn < 100; turn += 1) {
    const c = b - section * (b - a);
    const d = a + section * (b - a);
    if (f(c) > f(d)) b = d;
    else a = c;
  }
  return (a + b) / 2;
}
