import * as z from 'zod';
import type { Problem } from '../errors.ts';
import { problemsOf, RequestError } from '../errors.ts';
import { isId } from '../events/ids.ts';
import { contextProblems } from './hooks/parse-context.ts';
import type { CdsRequest } from './types.ts';

const text = z.string().min(1, 'must not be empty');

const shape: z.ZodType<CdsRequest> = z.looseObject({
  hook: text,
  hookInstance: text,
  context: z.looseObject({}),
  fhirServer: z.string().nullish(),
  fhirAuthorization: z.looseObject({ access_token: text }).nullish(),
  prefetch: z.looseObject({}).nullish(),
});

function checkContext({ complete }: { readonly complete: boolean }) {
  return ({ hook, context }: CdsRequest, issues: z.RefinementCtx<CdsRequest>): void => {
    for (const { path, message } of contextProblems(hook, context, { complete })) {
      issues.addIssue({ code: 'custom', path: ['context', path], message });
    }
  };
}

function isServer(url: string): boolean {
  return URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
}

function checkAuthorization(
  { fhirAuthorization }: CdsRequest,
  issues: z.RefinementCtx<CdsRequest>,
): void {
  if (fhirAuthorization === undefined || fhirAuthorization === null) return;
  const { token_type: type, expires_in: seconds, scope, subject } = fhirAuthorization;
  const members: readonly [name: string, good: boolean, message: string][] = [
    ['token_type', typeof type === 'string' && type.toLowerCase() === 'bearer', 'must be "Bearer"'],
    ['expires_in', Number.isInteger(seconds), 'must be a whole number of seconds'],
    ['scope', typeof scope === 'string', 'must be a text'],
    ['subject', typeof subject === 'string', 'must be a text'],
  ];
  for (const [name, good, message] of members) {
    if (!good) issues.addIssue({ code: 'custom', path: ['fhirAuthorization', name], message });
  }
}

function namesPatient({ fhirAuthorization }: CdsRequest): boolean {
  const { scope, patient } = fhirAuthorization ?? {};
  const restricted = typeof scope === 'string' && /(?:^|\s)patient\//.test(scope);
  return !restricted || (typeof patient === 'string' && patient !== '');
}

/** What a call must hold. Tolerant: anything else that a client sends is let through. */
const requestSchema: z.ZodType<CdsRequest> = shape.superRefine(checkContext({ complete: false }));

/** Everything that the specification requires of a call. */
const strictSchema: z.ZodType<CdsRequest> = shape
  .superRefine(checkContext({ complete: true }))
  .refine(({ hookInstance }) => isId(hookInstance.replace(/^urn:uuid:/, '')), {
    path: ['hookInstance'],
    error: 'must be a UUID',
  })
  .refine(({ fhirServer }) => typeof fhirServer !== 'string' || isServer(fhirServer), {
    path: ['fhirServer'],
    error: 'must be the address of a FHIR server, such as https://ehr.example/fhir',
  })
  .refine(
    ({ fhirServer, fhirAuthorization }) =>
      (fhirAuthorization ?? undefined) === undefined || typeof fhirServer === 'string',
    { path: ['fhirServer'], error: 'is required with fhirAuthorization (cds-r-1)' },
  )
  .superRefine(checkAuthorization);

/** What the specification recommends besides. */
const adviceSchema: z.ZodType<CdsRequest> = strictSchema.refine(namesPatient, {
  path: ['fhirAuthorization', 'patient'],
  error: 'must name the patient to whom the scopes "patient/…" are restricted (cds-r-2)',
});

/**
 * Checks a call. An alert is not refused for the want of something that the trial does not need: it
 * is enough to know the hook and that what is there has its type, member by member for a hook of the
 * library. What is missing is for whoever needs it to ask for: `contextIds` gives `undefined`,
 * `parseContext` refuses, a token without `fhirServer` (cds-r-1) cannot be used to read.
 *
 * @param options `strict`: whether everything that the specification requires must be there; for
 *   tests and validators
 * @returns the same, with everything that is not listed
 * @throws RequestError (400) with the place and reason of every fault
 */
export function parseRequest(
  document: unknown,
  options: { readonly strict?: boolean | undefined } = {},
): CdsRequest {
  const parsed = (options.strict === true ? strictSchema : requestSchema).safeParse(document);
  if (!parsed.success) {
    throw new RequestError('The call is malformed.', { problems: problemsOf(parsed.error.issues) });
  }
  return parsed.data;
}

/**
 * What a call that was let through leaves to be desired by the specification, for whoever connects a
 * client. Without ids; not for every call, because it costs as much as the check itself.
 */
export function requestWarnings(request: CdsRequest): readonly Problem[] {
  return problemsOf(adviceSchema.safeParse(request).error?.issues ?? []);
}
