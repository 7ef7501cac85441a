import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { AnomalyOptions } from '../../../src/analysis/integrity/index.ts';
import { anomalyObserver } from '../../../src/analysis/integrity/anomalies.ts';
import { keySet } from '../../../src/analysis/integrity/key-set.ts';
import type { TrialEvent } from '../../../src/index.ts';
import { trialWith } from '../../trials.ts';
import { eventsOf } from './events.ts';

const trial = trialWith();
const { alert, answer, days, noon } = eventsOf(trial);

const found = (events: readonly TrialEvent[], options: AnomalyOptions = {}) => {
  const observer = anomalyObserver(trial, options);
  events.forEach(observer.observe);
  return observer.result();
};

const codes = (events: readonly TrialEvent[], options: AnomalyOptions = {}) =>
  found(events, options).map(({ code, total }) => [code, total]);

/** Events that are right, with the patient-day of their alert. */
const right = (): readonly TrialEvent[] => {
  const shown = alert();
  return [days({ at: shown.at, day: shown.day }), shown, answer(shown)];
};

describe('Anomalies of events', () => {
  test('are none where nothing is wrong, whatever the order', () => {
    expect(found(right())).toEqual([]);
    expect(found([...right()].reverse())).toEqual([]);
    expect(found([])).toEqual([]);
  });

  test('are counted by arm, with what they are and what to do', () => {
    const other = alert({ arm: 'redesign' });
    const [found1] = found([...right(), answer(other), answer(alert({ arm: 'redesign' }))]);
    expect(found1).toEqual({
      code: 'answer-without-alert',
      total: 2,
      arms: [
        { arm: 'usual', count: 0 },
        { arm: 'redesign', count: 2 },
      ],
      serious: true,
      what: expect.stringContaining('does not hold'),
      advice: expect.stringContaining('lost'),
    });
  });

  test('of answers without their alert count alerts, not answers', () => {
    const lost = alert();
    const two = [answer(lost), answer(lost, { type: 'acceptance' })];
    expect(codes([...right(), ...two])).toEqual([['answer-without-alert', 1]]);
  });

  test('of answers: too early, too late, and again', () => {
    const events = right();
    const shown = events[1] as TrialEvent;
    const given = (changes: Readonly<Record<string, unknown>>) =>
      codes([...events, answer(shown, { type: 'acceptance', ...changes })]);
    expect(given({})).toEqual([]);
    expect(given({ delay: -1 })).toEqual([['answer-before-alert', 1]]);
    expect(given({ delay: 0 })).toEqual([]);
    expect(given({ delay: trial.responseWindow })).toEqual([]);
    expect(given({ delay: trial.responseWindow + 1 })).toEqual([['answer-late', 1]]);
    expect(given({ type: 'dismissal' })).toEqual([['answer-repeated', 1]]);
    expect(given({ type: 'order', route: 'click', delay: -1 })).toEqual([
      ['answer-before-alert', 1],
    ]);
    expect(given({ type: 'order', route: 'window', delay: -1 })).toEqual([]);
    const order = { type: 'order', route: 'click' };
    expect(codes([...events, answer(shown, order), answer(shown, order)])).toEqual([]);
  });

  test('of patient-days: one again, and an alert without one', () => {
    const [day, shown, dismissal] = right() as readonly [TrialEvent, TrialEvent, TrialEvent];
    const again = { ...day, id: 'another' };
    expect(codes([day, again, shown, dismissal])).toEqual([['patient-day-repeated', 1]]);
    const empty = { ...again, calendar: 0, midnight: 0, elapsed: 0 } as TrialEvent;
    expect(codes([day, empty, shown, dismissal])).toEqual([]);
    const other = { ...day, patient: 'u2' } as TrialEvent;
    expect(codes([other, shown, dismissal, { ...shown, id: 'x' }])).toEqual([
      ['alert-without-patient-day', 1],
    ]);
    const unnamed = { ...shown, patient: undefined } as TrialEvent;
    expect(codes([other, unnamed, dismissal])).toEqual([]);
    // Not brought up to date yet: no patient-day of that day or a later one.
    expect(codes([shown, dismissal])).toEqual([]);
    const earlier = { ...other, day: '2026-10-06' } as TrialEvent;
    expect(codes([earlier, shown, dismissal])).toEqual([]);
    const later = { ...other, day: '2026-11-06' } as TrialEvent;
    expect(codes([later, shown, dismissal])).toEqual([['alert-without-patient-day', 1]]);
  });

  test('of bursts: more than so many alerts of one unit in a minute of the clock', () => {
    const minute = Math.floor(noon / 60_000) * 60_000;
    const many = (count: number, changes: Readonly<Record<string, unknown>> = {}) =>
      Array.from({ length: count }, (_, i) => alert({ at: minute + i, ...changes }));
    expect(codes(many(30))).toEqual([]);
    expect(codes(many(31))).toEqual([['burst', 1]]);
    expect(codes(many(90))).toEqual([['burst', 1]]);
    expect(codes([...many(31), ...many(31, { at: minute + 60_000 })])).toEqual([['burst', 2]]);
    expect(codes([...many(16), ...many(16, { at: minute + 60_000 })])).toEqual([]);
    expect(codes([...many(16), ...many(16, { unitId: 'u2' })])).toEqual([]);
    expect(codes(many(4), { burst: 3 })).toEqual([['burst', 1]]);
    expect(codes(many(3), { burst: 3 })).toEqual([]);
  });

  test('of time: outside the trial, late, and ahead of the clock', () => {
    const at = (instant: number) => codes([alert({ at: instant, receivedAt: instant })]);
    expect(at(trial.startsAt)).toEqual([]);
    expect(at(trial.startsAt - 1)).toEqual([['outside-trial', 1]]);
    expect(at(trial.endsAt - 1)).toEqual([]);
    expect(at(trial.endsAt)).toEqual([['outside-trial', 1]]);
    expect(codes([days({ at: trial.endsAt })])).toEqual([['outside-trial', 1]]);
    const day = 86_400_000;
    const received = (delay: number, options: AnomalyOptions = {}) =>
      codes([alert({ at: noon, receivedAt: noon + delay })], options);
    expect(received(day)).toEqual([]);
    expect(received(day + 1)).toEqual([['received-late', 1]]);
    expect(received(1_001, { late: 1_000 })).toEqual([['received-late', 1]]);
    expect(received(-300_000)).toEqual([]);
    expect(received(-300_001)).toEqual([['clock-ahead', 1]]);
    expect(codes([days({ at: noon, receivedAt: noon + 9 * day })])).toEqual([]);
    // An answer may come after the last day.
    const last = alert({ at: trial.endsAt - 1 });
    expect(codes([last, answer(last)])).toEqual([]);
  });

  test('of assignments that are not random, of other arms, and of deviations are not counted', () => {
    const bad = { at: trial.startsAt - 1 };
    expect(codes([alert({ ...bad, randomized: false })])).toEqual([]);
    expect(codes([alert({ ...bad, arm: 'other' })])).toEqual([]);
    expect(codes([alert({ ...bad, type: 'deviation' }), alert({ ...bad, type: 'gap' })])).toEqual(
      [],
    );
  });

  test('stand in the order of their weight', () => {
    const shown = alert({ at: trial.startsAt - 1, receivedAt: trial.startsAt + 1e9 });
    const events = [shown, answer(shown, { delay: -1 }), answer(alert())];
    expect(codes(events).map(([code]) => code)).toEqual([
      'answer-without-alert',
      'outside-trial',
      'answer-before-alert',
      'received-late',
    ]);
  });
});

describe('A set of keys', () => {
  test('holds what was added and nothing else', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.array(fc.string()), (some, others) => {
        const [one, two] = [keySet(), keySet()];
        expect(one.isEmpty()).toBe(true);
        const known = new Set<string>();
        for (const text of some) {
          expect(one.add(text)).toBe(!known.has(text));
          known.add(text);
        }
        others.forEach((text) => two.add(text));
        const distinct = [...new Set(others)];
        expect(one.missing(two)).toBe(distinct.filter((text) => !known.has(text)).length);
        expect([...one.keys()]).toHaveLength(known.size);
        expect(one.isEmpty()).toBe(known.size === 0);
      }),
    );
  });

  test('tells 200,000 ids apart that differ in their last digits', () => {
    const set = keySet();
    let added = 0;
    for (let i = 0; i < 200_000; i += 1) {
      if (set.add(`0199b1c2-7d3e-7000-8000-${i.toString(16).padStart(12, '0')}`)) added += 1;
    }
    expect(added).toBe(200_000);
    expect([...set.keys()].every((key) => Number.isSafeInteger(key) && key > 0)).toBe(true);
  });
});
