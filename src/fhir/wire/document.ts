import { FhirError } from '../../errors.ts';
import { valueOf } from '../value-of.ts';
import type { Outcome } from './body.ts';
import { jsonOf, textOf } from './body.ts';
import type { Call } from './connection.ts';
import { codesOf } from './connection.ts';

/** An answer that is no success and does not pass, in words. */
function refusal({ what, who = 'the FHIR server' }: Call, status: number): string {
  if (status >= 300 && status < 400) return `${what}: ${who} redirects, which is not followed`;
  if (status === 401 || status === 403) return `${what}: ${who} refuses access (${status})`;
  return `${what}: ${who} answered ${status}`;
}

/**
 * @throws FhirError when an answer is no success, with the issue codes that it has, and with the status
 *   also as `cause`
 */
export async function requireSuccess(call: Call, response: Response): Promise<void> {
  if (response.ok) return;
  const { status } = response;
  const message = `${refusal(call, status)}${await codesOf(response)}`;
  throw new FhirError(message, { cause: { status } });
}

/** The status of the answer that an error is about, if it is about one. */
export function statusOf(error: unknown): number | undefined {
  const status = valueOf(valueOf(error, 'cause'), 'status');
  return typeof status === 'number' ? status : undefined;
}

/** What a success that is read as a document may be. */
export interface DocumentOptions {
  readonly response: Response;
  /** Longest text, unpacked. */
  readonly maxBytes: number;
}

/**
 * The JSON document of an answer, or that it is none, which may pass: half a document is none.
 *
 * @throws FhirError when the answer is no success, or is too long
 */
export async function documentOf(
  call: Call,
  { response, maxBytes }: DocumentOptions,
): Promise<Outcome<unknown>> {
  await requireSuccess(call, response);
  const text = await textOf(response, maxBytes);
  if (text === undefined) {
    const who = call.who ?? 'the FHIR server';
    throw new FhirError(`${call.what}: ${who} sent more than ${maxBytes} bytes, unpacked`);
  }
  return jsonOf(text);
}
