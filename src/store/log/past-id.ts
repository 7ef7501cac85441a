import { hash } from 'node:crypto';

/** Makes the id of something that was told of a time. */
export type PastIds = (written: number, ...parts: readonly string[]) => string;

const latest = 2 ** 48 - 1;

/**
 * Makes ids of what has a natural key: the time, so that what happened together stands together in an
 * index, and a keyed hash, because whoever knows the keys of an extract could find them again in a
 * plain one. They are laid out as UUIDv7, with the version of one's own making (UUIDv8, RFC 9562).
 *
 * @param secret of some length, and of one trial
 * @returns a function of milliseconds, and of parts that are told apart by where they end
 */
export function pastIds(secret: string): PastIds {
  return (written, ...parts) => {
    const time = Math.min(Math.max(0, Math.floor(written)), latest)
      .toString(16)
      .padStart(12, '0');
    const digest = hash('sha256', `${secret}${JSON.stringify(parts)}`, 'hex');
    const variant = '89ab'[Number.parseInt(digest.charAt(3), 16) % 4] ?? '8';
    return `${time.slice(0, 8)}-${time.slice(8)}-8${digest.slice(0, 3)}-${variant}${digest.slice(4, 7)}-${digest.slice(7, 19)}`;
  };
}
