import { UsageError } from '../../../errors.ts';
import { importAlertLog, importOrders, importStays, readCrosswalk } from '../../../import/index.ts';
import { progressOn } from '../../progress.ts';
import type { Streams } from '../../streams.ts';
import { say, tell } from '../../streams.ts';
import { counted } from '../../words.ts';
import type { Extract, ExtractArguments } from './extract.ts';
import { readExtract } from './extract.ts';
import type { ExtractReport } from './extract-report.ts';
import { linesOf, rejectedOf } from './extract-report.ts';
import type { IntoArguments, Opened } from './with-log.ts';
import { interruption, withLog } from './with-log.ts';

export interface IngestCsvArguments extends IntoArguments, ExtractArguments {
  readonly files: readonly string[];
  readonly rejects?: string | undefined;
}

/** Ids as alerts are served with them, by those of a table. */
interface PatientIds {
  readonly patient: (id: string) => string | undefined;
}

async function patientIdsOf(option: string | undefined): Promise<PatientIds | undefined> {
  if (option === undefined) return undefined;
  const [file = '', from, to, ...rest] = option.split(',');
  if (from === undefined || to === undefined || rest.length > 0) {
    throw new UsageError(
      "Say --patient-ids <file>,<column of the extract's id>,<column of the id of the record>.",
    );
  }
  const { lookup } = await readCrosswalk(file, { from, to });
  return { patient: lookup };
}

async function importInto(
  { store, log }: Opened,
  {
    extract,
    ids,
    options,
    streams,
  }: {
    readonly extract: Extract;
    readonly ids: PatientIds | undefined;
    readonly options: IngestCsvArguments;
    readonly streams: Streams;
  },
): Promise<ExtractReport> {
  const { files, dryRun, rejects, cutOff, join, replaceRejects, withdraw } = options;
  const progress = progressOn(streams, dryRun ? 'Reading (dry run)' : 'Reading');
  using interrupted = interruption();
  const shared = {
    dryRun,
    rejects,
    signal: interrupted.signal,
    onProgress: (at: {
      readonly bytesRead: number;
      readonly bytesTotal: number;
      readonly rows: number;
    }) => progress.show(at.bytesRead, at.bytesTotal, counted(at.rows, 'row')),
  };
  try {
    switch (extract.kind) {
      case 'stays': {
        const { mapping, cutOff: until } = extract;
        const ledger = withdraw ? store : undefined;
        return await importStays(log, files, { ...shared, mapping, cutOff: until, ids, ledger });
      }
      case 'orders': {
        const { mapping, rule } = extract;
        const own = { mapping, rule, cutOff, ids, ledger: store };
        return await importOrders(log, files, { ...shared, ...own });
      }
      case 'alerts': {
        const { mapping } = extract;
        const own = { mapping, join, replaceRejects, ids };
        return await importAlertLog(log, files, { ...shared, ...own });
      }
    }
  } finally {
    progress.end();
  }
}

/** `rapidcycle ingest csv`. Exit code 1 when rows were rejected, or the ledger did not take something. */
export async function ingestCsvCommand(
  options: IngestCsvArguments,
  streams: Streams,
): Promise<number> {
  const extract = await readExtract(options);
  const ids = await patientIdsOf(options.patientIds);
  const report = await withLog(options, {
    run: (opened) => importInto(opened, { extract, ids, options, streams }),
    streams,
  });
  if (options.json) say(streams, JSON.stringify({ dryRun: options.dryRun, ...report }, null, 2));
  else {
    if (options.dryRun) say(streams, 'Dry run: nothing was written. What would become of it:');
    for (const line of linesOf(report, options.dryRun)) say(streams, line);
  }
  const rejected = rejectedOf(report);
  if (rejected > 0 && options.rejects !== undefined && !options.dryRun) {
    tell(streams, `Rejected rows: ${options.rejects}. It holds them as they are, identifiers too.`);
  }
  const failed = 'failed' in report ? report.failed : 0;
  return rejected + failed > 0 ? 1 : 0;
}
