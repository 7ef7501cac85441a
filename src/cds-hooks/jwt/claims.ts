import type { Problem } from '../../errors.ts';
import { fault } from './refuse.ts';

/** What the claims of a token must fit. Times in milliseconds. */
export interface ClaimRules {
  /** The first is the one to name. */
  readonly audiences: readonly string[];
  readonly subject: string | undefined;
  readonly now: number;
  readonly clockSkew: number;
  readonly maxLifetime: number;
}

/** The claims of a good token that are used further. */
export interface CheckedClaims {
  readonly jti: string;
  /** From when on it is not taken any more, milliseconds. */
  readonly until: number;
}

type Claims = Readonly<Record<string, unknown>>;

// What is remembered of each token must not grow with what clients write there.
const longestJti = 256;

function instantOf(claims: Claims, name: string): number | undefined {
  const value = claims[name];
  return typeof value === 'number' && Number.isFinite(value) ? value * 1_000 : undefined;
}

function audienceFaults({ aud }: Claims, audiences: readonly string[]): readonly Problem[] {
  const named: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  if (named.some((each) => typeof each === 'string' && audiences.includes(each))) return [];
  return [fault('aud', `must be the address that is called: ${audiences[0] ?? ''}`)];
}

function timeFaults(claims: Claims, rules: ClaimRules): readonly Problem[] {
  const { now, clockSkew, maxLifetime } = rules;
  const allowance = `${Math.round(clockSkew / 1_000)} s between the clocks are allowed for`;
  const iat = instantOf(claims, 'iat');
  const exp = instantOf(claims, 'exp');
  const nbf = instantOf(claims, 'nbf');
  const faults: Problem[] = [];
  if (iat === undefined) faults.push(fault('iat', 'must be there, a number of seconds since 1970'));
  else if (iat > now + clockSkew) {
    faults.push(fault('iat', `must not lie in the future; ${allowance}`));
  }
  if (exp === undefined) faults.push(fault('exp', 'must be there, a number of seconds since 1970'));
  else if (exp <= now - clockSkew) {
    faults.push(fault('exp', `must lie in the future: the token has expired; ${allowance}`));
  } else if (iat !== undefined && exp <= iat) {
    faults.push(fault('exp', 'must lie after iat'));
  } else if (iat !== undefined && exp - iat > maxLifetime) {
    faults.push(fault('exp', `must lie at most ${Math.round(maxLifetime / 1_000)} s after iat`));
  }
  const { nbf: written } = claims;
  if (written !== undefined && written !== null && nbf === undefined) {
    faults.push(fault('nbf', 'must be a number of seconds since 1970'));
  } else if (nbf !== undefined && nbf > now + clockSkew) {
    faults.push(fault('nbf', `must not lie in the future; ${allowance}`));
  }
  return faults;
}

/**
 * Checks the claims of a token whose signature is good. Those that CDS Hooks does not define are let
 * through.
 *
 * @link https://cds-hooks.hl7.org/2.0/#trusting-cds-clients
 * @returns what is used further, or everything that is wrong
 */
export function checkClaims(
  claims: Claims,
  rules: ClaimRules,
): CheckedClaims | { readonly faults: readonly Problem[] } {
  const faults = [...audienceFaults(claims, rules.audiences), ...timeFaults(claims, rules)];
  const { jti, sub } = claims;
  if (rules.subject !== undefined && sub !== rules.subject) {
    faults.push(fault('sub', 'must be the id of the client that is configured for its issuer'));
  }
  if (typeof jti !== 'string' || jti === '' || jti.length > longestJti) {
    faults.push(
      fault('jti', `must be there, a text of at most ${longestJti} characters, new for each token`),
    );
    return { faults };
  }
  const exp = instantOf(claims, 'exp') ?? 0;
  return faults.length > 0 ? { faults } : { jti, until: exp + rules.clockSkew };
}
