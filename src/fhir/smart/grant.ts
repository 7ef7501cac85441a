import { FhirError } from '../../errors.ts';
import { valueOf } from '../value-of.ts';
import type { Outcome } from '../wire/body.ts';
import { jsonOf, textOf } from '../wire/body.ts';
import type { Call } from '../wire/connection.ts';
import { documentOf } from '../wire/document.ts';

/** A token that was given. */
export interface Grant {
  readonly token: string;
  /** How long it is good for, milliseconds. */
  readonly lifetime: number;
}

/** Longest answer of a token endpoint. */
const maxBytes = 2 ** 20;

/** What to look at, by the errors of OAuth 2.0. Only these are repeated: the texts may hold anything. */
const advice: Readonly<Record<string, string>> = {
  invalid_client:
    'check that the client id is the registered one, that the registered key set holds the public key under this kid, that the server can reach the key set, and that tokenUrl is written as the server writes it',
  invalid_scope: 'check that the client was granted these scopes, such as system/Patient.rs',
  unauthorized_client: 'check that the client is registered for client_credentials',
  unsupported_grant_type: 'the server gives no tokens to backend services',
  invalid_grant: 'check the assertion: client id, key and clock',
  invalid_request: 'check client id, scope and tokenUrl',
};

/** By how much the clock of this machine is off the server's, for a message. */
function clockHint(response: Response, now: number): string {
  const served = Date.parse(response.headers.get('date') ?? '');
  const seconds = Math.round((now - served) / 1_000);
  // The header has whole seconds, and the answer took its way.
  if (Number.isNaN(seconds) || Math.abs(seconds) < 60) return '';
  const direction = seconds > 0 ? 'ahead of' : 'behind';
  return `. The clock of this machine is ${Math.abs(seconds)} s ${direction} the server's, and assertions are good for minutes`;
}

function granted(document: unknown): Grant {
  const token = valueOf(document, 'access_token');
  const type = valueOf(document, 'token_type');
  const seconds = Number(valueOf(document, 'expires_in') ?? 300);
  if (typeof token !== 'string' || token === '') {
    throw new FhirError('access token: the token endpoint sent no access_token');
  }
  if (typeof type !== 'string' || type.toLowerCase() !== 'bearer') {
    throw new FhirError('access token: the token endpoint gave a token that is no bearer token');
  }
  if (!Number.isFinite(seconds) || seconds <= 0) {
    throw new FhirError('access token: expires_in must be a number of seconds above 0');
  }
  return { token, lifetime: seconds * 1_000 };
}

/**
 * Reads the answer of a token endpoint.
 *
 * @throws FhirError when no token was given
 * @see RFC 6749, 5.1 and 5.2
 */
export async function readGrant(
  call: Call,
  { response, now }: { readonly response: Response; readonly now: number },
): Promise<Outcome<Grant>> {
  if (response.status === 400 || response.status === 401) {
    const parsed = jsonOf((await textOf(response, maxBytes)) ?? '');
    const code = 'value' in parsed ? valueOf(parsed.value, 'error') : undefined;
    const isKnown = typeof code === 'string' && Object.hasOwn(advice, code);
    const words = isKnown ? ` (${code}): ${advice[code] ?? ''}` : '';
    throw new FhirError(
      `access token: the token endpoint answered ${response.status}${words}${clockHint(response, now)}`,
    );
  }
  const document = await documentOf(call, { response, maxBytes });
  return 'value' in document ? { value: granted(document.value) } : document;
}
