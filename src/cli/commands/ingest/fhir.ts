import { UsageError } from '../../../errors.ts';
import type { FhirSource } from '../../../fhir/index.ts';
import { fhirSource, groupMembers } from '../../../fhir/index.ts';
import { loggerOf } from '../../logger.ts';
import type { Streams } from '../../streams.ts';
import { tell } from '../../streams.ts';
import { grouped } from '../../words.ts';
import type { RecordArguments, RecordReading } from './record.ts';
import { ingestRecord, readPlan, tellCounts } from './record.ts';
import type { ServerArguments } from './server.ts';
import { tokenOf, versionOf } from './server.ts';
import { readIds } from '../../read-file.ts';
import { withLog } from './with-log.ts';

export interface IngestFhirArguments extends RecordArguments, ServerArguments {
  /** File of ids of patients. */
  readonly patients?: string | undefined;
  /** Id of a Group whose members are read. */
  readonly group?: string | undefined;
  /** Everybody, one type of resources after the other. */
  readonly all: boolean;
  /** Milliseconds. */
  readonly cutOff?: number | undefined;
  readonly concurrency?: number | undefined;
}

function patientsOf(
  source: FhirSource,
  { patients, group, all }: IngestFhirArguments,
): RecordReading['patients'] {
  if ([patients !== undefined, group !== undefined, all].filter(Boolean).length > 1) {
    throw new UsageError('Give one of --patients, --group and --all.');
  }
  if (patients !== undefined) return readIds(patients, 'The list of patients');
  if (group !== undefined) return groupMembers(source, group);
  return all ? 'all' : 'search';
}

/** `rapidcycle ingest fhir`: patient-days and orders from a FHIR server. */
export async function ingestFhirCommand(
  options: IngestFhirArguments,
  streams: Streams,
): Promise<number> {
  const logger = loggerOf(options.logLevel);
  const { server, allowHttp, fhirVersion } = options;
  const token = tokenOf(options, logger);
  const version = versionOf(fhirVersion);
  const source = fhirSource({ baseUrl: server, token, allowHttp, version, logger });
  const reading: RecordReading = {
    source,
    cutOff: options.cutOff,
    patients: patientsOf(source, options),
    concurrency: options.concurrency,
  };
  const plan = await readPlan(options);
  const counts = await withLog(options, {
    run: (opened) => ingestRecord(opened, { reading, plan, options, streams }),
    streams,
  });
  const { requests, retries, pages } = source.counters;
  tell(
    streams,
    `${grouped(requests)} requests, ${grouped(retries)} of them repeated; ${grouped(pages)} pages`,
  );
  return tellCounts(counts, { ...options, streams });
}
