import type { RapidcycleError } from '../../errors.ts';
import { EventError } from '../../errors.ts';
import type { AnswerBase, Impression, TrialEvent } from '../../events/event.ts';
import type { Protocol } from '../../trial/protocol.ts';
import type { Trial } from '../../trial/trial.ts';
import type { Store } from '../port.ts';
import type { Backfill, BackfillReceipt, PastAnswer, PastFiring } from './backfill-port.ts';
import type { Composer } from './compose.ts';
import { composingError } from './compose.ts';
import type { Openings } from './openings.ts';
import { openingsWithin } from './openings.ts';
import { pastIds } from './past-id.ts';
import type { Recorder } from './recorder.ts';
import type { SettledBatch } from './settle-batch.ts';
import { settleBatch } from './settle-batch.ts';

/** What a backfill works with. */
export interface BackfillOptions<P extends Protocol> {
  readonly trial: Trial<P>;
  readonly store: Store;
  readonly composer: Composer;
  readonly recorder: Recorder;
}

interface Placed {
  readonly place: number;
  readonly firing: PastFiring;
  impression: Impression;
}

// What is added to a part that was made just now: a copy of it would cost more than all the rest.
function answerOf(base: AnswerBase, { type, code }: PastAnswer): TrialEvent {
  switch (type) {
    case 'dismissal':
      return Object.assign(base, { type, override: code });
    case 'acceptance':
      return Object.assign(base, { type, suggestion: undefined });
    case 'order':
      return Object.assign(base, { type, route: 'click' as const, order: code });
  }
}

/** Tells the openings that were begun shortly before an instant, as the ledger has them. */
async function recallBefore(
  store: Store,
  {
    trial: { fingerprint, repeatWindow },
    openings,
    at,
  }: { readonly trial: Trial; readonly openings: Openings; readonly at: number },
): Promise<void> {
  const since = at - repeatWindow;
  for await (const { event } of store.read({ trial: fingerprint, since, types: ['impression'] })) {
    if (event.type === 'impression' && event.at < at) openings.recall(event);
  }
}

const sum = (batches: readonly SettledBatch[], of: 'durable' | 'duplicate'): number =>
  batches.reduce((total, batch) => total + batch[of], 0);

async function holdsEvents(store: Store, fingerprint: string): Promise<boolean> {
  const { trials } = await store.statistics();
  return trials.find((trial) => trial.fingerprint === fingerprint)?.events !== 0;
}

const nothing: BackfillReceipt = {
  durable: 0,
  duplicate: 0,
  answers: 0,
  duplicateAnswers: 0,
  deviations: 0,
  duplicateDeviations: 0,
  rejected: new Map(),
};

