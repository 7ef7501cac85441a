import * as z from 'zod';
import { problemsOf } from '../../errors.ts';
import { keyUrlFault } from './fetch-keys.ts';

/** A JSON Web Key Set (RFC 7517): public keys only. */
export interface KeySetDocument {
  readonly keys: readonly Readonly<Record<string, unknown>>[];
}

/**
 * An organisation whose EHR may call, and where its public keys are: in exactly one of `jwks`,
 * `jwksFile`, `jwksUrl` and `jku`.
 */
export interface JwtClient {
  /**
   * What its tokens have as `iss`, letter by letter. It must stay the same while feedback is awaited.
   * Oracle has one for all its organisations; Epic's is the FHIR endpoint of the organisation, typed
   * by hand at each.
   */
  readonly issuer: string;
  /** What its tokens have as `tenant`; default any, and none. */
  readonly tenant?: string | undefined;
  /** What log lines and metrics call it; default its issuer. */
  readonly name?: string | undefined;
  /** What its tokens must have as `sub`; default anything. Epic puts the id of the client there. */
  readonly subject?: string | undefined;
  /**
   * What its tokens may have as `aud` besides the address that is called, letter by letter and at every
   * address: for sites at which somebody has typed another one.
   */
  readonly audiences?: readonly string[] | undefined;
  /**
   * Where one token may be used more than once. `feedback` (the default): a call is refused, while
   * feedback may be sent again after a 503, which changes nothing that is recorded; `never`: not there
   * either; `always`: for clients that keep a token until it expires. The list of services may always
   * be read again.
   */
  readonly reuse?: 'never' | 'feedback' | 'always' | undefined;
  /** The keys themselves. */
  readonly jwks?: KeySetDocument | undefined;
  /** A file that holds them. It is read again when a token was signed with another key. */
  readonly jwksFile?: string | undefined;
  /** An address that gives them. */
  readonly jwksUrl?: string | undefined;
  /** Addresses of which a token may name one as `jku`; no other is ever asked. */
  readonly jku?: readonly string[] | undefined;
}

const text = z.string().min(1, 'must not be empty');

const keyUrl = z.string().superRefine((value, context) => {
  const message = keyUrlFault(value);
  if (message !== undefined) context.addIssue({ code: 'custom', message });
});

// The bytes of a modulus of 2,048 bits in base64url; jose refuses shorter ones.
const shortestModulus = 342;

const publicKey = z
  .looseObject({ kty: text, n: z.string().optional() })
  .superRefine(({ kty, n, ...rest }, context) => {
    const say = (message: string): void => context.addIssue({ code: 'custom', message });
    if (kty === 'oct') say('must be a public key: this is a shared secret');
    else if (!['RSA', 'EC', 'OKP'].includes(kty)) say('must have the kty RSA, EC or OKP');
    if ('d' in rest) say('must be a public key: leave "d" and the other private members out');
    if (kty === 'RSA' && (n ?? '').length < shortestModulus) say('must have at least 2,048 bits');
  });

const sources = ['jwks', 'jwksFile', 'jwksUrl', 'jku'] as const;

const client = z
  .strictObject({
    issuer: text,
    tenant: text.optional(),
    name: text.optional(),
    subject: text.optional(),
    audiences: z.array(text).optional(),
    reuse: z.enum(['never', 'feedback', 'always']).optional(),
    jwks: z.looseObject({ keys: z.array(publicKey).min(1, 'must hold a key') }).optional(),
    jwksFile: text.optional(),
    jwksUrl: keyUrl.optional(),
    jku: z.array(keyUrl).min(1, 'must name an address').optional(),
  })
  .superRefine((value, context) => {
    const given = sources.filter((source) => value[source] !== undefined);
    if (given.length === 1) return;
    const message = `must have exactly one of ${sources.join(', ')}`;
    context.addIssue({ code: 'custom', message });
  });

const clientsSchema: z.ZodType<readonly JwtClient[]> = z
  .array(client)
  .min(1, 'must name a client')
  .superRefine((clients, context) => {
    const seen = new Set<string>();
    clients.forEach(({ issuer, tenant }, index) => {
      const key = JSON.stringify([issuer, tenant]);
      if (seen.has(key)) {
        const message = 'must differ from the others in issuer or tenant';
        context.addIssue({ code: 'custom', message, path: [index] });
      }
      seen.add(key);
    });
  });

/**
 * Checks clients.
 *
 * @throws TypeError with every fault
 */
export function checkClients(clients: unknown): readonly JwtClient[] {
  const parsed = clientsSchema.safeParse(clients);
  if (parsed.success) return parsed.data;
  const lines = problemsOf(parsed.error.issues, 'clients').map(
    ({ path, message }) => `  ${path}: ${message}`,
  );
  throw new TypeError(['The clients are malformed:', ...lines].join('\n'));
}
