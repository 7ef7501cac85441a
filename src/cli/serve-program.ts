import type { Command } from 'commander';
import type { RegisterArguments } from './commands/register.ts';
import type { ServeArguments } from './commands/serve.ts';
import type { IngestProgramOptions } from './ingest-program.ts';

/** Adds the words that begin a trial in a ledger, and serve it. */
export function addServeCommands(
  program: Command,
  { streams, exit, wholeNumber }: Omit<IngestProgramOptions, 'instant'>,
): void {
  program
    .command('register')
    .description('Begin a trial in a ledger without serving it, so that it can be ingested into.')
    .argument('<protocol>', 'the protocol, a JSON file')
    .requiredOption(
      '--ledger <ledger>',
      'the ledger; a file is made when it is not there, with its key in <file>.key',
    )
    .option('--key-file <file>', 'the file that holds its key (default: <ledger>.key)')
    .option('--allocation <file>', 'the list of a protocol that has one')
    .option('--json', 'print what is registered as JSON', false)
    .addHelpText(
      'after',
      `
For trials whose alerts the record system itself shows, and whose log comes as extracts; serve registers
its trial itself, allocate and amend do so with --ledger. Registering again changes nothing.`,
    )
    .action(async (protocol: string, options: Omit<RegisterArguments, 'protocol'>) =>
      exit(
        await (
          await import('./commands/register.ts')
        ).registerCommand({ ...options, protocol }, streams),
      ),
    );

  program
    .command('serve')
    .description('Serve the alert of a protocol as a CDS Hooks 2.0 service that randomises itself.')
    .argument('<protocol>', 'the protocol, a JSON file')
    .requiredOption(
      '--ledger <ledger>',
      'the ledger; a file is made when it is not there, with its key in <file>.key',
    )
    .option('--key-file <file>', 'the file that holds its key (default: <ledger>.key)')
    .option(
      '--spool <file>',
      'of a ledger on a server: keep events here first, and go on while the server is away',
    )
    .option('--heads <file>', 'add the heads of the chain to this file, which should lie elsewhere')
    .option(
      '--port <number>',
      'port to listen on; 0 for any that is free',
      wholeNumber(0, 65_535),
      8_080,
    )
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option(
      '--alert <id>',
      'id of the CDS service, when the arms hold their cards (default: id of the trial)',
    )
    .option('--hook <name>', 'its hook', 'patient-view')
    .option('--module <file>', 'a module that exports `alerts(log)`, for alerts with code')
    .option('--unit <file>', 'where the practice of a call stands in the record (JSON)')
    .option('--clients <file>', 'who may call, and where their public keys are (JSON)')
    .option('--public-url <url>', 'the address that clients call, for which they sign their tokens')
    .option('--cors <origins...>', 'web pages that may call from a browser, or *')
    .option('--metrics', 'give metrics for Prometheus at /metrics', false)
    .option('--strays <file>', 'keep feedback to cards that the ledger does not know in this file')
    .option(
      '--drain <milliseconds>',
      'say at /ready that the service closes for so long before it does',
      wholeNumber(0, 600_000),
      0,
    )
    .option(
      '--allocation <file>',
      'the list of a protocol that has one (default: that of the ledger)',
    )
    .option('--opt-out <file>', 'ids of patients who opted out, one a line')
    .option(
      '--rehearsal',
      'take the time from the header x-simulated-time; for rehearsals and demonstrations only',
      false,
    )
    .option('--log-level <level>', 'trace, debug, info, warn, error or silent', 'info')
    .option('--json', 'print where the service listens as JSON', false)
    .addHelpText(
      'after',
      `
Without --module, each arm's content in the protocol is what it serves: { "cards": [ ... ] }.
A call whose patient, practice, clinician or encounter is not known, and any fault, gets the
control arm's cards, flagged as not random and never counted. A trial of practices says with --unit
how they are told: { "practice": { "from": "Encounter.serviceProvider", "crosswalk": "sites.csv" } }.

Without --clients everybody who reaches the port may call. A file of clients:
  { "clients": [ { "issuer": "https://ehr.example", "jku": ["https://ehr.example/jwks.json"] } ] }
RAPIDCYCLE_METRICS_TOKEN keeps the metrics to those who send it.

  curl localhost:8080/cds-services      discovery
  curl localhost:8080/health            events durable, waiting and lost
  curl localhost:8080/ready             200 while calls should come here

Ends at SIGTERM or SIGINT, with everything on the disk. The log goes to stderr, without ids.`,
    )
    .action(async (protocol: string, options: Omit<ServeArguments, 'protocol'>) =>
      exit(
        await (await import('./commands/serve.ts')).serveCommand({ ...options, protocol }, streams),
      ),
    );
}
