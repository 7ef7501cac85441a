import { existsSync, readdirSync, statSync } from 'node:fs';
import { UsageError } from '../../../errors.ts';
import type { BulkLevel, ResourceFiles } from '../../../fhir/index.ts';
import { bulkExport, bulkFiles, bundleFiles } from '../../../fhir/index.ts';
import { needLedger } from '../../ledger.ts';
import { loggerOf } from '../../logger.ts';
import { progressOn } from '../../progress.ts';
import type { Streams } from '../../streams.ts';
import { tell } from '../../streams.ts';
import { counted, size } from '../../words.ts';
import type { RecordArguments, RecordReading } from './record.ts';
import { ingestRecord, readPlan, tellCounts } from './record.ts';
import type { ServerArguments } from './server.ts';
import { tokenOf, versionOf } from './server.ts';
import { withLog } from './with-log.ts';

export interface IngestBulkArguments extends RecordArguments, Omit<ServerArguments, 'server'> {
  readonly folder: string;
  /** Base URL of the server to export from first; without it the folder is read as it is. */
  readonly server?: string | undefined;
  readonly level: string;
  readonly types: readonly string[];
  readonly since?: string | undefined;
  readonly again: boolean;
  /** Whether days that the export no longer tells are taken back. */
  readonly withdraw: boolean;
  /** Milliseconds; default the instant that the export names. */
  readonly cutOff?: number | undefined;
}

/** A folder of Bundles has files of JSON and none of NDJSON. */
function holdsBundles(folder: string): boolean {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) {
    throw new UsageError(
      `${folder} is no folder: give the one that holds the files, or --server to export into it first.`,
    );
  }
  const names = readdirSync(folder).filter((name) => name !== 'export.json');
  const isLines = (name: string): boolean => /\.ndjson(?:\.gz)?$/i.test(name);
  return names.some((name) => /\.json$/i.test(name)) && !names.some(isLines);
}

async function exportFirst(
  options: IngestBulkArguments & { readonly server: string },
  streams: Streams,
): Promise<void> {
  const logger = loggerOf(options.logLevel);
  const { server, folder, level, types, since, again, allowHttp } = options;
  const progress = progressOn(streams, 'Export');
  const { files, errors, transactionTime } = await bulkExport({
    baseUrl: server,
    folder,
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the export checks it
    level: level as BulkLevel,
    types,
    since,
    again,
    token: tokenOf(options, logger),
    allowHttp,
    logger,
    onProgress: ({ phase, said, done, total, bytes }) =>
      progress.show(
        done,
        total,
        phase === 'waiting' ? `the server prepares it ${said ?? ''}` : size(bytes),
      ),
  }).finally(progress.end);
  tell(streams, `${folder}: ${counted(files.length, 'file')}, as of ${transactionTime}`);
  if (errors > 0)
    tell(streams, `The server could not export everything: ${counted(errors, 'error')}.`);
}

function cutOffOf({ cutOff }: IngestBulkArguments, { transactionTime }: ResourceFiles): number {
  const at = cutOff ?? Date.parse(transactionTime ?? '');
  if (!Number.isNaN(at)) return at;
  throw new UsageError(
    'The files do not say as of when they are: give --cut-off, the instant at which the data were taken.',
  );
}

/** `rapidcycle ingest bulk`: patient-days and orders from a bulk export, or from files of one. */
export async function ingestBulkCommand(
  options: IngestBulkArguments,
  streams: Streams,
): Promise<number> {
  const { folder, server, withdraw } = options;
  const version = versionOf(options.fhirVersion);
  if (version === 'detect') throw new UsageError('Files do not say their version: give R4 or R5.');
  const plan = await readPlan(options);
  needLedger(options.ledger);
  if (server !== undefined) await exportFirst({ ...options, server }, streams);
  const files = holdsBundles(folder)
    ? await bundleFiles(folder, { version })
    : await bulkFiles(folder, { version });
  const cutOff = cutOffOf(options, files);
  const reading: RecordReading = { source: files, cutOff, patients: 'all', withdraw };
  const counts = await withLog(options, {
    run: (opened) => ingestRecord(opened, { reading, plan, options, streams }),
    streams,
  });
  if (files.rejects.count > 0) {
    tell(streams, `${counted(files.rejects.count, 'line')} could not be read, such as:`);
    for (const { line, reason } of files.rejects.first.slice(0, 5)) {
      tell(streams, `  ${line === undefined ? 'a file' : `line ${line}`}: ${reason}`);
    }
  }
  const code = tellCounts(counts, { ...options, streams });
  return files.rejects.count > 0 ? 1 : code;
}
