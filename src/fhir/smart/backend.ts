import { KeyError } from '../../errors.ts';
import { addressOf } from '../wire/address.ts';
import type { Call, ConnectionOptions } from '../wire/connection.ts';
import { connection } from '../wire/connection.ts';
import type { TokenProvider } from '../wire/token.ts';
import { signAssertion } from './assertion.ts';
import { readGrant } from './grant.ts';
import type { AssertionAlgorithm, PrivateKeySource } from './private-key.ts';
import { readPrivateKey } from './private-key.ts';
import { discoverTokenEndpoint } from './token-endpoint.ts';

interface CommonOptions extends Omit<ConnectionOptions, 'token' | 'headers'> {
  /** Under which the client is registered with the server. */
  readonly clientId: string;
  /**
   * The private key: a PEM or JWK, or `{ file }` that holds one and that only its owner may read (mode
   * 0600). The file is read for each token, so that a key can be changed without a restart.
   */
  readonly privateKey: PrivateKeySource;
  /** Id of the key in the registered key set; default the one that a JWK names. */
  readonly kid?: string | undefined;
  /** Default what the key can: ES384 for P-384, RS384 for RSA. */
  readonly algorithm?: AssertionAlgorithm | undefined;
  /** Address of the key set, where the server wants it named. */
  readonly jku?: string | undefined;
  /** Such as `system/Patient.rs system/Encounter.rs`. */
  readonly scope: string;
}

/**
 * Options of `smartBackend`. Without `tokenUrl` the FHIR server is asked where tokens are given, and must
 * name a place on its own origin; where that is elsewhere, give it as `tokenUrl`.
 */
export type SmartBackendOptions = CommonOptions &
  (
    | { readonly baseUrl: string; readonly tokenUrl?: string | undefined }
    | { readonly baseUrl?: undefined; readonly tokenUrl: string }
  );

/** A token is not used in its last minute, nor in the last fifth of a short life. */
const margin = (lifetime: number): number => Math.min(60_000, lifetime / 5);

/**
 * Signs in as a backend service of SMART (`client_credentials` with `private_key_jwt`), for
 * `fhirSource({ token })` and `bulkExport({ token })`. A token is kept until shortly before its end, and
 * however many requests want one at once, one is asked for. Neither it nor the key is in a message, a
 * log line or a JSON of anything.
 *
 * @throws FhirError when an address is none, or is http and leads to another machine; what it gives
 *   rejects with FhirError when no token is given, and with KeyError when the key cannot be used
 * @throws RangeError when `clientId` or `scope` is empty, or a limit is malformed
 * @see https://hl7.org/fhir/smart-app-launch/backend-services.html
 */
export function smartBackend(
  options: SmartBackendOptions,
): (...asked: Parameters<TokenProvider>) => Promise<string> {
  const { clientId, scope, baseUrl, tokenUrl, jku, allowHttp = false, now = Date.now } = options;
  for (const [name, value] of Object.entries({ clientId, scope })) {
    if (typeof value !== 'string' || value.trim() === '') {
      throw new RangeError(`${name} must be a text that is not empty`);
    }
  }
  if (baseUrl !== undefined) addressOf(baseUrl, { what: 'baseUrl', allowHttp });
  if (tokenUrl !== undefined) addressOf(tokenUrl, { what: 'tokenUrl', allowHttp });
  const wire = connection(options);

  let endpoint = tokenUrl;
  let kept: { readonly token: string; readonly until: number } | undefined;
  let pending: Promise<string> | undefined;

  const signIn = async (): Promise<string> => {
    const signing = await readPrivateKey(options.privateKey);
    const { algorithm } = signing;
    if (options.algorithm !== undefined && options.algorithm !== algorithm) {
      throw new KeyError(`the private key signs with ${algorithm}, not ${options.algorithm}`);
    }
    const kid = options.kid ?? signing.kid;
    if (kid === undefined) {
      throw new KeyError('kid must be given: the id of the key in the registered key set');
    }
    if (endpoint === undefined) {
      const discovery = { wire, baseUrl: baseUrl ?? '', allowHttp, algorithm };
      endpoint = await discoverTokenEndpoint(discovery);
    }
    const audience = endpoint;
    const call: Call = {
      what: 'access token',
      who: 'the token endpoint',
      url: audience,
      method: 'POST',
      headers: {
        accept: 'application/json',
        'content-type': 'application/x-www-form-urlencoded',
      },
      // An assertion is for one use, so each try has its own.
      body: async () =>
        new URLSearchParams({
          grant_type: 'client_credentials',
          scope,
          client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
          client_assertion: await signAssertion(signing, {
            clientId,
            audience,
            kid,
            jku,
            now: now(),
          }),
        }).toString(),
    };
    const asked = now();
    const grant = await wire.send(call, ({ response }) =>
      readGrant(call, { response, now: now() }),
    );
    kept = { token: grant.token, until: asked + grant.lifetime - margin(grant.lifetime) };
    return grant.token;
  };

  return async ({ refused }) => {
    if (kept !== undefined && kept.token !== refused && now() < kept.until) return kept.token;
    pending ??= signIn().finally(() => {
      pending = undefined;
    });
    return pending;
  };
}
