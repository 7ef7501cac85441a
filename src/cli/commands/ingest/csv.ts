import { UsageError } from '../../../errors.ts';
import { orderRuleFrom } from '../../../fhir/index.ts';
import type { AlertLogReport, OrderImportCounts, StayImportCounts } from '../../../import/index.ts';
import {
  alertLogPresets,
  importAlertLog,
  importOrders,
  importStays,
  mappingFrom,
  orderMappingFrom,
  readCrosswalk,
  stayMappingFrom,
  tablePresets,
} from '../../../import/index.ts';
import { progressOn } from '../../progress.ts';
import { readJsonFile } from '../../read-json.ts';
import type { Streams } from '../../streams.ts';
import { say, tell } from '../../streams.ts';
import { counted, grouped } from '../../words.ts';
import type { IntoArguments, Opened } from './with-log.ts';
import { interruption, withLog } from './with-log.ts';

export interface IngestCsvArguments extends IntoArguments {
  readonly files: readonly string[];
  readonly mapping?: string | undefined;
  readonly preset?: string | undefined;
  /** Time zone of the clocks, in place of the mapping's. */
  readonly zone?: string | undefined;
  readonly join?: string | undefined;
  readonly rejects?: string | undefined;
  readonly replaceRejects: boolean;
  /** Of a table of orders: file of the rule that says what is an order. */
  readonly orders?: string | undefined;
  /** Of a table of stays or orders: when the data were taken, milliseconds. */
  readonly cutOff?: number | undefined;
  /** Of a table: file, column of the table's id, column of the id that alerts are served with. */
  readonly patientIds?: string | undefined;
  /** Of a table of stays: whether days that it no longer tells are taken back. */
  readonly withdraw: boolean;
}

const presets: Readonly<Record<string, object>> = { ...alertLogPresets, ...tablePresets };

/**
 * A mapping that comes with the library.
 *
 * @throws UsageError when there is none of this name
 */
export function presetNamed(name: string): object {
  const preset = presets[name];
  if (preset !== undefined && Object.hasOwn(presets, name)) return preset;
  throw new UsageError(
    `There is no preset "${name}": there are ${Object.keys(presets).join(', ')}.`,
  );
}

function documentOf({ mapping, preset, zone }: IngestCsvArguments): object {
  if ((mapping === undefined) === (preset === undefined)) {
    throw new UsageError('Give --mapping <file> or --preset <name>.');
  }
  const document =
    mapping === undefined ? presetNamed(preset ?? '') : readJsonFile(mapping, 'The mapping');
  if (typeof document !== 'object' || document === null) {
    throw new UsageError('A mapping is an object of JSON: print one with --preset <name> --print.');
  }
  return zone === undefined ? document : { ...document, zone };
}

/** What became of the rows of an extract. */
type Report = AlertLogReport | StayImportCounts | OrderImportCounts;

async function patientLookup(
  option: string | undefined,
): Promise<{ readonly patient: (id: string) => string | undefined } | undefined> {
  if (option === undefined) return undefined;
  const [file = '', from, to, ...rest] = option.split(',');
  if (from === undefined || to === undefined || rest.length > 0) {
    throw new UsageError(
      "Say --patient-ids <file>,<column of the table's id>,<column of the id of the record>.",
    );
  }
  const { lookup } = await readCrosswalk(file, { from, to });
  return { patient: lookup };
}

