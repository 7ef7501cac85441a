import { contentsOf } from './contents.ts';
import { filesIn, reasonOf } from './files.ts';
import type { Finding, IdentifierKind, Match, Searcher } from './finding.ts';
import { patternKinds, patternSearcher } from './patterns.ts';
import { plantedSearcher } from './planted.ts';

/** What to look for. */
export interface ScanOptions {
  /** Identifiers that must be nowhere; in each of the forms that they may be written in. */
  readonly planted?: Iterable<string> | undefined;
  /** Kinds not to look for. */
  readonly without?: Iterable<IdentifierKind> | undefined;
  /** Texts that look like identifiers and are none, such as the address of an office. */
  readonly allowed?: Iterable<string> | undefined;
  /** How many findings to keep; the others are counted. Default 1,000. */
  readonly keep?: number | undefined;
  /** Told after each file. */
  readonly onProgress?:
    ((progress: { readonly files: number; readonly bytes: number }) => void) | undefined;
}

/** A file of which not everything could be seen. */
export interface Unseen {
  readonly file: string;
  readonly why: string;
}

/** What a scan found. */
export interface ScanReport {
  readonly files: number;
  /** As they were read, of what is compressed once it is expanded. */
  readonly bytes: number;
  readonly findings: readonly Finding[];
  /** All findings by kind, also those that are not kept. */
  readonly found: Readonly<Partial<Record<IdentifierKind, number>>>;
  readonly unseen: readonly Unseen[];
}

function searchersOf({
  planted = [],
  without = [],
  allowed = [],
}: ScanOptions): readonly Searcher[] {
  const left = new Set(without);
  for (const kind of left) {
    if (kind !== 'planted' && !patternKinds.has(kind)) {
      throw new RangeError(
        `"${kind}" is no kind of identifier: they are planted, ${[...patternKinds].join(', ')}`,
      );
    }
  }
  const identifiers = left.has('planted') ? [] : [...planted];
  return [plantedSearcher(identifiers), patternSearcher(left, new Set(allowed))];
}

function searchText(text: string, searchers: readonly Searcher[]): readonly Match[] {
  const found: Match[] = [];
  const bytes = Buffer.from(text, 'utf8');
  for (const searcher of searchers) searcher.search(bytes, (match) => found.push(match));
  return found;
}

/** A path in which what was found stands as `*`. */
function masked(path: string, matches: readonly Match[]): string {
  const bytes = Buffer.from(path, 'utf8');
  for (const { start, length } of matches) bytes.fill('*', start, start + length);
  return bytes.toString('utf8');
}

/** Bytes kept from the piece before, so that what stands before a match is seen. */
const context = 8;

/** Finds everything once, however it is cut into pieces; how many bytes that was. */
async function searchPieces(
  pieces: AsyncIterable<Buffer>,
  searchers: readonly Searcher[],
  found: (match: Match) => void,
): Promise<number> {
  const reach = Math.max(0, ...searchers.map((searcher) => searcher.reach)) + context;
  let held = Buffer.alloc(0);
  /** Where `held` begins in the file, and where in it the search goes on. */
  let offset = 0;
  let from = 0;
  const search = (until: number): void => {
    for (const searcher of searchers) {
      searcher.search(held, (match) => {
        if (match.start < from || match.start >= until) return;
        found({ ...match, start: offset + match.start });
      });
    }
  };
  try {
    for await (const piece of pieces) {
      held = Buffer.concat([held, piece]);
      const until = held.length - reach;
      if (until <= from) continue;
      search(until);
      const kept = Math.max(0, until - context);
      held = held.subarray(kept);
      offset += kept;
      from = until - kept;
    }
  } finally {
    // Also of a file that ends in the middle of something.
    search(held.length);
  }
  return offset + held.length;
}

/**
 * Looks for identifiers of persons in every byte of files and folders: ledgers, their write-ahead logs,
 * spools, logs, exports, reports, the data folder of a server. Memory does not grow with their size.
 *
 * Gzip and Parquet are also expanded. `unseen` names files that are compressed otherwise, that could not be
 * read, and links, which are not followed. Three things nobody is told of: what a server compresses (the
 * TOAST of PostgreSQL, from 2 kB on), what a database splits between two of its pages, and what is encrypted.
 *
 * @param paths files and folders
 * @throws RangeError when a planted identifier is too short to be told from chance, or a kind does not exist
 * @throws UsageError when a path is not there
 */
export async function scan(
  paths: Iterable<string>,
  options: ScanOptions = {},
): Promise<ScanReport> {
  if (typeof paths === 'string') throw new RangeError('give a list of paths, not one text');
  const searchers = searchersOf(options);
  const { keep = 1_000, onProgress } = options;
  const findings: Finding[] = [];
  const counts = new Map<IdentifierKind, number>();
  const unseen: Unseen[] = [];
  let files = 0;
  let bytes = 0;
  for (const path of paths) {
    for await (const { file, why } of filesIn(path)) {
      const inPath = searchText(file, searchers);
      const shown = masked(file, inPath);
      const add = (
        place: Pick<Finding, 'offset' | 'expanded'>,
        { kind, form, length, planted }: Match,
      ): void => {
        counts.set(kind, (counts.get(kind) ?? 0) + 1);
        if (findings.length >= keep) return;
        findings.push({ file: shown, ...place, length, kind, form, ...(planted && { planted }) });
      };
      for (const match of inPath) add({ offset: null }, match);
      if (why !== undefined) {
        unseen.push({ file: shown, why });
        continue;
      }
      try {
        const { contents, why: hidden } = await contentsOf(file);
        if (hidden !== undefined) unseen.push({ file: shown, why: hidden });
        for (const { pieces, expanded } of contents) {
          bytes += await searchPieces(pieces, searchers, (match) => {
            add({ offset: match.start, ...(expanded && { expanded }) }, match);
          });
        }
      } catch (cause) {
        unseen.push({ file: shown, why: reasonOf(cause) });
      }
      files += 1;
      onProgress?.({ files, bytes });
    }
  }
  return { files, bytes, findings, found: Object.fromEntries(counts), unseen };
}
