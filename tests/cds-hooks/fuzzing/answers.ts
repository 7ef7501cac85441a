import fc from 'fast-check';
import { planted } from '../../planted.ts';
import type { Document } from '../arbitraries.ts';
import { anyFeedback, mutated } from '../arbitraries.ts';
import { noon } from '../support.ts';
import type { Attack, Returned, Sent, Situation } from './attack.ts';
import { post } from './attack.ts';
import { anId } from './calls.ts';

const reasons: readonly (Document | undefined)[] = [
  undefined,
  { reason: { code: 'ill', system: 'https://example.org/reasons', display: 'Too ill' } },
  { reason: { code: 'other', system: null, display: '' } },
  { userComment: `${planted('name', 5)} refused` },
];

interface Answered {
  readonly lot: number;
  readonly isAccepted: boolean;
  readonly reason: Document | undefined;
  readonly isUpper: boolean;
}
const anAnswer: fc.Arbitrary<Answered> = fc.record({
  lot: fc.nat(),
  isAccepted: fc.boolean(),
  reason: fc.constantFrom(...reasons),
  isUpper: fc.boolean(),
});

const unknownCards = [
  'ffffffff-ffff-ffff-ffff-ffffffffffff',
  '00000000-0000-0000-0000-000000000000',
  'd1577c69-dfbe-44ad-ba6d-3e05e953b2ea',
  'card 17',
  planted('mrn', 12),
];
/** An answer to a card that nobody knows. */
export const item: Document = {
  card: unknownCards[2],
  outcome: 'overridden',
  outcomeTimestamp: new Date(noon).toISOString(),
};
const toUnknown = fc.constantFrom(...unknownCards).map((card) => ({ ...item, card }));

function itemOf(
  { lot, isAccepted, reason, isUpper }: Answered,
  { pick, instant }: Situation,
): { readonly item: Document; readonly sent: Sent & { readonly to: Returned } } | undefined {
  const to = pick(lot);
  if (to === undefined) return undefined;
  const { card, suggestions } = to;
  const at = instant();
  const named = isUpper ? card.toUpperCase() : card;
  const outcomeTimestamp = new Date(at).toISOString();
  const suggestion = suggestions[lot % Math.max(1, suggestions.length)];
  if (!isAccepted || suggestion === undefined) {
    const item = { card: named, outcome: 'overridden', overrideReason: reason, outcomeTimestamp };
    return { item, sent: { card, outcome: 'overridden', at, to } };
  }
  const acceptedSuggestions = [{ id: suggestion }, { id: suggestion }];
  const item = { card: named, outcome: 'accepted', acceptedSuggestions, outcomeTimestamp };
  return { item, sent: { card, outcome: 'accepted', suggestion, at, to } };
}

/** Answers to cards that were returned, and some to others. */
export const feedback: fc.Arbitrary<Attack> = fc
  .tuple(
    anId,
    fc.array(anAnswer, { minLength: 1, maxLength: 5 }),
    fc.array(toUnknown, { maxLength: 2 }),
    fc.boolean(),
  )
  .map(([id, answered, strangers, again]) => ({
    ...post(`/cds-services/${id}/feedback`, 'feedback'),
    statuses: [200, 403],
    load: (situation) => {
      const made = answered.flatMap((each) => itemOf(each, situation) ?? []);
      const own = made.map(({ item }) => item);
      const items = [...own, ...(own.length === 0 ? [item] : []), ...strangers];
      const body = JSON.stringify({ feedback: again ? [...items, ...items] : items });
      return { body, answers: made.map(({ sent }) => sent) };
    },
  }));

/** Answers to cards that nobody has returned. */
export const toNobody: fc.Arbitrary<Attack> = fc.tuple(anId, anyFeedback).map(([id, document]) => ({
  ...post(`/cds-services/${id}/feedback`, 'feedback to unknown cards'),
  statuses: [200, 403],
  load: () => ({ body: JSON.stringify(document) }),
}));