async function importInto(
  { store, log }: Opened,
  { options, streams }: { readonly options: IngestCsvArguments; readonly streams: Streams },
): Promise<Report> {
  const { files, dryRun, rejects, cutOff } = options;
  const document = documentOf(options);
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
  const kind = 'kind' in document ? document.kind : 'alerts';
  try {
    if (kind === 'stays') {
      if (cutOff === undefined) {
        throw new UsageError(
          'Give --cut-off: stays without an end last until the data were taken.',
        );
      }
      return await importStays(log, files, {
        ...shared,
        mapping: stayMappingFrom(document),
        cutOff,
        ids: await patientLookup(options.patientIds),
        ledger: options.withdraw ? store : undefined,
      });
    }
    if (kind === 'orders') {
      if (options.orders === undefined) {
        throw new UsageError('Give --orders <file>: the rule that says what is an order.');
      }
      return await importOrders(log, files, {
        ...shared,
        mapping: orderMappingFrom(document),
        rule: orderRuleFrom(readJsonFile(options.orders, 'The rule of orders')),
        cutOff,
        ids: await patientLookup(options.patientIds),
        ledger: store,
      });
    }
    const { join, replaceRejects } = options;
    const mapping = mappingFrom(document);
    return await importAlertLog(log, files, { ...shared, mapping, join, replaceRejects });
  } finally {
    progress.end();
  }
}

const reasonsOf = (title: string, counts: Readonly<Record<string, number>>): readonly string[] =>
  Object.entries(counts).map(([reason, count]) => `  ${title}: ${grouped(count)}, ${reason}`);

function linesOf(report: Report): readonly string[] {
  if ('showings' in report) {
    return [
      `${counted(report.rows, 'row')}: ${grouped(report.dropped)} dropped, ${grouped(report.rejected)} rejected, ${counted(report.showings, 'showing')}`,
      `Showings: ${grouped(report.imported)} new, ${grouped(report.duplicate)} known; answers: ${grouped(report.answers)} new, ${grouped(report.duplicateAnswers)} known`,
      `By arm: ${Object.entries(report.arms)
        .map(([arm, count]) => `${arm} ${grouped(count)}`)
        .join(', ')}`,
      ...reasonsOf('not random', report.notRandomized),
      ...(report.deviations > 0
        ? [`${counted(report.deviations, 'showing')} of another arm than was assigned`]
        : []),
      ...reasonsOf('dropped', report.droppedBy),
      ...reasonsOf('rejected', report.rejectedBy),
    ];
  }
  const rows = [
    ...reasonsOf('left out', report.leftOut),
    ...reasonsOf('rejected', report.rejected),
  ];
  if ('stays' in report) {
    return [
      `${counted(report.rows, 'row')}: ${counted(report.stays, 'stay')} of ${counted(report.patients, 'patient')}`,
      `Patient-days: ${grouped(report.durable)} new or amended, ${grouped(report.duplicate)} known, ${grouped(report.withdrawn)} taken back, ${grouped(report.failed)} failed`,
      ...rows,
    ];
  }
  return [
    `${counted(report.rows, 'row')}: ${counted(report.orders, 'order')} of ${counted(report.patients, 'patient')} with an alert`,
    `Orders: ${grouped(report.durable)} new, ${grouped(report.duplicate)} known, ${grouped(report.failed)} failed; ${grouped(report.unmatched)} belong to no alert, ${grouped(report.further)} to one that has one, ${grouped(report.possible)} perhaps`,
    ...rows,
  ];
}

const rejectedOf = (report: Report): number =>
  typeof report.rejected === 'number'
    ? report.rejected
    : Object.values(report.rejected).reduce((sum, count) => sum + count, 0);

/** `rapidcycle ingest csv`. Exit code 1 when rows were rejected. */
export async function ingestCsvCommand(
  options: IngestCsvArguments,
  streams: Streams,
): Promise<number> {
  const report = await withLog(options, (opened) => importInto(opened, { options, streams }));
  if (options.json) say(streams, JSON.stringify({ dryRun: options.dryRun, ...report }, null, 2));
  else {
    if (options.dryRun) say(streams, 'Dry run: nothing was written. What would become of it:');
    for (const line of linesOf(report)) say(streams, line);
  }
  const rejected = rejectedOf(report);
  if (rejected > 0 && options.rejects !== undefined && !options.dryRun) {
    tell(streams, `Rejected rows: ${options.rejects}. It holds them as they are, identifiers too.`);
  }
  return rejected > 0 ? 1 : 0;
}
