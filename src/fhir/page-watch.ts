import { createHash } from 'node:crypto';
import { FhirError } from '../errors.ts';
import type { Resource } from './r4.ts';
import { valueOf } from './value-of.ts';

/** Watches that the pages of a search come to an end. */
export interface PageWatch {
  /**
   * Whether a page holds anything that no page before it held.
   *
   * @throws FhirError when pages keep coming again
   */
  readonly isNew: (resources: readonly Resource[]) => boolean;
  /** @throws FhirError when a page has been followed before, or there are too many */
  readonly follow: (url: string) => void;
}

/** Pages that hold what another page held. Records made meanwhile can move some from page to page. */
const repeatsBorne = 3;

/** Which resources a page holds, in which versions; undefined when that cannot be told. */
function contentOf(resources: readonly Resource[]): string | undefined {
  if (resources.length === 0) return undefined;
  const hash = createHash('sha256');
  for (const { id, meta } of resources) {
    if (id === undefined) return undefined;
    hash.update(JSON.stringify([id, valueOf(meta, 'versionId'), valueOf(meta, 'lastUpdated')]));
  }
  return hash.digest('base64');
}

export function pageWatch(options: {
  readonly what: string;
  readonly maxPages: number;
}): PageWatch {
  const { what, maxPages } = options;
  if (!(maxPages >= 1)) throw new RangeError('maxPages must be a number of at least 1');
  const followed = new Set<string>();
  const contents = new Set<string>();
  let repeats = 0;
  return {
    isNew: (resources) => {
      const content = contentOf(resources);
      if (content === undefined) return true;
      if (!contents.has(content)) {
        contents.add(content);
        return true;
      }
      repeats += 1;
      if (repeats <= repeatsBorne) return false;
      throw new FhirError(`${what}: pages that were read come again, which looks endless`);
    },
    follow: (url) => {
      if (followed.has(url)) {
        throw new FhirError(`${what}: the links to the next pages go in a circle`);
      }
      followed.add(url);
      if (followed.size >= maxPages) {
        throw new FhirError(`${what}: more than ${maxPages} pages, which looks endless`);
      }
    },
  };
}
