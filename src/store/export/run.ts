import { createHash } from 'node:crypto';
import type { Store } from '../port.ts';
import { writeDurably } from './durable.ts';
import type { ExportFormat } from './format.ts';
import type { ExportedFile, ExportedTrial } from './manifest.ts';

/** A run of an export. */
export interface Run {
  readonly store: Store;
  readonly folder: string;
  readonly format: ExportFormat;
  /** How many events may be held in memory. */
  readonly capacity: number;
  /** Keeps in the manifest what is exported of a trial. */
  readonly keep: (trial: ExportedTrial) => Promise<void>;
}

/** Rows as the content of a file. */
export interface Content {
  readonly bytes: Uint8Array;
  readonly rows: number;
}

/** Where a file of a trial stands: in partitions that the engines which read such folders know. */
export function pathOf(
  { id, round }: Pick<ExportedTrial, 'id' | 'round'>,
  { table, file }: { readonly table: string; readonly file: string },
): string {
  return `${table}/trial=${encodeURIComponent(id)}/round=${round}/${file}`;
}

/** Writes a file of a trial; it is on the disk when the promise resolves. */
export async function writeContent(
  { folder }: Run,
  path: string,
  { bytes, rows }: Content,
): Promise<ExportedFile> {
  await writeDurably(folder, path, bytes);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { path, rows, bytes: bytes.byteLength, sha256 };
}
