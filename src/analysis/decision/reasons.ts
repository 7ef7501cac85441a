import type { Estimable } from '../estimable.ts';
import type { Measure } from '../result.ts';
import { levelText, points, pText, significant, whyNot } from '../text/words.ts';
import type { Answer } from './decide.ts';

/** An effect with its interval, in words. */
function effectWords(answer: Answer, { kind, level }: Pick<Measure, 'kind' | 'level'>): string {
  const { scale, estimate } = answer;
  if (estimate === null) return 'went from nothing to something';
  const isShare = kind === 'proportion';
  const show =
    scale === 'ratio' ? change : isShare ? points : (value: number) => significant(value);
  const unit = scale === 'difference' && isShare ? ' percentage points' : '';
  const interval = intervalWords(answer, `${levelText(level)} interval`, show);
  return `changed by ${show(estimate)}${unit} (${interval})`;
}

function intervalWords(
  { lower, upper, withoutInterval = 'no effect can be excluded' }: Answer,
  name: string,
  show: (value: number) => string,
): string {
  if (lower !== null && upper !== null) return `${name} ${show(lower)} to ${show(upper)}`;
  if (lower !== null) return `${name} from ${show(lower)} on`;
  if (upper !== null) return `${name} up to ${show(upper)}`;
  return `no interval: ${withoutInterval}`;
}

/** A ratio as a change in percent. */
function change(ratio: number): string {
  const percent = Math.abs(100 * (ratio - 1)).toFixed(0);
  if (percent === '0') return '0 %';
  return `${ratio < 1 ? '−' : '+'}${percent} %`;
}

/** The p value that goes with a finding. */
function findingP({ reversed, pValue, pOpposite }: Answer): string {
  return `one-sided ${pText(reversed ? pOpposite : pValue)}`;
}

/** An effect under a null hypothesis, in words. */
function limitText(value: number, { scale }: Answer, { kind }: Pick<Measure, 'kind'>): string {
  if (scale === 'ratio') return `ratio of ${significant(value)}`;
  return kind === 'proportion' ? `${points(value)} points` : significant(value);
}

function findingOf(answer: Answer, measure: Measure): string {
  const { question, passed, reversed, bounds = [answer.null, answer.null] } = answer;
  switch (question) {
    case 'superiority':
      if (passed) return 'better than the control arm';
      return reversed
        ? 'worse than the control arm'
        : 'not shown to be better than the control arm';
    case 'non-inferiority': {
      const limit = limitText(answer.null, answer, measure);
      if (passed) return `within the tolerated ${limit}`;
      return reversed
        ? `worse than the tolerated ${limit}`
        : `not shown to be within the tolerated ${limit}`;
    }
    case 'equivalence': {
      const [low, high] = bounds.map((bound) => limitText(bound, answer, measure));
      const range = `the range that counts as equal (${low} to ${high})`;
      if (passed) return `within ${range}`;
      return reversed ? `outside ${range}` : `not shown to be within ${range}`;
    }
  }
}

/** What was found on a measure, in words for a clinician. */
export function reasonOf(answer: Estimable<Answer>, measure: Measure): string {
  const { title } = measure;
  if (!answer.estimable) return `${title}: cannot be judged, ${whyNot(answer)}.`;
  return `${title} ${effectWords(answer, measure)}: ${findingOf(answer, measure)} (${findingP(answer)}).`;
}
