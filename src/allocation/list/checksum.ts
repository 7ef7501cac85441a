import { createHash } from 'node:crypto';
import { canonicalJson, fingerprintOf } from '../../trial/fingerprint.ts';
import type { Allocation } from './allocation.ts';

/** An allocation whose checksum, if it has one, does not count. */
type Unsealed = Omit<Allocation, 'checksum'> & { readonly checksum?: string | undefined };

/** The checksum of an allocation: SHA-256 of the canonical JSON (RFC 8785) of all of it but the checksum. */
export function checksumOf(allocation: Unsealed): string {
  const { checksum: _, ...rest } = allocation;
  return fingerprintOf(rest);
}

/** An allocation with its checksum. */
export function sealed(allocation: Omit<Allocation, 'checksum'>): Allocation {
  return { ...allocation, checksum: checksumOf(allocation) };
}

/**
 * The checksums of an allocation as it was made, and as it was after each of its amendments. What the
 * checksums have in common is written once: a service takes an amendment up while alerts come in.
 */
export function checksumsOf(allocation: Unsealed): readonly string[] {
  const { checksum: _, amendments, ...rest } = allocation;
  // In canonical JSON the members stand in the order of their names, and so `amendments` first.
  const others = canonicalJson(rest).slice(1);
  const written = amendments.map(canonicalJson);
  return Array.from({ length: written.length + 1 }, (_amendment, count) =>
    createHash('sha256')
      .update(`{"amendments":[${written.slice(0, count).join(',')}],${others}`, 'utf8')
      .digest('hex'),
  );
}
