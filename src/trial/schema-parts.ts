import * as z from 'zod';
import { messageOf } from '../errors.ts';
import { durationMilliseconds } from './calendar.ts';

/** A text that is not empty. */
export const line = (what: string): z.ZodString =>
  z.string().trim().min(1, `${what} must not be empty`);

/** A name for machines. */
export const identifier = (what: string): z.ZodString =>
  z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/, {
    error: `${what} must be 1 to 64 letters, digits, "-", "_" or ".", beginning with a letter or digit`,
  });

/** A positive ISO 8601 duration. */
export const duration: z.ZodString = z.string().superRefine((text, context) => {
  try {
    durationMilliseconds(text);
  } catch (cause) {
    context.addIssue({
      code: 'custom',
      message: `must be a positive ISO 8601 duration such as PT24H (${messageOf(cause)})`,
    });
  }
});
