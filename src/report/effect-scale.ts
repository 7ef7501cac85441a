import type { ArmComparison, Estimable, Measure, TrialAnalysis } from '../analysis/index.ts';
import type { Effect } from '../analysis/index.ts';
import type { Scale } from './words.ts';

/** What is tolerated, on the scale on which it was set. */
export interface Margin {
  readonly scale: 'ratio' | 'difference';
  /** The margin of non-inferiority, or the two bounds of equivalence. */
  readonly values: readonly [number] | readonly [number, number];
}

/** The scale on which a measure is judged unless its protocol says otherwise. */
export function ownScale(measure: Measure): 'ratio' | 'difference' {
  return measure.kind === 'rate' ? 'ratio' : 'difference';
}

/** How the values of an effect are written. */
export function scaleFor(measure: Measure, scale: 'ratio' | 'difference'): Scale {
  if (scale === 'ratio') return 'ratio';
  return measure.kind === 'proportion' ? 'points' : 'difference';
}

/** The effect of a comparison on a scale. */
export function effectOn(
  comparison: ArmComparison,
  scale: 'ratio' | 'difference',
): Estimable<Effect> {
  return scale === 'ratio' ? comparison.ratio : comparison.difference;
}

/** The margin of the guardrail at `index`; unknown as long as no arm can be judged on it. */
export function marginOf(verdicts: TrialAnalysis['verdicts'], index: number): Margin | undefined {
  for (const { guardrails } of verdicts) {
    const answer = guardrails[index];
    if (answer?.estimable === true) return { scale: answer.scale, values: [answer.null] };
  }
  return undefined;
}

/** The margin or the bounds that the primary outcome is held to; none where superiority is claimed. */
export function claimedMargin(verdicts: TrialAnalysis['verdicts']): Margin | undefined {
  for (const { primary } of verdicts) {
    if (!primary.estimable || primary.question === 'superiority') continue;
    return { scale: primary.scale, values: primary.bounds ?? [primary.null] };
  }
  return undefined;
}

/** Whether the naive interval belongs to the plot on this scale. */
export function hasNaive(measure: Measure, on: 'ratio' | 'difference'): boolean {
  return on === ownScale(measure) && measure.comparisons.some(({ naive }) => naive.estimable);
}
