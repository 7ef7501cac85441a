import * as z from 'zod';
import { FhirError, problemsOf } from '../../errors.ts';
import type { BulkFileKind } from './state.ts';

/** A file that the server offers. */
export interface OfferedFile {
  readonly kind: BulkFileKind;
  readonly type: string;
  readonly url: string;
  /** Its lines, where the server says how many. */
  readonly count: number | undefined;
}

/** What a server says when an export is ready. */
export interface BulkManifest {
  readonly transactionTime: string;
  /** Whether the files are given out for the token only. */
  readonly needsToken: boolean;
  readonly files: readonly OfferedFile[];
}

const list = z
  .array(
    z.looseObject({
      type: z.string().regex(/^[A-Z][A-Za-z]{1,63}$/, 'must be a resource type'),
      url: z.string().min(1),
      count: z.int().min(0).optional(),
    }),
  )
  .max(100_000);

const instant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;

const schema = z.looseObject({
  transactionTime: z.string().regex(instant, 'must be an instant with a zone'),
  requiresAccessToken: z.boolean().optional(),
  output: list,
  deleted: list.optional(),
  error: list.optional(),
  link: z.array(z.looseObject({ relation: z.string() })).optional(),
});

/**
 * Reads the manifest of an export. A server that does not say whether its files are given out for the
 * token only is taken to mean that they are.
 *
 * @throws FhirError when it is malformed, or only a part
 * @see https://hl7.org/fhir/uv/bulkdata/export.html
 */
export function readBulkManifest(document: unknown): BulkManifest {
  const parsed = schema.safeParse(document);
  if (!parsed.success) {
    // Only places are named: what stands there is the server's.
    const paths = problemsOf(parsed.error.issues).map(({ path }) => path || 'all of it');
    throw new FhirError(
      `bulk export: the manifest of the FHIR server is malformed (${[...new Set(paths)].slice(0, 3).join(', ')})`,
    );
  }
  const { transactionTime, requiresAccessToken, output, deleted, error, link } = parsed.data;
  if (link?.some(({ relation }) => relation === 'next')) {
    throw new FhirError('bulk export: the manifest comes in parts, which was not asked for');
  }
  const of = (kind: BulkFileKind, files: z.infer<typeof list> = []): readonly OfferedFile[] =>
    files.map(({ type, url, count }) => ({ kind, type, url, count }));
  return {
    transactionTime,
    needsToken: requiresAccessToken ?? true,
    files: [...of('output', output), ...of('deleted', deleted), ...of('error', error)],
  };
}
