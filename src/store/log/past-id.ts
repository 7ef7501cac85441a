import { hash } from 'node:crypto';

/** Makes the id of something that was told of a time, by a text that tells it from everything else. */
export type PastIds = (written: number, text: string) => string;

const latest = 2 ** 48 - 1;
const hour = 3_600_000;

/**
 * Makes ids of what has a natural key: the hour, so that what happened together stands together in an
 * index and one that is told again without its seconds is the same, and a keyed hash, because whoever
 * knows the keys of an extract could find them again in a plain one. They are laid out as UUIDv7, with
 * the version of one's own making (UUIDv8, RFC 9562).
 *
 * @param secret of one length, and of one trial
 * @returns a function of milliseconds and a text
 */
export function pastIds(secret: string): PastIds {
  let last = Number.NaN;
  let head = '';
  return (written, text) => {
    const begun = Math.min(Math.max(0, Math.floor(written / hour) * hour), latest);
    // Extracts come in order, so the hour is mostly that of the one before.
    if (begun !== last) {
      const time = begun.toString(16).padStart(12, '0');
      head = `${time.slice(0, 8)}-${time.slice(8)}-8`;
      last = begun;
    }
    const digest = hash('sha256', secret + text, 'hex');
    return `${head}${digest.slice(0, 3)}-8${digest.slice(3, 6)}-${digest.slice(6, 18)}`;
  };
}
