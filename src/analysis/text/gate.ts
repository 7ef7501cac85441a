import { whyNot } from './words.ts';
import type { GatedArm, GatedOutcome, TrialAnalysis } from '../trial-analysis.ts';

/** What became of a secondary outcome behind its gate, in a few words. */
export function gatedText(
  { verdicts, final }: Pick<TrialAnalysis, 'verdicts' | 'final'>,
  { arm, questions }: GatedArm,
  question: GatedOutcome,
): string {
  const { answer, adjustedPValue, shown } = question;
  if (shown) return 'shown to be better';
  if (!answer.estimable) return `cannot be judged: ${whyNot(answer)}`;
  if (!final) return 'not tested before the trial is over';
  const closed = verdicts.filter(({ verdict }) => verdict !== 'adopt');
  if (closed.some((each) => each.arm === arm)) return 'not tested, for the arm is not adopted';
  if (adjustedPValue === null) return 'not tested, for one before it cannot be judged';
  const before = questions.slice(0, questions.indexOf(question));
  if (before.some((each) => !each.shown)) return 'not tested, for one before it was not shown';
  return closed.length > 0
    ? 'not shown to be better, for not every arm is adopted'
    : 'not shown to be better';
}
