import { FhirError } from '../../errors.ts';
import { valueOf } from '../value-of.ts';
import { addressOf, pathOf } from '../wire/address.ts';
import type { Connection } from '../wire/connection.ts';
import { documentOf } from '../wire/document.ts';
import type { AssertionAlgorithm } from './private-key.ts';

/** What is looked for, and with what. */
export interface DiscoveryOptions {
  readonly wire: Connection;
  readonly baseUrl: string;
  readonly allowHttp: boolean;
  readonly algorithm: AssertionAlgorithm;
}

function requireListed(document: unknown, name: string, wanted: string): void {
  const listed = valueOf(document, name);
  if (!Array.isArray(listed) || listed.length === 0 || listed.includes(wanted)) return;
  throw new FhirError(
    `the SMART configuration of the FHIR server does not list ${wanted} among its ${name}`,
  );
}

/**
 * Asks a FHIR server where tokens are given. What it names must lie on the same origin: who signs in for
 * a server elsewhere is to be told by `tokenUrl`, by whoever sets this up.
 *
 * @throws FhirError when the server does not say, or names another origin
 * @see https://hl7.org/fhir/smart-app-launch/conformance.html
 */
export async function discoverTokenEndpoint(options: DiscoveryOptions): Promise<string> {
  const { wire, allowHttp, algorithm } = options;
  const base = addressOf(options.baseUrl, { what: 'baseUrl', allowHttp });
  const call = {
    what: 'SMART configuration',
    url: `${base.origin}${pathOf(base)}/.well-known/smart-configuration`,
    headers: { accept: 'application/json' },
  };
  const document = await wire.send(call, ({ response }) =>
    documentOf(call, { response, maxBytes: 2 ** 20 }),
  );
  const named = valueOf(document, 'token_endpoint');
  if (typeof named !== 'string') {
    throw new FhirError('the SMART configuration of the FHIR server names no token_endpoint');
  }
  const endpoint = addressOf(named, { what: 'the token_endpoint of the FHIR server', allowHttp });
  if (endpoint.origin !== base.origin) {
    throw new FhirError(
      `the FHIR server names a token endpoint on ${endpoint.origin}: check that it is the right one, and give its address as tokenUrl`,
    );
  }
  requireListed(document, 'token_endpoint_auth_methods_supported', 'private_key_jwt');
  requireListed(document, 'token_endpoint_auth_signing_alg_values_supported', algorithm);
  return named;
}
