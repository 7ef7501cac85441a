import { open, statfs, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Room on the disk of a spool that is given up when nothing else is left. */
export interface Reserve {
  /** Whether it has been given up. */
  readonly isGiven: boolean;
  /** Gives it up; false when there was none. */
  readonly give: () => Promise<boolean>;
  /** Takes it, if as much again stays free. */
  readonly take: () => Promise<void>;
}

// To note what was forwarded takes a few pages; before that, 4 MB of the write-ahead log may have to go into the file.
const size = 8 * 2 ** 20;

/**
 * The reserve of a spool, a file beside it. An outage may fill the disk. When the server is back, nothing can
 * be noted or removed on a full disk any more, so that it would stay full. On a file system that compresses, it
 * keeps nothing free.
 *
 * @param file path of the spool
 */
export function reserveOf(file: string): Reserve {
  const place = `${file}.reserve`;
  let isGiven = false;
  return {
    get isGiven() {
      return isGiven;
    },
    give: async () => {
      try {
        await unlink(place);
        isGiven = true;
        return true;
      } catch {
        return false;
      }
    },
    take: async () => {
      try {
        const { bavail, bsize } = await statfs(dirname(place));
        if (bavail * bsize < 2 * size) return;
        const handle = await open(place, 'w', 0o600);
        try {
          await handle.writeFile(Buffer.alloc(size));
        } finally {
          await handle.close();
        }
        isGiven = false;
      } catch {
        // There is less room than it seemed.
        await unlink(place).catch(() => undefined);
      }
    },
  };
}
