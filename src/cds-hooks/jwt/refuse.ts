import type { Problem } from '../../errors.ts';
import { RequestError } from '../../errors.ts';

/**
 * What is wrong with a token: the part, and what would be right. Never what stands in it, for it may
 * be anybody's.
 */
export function fault(part: string, message: string): Problem {
  return { path: `token.${part}`, message };
}

/** The refusal of a token that does not prove who calls. */
export function refuseToken(...problems: readonly Problem[]): RequestError {
  return new RequestError('The token is refused.', { status: 401, problems });
}
