import type { Problem } from '../errors.ts';
import { RequestError } from '../errors.ts';
import type { HttpResponse } from './http.ts';
import { json } from './http.ts';

const codes: Readonly<Record<number, string>> = {
  400: 'invalid',
  401: 'login',
  403: 'forbidden',
  404: 'not-found',
  405: 'not-supported',
  409: 'conflict',
  412: 'required',
  413: 'too-long',
  415: 'not-supported',
  422: 'conflict',
  429: 'throttled',
  503: 'transient',
};

// As RFC 6750 has it: a token that is missing is asked for, one that is wrong is called so.
function challenge(problems: readonly Problem[]): string {
  return problems.length === 0 ? 'Bearer' : 'Bearer error="invalid_token"';
}

const isRefusing = (status: number): boolean =>
  Number.isInteger(status) && status >= 400 && status < 600;

/**
 * The answer to what cannot be served: a FHIR OperationOutcome with one issue for each fault, its
 * place in `expression`. A 401 asks for a token. An error whose status is none from 400 to 599 is a 500.
 *
 * @link https://hl7.org/fhir/R4/operationoutcome.html
 */
export function refusal(
  error: unknown,
  headers: Readonly<Record<string, string>> = {},
): HttpResponse {
  // What an unforeseen error says may hold anything.
  const known =
    error instanceof RequestError
      ? error
      : new RequestError('The service failed.', { status: 500 });
  const { message, problems } = known;
  // Whoever throws may have written anything there; a refusal must not pass for an answer.
  const status = isRefusing(known.status) ? known.status : 500;
  const issue = {
    severity: 'error',
    code: codes[status] ?? (status < 500 ? 'invalid' : 'exception'),
  };
  return json(
    status,
    {
      resourceType: 'OperationOutcome',
      issue:
        problems.length === 0
          ? [{ ...issue, diagnostics: message }]
          : problems.map(({ path, message }) => ({
              ...issue,
              diagnostics: path === '' ? message : `${path}: ${message}`,
              ...(path === '' ? {} : { expression: [path] }),
            })),
    },
    status === 401 ? { 'www-authenticate': challenge(problems), ...headers } : headers,
  );
}
