import type { Firing } from './firings.ts';

/** What a clinician does about a card, and when the service hears of it. Milliseconds. */
export interface Answer {
  readonly outcome: 'accepted' | 'overridden';
  /** When it was done. */
  readonly at: number;
  /** When the record system reports it. */
  readonly sentAt: number;
  /** Uniform on [0, 1): picks the suggestion or the reason. */
  readonly choice: number;
  /** Whether the answer was reported before and is sent a second time. */
  readonly again: boolean;
}

/** What an answer depends on besides the firing. */
export interface Willingness {
  /** Probability that the card is accepted within the response window. */
  readonly accept: number;
  /** Of the rest, the share that is overridden. */
  readonly overridden: number;
}

const minute = 60_000;
const hour = 60 * minute;

/** Answers come within two hours, reports four hours later at most. */
const longestDwell = 2 * hour;

/** Share of the cards otherwise ignored that are accepted after more than a day: too late to count. */
const tooLate = 0.02;

/** Share of acceptances that follow an override of the same card. */
const secondThoughts = 0.04;

/** Share of answers that are reported twice. */
const twice = 0.03;

/** Minutes, or for one answer in five hours, until the record system reports an answer. */
function lagOf(place: number): number {
  return place < 0.8 ? minute * (1 + 5 * place) : hour * (0.2 + 19 * (place - 0.8));
}

/**
 * What the clinician does about the card of a firing: nothing (ignored), or one or two answers.
 *
 * The random numbers are those of the firing, so that the answer to one card and to another differ
 * only through the probability. An accepted card is accepted in time: what comes too late is taken
 * from the ignored ones, so that it changes no rate.
 */
export function answersTo(firing: Firing, { accept, overridden }: Willingness): readonly Answer[] {
  const { fate } = firing;
  // The middle of the dwell times is 8 seconds (McDaniel 2016); long tails reach hours.
  const dwell = Math.min(Math.round(8_000 * Math.exp(1.6 * fate.pace)) + 1_000, longestDwell);
  const answers: Answer[] = [];
  if (fate.accept < accept) {
    if (fate.oddity < secondThoughts) {
      answers.push(answer(firing, 'overridden', Math.round(dwell / 2)));
    }
    answers.push(answer(firing, 'accepted', dwell));
  } else if (fate.otherwise < overridden) {
    answers.push(answer(firing, 'overridden', dwell));
  } else if (1 - fate.otherwise < (1 - overridden) * tooLate) {
    answers.push(answer(firing, 'accepted', Math.round(hour * (25 + 35 * fate.oddity))));
  }
  const last = answers.at(-1);
  if (last !== undefined && fate.oddity > 1 - twice) {
    const sentAt = last.sentAt + Math.round(minute * (1 + 30 * fate.lag));
    answers.push({ ...last, sentAt, again: true });
  }
  return answers;
}

function answer({ at, fate }: Firing, outcome: Answer['outcome'], after: number): Answer {
  const sentAt = at + after + Math.round(lagOf(fate.lag));
  return { outcome, at: at + after, sentAt, choice: fate.choice, again: false };
}
