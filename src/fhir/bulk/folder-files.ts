import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { codeOf, FhirError } from '../../errors.ts';
import { valueOf } from '../value-of.ts';
import { jsonOf } from '../wire/body.ts';
import { linesOf } from './lines.ts';

/** A file of NDJSON in a folder. */
export interface NdjsonFile {
  readonly name: string;
  /** Of every line; undefined when the file may hold any. */
  readonly type: string | undefined;
}

/** The names in a folder, in order. */
export async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    throw new FhirError(`${folder} cannot be read (${codeOf(error) ?? 'unknown'})`);
  }
}

/** The lines of a file, unpacked where its name ends in `.gz`. */
export function linesIn(folder: string, name: string): AsyncIterable<string> {
  const bytes = createReadStream(join(folder, name));
  return linesOf(bytes, name.endsWith('.gz') ? [createGunzip()] : []);
}

/**
 * What a file holds: one type, when its name says so and its first line agrees, as the files of a bulk
 * export do; else any.
 */
async function typeOf(folder: string, name: string): Promise<string | undefined> {
  const parts = name.split(/[.\-_]/).filter((part) => /^[A-Z][A-Za-z]+$/.test(part));
  if (parts.length === 0) return undefined;
  try {
    for await (const line of linesIn(folder, name)) {
      if (line.trim() === '') continue;
      const parsed = jsonOf(line);
      const type = 'value' in parsed ? valueOf(parsed.value, 'resourceType') : undefined;
      return parts.find((part) => part === type);
    }
  } catch {
    // Said when it is read.
  }
  return undefined;
}

/**
 * The files of NDJSON in a folder, packed or not.
 *
 * @throws FhirError when there is none, or the folder cannot be read
 */
export async function ndjsonIn(folder: string): Promise<readonly NdjsonFile[]> {
  const names = (await namesIn(folder)).filter((name) => /\.ndjson(\.gz)?$/i.test(name));
  if (names.length === 0) {
    throw new FhirError(`${folder} holds no NDJSON: no file ends in .ndjson or .ndjson.gz`);
  }
  const files: NdjsonFile[] = [];
  for (const name of names) files.push({ name, type: await typeOf(folder, name) });
  return files;
}

/** @throws FhirError when a file of an export is not as long as it was */
export async function requireLength(folder: string, name: string, bytes: number): Promise<void> {
  const status = await stat(join(folder, name)).catch(() => undefined);
  if (status?.size === bytes) return;
  throw new FhirError(`${join(folder, name)} is not what was exported: export it again`);
}
