import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  cardId,
  derivedId,
  impressionOfCard,
  isId,
  newId,
  newImpressionId,
} from '../../src/events/ids.ts';
import { EventError, parseEvent } from '../../src/index.ts';
import { trialWith } from '../trials.ts';

const base = {
  id: '0190f3c4-7a51-7c7e-9d3a-000000000100',
  trial: trialWith().fingerprint,
  arm: 'usual',
  randomized: true,
  reason: 'hashed',
  unitId: 'pseudonym',
  patient: 'pseudonym',
  stratum: '',
  at: 1_790_000_000_000,
  day: '2026-09-21',
  receivedAt: 1_790_000_000_100,
} as const;
const impression = {
  ...base,
  type: 'impression',
  stage: 'displayed',
  alert: 'flu',
  opening: base.id,
};
const answer = { impression: base.id, opening: base.id, alertDay: base.day, delay: 8_000 };
const dismissal = { ...base, ...answer, type: 'dismissal', override: { code: 'later' } };
const order = { ...base, ...answer, type: 'order', route: 'click' };
const patientDays = { ...base, type: 'patient-days', calendar: 1, midnight: 0, elapsed: 0.5 };
const amendment = {
  ...patientDays,
  calendar: 0,
  midnight: -1,
  elapsed: -25 / 24,
  amends: '0190f3c4-7a51-7c7e-9d3a-000000000200',
};
const gap = {
  ...base,
  type: 'gap',
  randomized: false,
  reason: 'fault',
  unitId: null,
  from: 1,
  to: 2,
  count: 3,
};

/** Every malformed event with the place and the reason that the refusal must name. */
const malformed: readonly (readonly [string, unknown, string, RegExp])[] = [
  ['that is nothing', undefined, '', /object/],
  ['of a type that does not exist', { ...impression, type: 'click' }, 'type', /./],
  ['without a type', { ...impression, type: undefined }, 'type', /./],
  ['whose id is no UUID', { ...impression, id: 'alert-1' }, 'id', /UUID/i],
  ['whose fingerprint is none', { ...impression, trial: 'influenza' }, 'trial', /fingerprint/],
  ['without an arm', { ...impression, arm: '' }, 'arm', /./],
  ['whose reason does not exist', { ...impression, reason: 'lucky' }, 'reason', /hashed/],
  [
    'that is random for a reason that is not',
    { ...impression, reason: 'fault' },
    'randomized',
    /must be false/,
  ],
  [
    'that is not random though it was hashed',
    { ...impression, randomized: false },
    'randomized',
    /must be true/,
  ],
  ['that is random without a unit', { ...impression, unitId: null }, 'unitId', /has a unit/],
  ['at no instant', { ...impression, at: '2026-09-21T00:00:00Z' }, 'at', /whole milliseconds/],
  ['at half a millisecond', { ...impression, at: 1.5 }, 'at', /whole milliseconds/],
  ['before 1970', { ...impression, at: -1 }, 'at', /before 1970/],
  ['in seconds of another era', { ...impression, at: 1e17 }, 'at', /./],
  ['on a day that does not exist', { ...impression, day: '2026-02-30' }, 'day', /calendar day/],
  ['with a misspelt field', { ...impression, satge: 'silent' }, '', /satge/],
  ['with a comment in free text', { ...dismissal, comment: 'Mrs Smith' }, '', /comment/],
  ['shown in a way that does not exist', { ...impression, stage: 'seen' }, 'stage', /returned/],
  ['that answers no impression', { ...dismissal, impression: undefined }, 'impression', /./],
  [
    'answered after part of a millisecond',
    { ...dismissal, delay: 0.1 },
    'delay',
    /whole milliseconds/,
  ],
  [
    'overridden without a code',
    { ...dismissal, override: { display: 'later' } },
    'override.code',
    /string/,
  ],
  ['ordered by a route that does not exist', { ...order, route: 'fax' }, 'route', /click/],
  [
    'of patient-days without a patient',
    { ...patientDays, patient: undefined },
    'patient',
    /string/,
  ],
  ['of two calendar days in one', { ...patientDays, calendar: 2 }, 'calendar', /1/],
  ['of negative time', { ...patientDays, elapsed: -0.1 }, 'elapsed', /0/],
  ['of 26 hours in a day', { ...patientDays, elapsed: 26 / 24 }, 'elapsed', /1\.04/],
  ['of time that is -0', { ...patientDays, midnight: -0 }, 'midnight', /not -0/],
  [
    'that takes time away and says not from what',
    { ...amendment, amends: undefined },
    'midnight',
    /only an amendment/,
  ],
  ['that amends no event', { ...amendment, amends: 'yesterday' }, 'amends', /UUID/i],
  ['that amends itself', { ...amendment, amends: base.id }, 'amends', /another event/],
  [
    'that amends nothing',
    { ...amendment, midnight: 0, elapsed: 0 },
    'amends',
    /must change something/,
  ],
  ['that takes two days away', { ...amendment, calendar: -2 }, 'calendar', /-1/],
  ['that takes 26 hours away', { ...amendment, elapsed: -26 / 24 }, 'elapsed', /-1\.04/],
  ['that amends what is no time at risk', { ...gap, amends: base.id }, '', /amends/],
  ['of a gap that misses nothing', { ...gap, count: 0 }, 'count', /1/],
];

describe('An event', () => {
  test.each([impression, dismissal, order, patientDays, amendment, gap])(
    'that is right is taken as it is ($type)',
    (event) => {
      expect(parseEvent(event)).toEqual(event);
    },
  );

  test('of 25 hours is right: the clocks go back once a year', () => {
    expect(() => parseEvent({ ...patientDays, elapsed: 25 / 24 })).not.toThrow();
  });

  test.each(malformed)('%s is refused, with the place and the reason', (_, event, path, reason) => {
    let thrown: unknown;
    try {
      parseEvent(event);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(EventError);
    expect((thrown as EventError).problems).toContainEqual({
      path,
      message: expect.stringMatching(reason),
    });
  });
});

describe('Ids', () => {
  test('of cards lead back to their impression, and the first card has its very id', () => {
    const impressionId = newImpressionId();
    expect(cardId(impressionId, 0)).toBe(impressionId);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 255 }), (index) => {
        const card = cardId(impressionId, index);
        expect(isId(card)).toBe(true);
        expect(impressionOfCard(card)).toBe(impressionId);
      }),
    );
  });

  test('are new each time, in order of time, and version 7', () => {
    const ids = Array.from({ length: 1_000 }, () => newImpressionId());
    expect(new Set(ids).size).toBe(1_000);
    expect([...ids].sort()).toEqual(ids);
    expect(newId()[14]).toBe('7');
  });

  test('that are derived depend on every part and on where the parts are divided', () => {
    expect(derivedId('a', 'b')).toBe(derivedId('a', 'b'));
    expect(
      new Set([derivedId('a', 'b'), derivedId('ab'), derivedId('b', 'a'), derivedId('a', 'b', '')])
        .size,
    ).toBe(4);
    expect(derivedId('a')[14]).toBe('5');
    // uuid5(namespace, '["a","b"]'), computed with Python's uuid module.
    expect(derivedId('a', 'b')).toBe('39cb21d4-0fdf-56a1-9bb1-874aacf9e22a');
  });
});
