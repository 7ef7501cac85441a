import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { join } from 'node:path';
import type { OrderRoute, Stage, TrialEvent } from '../../src/events/event.ts';
import type { Trial } from '../../src/trial/trial.ts';
import type { Store } from '../../src/store/index.ts';
import { memoryStore, openStore } from '../../src/store/index.ts';
import type { AnswerType } from './fixtures.ts';
import { answer, changed, hour, impression, patientDay, uuid } from './fixtures.ts';
import { discard, makeFolder } from './place.ts';

const unit = fc.constantFrom('u1', 'u1', 'u1', 'ü');
const day = fc.constantFrom('2026-10-06', '2026-10-07', '2026-10-08');
const number = fc.integer({ min: 1, max: 4 });
const who = fc.record({
  unitId: unit,
  patient: fc.constantFrom('p', 'p', 'q', undefined),
  arm: fc.constantFrom('usual', 'usual', 'usual', 'redesign'),
  stratum: fc.constantFrom('', '', '', 'site=1'),
  randomized: fc.constantFrom(true, true, true, false),
});
const fraction = fc.double({ min: 0, max: 1, noNaN: true });
// -0 is refused, and so is an amendment that changes nothing.
const difference = fc.double({ min: -1, max: 1, noNaN: true }).map((share) => share + 0);
const change = fc
  .record({
    calendar: fc.constantFrom(-1, 0, 1),
    midnight: fc.constantFrom(-1, 0, 1),
    elapsed: fc.oneof(difference, fc.constantFrom(-1, -0.5, 0.5, 1)),
  })
  .filter(({ calendar, midnight, elapsed }) => [calendar, midnight, elapsed].some(Boolean));

// Few ids, units and days, so that repeats, answers before alerts and moved openings are common.
const happening = fc.oneof(
  fc.tuple(who, day, number, fc.constantFrom<Stage[]>('returned', 'displayed', 'silent')).map(
    ([base, day, opening, stage]) =>
      (id: number) =>
        impression(id, { ...base, day, stage, opening: uuid(opening) }),
  ),
  fc
    .tuple(
      who,
      day,
      fc.record({
        of: number,
        type: fc.constantFrom<AnswerType[]>('dismissal', 'acceptance', 'order'),
        route: fc.constantFrom<OrderRoute[]>('click', 'tag', 'window'),
        delay: fc.constantFrom(-hour, 0, 24 * hour, 24 * hour + 1),
        opening: number,
      }),
    )
    .map(
      ([base, alertDay, { of, type, route, delay, opening }]) =>
        (id: number) =>
          answer(type, id, of, {
            ...base,
            alertDay,
            delay,
            opening: uuid(opening),
            ...(type === 'order' && { route }),
          }),
    ),
  fc.tuple(who, day, fraction, fraction, fraction).map(
    ([base, day, calendar, midnight, elapsed]) =>
      (id: number) =>
        patientDay(id, { ...base, patient: base.patient ?? 's', day, calendar, midnight, elapsed }),
  ),
  // Whole days and what is said of them afterwards, so that times cancel out as often as not.
  fc.tuple(who, day, fc.option(change, { nil: undefined }), number).map(
    ([base, day, difference, of]) =>
      (id: number) =>
        patientDay(id, {
          ...base,
          patient: base.patient ?? 's',
          day,
          ...(difference && { ...difference, amends: uuid(of) }),
        }),
  ),
);

const history = fc.array(happening, { maxLength: 60, size: 'max' }).chain((makers) =>
  fc.record({
    makers: fc.constant(makers),
    order: fc.shuffledSubarray(
      makers.map((_, index) => index),
      { minLength: makers.length },
    ),
    batches: fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 60, maxLength: 60 }),
    questions: fc.array(fc.boolean(), { minLength: 60, maxLength: 60 }),
  }),
);

async function everything(store: Store, { fingerprint }: Trial): Promise<unknown> {
  return {
    summaries: await store.summaries(fingerprint),
    days: await store.days(fingerprint),
    flow: await store.flow(fingerprint),
  };
}

describe('The sums depend on the set of events only', () => {
  let folder: string;
  let embedded: Store;
  beforeAll(async () => {
    folder = makeFolder();
    embedded = await openStore(join(folder, 'ledger.db'));
  });
  afterAll(async () => {
    await embedded.close();
    await discard(folder);
  });

  test('whatever the order and the batches, folded forward, rebuilt, or counted in memory', async () => {
    let round = 10;
    let ids = 100;
    await fc.assert(
      fc.asyncProperty(history, async ({ makers, order, batches, questions }) => {
        // A round of its own for each history, in one ledger.
        round += 1;
        const trial = changed({ round });
        const first = ids;
        ids += makers.length;
        const events = makers.map((make, index): TrialEvent => {
          const event = make(first + index);
          return {
            ...event,
            trial: trial.fingerprint,
            reason: event.randomized ? 'hashed' : 'forced',
          };
        });
        const memory = memoryStore();
        await memory.register(trial);
        await memory.append(events);

        await embedded.register(trial);
        const shuffled = order.flatMap((index) => events[index] ?? []);
        for (let start = 0, turn = 0; start < shuffled.length; turn += 1) {
          const end = start + (batches[turn] ?? 1);
          await embedded.append(shuffled.slice(start, end));
          // Each question folds, so the folds differ from history to history too.
          if (questions[turn] === true) await embedded.days(trial.fingerprint);
          start = end;
        }
        const folded = await everything(embedded, trial);
        expect(folded).toEqual(await everything(memory, trial));
        await embedded.rebuild(trial.fingerprint);
        expect(await everything(embedded, trial)).toEqual(folded);
      }),
      { numRuns: 150 },
    );
  }, 60_000);
});
