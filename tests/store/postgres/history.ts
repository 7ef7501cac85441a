import * as fc from 'fast-check';
import type { OrderRoute, Stage, TrialEvent } from '../../../src/events/event.ts';
import type { Trial } from '../../../src/trial/trial.ts';
import type { AnswerType } from '../fixtures.ts';
import { answer, hour, impression, nine, patientDay, uuid } from '../fixtures.ts';

const who = fc.record({
  unitId: fc.constantFrom('u1', 'u1', 'ü'),
  patient: fc.constantFrom('p', 'p', 'q', undefined),
  encounter: fc.constantFrom('e', 'f', undefined),
  clinician: fc.constantFrom('c', 'd', undefined),
  arm: fc.constantFrom('usual', 'usual', 'redesign'),
  stratum: fc.constantFrom('', '', 'site=1'),
  randomized: fc.constantFrom(true, true, true, false),
  day: fc.constantFrom('2026-10-06', '2026-10-07', '2026-10-08'),
});
const thing = fc.integer({ min: 0, max: 7 });
const fraction = fc.double({ min: 0, max: 1, noNaN: true });

type Make = (id: (index: number) => number, own: number) => TrialEvent;

// Few ids, units and days, so that repeats, answers before alerts and moved openings are common.
const happening: fc.Arbitrary<Make> = fc.oneof(
  fc
    .tuple(
      who,
      thing,
      fc.constantFrom<Stage[]>('returned', 'displayed', 'silent'),
      fc.constantFrom(0, 0, 1_000),
    )
    .map(
      ([base, opening, stage, later]) =>
        (id: (index: number) => number, own: number) =>
          impression(own, { ...base, stage, opening: uuid(id(opening)), at: nine + later }),
    ),
  fc
    .tuple(
      who,
      fc.record({
        of: thing,
        type: fc.constantFrom<AnswerType[]>('dismissal', 'acceptance', 'order'),
        route: fc.constantFrom<OrderRoute[]>('click', 'tag', 'window'),
        delay: fc.constantFrom(-hour, 0, 1, 2_999, 24 * hour, 24 * hour + 1),
        opening: thing,
        code: fc.constantFrom("O'Hara", '拒否 🏥', undefined),
      }),
    )
    .map(
      ([{ day, ...base }, { of, type, route, delay, opening, code }]) =>
        (id: (index: number) => number, own: number) =>
          answer(type, own, id(of), {
            ...base,
            alertDay: day,
            delay,
            opening: uuid(id(opening)),
            ...(type === 'order' && { route }),
            ...(type === 'dismissal' && code !== undefined && { override: { code } }),
          }),
    ),
  fc.tuple(who, fraction, fraction, fraction).map(
    ([base, calendar, midnight, elapsed]) =>
      (_: unknown, own: number) =>
        patientDay(own, { ...base, patient: base.patient ?? 's', calendar, midnight, elapsed }),
  ),
);

/** What may happen in a trial, in a random order: the events when their trial and first id are known. */
export const history: fc.Arbitrary<(trial: Trial, first: number) => readonly TrialEvent[]> = fc
  .array(happening, { minLength: 8, maxLength: 50, size: 'max' })
  .map(
    (makers) =>
      ({ fingerprint }: Trial, first: number) =>
        makers.map((make, index): TrialEvent => {
          const event = make((other) => first + other, first + index);
          return { ...event, trial: fingerprint, reason: event.randomized ? 'hashed' : 'forced' };
        }),
  );
