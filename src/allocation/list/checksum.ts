import { fingerprintOf } from '../../trial/fingerprint.ts';
import type { Allocation } from './allocation.ts';

/** The checksum of an allocation: SHA-256 of the canonical JSON (RFC 8785) of all of it but the checksum. */
export function checksumOf({
  checksum: _,
  ...rest
}: Omit<Allocation, 'checksum'> & { readonly checksum?: string | undefined }): string {
  return fingerprintOf(rest);
}

/** An allocation with its checksum. */
export function sealed(allocation: Omit<Allocation, 'checksum'>): Allocation {
  return { ...allocation, checksum: checksumOf(allocation) };
}
