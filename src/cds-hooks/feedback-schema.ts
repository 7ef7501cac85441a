import * as z from 'zod';
import { problemsOf, RequestError } from '../errors.ts';
import type { Feedback } from './types.ts';

// The longest text that the ledger takes.
const text = z
  .string()
  .min(1, 'must not be empty')
  .max(512, 'must have at most 512 characters')
  .refine((value) => value.isWellFormed(), { error: 'must be well-formed Unicode' });

// An empty text says as little as null, and is no reason to lose what was done with a card.
const optional = z.preprocess((value) => (value === '' ? null : value), text.nullish());

const item = z
  .looseObject({
    card: text,
    outcome: z.enum(['accepted', 'overridden'], {
      error: 'must be "accepted" or "overridden" (cds-fb-1)',
    }),
    acceptedSuggestions: z.array(z.looseObject({ id: text })).nullish(),
    overrideReason: z
      .looseObject({
        reason: z.looseObject({ code: text, system: optional, display: optional }).nullish(),
        userComment: z.string().nullish(),
      })
      .refine(
        ({ reason, userComment }) =>
          (reason !== undefined && reason !== null) ||
          (userComment !== undefined && userComment !== null),
        { error: 'must hold a reason or a userComment (cds-fb-3)' },
      )
      .nullish(),
    outcomeTimestamp: z.iso
      .datetime({
        offset: true,
        error: 'must be an instant with its zone, such as 2026-10-05T14:30:00Z',
      })
      .refine((instant) => !(Date.parse(instant) < 0), { error: 'must not be before 1970' }),
  })
  .refine(
    ({ outcome, acceptedSuggestions }) =>
      outcome !== 'accepted' || (acceptedSuggestions ?? []).length > 0,
    {
      path: ['acceptedSuggestions'],
      error: 'must name what was accepted (cds-fb-2)',
    },
  );

/** What a batch of feedback must hold. Tolerant: anything else that a client sends is let through. */
const feedbackSchema: z.ZodType<Feedback> = z.looseObject({
  feedback: z.array(item).min(1, 'must not be empty'),
});

/**
 * Checks a batch of feedback; one item at fault refuses them all.
 *
 * @returns the same, with everything that is not listed
 * @throws RequestError (400) with the place and reason of every fault
 */
export function parseFeedback(document: unknown): Feedback {
  const parsed = feedbackSchema.safeParse(document);
  if (!parsed.success) {
    throw new RequestError('The feedback is malformed; nothing of it was recorded.', {
      problems: problemsOf(parsed.error.issues),
    });
  }
  return parsed.data;
}
