import { createHash } from 'node:crypto';
import canonicalizeModule from 'canonicalize';

// The package declares an ES default export but is CommonJS: what is imported is the function itself.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
const canonicalize = canonicalizeModule as unknown as (document: unknown) => string | undefined;

/**
 * The canonical JSON (RFC 8785) of a document: the same on every platform and whatever the order of
 * the keys.
 *
 * @throws TypeError when the document is not JSON
 */
export function canonicalJson(document: unknown): string {
  const canonical = canonicalize(document);
  if (canonical === undefined) throw new TypeError('only a JSON document has a fingerprint');
  return canonical;
}

/**
 * The SHA-256 of the canonical JSON (RFC 8785) of a document, in lower-case hexadecimal. The same on
 * every platform and whatever the order of the keys.
 *
 * @throws TypeError when the document is not JSON
 */
export function fingerprintOf(document: unknown): string {
  return createHash('sha256').update(canonicalJson(document), 'utf8').digest('hex');
}
