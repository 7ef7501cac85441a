import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import type { SigningKey } from './private-key.ts';

/** What an assertion says besides what never changes. */
export interface AssertionClaims {
  readonly clientId: string;
  /** Address of the token endpoint, which alone may take the assertion. */
  readonly audience: string;
  readonly kid: string;
  /** Address of the key set that holds the public key. */
  readonly jku: string | undefined;
  /** Milliseconds. */
  readonly now: number;
}

/** How long an assertion is good for, seconds: the most that SMART allows. */
const lifetime = 300;

/**
 * Signs who the client is, for one use.
 *
 * @see https://hl7.org/fhir/smart-app-launch/client-confidential-asymmetric.html
 */
export function signAssertion(signing: SigningKey, claims: AssertionClaims): Promise<string> {
  const { clientId, audience, kid, jku, now } = claims;
  const issued = Math.floor(now / 1_000);
  return new SignJWT()
    .setProtectedHeader({
      alg: signing.algorithm,
      kid,
      typ: 'JWT',
      ...(jku === undefined ? {} : { jku }),
    })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setAudience(audience)
    .setJti(randomUUID())
    .setIssuedAt(issued)
    .setExpirationTime(issued + lifetime)
    .sign(signing.key);
}
