import * as z from 'zod';
import { problemsOf, RequestError } from '../errors.ts';
import type { CdsRequest } from './types.ts';

const text = z.string().min(1, 'must not be empty');

/** What a call must hold. Tolerant: anything else that a client sends is let through. */
const requestSchema: z.ZodType<CdsRequest> = z.looseObject({
  hook: text,
  hookInstance: text,
  context: z.looseObject({}),
  fhirServer: z.string().nullish(),
  fhirAuthorization: z.looseObject({ access_token: text }).nullish(),
  prefetch: z.looseObject({}).nullish(),
});

/**
 * Checks a call.
 *
 * @returns the same, with everything that is not listed
 * @throws RequestError (400) with the place and reason of every fault
 */
export function parseRequest(document: unknown): CdsRequest {
  const parsed = requestSchema.safeParse(document);
  if (!parsed.success) {
    throw new RequestError('The call is malformed.', { problems: problemsOf(parsed.error.issues) });
  }
  return parsed.data;
}