/** A backfill of a log. */
export function backfillOf<P extends Protocol>(options: BackfillOptions<P>): Backfill<P> {
  const { trial, store, composer, recorder } = options;
  const openings = openingsWithin(trial.repeatWindow);
  const idOf = pastIds(store.pseudonym('encounter', `past firings of ${trial.fingerprint}`));
  const settle = (events: readonly TrialEvent[]): Promise<SettledBatch> =>
    settleBatch(events, { store, recorder });

  // Whether the ledger held anything of the trial before, so that what is told may be there already.
  let isNew = false;
  const begin = async (at: number): Promise<void> => {
    isNew = !(await holdsEvents(store, trial.fingerprint));
    if (!isNew) await recallBefore(store, { trial, openings, at });
  };

  const compose = (
    firings: readonly PastFiring<P>[],
    rejected: Map<number, RapidcycleError>,
  ): Placed[] => {
    const placed: Placed[] = [];
    firings.forEach((firing, place) => {
      const { key, written, assignment, at, stage, alert } = firing;
      try {
        const id = idOf(written, `impression ${key}`);
        const own = { type: 'impression' as const, stage, alert, opening: id };
        const impression = Object.assign(composer.base(assignment, { id, at }), own);
        impression.opening = openings.of(impression);
        placed.push({ place, firing, impression });
      } catch (cause) {
        recorder.count({ durable: 0, duplicate: 0, rejected: 1 });
        rejected.set(place, composingError(cause));
      }
    });
    return placed;
  };

  // What stands in the ledger with another opening, and all that follows from it.
  const correct = (placed: readonly Placed[], { standing }: SettledBatch): void => {
    if (standing.size === 0) return;
    const openingOf = new Map<string, string>();
    for (const [id, event] of standing) {
      if (event.type === 'impression') openingOf.set(id, event.opening);
    }
    for (const each of placed) {
      const { id, opening } = each.impression;
      const held = openingOf.get(id) ?? openingOf.get(opening);
      if (held === undefined) continue;
      each.impression = { ...each.impression, opening: held };
      openings.recall(each.impression);
    }
  };

  const settleImpressions = async (placed: readonly Placed[]): Promise<readonly SettledBatch[]> => {
    const append = async (some: readonly Placed[]): Promise<SettledBatch> => {
      const settled = await settle(some.map(({ impression }) => impression));
      correct(placed, settled);
      return settled;
    };
    if (isNew) return [await append(placed)];
    // A repeat has the opening of what it repeats, which may stand in the ledger already.
    const isRoot = ({ impression: { id, opening } }: Placed): boolean => id === opening;
    const roots = placed.filter(isRoot);
    const repeats = placed.filter((each) => !isRoot(each));
    return [await append(roots), await append(repeats)];
  };

  const answersOf = ({ impression, firing }: Placed): readonly TrialEvent[] => {
    if (firing.stage === 'silent' && firing.answers.length > 0) {
      const message = 'a silent alert was not shown, so nobody can have answered it';
      throw new EventError([{ path: 'answers', message }]);
    }
    return firing.answers.map((answer) => {
      const { at = impression.at, type, code } = answer;
      const what = code === undefined ? '' : JSON.stringify([code.system, code.code]);
      const id = idOf(firing.written, `${type} ${impression.id} ${at} ${what}`);
      return answerOf(composer.answer(impression, { id, at }), answer);
    });
  };
  const deviationsOf = ({ impression, firing }: Placed): readonly TrialEvent[] =>
    firing.deviations.map((what) => {
      const id = idOf(firing.written, `deviation ${impression.id} ${what}`);
      const base = composer.base(firing.assignment, { id, at: firing.at });
      return { ...base, type: 'deviation', what };
    });

  /** Writes down what became of the firings whose impressions stand. */
  const settleRest = async (
    placed: readonly Placed[],
    rejected: Map<number, RapidcycleError>,
  ): Promise<readonly [answers: SettledBatch, deviations: SettledBatch]> => {
    const placeOf = new Map<string, number>();
    const made = (make: (each: Placed) => readonly TrialEvent[]): readonly TrialEvent[] =>
      placed.flatMap((each) => {
        try {
          const events = make(each);
          for (const { id } of events) placeOf.set(id, each.place);
          return events;
        } catch (cause) {
          recorder.count({ durable: 0, duplicate: 0, rejected: 1 });
          rejected.set(each.place, composingError(cause));
          return [];
        }
      });
    const settled = await Promise.all([settle(made(answersOf)), settle(made(deviationsOf))]);
    for (const [id, error] of settled.flatMap((batch) => [...batch.rejected])) {
      const place = placeOf.get(id);
      if (place !== undefined) rejected.set(place, error);
    }
    return settled;
  };

  let before: Promise<unknown> = Promise.resolve();
  let isBegun = false;

  const write = async (firings: readonly PastFiring<P>[]): Promise<BackfillReceipt> => {
    if (firings.length === 0) return nothing;
    const rejected = new Map<number, RapidcycleError>();
    const turn = before;
    let done = (): void => undefined;
    // The next call may go on as soon as it is known which openings there are.
    before = new Promise<void>((resolve) => {
      done = resolve;
    });
    try {
      await turn;
      if (!isBegun) await begin(Math.min(...firings.map(({ at }) => at)));
      isBegun = true;
      const placed = compose(firings, rejected);
      const settling = settleImpressions(placed);
      // Nothing that stands in a new ledger can change what the next ones are.
      if (isNew) done();
      const settled = await settling;
      done();
      const refused = new Map(settled.flatMap((batch) => [...batch.rejected]));
      const standing = placed.filter(({ place, impression: { id } }) => {
        const error = refused.get(id);
        if (error !== undefined) rejected.set(place, error);
        return error === undefined;
      });
      const [answers, deviations] = await settleRest(standing, rejected);
      return {
        durable: sum(settled, 'durable'),
        duplicate: sum(settled, 'duplicate'),
        answers: answers.durable,
        duplicateAnswers: answers.duplicate,
        deviations: deviations.durable,
        duplicateDeviations: deviations.duplicate,
        rejected,
      };
    } finally {
      done();
    }
  };

  return { add: (firings) => recorder.track(write(firings)) };
}
