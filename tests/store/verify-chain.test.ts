import { createHash } from 'node:crypto';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { contentOf, headOf } from '../../src/store/chain/chain.ts';
import type { PublishedHead, Segment, SequencedEvent, Store } from '../../src/store/index.ts';
import { headToPublish, publishHead, readHeads, verifyChain } from '../../src/store/index.ts';
import { toRow } from '../../src/store/row.ts';
import { impression, nine, trial } from './fixtures.ts';
import { inFolder } from './place.ts';

const { fingerprint } = trial;
const standing = { fingerprint, retiredAt: null };

/** Twelve events on odd places, as in a ledger of two trials. */
const events: readonly SequencedEvent[] = Array.from({ length: 12 }, (_, index) => ({
  sequence: 2 * index + 1,
  event: impression(index + 1, { at: nine + index }),
}));

/** Segments over events, each of so many. */
function sealedInto(all: readonly SequencedEvent[], sizes: readonly number[]): readonly Segment[] {
  const segments: Segment[] = [];
  let start = 0;
  for (const size of sizes) {
    const own = all.slice(start, start + size);
    const segment = {
      number: segments.length + 1,
      first: own[0]?.sequence ?? 0,
      last: own.at(-1)?.sequence ?? 0,
      events: own.length,
      content: contentOf(own.map(({ sequence, event }) => [sequence, ...toRow(event)])),
    };
    const head = headOf(fingerprint, { ...segment, before: segments.at(-1)?.head });
    segments.push({ ...segment, head, sealedAt: nine });
    start += size;
  }
  return segments;
}

function holding(
  all: readonly SequencedEvent[],
  segments: readonly Segment[],
): Pick<Store, 'read' | 'segments'> {
  return {
    segments: async () => segments,
    read: async function* () {
      yield* all;
    },
  };
}

const segments = sealedInto(events, [5, 4]);

