import { percent, points, significant } from '../analysis/text/words.ts';
import type { QuestionPlan } from './report.ts';

/** A chance in whole percent, never 0 or 100 % unless it is. */
export function chance(value: number): string {
  if (value > 0 && value < 0.005) return '< 1 %';
  if (value < 1 && value > 0.995) return '> 99 %';
  return percent(value, 0);
}

/** A value of an outcome: a share in percent, or a rate. */
export function valueText(value: number, kind: QuestionPlan['kind']): string {
  return kind === 'proportion' ? percent(value) : significant(value);
}

/** An effect on its scale. */
export function effectText(
  effect: number,
  { scale, kind }: Pick<QuestionPlan, 'scale' | 'kind'>,
): string {
  if (scale === 'ratio') return `ratio ${significant(effect)}`;
  return kind === 'proportion' ? `${points(effect)} points` : `difference ${significant(effect)}`;
}

/** What a question asks. */
export function questionText(question: QuestionPlan): string {
  const { null: lower, upper } = question;
  switch (question.question) {
    case 'superiority':
      return `better than control (${question.better} is better)`;
    case 'non-inferiority':
      return `not worse than by the margin (${effectText(lower, question)})`;
    case 'equivalence':
      return `between ${effectText(lower, question)} and ${effectText(upper ?? lower, question)}`;
  }
}

/** "3 practices", "1 practice". */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en-GB')} ${noun}${count === 1 ? '' : 's'}`;
}

/** A number that somebody chose, as it was chosen: 0.05, 2.5. */
export function plain(value: number): string {
  return String(Number(value.toPrecision(3)));
}
