import type { SequencedRow } from './chain.ts';
import { contentOf, headOf } from './chain.ts';
import type { PublishedHead } from './heads.ts';
import type { RegisteredTrial, Segment, Store } from '../port.ts';
import { toRow } from '../row.ts';

/** What the check of a chain found. */
export interface ChainReport {
  readonly segments: number;
  /** Events in them. */
  readonly events: number;
  /** Events that no segment holds yet. */
  readonly unsealed: number;
  /** Of the last segment; undefined when there is none. */
  readonly head: string | undefined;
  /** Whether the events were retired, so that only the links could be checked. */
  readonly retired: boolean;
  /** How many of the heads that were given are of this trial. */
  readonly published: number;
  /** What is wrong, in words; empty when nothing is. */
  readonly problems: readonly string[];
}

/** Checks that each segment links to the one before, and returns what does not. */
function brokenLinks(fingerprint: string, segments: readonly Segment[]): readonly string[] {
  const problems: string[] = [];
  let before: Segment | undefined;
  for (const segment of segments) {
    const { number, first } = segment;
    if (number !== (before?.number ?? 0) + 1 || first <= (before?.last ?? 0)) {
      problems.push(`segment ${number} does not follow the one before it`);
    }
    if (headOf(fingerprint, { ...segment, before: before?.head }) !== segment.head) {
      problems.push(`segment ${number} was changed, or one before it was`);
    }
    before = segment;
  }
  return problems;
}

function brokenPromises(
  segments: readonly Segment[],
  published: readonly PublishedHead[],
): readonly string[] {
  return published.flatMap(({ number, head }) => {
    const segment = segments[number - 1];
    if (segment?.head === head) return [];
    return segment === undefined
      ? [`segment ${number} was published and is no longer there`]
      : [`segment ${number} was published with another head: it was made again since`];
  });
}

/** Holds the events of a trial against its segments. */
async function changedSegments(
  store: Pick<Store, 'read'>,
  fingerprint: string,
  segments: readonly Segment[],
): Promise<{ readonly problems: readonly string[]; readonly unsealed: number }> {
  const problems: string[] = [];
  let rows: SequencedRow[] = [];
  let index = 0;
  let unsealed = 0;
  const end = (segment: Segment): void => {
    const { number, events, content } = segment;
    if (rows.length !== events) {
      problems.push(`segment ${number} holds ${rows.length} events and was sealed with ${events}`);
    } else if (contentOf(rows) !== content) {
      problems.push(`an event of segment ${number} was changed since it was sealed`);
    }
    rows = [];
    index += 1;
  };
  for await (const { sequence, event } of store.read({ trial: fingerprint })) {
    for (let segment = segments[index]; segment !== undefined; segment = segments[index]) {
      if (sequence <= segment.last) break;
      end(segment);
    }
    if (segments[index] === undefined) unsealed += 1;
    else rows.push([sequence, ...toRow(event)]);
  }
  for (let segment = segments[index]; segment !== undefined; segment = segments[index]) {
    end(segment);
  }
  return { problems, unsealed };
}

/**
 * Checks the chain of a trial: every segment against its events, against the one before, and against
 * the heads that were published. It reads every event of the trial.
 *
 * A chain alone shows accidents and clumsy changes; who can write to the ledger can make it all again.
 * Only heads that were published elsewhere show that.
 */
export async function verifyChain(
  store: Pick<Store, 'read' | 'segments'>,
  { fingerprint, retiredAt }: Pick<RegisteredTrial, 'fingerprint' | 'retiredAt'>,
  { published = [] }: { readonly published?: readonly PublishedHead[] | undefined } = {},
): Promise<ChainReport> {
  const segments = await store.segments(fingerprint);
  const own = published.filter((head) => head.trial === fingerprint);
  const retired = retiredAt !== null;
  const found = retired
    ? { problems: [], unsealed: 0 }
    : await changedSegments(store, fingerprint, segments);
  return {
    segments: segments.length,
    events: segments.reduce((sum, { events }) => sum + events, 0),
    unsealed: found.unsealed,
    head: segments.at(-1)?.head,
    retired,
    published: own.length,
    problems: [
      ...brokenLinks(fingerprint, segments),
      ...found.problems,
      ...brokenPromises(segments, own),
    ],
  };
}