describe('The chain of a trial', () => {
  test('is made of SHA-256 over every place and column, from the fingerprint on', () => {
    const lines = events
      .slice(0, 5)
      .map(({ sequence, event }) => `${JSON.stringify([sequence, ...toRow(event)])}\n`);
    const content = createHash('sha256').update(lines.join('')).digest('hex');
    const root = createHash('sha256').update(`rapidcycle chain ${fingerprint}`).digest('hex');
    const head = createHash('sha256')
      .update(JSON.stringify([root, 1, 1, 9, 5, content]))
      .digest('hex');
    expect(segments[0]).toMatchObject({ content, head });
  });

  test('that is whole has no problem, and says how much is not sealed yet', async () => {
    expect(await verifyChain(holding(events, segments), standing)).toEqual({
      segments: 2,
      events: 9,
      unsealed: 3,
      head: segments[1]?.head,
      retired: false,
      published: 0,
      problems: [],
    });
  });

  test('without segments has no head', async () => {
    expect(await verifyChain(holding(events, []), standing)).toMatchObject({
      segments: 0,
      unsealed: 12,
      head: undefined,
      problems: [],
    });
  });

  test.each<readonly [string, readonly SequencedEvent[], RegExp]>([
    ['is missing', events.toSpliced(2, 1), /segment 1 holds 4 events and was sealed with 5/],
    [
      'was put in between',
      events.toSpliced(2, 0, { sequence: 4, event: impression(99) }),
      /segment 1 holds 6 events/,
    ],
    [
      'has another arm',
      events.with(6, { sequence: 13, event: impression(7, { at: nine + 6, arm: 'redesign' }) }),
      /an event of segment 2 was changed/,
    ],
    [
      'has another time of receipt',
      events.with(0, { sequence: 1, event: impression(1, { receivedAt: nine + 1 }) }),
      /an event of segment 1 was changed/,
    ],
    [
      'stands in another place',
      events.with(0, { sequence: 2, event: impression(1) }),
      /an event of segment 1 was changed/,
    ],
    ['and all after it are missing', events.slice(0, 3), /segment 1 holds 3/],
  ])('shows that an event %s', async (_, changed, problem) => {
    const { problems } = await verifyChain(holding(changed, segments), standing);
    expect(problems.join('\n')).toMatch(problem);
  });

  test('shows any change of any segment', async () => {
    const keys = ['number', 'first', 'last', 'events'] as const;
    await fc.assert(
      fc.asyncProperty(
        fc.nat(1),
        fc.constantFrom(...keys),
        fc.integer({ min: 1, max: 5 }),
        async (index, key, by) => {
          const segment = segments[index];
          if (segment === undefined) throw new Error('no segment');
          const changed = segments.with(index, { ...segment, [key]: segment[key] + by });
          const report = await verifyChain(holding(events, changed), standing);
          expect(report.problems.join('\n')).toMatch(/was changed|does not follow/);
        },
      ),
    );
  });

  test('that was made again shows only against heads that were published', async () => {
    const forged = events.with(0, { sequence: 1, event: impression(1, { arm: 'redesign' }) });
    const again = holding(forged, sealedInto(forged, [5, 4]));
    expect((await verifyChain(again, standing)).problems).toEqual([]);
    const published = segments.map((segment) => headToPublish(fingerprint, segment));
    const report = await verifyChain(again, standing, { published });
    expect(report.published).toBe(2);
    expect(report.problems).toEqual([
      'segment 1 was published with another head: it was made again since',
      'segment 2 was published with another head: it was made again since',
    ]);
  });

  test('that was cut off shows against a head that was published', async () => {
    const published = segments.map((segment) => headToPublish(fingerprint, segment));
    const cut = holding(events.slice(0, 5), segments.slice(0, 1));
    expect((await verifyChain(cut, standing, { published })).problems).toEqual([
      'segment 2 was published and is no longer there',
    ]);
  });

  test('of a retired trial is checked by its links, and heads of others are not its own', async () => {
    const other = { ...headToPublish('f'.repeat(64), segments[0] as Segment), number: 9 };
    const retired = { fingerprint, retiredAt: nine };
    const whole = await verifyChain(holding([], segments), retired, { published: [other] });
    expect(whole).toMatchObject({ retired: true, published: 0, problems: [], events: 9 });
    const changed = segments.with(0, { ...(segments[0] as Segment), content: '0'.repeat(64) });
    expect((await verifyChain(holding([], changed), retired)).problems).toEqual([
      'segment 1 was changed, or one before it was',
    ]);
  });
});

describe('A file of heads', () => {
  const heads: readonly PublishedHead[] = segments.map((segment) =>
    headToPublish(fingerprint, segment),
  );

  test('gives back what was published, and leaves out a line that was cut off', async () => {
    await inFolder(async (folder) => {
      const file = join(folder, 'heads');
      for (const head of heads) await publishHead(file, head);
      await appendFile(file, '{"trial":"');
      expect(await readHeads(file)).toEqual(heads);
      expect(heads[0]).toMatchObject({ sealedAt: '2026-10-06T13:00:00.000Z', number: 1, last: 9 });
    });
  });

  test('whose last line a crash cut off goes on without it', async () => {
    await inFolder(async (folder) => {
      const file = join(folder, 'heads');
      await writeFile(file, '{"trial":"');
      for (const head of heads) {
        await publishHead(file, head);
        await appendFile(file, '{"trial":"');
      }
      expect(await readHeads(file)).toEqual(heads);
      expect((await readFile(file, 'utf8')).split('\n')).toHaveLength(3);
    });
  });

  test('that was changed, or is not there, is refused with the place', async () => {
    await inFolder(async (folder) => {
      const file = join(folder, 'heads');
      await expect(readHeads(file)).rejects.toThrow(/heads cannot be read: it is not there/);
      await writeFile(file, `${JSON.stringify(heads[0])}\nno json\n`);
      await expect(readHeads(file)).rejects.toThrow(/line 2 of .*heads is no published head/);
      await writeFile(file, '{"trial":"x"}\n');
      await expect(readHeads(file)).rejects.toThrow(/line 1 of/);
      await expect(
        publishHead(join(folder, 'none', 'heads'), heads[0] as PublishedHead),
      ).rejects.toThrow(/cannot be written: .*ENOENT/);
    });
  });
});
