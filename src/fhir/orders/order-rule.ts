import * as z from 'zod';
import { ImportError, problemsOf } from '../../errors.ts';
import { durationMilliseconds } from '../../trial/calendar.ts';

/** The kinds of resources that can be taken for an order. */
export type OrderResource = 'ServiceRequest' | 'MedicationRequest' | 'Immunization';

/** A code of what is ordered. Any coding of a resource that has both parts will do. */
export interface OrderCode {
  /** As the record writes it, such as `http://hl7.org/fhir/sid/cvx`. */
  readonly system: string;
  readonly code: string;
  readonly display?: string | undefined;
}

/** Which resources of a record are orders that an alert asks for, as JSON. */
export interface OrderRule {
  /** What is ordered: an explicit list, because hierarchies differ between servers. */
  readonly codes: readonly OrderCode[];
  /**
   * Default `ServiceRequest` and `MedicationRequest`. In a hospital a vaccine is ordered by one of
   * these, and its Immunization says that it was given, which may be days later: name Immunization only
   * where that is meant.
   */
  readonly resources?: readonly OrderResource[] | undefined;
  /** Intents that count; default `order`, `original-order` and `instance-order`. */
  readonly intents?: readonly string[] | undefined;
  /**
   * How exact the times of the record are at best; default `second`. Many systems keep minutes and
   * write `:00`: an order would then seem to lie before the alert that led to it.
   */
  readonly precision?: 'second' | 'minute' | undefined;
  /** ISO 8601 duration after an alert, such as `PT24H`; default, and longest, the trial's response window. */
  readonly after?: string | undefined;
  /** ISO 8601 duration before the first alert of a patient, for the A/A comparison; default as `after`. */
  readonly before?: string | undefined;
  /** Whether an order belongs only to alerts of its own encounter; default false. */
  readonly sameEncounter?: boolean | undefined;
}

/** The kinds of resources that are orders where nothing else is said. */
export const orderResources: readonly OrderResource[] = ['ServiceRequest', 'MedicationRequest'];

/** The intents of an order where nothing else is said. */
export const orderIntents: readonly string[] = ['order', 'original-order', 'instance-order'];

/** @see https://hl7.org/fhir/R4/valueset-request-intent.html */
const intents = [
  'proposal',
  'plan',
  'directive',
  'order',
  'original-order',
  'reflex-order',
  'filler-order',
  'instance-order',
  'option',
] as const;

const text = z.string().min(1).max(512);
const duration = z.string().superRefine((value, context) => {
  try {
    durationMilliseconds(value);
  } catch {
    const message = 'must be an ISO 8601 duration of days, hours, minutes and seconds: PT24H';
    context.addIssue({ code: 'custom', message });
  }
});

const schema: z.ZodType<OrderRule> = z.strictObject({
  codes: z
    .array(z.strictObject({ system: text, code: text, display: text.optional() }))
    .min(1, 'must name at least one code'),
  resources: z
    .array(
      z.enum(['ServiceRequest', 'MedicationRequest', 'Immunization'], {
        error:
          'must be ServiceRequest, MedicationRequest or Immunization: nothing else says that something was ordered or given (an ImmunizationRecommendation is a forecast)',
      }),
    )
    .min(1, 'must name at least one kind of resource')
    .optional(),
  intents: z.array(z.enum(intents)).min(1, 'must name at least one intent').optional(),
  precision: z.enum(['second', 'minute']).optional(),
  after: duration.optional(),
  before: duration.optional(),
  sameEncounter: z.boolean().optional(),
});

/**
 * Checks a rule that may be anything, such as parsed JSON.
 *
 * @throws ImportError with every fault found; nothing is repaired
 */
export function orderRuleFrom(document: unknown): OrderRule {
  const parsed = schema.safeParse(document);
  if (!parsed.success) throw new ImportError(problemsOf(parsed.error.issues));
  return parsed.data;
}
