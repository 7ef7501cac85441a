import * as z from 'zod';
import { EventError, problemsOf } from '../errors.ts';
import { isCalendarDay } from '../trial/calendar.ts';
import { isRandom, reasons } from '../trial/reason.ts';
import type { PatientDays, TrialEvent } from './event.ts';

const text = z.string().min(1).max(512);
const instant = z
  .int('must be whole milliseconds since 1970-01-01T00:00Z')
  .min(0, 'must not be before 1970')
  .max(253_402_300_799_999, 'must not be after the year 9999');
const day = z.string().refine(isCalendarDay, { error: 'must be a calendar day, YYYY-MM-DD' });
const coding = z.strictObject({
  system: text.optional(),
  code: text,
  display: text.optional(),
});

const base = {
  id: z.uuid(),
  trial: z.string().regex(/^[0-9a-f]{64}$/, 'must be the fingerprint of a protocol'),
  arm: text,
  randomized: z.boolean(),
  reason: z.enum(reasons),
  unitId: text.nullable(),
  patient: text.optional(),
  practice: text.optional(),
  clinician: text.optional(),
  encounter: text.optional(),
  stratum: z.string().max(512),
  at: instant,
  day,
  receivedAt: instant,
};

/** A share of a day; `checkShares` says more. */
const share = (most: number): z.ZodNumber => z.number().min(-most).max(most);

const answer = {
  ...base,
  impression: z.uuid(),
  opening: z.uuid(),
  alertDay: day,
  delay: z.int('must be whole milliseconds'),
};

const shape = z.discriminatedUnion('type', [
  z.strictObject({
    ...base,
    type: z.literal('impression'),
    stage: z.enum(['returned', 'displayed', 'silent']),
    alert: text,
    opening: z.uuid(),
  }),
  z.strictObject({ ...answer, type: z.literal('dismissal'), override: coding.optional() }),
  z.strictObject({ ...answer, type: z.literal('acceptance'), suggestion: text.optional() }),
  z.strictObject({
    ...answer,
    type: z.literal('order'),
    route: z.enum(['click', 'tag', 'window']),
    order: coding.optional(),
  }),
  z.strictObject({
    ...base,
    type: z.literal('patient-days'),
    patient: text,
    calendar: share(1),
    midnight: share(1),
    // A day on which the clocks go back has 25 hours.
    elapsed: share(25 / 24),
    amends: z.uuid().optional(),
  }),
  z.strictObject({ ...base, type: z.literal('deviation'), what: text }),
  z.strictObject({
    ...base,
    type: z.literal('gap'),
    from: instant,
    to: instant,
    count: z.int().min(1),
  }),
]);

const shares = ['calendar', 'midnight', 'elapsed'] as const;

/** Time is taken away by amendments only, and each of them changes something. */
function checkShares(event: PatientDays, report: (path: string, message: string) => void): void {
  for (const name of shares) {
    if (Object.is(event[name], -0)) report(name, 'must be 0, not -0');
    else if (event[name] < 0 && event.amends === undefined) {
      report(name, 'must be at least 0: only an amendment takes time away');
    }
  }
  if (event.amends === undefined) return;
  if (event.amends === event.id) report('amends', 'must be another event than this one');
  if (shares.every((name) => event[name] === 0)) {
    report('amends', 'an amendment must change something: all its differences are 0');
  }
}

/** The schema of an event. The types in `event.ts` are written by hand and checked against it here. */
const eventSchema: z.ZodType<TrialEvent> = shape.superRefine((event, context) => {
  if (event.randomized !== isRandom(event.reason)) {
    context.addIssue({
      code: 'custom',
      path: ['randomized'],
      message: `must be ${String(!event.randomized)} for the reason "${event.reason}"`,
    });
  }
  if (event.randomized && event.unitId === null) {
    context.addIssue({ code: 'custom', path: ['unitId'], message: 'a random arm has a unit' });
  }
  if (event.type === 'patient-days') {
    checkShares(event, (path, message) => {
      context.addIssue({ code: 'custom', path: [path], message });
    });
  }
});

/**
 * Checks an event from outside.
 *
 * @throws EventError with every fault found; nothing is repaired
 */
export function parseEvent(document: unknown): TrialEvent {
  const parsed = eventSchema.safeParse(document);
  if (!parsed.success) throw new EventError(problemsOf(parsed.error.issues));
  return parsed.data;
}
