import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { codeOf, FhirError, problemsOf } from '../../errors.ts';
import { writeDurably } from '../../store/export/durable.ts';
import { jsonOf } from '../wire/body.ts';

/** What a file of an export is: resources, what was deleted since, or what the server could not export. */
export type BulkFileKind = 'output' | 'deleted' | 'error';

/** A file of an export, on the disk whole. */
export interface BulkFile {
  /** In the folder of the export, such as `1.Patient.ndjson`. */
  readonly name: string;
  readonly kind: BulkFileKind;
  readonly type: string;
  readonly lines: number;
  readonly bytes: number;
  /** Of its content, hexadecimal. */
  readonly sha256: string;
}

/** What was asked for. */
export interface BulkRequest {
  readonly baseUrl: string;
  readonly level: string;
  readonly types: readonly string[];
  readonly typeFilter: readonly string[];
  /** Only what changed since this instant; null for all. */
  readonly since: string | null;
}

/** An export that is whole. */
export interface BulkRun {
  readonly request: BulkRequest;
  /** The instant of the server as of which it is. */
  readonly transactionTime: string;
  readonly files: readonly BulkFile[];
}

/** An export that is under way. */
export interface OpenRun {
  readonly request: BulkRequest;
  readonly statusUrl: string;
  /** Null until the server has said what there is. */
  readonly transactionTime: string | null;
  /** Each file of the server's list in its order: as it is on the disk, or null while it is not. */
  readonly files: readonly (BulkFile | null)[];
}

/** What stands in `export.json`. */
export interface BulkState {
  readonly form: 'rapidcycle-bulk/1';
  /** The number of the next file. */
  readonly next: number;
  /** A whole export and what changed since, in order of time. */
  readonly runs: readonly BulkRun[];
  readonly open: OpenRun | null;
}

export const noState: BulkState = { form: 'rapidcycle-bulk/1', next: 1, runs: [], open: null };

const stateName = 'export.json';
const count = z.int().min(0);
const file = z.strictObject({
  name: z.string().regex(/^\d+\.[A-Za-z]+\.ndjson$/),
  kind: z.enum(['output', 'deleted', 'error']),
  type: z.string(),
  lines: count,
  bytes: count,
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
const request = z.strictObject({
  baseUrl: z.string(),
  level: z.string(),
  types: z.array(z.string()),
  typeFilter: z.array(z.string()),
  since: z.string().nullable(),
});

const schema: z.ZodType<BulkState> = z.strictObject({
  form: z.literal('rapidcycle-bulk/1'),
  next: z.int().min(1),
  runs: z.array(z.strictObject({ request, transactionTime: z.string(), files: z.array(file) })),
  open: z
    .strictObject({
      request,
      statusUrl: z.string(),
      transactionTime: z.string().nullable(),
      files: z.array(file.nullable()),
    })
    .nullable(),
});

/**
 * Reads how far the exports into a folder are; undefined where there is none.
 *
 * @throws FhirError when it is damaged, or of a form that this version does not know
 */
export async function readState(folder: string): Promise<BulkState | undefined> {
  const place = join(folder, stateName);
  const text = await readFile(place, 'utf8').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw new FhirError(`${place} cannot be read (${codeOf(error) ?? 'unknown'})`);
  });
  if (text === undefined) return undefined;
  const document = jsonOf(text);
  const parsed = schema.safeParse('value' in document ? document.value : undefined);
  if (parsed.success) return parsed.data;
  const problems = problemsOf(parsed.error.issues);
  throw new FhirError(
    `${place} is damaged, or of another version (${problems[0]?.path || 'all of it'} is wrong): export into a new folder`,
    { problems },
  );
}

/** Puts what is reached in the place of what was, at once. */
export async function writeState(folder: string, state: BulkState): Promise<void> {
  await writeDurably(folder, stateName, `${JSON.stringify(state, undefined, 1)}\n`);
}
