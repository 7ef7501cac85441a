import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { codeOf, StoreUnusableError } from '../../errors.ts';
import type { Store } from '../../store/port.ts';
import type { Trial } from '../../trial/trial.ts';
import { deviceId } from './names.ts';
import type { NdjsonFile } from './ndjson-file.ts';
import { isPart, ndjsonFile } from './ndjson-file.ts';
import { studyOf } from './research-study.ts';
import type { AuditEventOptions, MeasureReportsOptions } from './resources-of.ts';
import {
  armGroups,
  auditEvents,
  checkSince,
  checkSmallest,
  contextOf,
  measureReports,
  researchSubjects,
} from './resources-of.ts';
import type { OutDevice } from './resources.ts';

/** What can be written besides the study itself. */
export const fhirParts = ['subjects', 'reports', 'events'] as const;

/** `subjects`: who was randomised; `reports`: the measures by arm; `events`: the log. */
export type FhirPart = (typeof fhirParts)[number];

const types = [
  'Device',
  'ResearchStudy',
  'ResearchSubject',
  'Group',
  'Measure',
  'MeasureReport',
  'AuditEvent',
] as const;
type OutType = (typeof types)[number];

/** How far an export is. */
export interface FhirExportProgress {
  /** Resources written so far. */
  readonly written: number;
  /** Of this type the last. */
  readonly type: string;
}

/** What to write, and where. */
export interface FhirExportOptions extends MeasureReportsOptions, AuditEventOptions {
  /** It is made where there is none. One folder holds the export of one trial, and each replaces the one before. */
  readonly folder: string;
  /** Default everything. */
  readonly what?: readonly FhirPart[] | undefined;
  /** Told after every 1,000 resources, and of the last. */
  readonly onProgress?: ((progress: FhirExportProgress) => void) | undefined;
}

/** What stands in `export.json`, in the form of a bulk data export. */
export interface FhirExportManifest {
  /** As of when, an ISO instant. */
  readonly transactionTime: string;
  /** The study that was asked for. */
  readonly request: string;
  readonly requiresAccessToken: false;
  readonly output: readonly {
    readonly type: string;
    /** The name of the file beside the manifest. */
    readonly url: string;
    readonly count: number;
  }[];
  readonly error: readonly [];
}

const manifestName = 'export.json';
const fileOf = (type: OutType): string => `${type}.ndjson`;

/**
 * Writes a trial as FHIR R4: a file of one resource a line for each type, and `export.json`, which names
 * them with their counts, in the form of a bulk data export. Every reference to a resource resolves within
 * the export; persons are known by pseudonyms alone. Files can be read by their owner only, and
 * stand there only once all of them are whole; the manifest comes last, so a folder without it holds no
 * finished export. One that fails leaves the one before as it was. Memory grows with the units of the
 * trial, not with its events.
 *
 * @throws ProtocolMismatchError when the ledger does not hold the trial
 * @throws StoreUnusableError when the folder cannot be written, or holds the export of another trial
 * @throws RangeError when an option is malformed
 * @see https://hl7.org/fhir/uv/bulkdata/export.html#response---complete-status
 */
export async function exportFhir(
  store: Store,
  trial: Trial,
  options: FhirExportOptions,
): Promise<FhirExportManifest> {
  const { folder, what = fhirParts, since, smallest } = options;
  if (!what.every((part) => fhirParts.includes(part))) {
    throw new RangeError(`what to export must be some of ${fhirParts.join(', ')}`);
  }
  checkSince(since);
  checkSmallest(smallest);
  const context = await contextOf(store, trial, options);
  // One instant for all: the default would be another for each.
  const settled = { ...options, asOf: context.asOf };
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const request = `ResearchStudy/${trial.fingerprint}`;
    await checkFolder(folder, request);
    const files = await writeAll(folder, options, async function* () {
      yield software;
      yield studyOf(trial, context.phase, context.names);
      if (what.includes('subjects')) yield* researchSubjects(store, trial, settled);
      // The study refers to them.
      yield* armGroups(store, trial, settled);
      if (what.includes('reports')) yield* measureReports(store, trial, settled);
      if (what.includes('events')) yield* auditEvents(store, trial, settled);
    });
    const manifest: FhirExportManifest = {
      transactionTime: new Date(context.asOf).toISOString(),
      request,
      requiresAccessToken: false,
      output: types.flatMap((type) => {
        const file = files.get(type);
        return file === undefined ? [] : [{ type, url: fileOf(type), count: file.lines() }];
      }),
      error: [],
    };
    await replace(folder, files, manifest);
    return manifest;
  } catch (error) {
    throw failureOf(folder, error);
  }
}

const software: OutDevice = {
  resourceType: 'Device',
  id: deviceId,
  deviceName: [{ name: 'rapidcycle', type: 'model-name' }],
  type: { text: 'Software that randomises alerts' },
};

interface Written {
  readonly resourceType: OutType;
}

/** Writes every resource into the file of its type, none of which has its name yet. */
async function writeAll(
  folder: string,
  { onProgress }: FhirExportOptions,
  resources: () => AsyncIterable<Written>,
): Promise<ReadonlyMap<OutType, NdjsonFile>> {
  const files = new Map<OutType, NdjsonFile>();
  let written = 0;
  let last: OutType = 'Device';
  try {
    for await (const resource of resources()) {
      const { resourceType: type } = resource;
      let file = files.get(type);
      if (file === undefined) {
        file = await ndjsonFile(folder, fileOf(type));
        files.set(type, file);
      }
      await file.add(resource);
      written += 1;
      last = type;
      if (written % 1_000 === 0) onProgress?.({ written, type });
    }
    for (const file of files.values()) await file.end();
  } catch (error) {
    for (const file of files.values()) await file.discard();
    throw error;
  }
  if (written % 1_000 !== 0) onProgress?.({ written, type: last });
  return files;
}

/** Puts an export in the place of the one before: its manifest goes first, and the new one comes last. */
async function replace(
  folder: string,
  files: ReadonlyMap<OutType, NdjsonFile>,
  manifest: FhirExportManifest,
): Promise<void> {
  await rm(join(folder, manifestName), { force: true });
  for (const type of types) {
    const file = files.get(type);
    if (file === undefined) await rm(join(folder, fileOf(type)), { force: true });
    else await file.publish();
  }
  const file = await ndjsonFile(folder, manifestName);
  await file.add(manifest);
  await file.end();
  await file.publish();
}

const manifestSchema = z.looseObject({ request: z.string() });

/** Refuses a folder of something else, and removes what was left of an export that did not end. */
async function checkFolder(folder: string, request: string): Promise<void> {
  const names = await readdir(folder);
  if (names.includes(manifestName)) {
    const held = manifestSchema.safeParse(json(await readFile(join(folder, manifestName), 'utf8')));
    if (!held.success || held.data.request !== request) {
      throw new StoreUnusableError(
        `${folder} holds an export of another trial, or of another program: give a folder of its own`,
      );
    }
  }
  for (const name of names) {
    if (isPart(name)) await rm(join(folder, name), { force: true });
  }
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What the file system refused, in words; anything else as it is. */
function failureOf(folder: string, error: unknown): unknown {
  const code = codeOf(error);
  if (code === undefined || !Object.hasOwn(Object(error), 'syscall')) return error;
  return new StoreUnusableError(
    `the export into ${folder} stopped (${code}), and is not finished: make sure that it is a folder with room that may be written, and run it again`,
    { cause: error },
  );
}
