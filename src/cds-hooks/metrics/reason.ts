import { RequestError } from '../../errors.ts';

const byStatus: ReadonlyMap<number, string> = new Map([
  [400, 'malformed'],
  [401, 'unauthorized'],
  [403, 'forbidden'],
  [404, 'not-found'],
  [405, 'method'],
  [412, 'data-missing'],
  [413, 'too-large'],
  [415, 'media-type'],
  [422, 'contradicts'],
  [429, 'too-many'],
  [503, 'unavailable'],
]);

/** The parts of a token that may be named; whatever else an error names is left out. */
const parts: ReadonlySet<string> = new Set([
  'header',
  'alg',
  'typ',
  'kid',
  'jku',
  'signature',
  'iss',
  'tenant',
  'sub',
  'aud',
  'exp',
  'iat',
  'nbf',
  'jti',
]);

/** Why a request was refused, in one of a few words, so that a metric can be counted by it. */
export function reasonOf(status: number, error: unknown): string | undefined {
  if (status < 400) return undefined;
  const reason = byStatus.get(status) ?? (status < 500 ? 'refused' : 'failed');
  const path = error instanceof RequestError ? (error.problems[0]?.path ?? '') : '';
  const part = path.startsWith('token.') ? path.slice('token.'.length) : '';
  return parts.has(part) ? `${reason}-${part}` : reason;
}
