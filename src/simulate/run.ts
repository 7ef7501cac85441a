import { setTimeout as wait } from 'node:timers/promises';
import { answersTo } from './answers.ts';
import type { Clinic } from './clinic.ts';
import { acceptanceOf, courseOf } from './clinic.ts';
import type { FeedbackEntry, ShownCard } from './feedback.ts';
import { cardsIn, feedbackFor } from './feedback.ts';
import type { Firing } from './firings.ts';
import { hookCall } from './hook-call.ts';
import { influenzaAlert } from './influenza.ts';
import { makeQueue } from './queue.ts';
import { serviceClient } from './service-client.ts';
import type { RunTally } from './tally.ts';
import { openTally } from './tally.ts';

/** How far a run has come. */
export interface RunProgress {
  /** Simulated instant, milliseconds since 1970-01-01T00:00Z. */
  readonly at: number;
  /** Calls made, and calls that there will be. */
  readonly done: number;
  readonly total: number;
}

export interface RunOptions {
  /** Base URL of the CDS service, without `/cds-services`. */
  readonly serviceUrl: string;
  /** Id of the service; default that of the demonstration. */
  readonly alert?: string | undefined;
  /** First simulated instant, milliseconds; default the beginning of the clinic's window. */
  readonly from?: number | undefined;
  /** First instant after the last; default the end of the window. Answers are reported after it too. */
  readonly to?: number | undefined;
  /** Called after each simulated hour in which something happened. */
  readonly onProgress?: ((progress: RunProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Further headers of every request. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Simulated milliseconds between two reports of answers, as record systems send batches; default a quarter of an hour. */
  readonly reportEvery?: number | undefined;
  /** Milliseconds of real time to wait for an answer; default 10,000. */
  readonly timeout?: number | undefined;
  /** Milliseconds of real time to pause after a failed request; default 50. */
  readonly pause?: number | undefined;
  /** Milliseconds of real time without any answer after which the run gives up; default 30,000. */
  readonly patience?: number | undefined;
}

const minute = 60_000;

/** Failed feedback is sent again after so many simulated milliseconds. */
const retryAfter = 15 * minute;

/**
 * Lives the weeks of a clinic in order of simulated time against a CDS service: each opening of a
 * chart calls it, clinicians answer the cards, and the answers are reported later, in batches. Every request carries its simulated instant in `x-simulated-time`.
 *
 * One request at a time, so that the same clinic and service give the same run. The simulator is not
 * told the arm; like a reader, it knows the redesigned card by its text. A failed call is not
 * repeated: nothing was shown. A failed report is sent again until it is answered, as the service
 * must take repeated reports as one.
 */
export async function runClinic(clinic: Clinic, options: RunOptions): Promise<RunTally> {
  const { from = clinic.window.from, to = clinic.window.to, signal } = options;
  const { pause = 50, patience = 30_000, timeout = 10_000, headers = {} } = options;
  const { reportEvery = 15 * minute } = options;
  const firings = courseOf(clinic).filter(({ at }) => at >= from && at < to);
  const path = `/cds-services/${encodeURIComponent(options.alert ?? influenzaAlert)}`;
  const client = serviceClient(options.serviceUrl, { timeout, headers });
  const tally = openTally();
  const reports = makeQueue<FeedbackEntry>();
  const begun = performance.now();
  let answeredAt = begun;

  /** The status and body of an answer, or `undefined` after a pause when none came or it was a server error. */
  const post = async (
    where: string,
    body: string,
    at: number,
  ): Promise<{ readonly status: number; readonly body: string } | undefined> => {
    try {
      const reply = await client.post(where, body, at);
      if (reply.status < 500 && reply.status !== 408 && reply.status !== 429) {
        answeredAt = performance.now();
        return reply;
      }
    } catch {
      // As a record system would: nobody is told, the card is simply not there.
    }
    if (performance.now() - answeredAt > patience) tally.ended = 'gave-up';
    await wait(pause);
    return undefined;
  };

  const live = (): boolean => {
    if (signal?.aborted === true) tally.ended = 'aborted';
    return tally.ended === 'complete';
  };

  const show = (firing: Firing, card: ShownCard): void => {
    tally.shown[card.summary] = (tally.shown[card.summary] ?? 0) + 1;
    const accept = acceptanceOf(clinic, firing, card.summary);
    for (const answer of answersTo(firing, { accept, overridden: clinic.settings.overridden })) {
      if (!answer.again) tally.feedback.answers += 1;
      const entry = feedbackFor(card, answer);
      if (entry === undefined) tally.feedback.unreportable += 1;
      else reports.add(Math.ceil(answer.sentAt / reportEvery) * reportEvery, entry);
    }
  };

  const call = async (firing: Firing): Promise<void> => {
    tally.calls += 1;
    const reply = await post(path, hookCall(clinic, firing), firing.at);
    if (reply !== undefined && reply.status >= 400) {
      tally.refused += 1;
      return;
    }
    const cards = reply?.status === 200 ? cardsIn(reply.body) : undefined;
    if (cards === undefined) {
      tally.failed += 1;
      return;
    }
    tally.answered += 1;
    for (const card of cards) show(firing, card);
  };

  const report = async (at: number, batch: readonly FeedbackEntry[]): Promise<void> => {
    tally.feedback.calls += 1;
    const reply = await post(`${path}/feedback`, JSON.stringify({ feedback: batch }), at);
    if (reply === undefined) {
      tally.feedback.retried += 1;
      for (const entry of batch) reports.add(at + retryAfter, entry);
    } else if (reply.status >= 200 && reply.status < 300) {
      tally.feedback.acknowledged += batch.length;
      for (const { card, outcome } of batch) tally.acknowledged.add(`${card} ${outcome}`);
    } else {
      tally.feedback.refused += batch.length;
    }
  };

  const reportUntil = async (instant: number): Promise<void> => {
    while (reports.next() <= instant && live()) {
      const at = reports.next();
      await report(at, reports.take());
    }
  };

  let told = -Infinity;
  try {
    for (const [done, firing] of firings.entries()) {
      await reportUntil(firing.at);
      if (!live()) break;
      await call(firing);
      if (firing.at - told >= 60 * minute) {
        told = firing.at;
        options.onProgress?.({ at: firing.at, done: done + 1, total: firings.length });
      }
    }
    await reportUntil(Number.MAX_VALUE);
    options.onProgress?.({ at: to, done: tally.calls, total: firings.length });
  } finally {
    client.close();
  }
  tally.feedback.abandoned = reports.size();
  tally.elapsed = performance.now() - begun;
  return tally;
}