// Stands in a document for the card that is drawn when it is sent.
const cardToken = /\{card:(\d+)\}/g;
const unsentItem = fc
  .tuple(fc.nat(), fc.boolean(), fc.constantFrom(...reasons), fc.nat(1_000))
  .map(([lot, isAccepted, overrideReason, seconds]) => ({
    card: `{card:${lot}}`,
    outcome: isAccepted ? 'accepted' : 'overridden',
    ...(isAccepted ? { acceptedSuggestions: [{ id: 'remind' }] } : {}),
    ...(overrideReason === undefined ? {} : { overrideReason }),
    outcomeTimestamp: new Date(noon - seconds * 1_000).toISOString(),
  }));

/** Answers of which anything may be missing or be something else. */
export const brokenFeedback: fc.Arbitrary<Attack> = fc
  .tuple(
    anId,
    mutated(fc.record({ feedback: fc.array(unsentItem, { minLength: 1, maxLength: 4 }) })),
  )
  .map(([id, document]) => ({
    ...post(`/cds-services/${id}/feedback`, 'broken feedback'),
    statuses: [200, 400, 403, 422],
    load: ({ pick }) => {
      const touched: string[] = [];
      const body = JSON.stringify(document).replaceAll(cardToken, (_token, lot: string) => {
        const card = pick(Number(lot))?.card ?? 'none';
        touched.push(card);
        return card;
      });
      return { body, touched };
    },
  }));

const feedbackFaults: readonly (readonly [document: unknown, names: RegExp])[] = [
  [{}, /^feedback: /m],
  [{ feedback: [] }, /^feedback: must not be empty/m],
  [{ feedback: [{ ...item, card: '' }] }, /^feedback\[0\]\.card: /m],
  [
    { feedback: [{ ...item, card: 'x'.repeat(513) }] },
    /^feedback\[0\]\.card: must have at most 512/m,
  ],
  [{ feedback: [{ ...item, outcome: 'ignored' }] }, /^feedback\[0\]\.outcome: .*cds-fb-1/m],
  [
    { feedback: [item, { ...item, outcome: 'accepted' }] },
    /^feedback\[1\]\.acceptedSuggestions: .*cds-fb-2/m,
  ],
  [{ feedback: [{ ...item, overrideReason: {} }] }, /^feedback\[0\]\.overrideReason: .*cds-fb-3/m],
  [
    { feedback: [{ ...item, outcomeTimestamp: '2026-10-20' }] },
    /^feedback\[0\]\.outcomeTimestamp: /m,
  ],
  [
    { feedback: [{ ...item, outcomeTimestamp: '1969-12-31T00:00:00Z' }] },
    /must not be before 1970/,
  ],
  [{ feedback: [{ ...item, outcomeTimestamp: 17 }] }, /^feedback\[0\]\.outcomeTimestamp: /m],
];
/** Answers with one fault, which a refusal must name. */
export const faultyFeedback: fc.Arbitrary<Attack> = fc
  .tuple(anId, fc.constantFrom(...feedbackFaults))
  .map(([id, [document, names]]) => ({
    ...post(`/cds-services/${id}/feedback`, 'faulty feedback'),
    load: () => ({ body: JSON.stringify(document) }),
    statuses: [400],
    names,
  }));

/** Two answers to one card at one instant that do not say the same. */
export const contradiction: fc.Arbitrary<Attack> = fc.tuple(anId, fc.nat()).map(([id, lot]) => ({
  ...post(`/cds-services/${id}/feedback`, 'contradiction'),
  statuses: [400, 403, 422],
  load: ({ pick, instant }) => {
    const to = pick(lot);
    if (to === undefined) return { body: '{}' };
    const at = instant();
    const one = {
      card: to.card,
      outcome: 'overridden',
      outcomeTimestamp: new Date(at).toISOString(),
    };
    const two = {
      ...one,
      overrideReason: { reason: { code: 'ill', system: 'https://example.org' } },
    };
    return { body: JSON.stringify({ feedback: [one, two] }), touched: [to.card] };
  },
}));
