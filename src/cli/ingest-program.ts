import type { Command } from 'commander';
import { UsageError } from '../errors.ts';
import type { IngestBulkArguments } from './commands/ingest/bulk.ts';
import type { IngestCsvArguments } from './commands/ingest/csv.ts';
import type { IngestFhirArguments } from './commands/ingest/fhir.ts';
import type { Streams } from './streams.ts';
import { say } from './streams.ts';

/** What the words of `rapidcycle ingest` are made with. */
export interface IngestProgramOptions {
  readonly streams: Streams;
  readonly exit: (code: number) => void;
  readonly wholeNumber: (least: number, most?: number) => (text: string) => number;
  readonly instant: (text: string) => number;
}

/** What an export asks for when nothing else is said. */
const exported = 'Patient,Encounter,ServiceRequest,MedicationRequest,Medication,Immunization';

const list = (text: string): readonly string[] => text.split(',').map((each) => each.trim());

/** Adds the words of `rapidcycle ingest`: what a record and its extracts tell. */
export function addIngestCommands(
  program: Command,
  { streams, exit, wholeNumber, instant }: IngestProgramOptions,
): void {
  const ingest = program
    .command('ingest')
    .description('Take patient-days, orders and alerts from a record into a ledger.')
    .addHelpText(
      'after',
      `
Ingesting the same again changes nothing; with --dry-run no event is written. The ledger may be that
of a service that runs. It has to hold the trial: serve has registered it, or register does.`,
    );

  const into = (command: Command): Command =>
    command
      .option('--trial <id>', 'the trial, when the ledger holds several')
      .option('--round <number>', 'its round (default: the last)', wholeNumber(1))
      .option('--key-file <file>', 'the file that holds the key (default: <ledger>.key)')
      .option('--opt-out <file>', 'ids of patients who opted out, one a line')
      .option('--dry-run', 'say what would become of it, and write nothing', false)
      .option('--json', 'print the counts as JSON', false)
      .option('--log-level <level>', 'trace, debug, info, warn, error or silent', 'warn');

  const ofRecord = (command: Command): Command =>
    into(command)
      .option('--orders <file>', 'also orders: the rule that says which (JSON)')
      .option('--no-patient-days', 'no patient-days')
      .option(
        '--classes <codes>',
        'classes of encounters that count (default: IMP,ACUTE,NONAC)',
        list,
      )
      .option('--unit <file>', 'where the practice of an encounter stands, as for serve (JSON)')
      .option(
        '--module <file>',
        'a module that exports eligible(patient, encounter), subject(patient, encounter) or both',
      )
      .option('--cut-off <instant>', 'when the data were taken, with a zone', instant)
      .option(
        '--checkpoint <file>',
        'where it takes down how far it is (default: <ledger>.ingestion, of a file)',
      )
      .option('--smart <file>', 'who signs in to the server, as a backend service of SMART (JSON)')
      .option('--allow-http', 'reach a server on another machine without TLS', false)
      .option('--fhir-version <version>', 'R4, R5 or detect (a server only)', 'R4');

  ofRecord(
    ingest
      .command('fhir')
      .description('Patient-days and orders from a FHIR server, patient by patient.')
      .argument('<ledger>', 'the ledger')
      .requiredOption('--server <url>', 'its base URL'),
  )
    .option('--patients <file>', 'only these: ids of Patients, one a line')
    .option('--group <id>', 'only the members of this Group')
    .option('--all', 'everybody, type by type: for a server of your own', false)
    .option(
      '--concurrency <number>',
      'patients that are read at once (default: 4)',
      wholeNumber(1, 64),
    )
    .addHelpText(
      'after',
      `
Without --smart, the token in RAPIDCYCLE_FHIR_TOKEN is sent, if there is one. A file for --smart:
  { "clientId": "…", "privateKey": "key.pem", "kid": "…", "scope": "system/*.rs" }
A rule for --orders:
  { "codes": [{ "system": "http://hl7.org/fhir/sid/cvx", "code": "140" }], "after": "PT24H" }
A run that was interrupted goes on where it stopped when it is run again with the same options.
Exits with 1 when the server refused patients, or the ledger did not take something.`,
    )
    .action(async (ledger: string, options: Omit<IngestFhirArguments, 'ledger'>) =>
      exit(
        await (
          await import('./commands/ingest/fhir.ts')
        ).ingestFhirCommand({ ...options, ledger }, streams),
      ),
    );

  ofRecord(
    ingest
      .command('bulk')
      .description('Patient-days and orders from a bulk export, or a folder of NDJSON or Bundles.')
      .argument('<ledger>', 'the ledger')
      .argument(
        '<folder>',
        'the folder of the files; with --server they are exported into it first',
      ),
  )
    .option('--server <url>', 'base URL of the server to export from')
    .option('--level <level>', 'system, Patient or Group/<id>', 'system')
    .option(
      '--types <types>',
      `resource types to export (default: ${exported})`,
      list,
      list(exported),
    )
    .option('--since <instant>', 'only what changed since; "last": since the last export there')
    .option('--again', 'export anew although there is an export', false)
    .option('--withdraw', 'take back days that the export, which is whole, no longer tells', false)
    .addHelpText(
      'after',
      `
The folder holds identifiers of patients and is for its owner alone: remove it when it is done with.
Files that were not exported with --server do not say when they were taken: give --cut-off.
An export that was interrupted goes on where it stopped.`,
    )
    .action(async (ledger: string, folder: string, options: object) =>
      exit(
        await (
          await import('./commands/ingest/bulk.ts')
        )
          // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as the options above say
          .ingestBulkCommand({ ...options, ledger, folder } as IngestBulkArguments, streams),
      ),
    );

  into(
    ingest
      .command('csv')
      .description('Alerts, stays or orders from extracts: CSV or NDJSON, plain or gzip.')
      .argument('[ledger]', 'the ledger')
      .argument('[files...]', 'the extract, or several of one kind'),
  )
    .option('--mapping <file>', 'which column is what (JSON)')
    .option('--preset <name>', 'a mapping that comes with the library')
    .option('--print', 'print the preset, to be copied and changed', false)
    .option(
      '--zone <name>',
      'zone of the clocks, such as America/New_York, over that of the mapping',
    )
    .option('--join <file>', 'of alerts: the file that the mapping joins')
    .option('--rejects <file>', 'keep the rows that cannot be loaded, with line and reason')
    .option('--replace-rejects', 'of alerts: replace a file of rejected rows that is there', false)
    .option('--orders <file>', 'of orders: the rule that says which (JSON)')
    .option('--cut-off <instant>', 'of stays and orders: when the data were taken', instant)
    .option('--patient-ids <file,from,to>', "a crosswalk from the extract's ids of patients")
    .option('--withdraw', 'of stays: take back days that the table no longer tells', false)
    .addHelpText(
      'after',
      `
Presets for alerts: epic-ehi, epic-clarity, oracle-eks, generic; for tables: pcornet-encounter,
pcornet-prescribing, pcornet-procedures, omop-visit-occurrence, omop-drug-exposure. Each is data:
  rapidcycle ingest csv --preset epic-ehi --print > mapping.json
A mapping of stays has "kind": "stays" or the columns from and to, one of orders "kind": "orders" or placed.
Exits with 1 when rows were rejected; the others are loaded.`,
    )
    .action(
      async (
        ledger: string | undefined,
        files: readonly string[],
        options: Omit<IngestCsvArguments, 'ledger' | 'files'> & { readonly print: boolean },
      ) => {
        if (options.print) {
          const { presetNamed } = await import('./commands/ingest/extract.ts');
          say(streams, JSON.stringify(presetNamed(options.preset), null, 2));
          return exit(0);
        }
        if (ledger === undefined || files.length === 0) {
          throw new UsageError(
            'Give the ledger and the files: rapidcycle ingest csv <ledger> <files...>.',
          );
        }
        const { ingestCsvCommand } = await import('./commands/ingest/csv.ts');
        return exit(await ingestCsvCommand({ ...options, ledger, files }, streams));
      },
    );
}
