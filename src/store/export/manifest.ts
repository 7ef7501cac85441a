import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { codeOf, problemsOf, StoreUnusableError } from '../../errors.ts';
import type { Json } from '../../trial/protocol.ts';
import type { RegisteredTrial, Segment } from '../port.ts';
import { writeDurably } from './durable.ts';
import type { ExportFormat } from './format.ts';
import { exportFormats } from './format.ts';

/** A file of an export. */
export interface ExportedFile {
  /** Below the folder of the export, with `/` between its parts. */
  readonly path: string;
  readonly rows: number;
  readonly bytes: number;
  /** Of its content, hexadecimal. */
  readonly sha256: string;
}

/** A file of events of one calendar day. */
export interface ExportedEvents extends ExportedFile {
  /** `YYYY-MM-DD` in the trial's time zone. */
  readonly day: string;
  /** The place in the ledger of its first event. */
  readonly first: number;
  /** The place of its last event. No other file of this day and trial holds one between the two. */
  readonly last: number;
}

/** A file of sums, as they were at the end of an export. */
export interface ExportedSums extends ExportedFile {
  /** The place in the ledger up to which they hold every event. */
  readonly through: number;
  /** Whether they hold no other: none that came in while they were made, and none that is missing. */
  readonly exact: boolean;
}

/** What is exported of one trial. */
export interface ExportedTrial extends RegisteredTrial {
  /** Up to this place in the ledger, every event is in the files of events. */
  readonly through: number;
  /** An event that was exported: its place, and SHA-256 of it as of a segment that holds it alone. */
  readonly witness: { readonly sequence: number; readonly sha256: string } | null;
  /** The last sealed segment of which every event is exported: the head of the chain up to there. */
  readonly sealed: Pick<Segment, 'number' | 'last' | 'head'> | null;
  /** Events that were removed from the ledger before they were exported. */
  readonly missing: number;
  readonly events: readonly ExportedEvents[];
  readonly summaries: ExportedSums | null;
  readonly unitDays: ExportedSums | null;
}

/** What stands in `manifest.json`: all that an export holds, and up to where. */
export interface ExportManifest {
  readonly form: 'rapidcycle-export/1';
  readonly format: ExportFormat;
  /** By what the ledger recognises its key; null when it has none. */
  readonly keyCheck: string | null;
  /** Ordered by id and round. */
  readonly trials: readonly ExportedTrial[];
}

const count = z.int().min(0);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits');
const file = { path: z.string().min(1), rows: count, bytes: count, sha256 };
const sums = z.strictObject({ ...file, through: count, exact: z.boolean() }).nullable();
const json: z.ZodType<Json> = z.json();

const schema: z.ZodType<ExportManifest> = z.strictObject({
  form: z.literal('rapidcycle-export/1'),
  format: z.enum(exportFormats),
  keyCheck: z.string().nullable(),
  trials: z.array(
    z.strictObject({
      id: z.string(),
      round: z.int(),
      fingerprint: sha256,
      protocol: json,
      registeredAt: z.int(),
      stoppedAt: z.int().nullable(),
      retiredAt: z.int().nullable(),
      through: count,
      witness: z.strictObject({ sequence: count, sha256 }).nullable(),
      sealed: z.strictObject({ number: count, last: count, head: sha256 }).nullable(),
      missing: count,
      events: z.array(z.strictObject({ ...file, day: z.string(), first: count, last: count })),
      summaries: sums,
      unitDays: sums,
    }),
  ),
});

const manifestName = 'manifest.json';

/**
 * Reads what an export holds; undefined where there is none.
 *
 * @throws StoreUnusableError when it is damaged, or of a form that this version does not know
 */
export async function readManifest(folder: string): Promise<ExportManifest | undefined> {
  const place = join(folder, manifestName);
  let text: string;
  try {
    text = await readFile(place, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  const advice = 'export into a new folder, or restore the file';
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw new StoreUnusableError(`${place} is damaged, it is no JSON: ${advice}`, { cause });
  }
  const parsed = schema.safeParse(document);
  if (parsed.success) return parsed.data;
  const problems = problemsOf(parsed.error.issues);
  throw new StoreUnusableError(
    `${place} is not a manifest that this version writes (${problems[0]?.path || 'all of it'} is wrong): ${advice}`,
    { problems },
  );
}

/** Puts the manifest in the place of the one before, at once. */
export async function writeManifest(folder: string, manifest: ExportManifest): Promise<void> {
  await writeDurably(folder, manifestName, `${JSON.stringify(manifest, undefined, 1)}\n`);
}
