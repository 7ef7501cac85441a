import type { HttpRequest } from '../http.ts';
import type { JwtAlgorithm, UnverifiedToken } from './jose.ts';
import { openToken } from './jose.ts';
import { fault, refuseToken } from './refuse.ts';

// More than any client is known to send, and less than costs anything.
const longestToken = 8_192;

const shape = /^Bearer +([\w-]+\.[\w-]+\.[\w-]*)$/i;

function textOf({ headers }: HttpRequest): string {
  const { authorization } = headers;
  if (authorization === undefined || authorization === '' || authorization.length === 0) {
    throw refuseToken();
  }
  const value = typeof authorization === 'string' ? authorization : authorization[0];
  if (value === undefined || (typeof authorization !== 'string' && authorization.length > 1)) {
    throw refuseToken(fault('header', 'must be there once'));
  }
  if (value.length > longestToken) {
    throw refuseToken(fault('header', `must have at most ${longestToken} characters`));
  }
  const [, text] = shape.exec(value) ?? [];
  if (text === undefined)
    throw refuseToken(fault('header', 'must be "Bearer" and one JSON Web Token'));
  return text;
}

/**
 * The token of a request, as far as it can be told before its signature is looked at.
 *
 * @throws RequestError (401)
 */
export function bearerOf(
  request: HttpRequest,
  algorithms: readonly JwtAlgorithm[],
): UnverifiedToken {
  const token = openToken(textOf(request));
  if (token === undefined) throw refuseToken(fault('header', 'must hold a JSON Web Token'));
  const { alg, typ, kid, crit } = token.header;
  if (!algorithms.some((allowed) => allowed === alg)) {
    throw refuseToken(fault('alg', `must be ${algorithms.join(' or ')}`));
  }
  if (typ !== undefined && (typeof typ !== 'string' || typ.toUpperCase() !== 'JWT')) {
    throw refuseToken(fault('typ', 'must be JWT'));
  }
  if (kid !== undefined && typeof kid !== 'string')
    throw refuseToken(fault('kid', 'must be a text'));
  if (crit !== undefined) throw refuseToken(fault('header', 'must have no "crit"'));
  return token;
}
