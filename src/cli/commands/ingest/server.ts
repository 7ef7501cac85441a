import { dirname, resolve } from 'node:path';
import type { Logger } from 'pino';
import * as z from 'zod';
import { problemsOf, UsageError } from '../../../errors.ts';
import type { TokenProvider } from '../../../fhir/index.ts';
import { smartBackend } from '../../../fhir/index.ts';
import { readJsonFile } from '../../read-file.ts';

/** How to reach a FHIR server. */
export interface ServerArguments {
  /** Base URL. */
  readonly server: string;
  /** File of the client that signs in. */
  readonly smart?: string | undefined;
  readonly allowHttp: boolean;
  readonly fhirVersion: string;
  readonly logLevel: string;
}

const text = z.string('must be a text').min(1, 'must not be empty');
const smartSchema = z.strictObject({
  clientId: text,
  privateKey: text,
  scope: text,
  kid: text.optional(),
  tokenUrl: text.optional(),
  jku: text.optional(),
  algorithm: z.enum(['ES384', 'RS384']).optional(),
});

/**
 * What signs in to a server: as a backend service of SMART where a file says so, else with the token in
 * the environment variable RAPIDCYCLE_FHIR_TOKEN, else not at all.
 *
 * @throws UsageError when the file is malformed
 */
export function tokenOf(
  { server, smart, allowHttp }: ServerArguments,
  logger: Logger,
): TokenProvider | undefined {
  if (smart === undefined) {
    const token = process.env['RAPIDCYCLE_FHIR_TOKEN'];
    return token === undefined || token === '' ? undefined : () => token;
  }
  const parsed = smartSchema.safeParse(readJsonFile(smart, 'The file of the SMART client'));
  if (!parsed.success) {
    const faults = problemsOf(parsed.error.issues).map(
      ({ path, message }) => `  ${path === '' ? '(document)' : path}: ${message}`,
    );
    throw new UsageError(
      [`The file of the SMART client ${smart} is malformed:`, ...faults].join('\n'),
    );
  }
  const { privateKey, ...client } = parsed.data;
  return smartBackend({
    ...client,
    baseUrl: server,
    privateKey: { file: resolve(dirname(smart), privateKey) },
    allowHttp,
    logger,
  });
}

/** @throws UsageError when it is none that is read */
export function versionOf(text: string): 'R4' | 'R5' | 'detect' {
  if (text === 'R4' || text === 'R5' || text === 'detect') return text;
  throw new UsageError(`There is no FHIR version "${text}": give R4, R5 or detect.`);
}
