import * as z from 'zod';
import { problemsOf, RequestError } from '../errors.ts';
import { cardsPerImpression } from '../events/ids.ts';
import type {
  Action,
  Card,
  CardCoding,
  CdsResponse,
  FhirResource,
  Link,
  OverrideReason,
  Source,
  Suggestion,
} from './types.ts';

const text = z.string().min(1, 'must not be empty');
const extension = z.record(z.string(), z.unknown()).optional();
const address = z
  .string()
  .refine((url) => URL.canParse(url), { error: 'must be an absolute address, such as https://…' })
  // A page opened by such a link would run in the chart.
  .refine((url) => !/^\s*(?:javascript|vbscript):/i.test(url), {
    error: 'must not be a script',
  });

/** A relative reference, as far as ids of EHRs allow to tell. */
const reference = text.regex(/^[A-Z][A-Za-z]*\/[^\s/?#]+(?:\/_history\/[^\s/?#]+)?$/, {
  error: 'must be a relative reference, such as ServiceRequest/1',
});

const coding: z.ZodType<CardCoding> = z.strictObject({
  code: text,
  system: text,
  display: text.optional(),
  extension,
});

/** A reason that a clinician can choose. */
export const overrideReasonSchema: z.ZodType<OverrideReason> = z.strictObject({
  code: text,
  system: text,
  display: z
    .string({ error: 'an override reason needs a text that can be read (cds-resp-4)' })
    .min(1, 'an override reason needs a text that can be read (cds-resp-4)'),
  extension,
});

const source: z.ZodType<Source> = z.strictObject({
  label: text,
  url: address.optional(),
  icon: address.optional(),
  topic: coding.optional(),
  extension,
});

const resource: z.ZodType<FhirResource> = z.looseObject({ resourceType: text });

/** An action that the system makes by itself; its description may be left out. */
const action: z.ZodType<Action> = z
  .strictObject({
    type: z.enum(['create', 'update', 'delete']),
    description: text.optional(),
    resource: resource.optional(),
    resourceId: reference.optional(),
    extension,
  })
  .superRefine((value, context) => {
    if (value.type === 'delete') {
      if (value.resourceId === undefined)
        context.addIssue({
          code: 'custom',
          path: ['resourceId'],
          message: 'to delete, name what is deleted (cds-resp-2)',
        });
    } else if (value.resource === undefined) {
      context.addIssue({
        code: 'custom',
        path: ['resource'],
        message: `to ${value.type}, give the resource`,
      });
    }
  });

const suggestedAction: z.ZodType<Action> = action.refine(
  (value: Action) => value.description !== undefined,
  {
    path: ['description'],
    error: 'an action of a suggestion needs a description (cds-resp-5)',
  },
);

const suggestion: z.ZodType<Suggestion> = z.strictObject({
  label: text,
  uuid: text.max(512).optional(),
  isRecommended: z.boolean().optional(),
  actions: z.array(suggestedAction).optional(),
  actionSelectionBehavior: z
    .enum(['all', 'any', 'at-most-one'], {
      error: 'must be "all", "any" or "at-most-one" (cds-resp-7)',
    })
    .optional(),
  extension,
});

const link: z.ZodType<Link> = z
  .strictObject({
    label: text,
    url: address,
    type: z.enum(['absolute', 'smart']),
    appContext: text.optional(),
    autolaunchable: z.boolean().optional(),
    extension,
  })
  .refine((value) => value.appContext === undefined || value.type === 'smart', {
    path: ['appContext'],
    error: 'only a SMART link has an appContext (cds-resp-3)',
  });

// Counted in code points: a card in a script outside the basic plane is not half as long.
const shorterThan140 = (summary: string): boolean =>
  summary.length < 140 || Array.from(summary).length < 140;

const card: z.ZodType<Card> = z
  .strictObject({
    uuid: z.string().optional(),
    summary: text.refine(shorterThan140, { error: 'must be shorter than 140 characters' }),
    detail: text.optional(),
    indicator: z.enum(['info', 'warning', 'critical']),
    source,
    suggestions: z.array(suggestion).optional(),
    selectionBehavior: z.enum(['at-most-one', 'any']).optional(),
    overrideReasons: z.array(overrideReasonSchema).optional(),
    links: z.array(link).optional(),
    extension,
  })
  .superRefine(({ suggestions = [], selectionBehavior }, context) => {
    if (suggestions.length > 0 && selectionBehavior === undefined) {
      context.addIssue({
        code: 'custom',
        path: ['selectionBehavior'],
        message: 'a card with suggestions says how many may be chosen (cds-resp-6)',
      });
    }
    const recommended = suggestions.filter(({ isRecommended }) => isRecommended === true);
    if (selectionBehavior === 'at-most-one' && recommended.length > 1) {
      context.addIssue({
        code: 'custom',
        path: ['suggestions'],
        message: 'where at most one may be chosen, at most one is recommended (cds-resp-1)',
      });
    }
  });

/**
 * What an arm may answer. Strict: an unknown member is a fault, because it is most often a
 * misspelling of one that the client would have shown. The numbers name the invariants of the
 * specification's logical models.
 */
export const responseSchema: z.ZodType<CdsResponse> = z.strictObject({
  cards: z
    .array(card)
    .max(cardsPerImpression, `one answer holds at most ${cardsPerImpression} cards`),
  systemActions: z.array(action).optional(),
  extension,
});

/**
 * Checks an answer, for instance in the tests of an arm.
 *
 * @throws RequestError with the place and reason of every fault
 */
export function parseResponse(document: unknown): CdsResponse {
  const parsed = responseSchema.safeParse(document);
  if (!parsed.success) {
    throw new RequestError('The answer is malformed.', {
      problems: problemsOf(parsed.error.issues),
      status: 500,
    });
  }
  return parsed.data;
}
